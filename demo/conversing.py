"""What students of the demo say to their counsellors, and what they are answered."""

from datetime import datetime
from typing import Any

from counselling import messages, queries, referrals, taking
from counselling.appointments.booking import book
from counselling.appointments.slots import slots_for
from counselling.cases import take_case
from counselling.handing.purposes import log_own_reading
from counselling.intake.answers import Answers, mark_read
from counselling.intake.confidentiality import newest_version, record_reading
from counselling.intake.telling import save_answers
from counselling.live.sessions import ask_for_live
from counselling.models import AuthorKind, Case
from counselling.reaching.codes import give_return_code
from counselling.reaching.ways import Ways, set_ways
from counselling.record.checks import confirm_check, open_check, send_check
from counselling.record.feelings import set_feelings
from counselling.record.filling import add_to_plan
from counselling.record.ratings import Rating, asked_now, rate
from demo.cast import Cast, Doing, Facts
from moderation import queries as moderation_queries


def ask(cast: Cast, facts: Facts, at: datetime) -> None:
    """A student asks for a counsellor, tells something at the beginning, and sends threads along."""
    case = referrals.ask_for_counsellor(
        cast.student(facts["by"]),
        body=facts["asked"]["body"].strip(),
        thread_ids=[cast.text(key).thread_id for key in facts["asked"].get("threads", [])],
        answers=answers_of(facts.get("told", {})),
        now=at,
    )
    record_reading(case, newest_version().number, now=at)
    cast.cases[facts["key"]] = case.id


def answers_of(facts: Facts) -> Answers:
    """What a table says that somebody told."""
    said: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in facts.items()}
    return Answers(**said)


def case_of(cast: Cast, key: str) -> Case:
    """The case that the files call by this key."""
    case = queries.case(cast.cases[key])
    assert case is not None
    return case


def _accept(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    """A professional takes the text that was handed over, and so has a case."""
    item = moderation_queries.item_of_post(cast.text(key).id)
    escalation = moderation_queries.waiting_escalation(item.id) if item is not None else None
    assert escalation is not None
    cast.cases[key] = taking.accept_escalation(escalation, actor=cast.member(step["by"]), now=at).case.id


def _take(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    take_case(case_of(cast, key), actor=cast.member(step["by"]), now=at)


def _letter(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    """Whoever writes has read before what the other side wrote."""
    case, body = case_of(cast, key), step["body"].strip()
    if step["by"].startswith("staff:"):
        author = cast.member(step["by"])
        log_own_reading(case, reader=author, now=at)
        mark_read(case.id, now=at)
        queries.mark_read(case.id, AuthorKind.STUDENT, at)
        messages.write_letter(case, body, author=author, now=at)
        return
    queries.mark_read(case.id, AuthorKind.PROFESSIONAL, at)
    set_feelings(case, messages.hear_student(case, body, now=at), step.get("feelings", []))


def _tell(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    save_answers(case_of(cast, key), answers_of(step["told"]), now=at)


def _check(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case, author = case_of(cast, key), cast.member(step["by"])
    log_own_reading(case, reader=author, now=at)
    send_check(case, step["body"].strip(), actor=author, now=at)


def _confirm(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case = case_of(cast, key)
    asked = open_check(case)
    assert asked is not None
    queries.mark_read(case.id, AuthorKind.PROFESSIONAL, at)
    confirm_check(case, asked.number, step["body"], now=at)


def _rate(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case = case_of(cast, key)
    number = asked_now(case)
    assert number is not None
    said = {name: step[name] for name in ("before", "after", "helped") if name in step}
    rate(case, number, Rating(**said), now=at)


def _add_to_plan(cast: Cast, key: str, step: Facts, _at: datetime) -> None:
    add_to_plan(case_of(cast, key), step["part"], step["words"])


def _leave_number(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    set_ways(case_of(cast, key), Ways(number=step["number"], when=step["when"]), now=at)


def _give_code(cast: Cast, key: str, _step: Facts, at: datetime) -> None:
    cast.return_code = give_return_code(case_of(cast, key), now=at)


def _ask_live(cast: Cast, key: str, _step: Facts, at: datetime) -> None:
    case = case_of(cast, key)
    queries.mark_read(case.id, AuthorKind.PROFESSIONAL, at)
    ask_for_live(case, now=at)


def _book(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case, starts = case_of(cast, key), cast.ahead(step)
    slot = next(one for one in slots_for(case, now=at) if one.starts_at == starts)
    book(case, slot.id, step["code_word"], now=at)


STEPS: dict[str, Doing] = {
    "accept": _accept,
    "add_to_plan": _add_to_plan,
    "ask_live": _ask_live,
    "book": _book,
    "check": _check,
    "confirm": _confirm,
    "give_code": _give_code,
    "leave_number": _leave_number,
    "letter": _letter,
    "rate": _rate,
    "take": _take,
    "tell": _tell,
}
