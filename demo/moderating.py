"""What moderators of the demo have in hand: texts on hold, a note, appeals, steps, reports, masks, proposals.

`content/moderation.toml` tells it, step by step; each step is done by the same rules as for everybody else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo.cast import Act, Cast, Doing, Event, Facts, read_content, write_text
from forum.covering import CoverKind
from forum.models import PostStatus
from moderation import passing, queries
from moderation.appeals.codes import decision_code
from moderation.appeals.outcomes import Answer, answer_appeal, ask_author
from moderation.appeals.sending import answer_question, send_appeal
from moderation.bands import Band
from moderation.claims import claim
from moderation.decisions import Choice, decide
from moderation.escalations import Briefing
from moderation.models import Conduct, Decision, Known, QueueItem, ReportReason, Risk
from moderation.notes import hear_author
from moderation.proposals.lowering import lowering
from moderation.proposals.masking import mask_words, redaction
from moderation.proposals.proposing import propose
from moderation.proposals.second_looks import ask_second_look
from moderation.queue import put_in_queue, raise_item_band
from moderation.reports import file_report, withdraw_report
from moderation.review_models import AppealState, SanctionKind
from moderation.sanctions import set_sanction

SPOKEN_OF = ("thoughts", "plan", "means", "timeframe")


def moderation_events(cast: Cast) -> Iterator[Event]:
    """Every text of the file, what happens to it, and what happens later to texts of other files."""
    content = read_content("moderation.toml")
    for text in content["text"]:
        yield cast.moment(text), lambda at, text=text: _begin(cast, text, at)  # type: ignore[misc]
        for step in text.get("step", []):
            yield cast.moment(step), _doing(cast, text["key"], step)
    for step in content["later"]:
        yield cast.moment(step), _doing(cast, step["text"], step)


def decide_as(cast: Cast, item: QueueItem, facts: Facts, *, at: datetime) -> Decision:
    """Let a moderator take an item and decide as a table says."""
    moderator = cast.member(facts["by"])
    claim(item, actor=moderator, now=at)
    conduct = Conduct(facts["conduct"])
    if item.post.status is PostStatus.PUBLISHED and conduct is Conduct.PUBLISH:
        conduct = Conduct.DISMISS
    briefing = facts.get("briefing")
    choice = Choice(
        conduct=conduct,
        risk=Risk(facts.get("risk", "none")),
        claim=item.claim_token or "",
        revision=item.post.latest_revision,
        version=item.version,
        band=Band(facts["band"]) if "band" in facts else None,
        reason=facts.get("reason", ""),
        message=facts.get("message", ""),
        warnings=facts.get("warnings", ()),
        briefing=briefing_of(briefing) if briefing is not None else None,
        note=facts.get("note", ""),
        marked=facts.get("marked", ()),
    )
    return decide(item, choice, actor=moderator, now=at)


def briefing_of(facts: Facts) -> Briefing:
    """What a moderator tells the professional."""
    spoken = {name: Known(facts[name]) for name in SPOKEN_OF}
    return Briefing(Band(facts["band"]), facts["prompted_by"], facts["already_said"], **spoken)


def item_of(cast: Cast, key: str, *, at: datetime) -> QueueItem:
    """The item of a text, which it gets where it has none."""
    post = cast.text(key)
    return queries.item_of_post(post.id) or put_in_queue(post, handle=None, now=at)


def _doing(cast: Cast, key: str, step: Facts) -> Act:
    return lambda at: STEPS[step["do"]](cast, key, step, at)


def _begin(cast: Cast, text: Facts, at: datetime) -> None:
    cast.texts[text["key"]] = write_text(cast, text, answers=text.get("thread", ""), at=at).id


def _decide(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    decide_as(cast, item_of(cast, key, at=at), step, at=at)


def _raise(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    raise_item_band(item_of(cast, key, at=at), Band(step["band"]), now=at)


def _answer_note(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    hear_author(cast.text(key), step["body"], now=at)


def _hold(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    item, moderator = item_of(cast, key, at=at), cast.member(step["by"])
    claim(item, actor=moderator, now=at)
    passing.hold_item(
        item,
        reason=step["reason"],
        until=at + timedelta(hours=step["for_hours"]),
        colleague_id=cast.member(step["keep_for"]).id if "keep_for" in step else None,
        actor=moderator,
        now=at,
    )


def _report(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    cast.codes[step["code"]] = file_report(
        cast.text(key), reason=ReportReason(step["reason"]), note=step["note"], now=at
    )


def _withdraw_report(cast: Cast, _key: str, step: Facts, at: datetime) -> None:
    withdraw_report(cast.codes[step["code"]], now=at)


def _second_look(cast: Cast, key: str, _step: Facts, at: datetime) -> None:
    ask_second_look(item_of(cast, key, at=at), now=at)


def _sanction(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    set_sanction(
        item_of(cast, key, at=at),
        SanctionKind(step["step"]),
        reason=step["reason"],
        message=step["message"],
        ends_at=at + timedelta(days=step["for_days"]),
        actor=cast.member(step["by"]),
        now=at,
    )


def _mask(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    item, moderator = item_of(cast, key, at=at), cast.member(step["by"])
    mask_words(item, step["words"], CoverKind(step["kind"]), actor=moderator, now=at)


def _propose_redaction(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    act = redaction(item_of(cast, key, at=at), step["words"], CoverKind(step["kind"]), reason=step["reason"])
    propose(act, actor=cast.member(step["by"]), now=at)


def _propose_lower(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    act = lowering(item_of(cast, key, at=at), Band(step["band"]), reason=step["reason"])
    propose(act, actor=cast.member(step["by"]), now=at)


def _code_of(cast: Cast, key: str, at: datetime) -> str:
    """The code of the first decision that said no to a text."""
    decisions = queries.decisions_of(item_of(cast, key, at=at).id)
    return decision_code(next(one.id for one in reversed(decisions) if one.appeal_hash is not None))


def _appeal(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    code = _code_of(cast, key, at)
    cast.codes[f"appeal of {key}"] = code
    send_appeal(code, step["body"], now=at)


def _ask(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    item, moderator = item_of(cast, key, at=at), cast.member(step["by"])
    claim(item, actor=moderator, now=at)
    ask_author(
        item, step["body"], claim=item.claim_token or "", version=item.version, actor=moderator, now=at
    )


def _answer(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    answer_question(_code_of(cast, key, at), step["body"], now=at)


def _judge(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    item, moderator = item_of(cast, key, at=at), cast.member(step["by"])
    claim(item, actor=moderator, now=at)
    answer = Answer(
        outcome=AppealState(step["outcome"]),
        reply=step["body"],
        claim=item.claim_token or "",
        version=item.version,
    )
    answer_appeal(item, answer, actor=moderator, now=at)


STEPS: dict[str, Doing] = {
    "answer": _answer,
    "answer_note": _answer_note,
    "appeal": _appeal,
    "ask": _ask,
    "decide": _decide,
    "hold": _hold,
    "judge": _judge,
    "mask": _mask,
    "propose_lower": _propose_lower,
    "propose_redaction": _propose_redaction,
    "raise": _raise,
    "report": _report,
    "sanction": _sanction,
    "second_look": _second_look,
    "withdraw_report": _withdraw_report,
}
