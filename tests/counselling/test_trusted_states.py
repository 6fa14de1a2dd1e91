"""The states of a trusted person: each pair of state and act is a step or a refusal. And two at once."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.models import Attendant, Staff
from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing, Refusal
from counselling import queries as case_queries
from counselling.live.cut_off import CutOff
from counselling.live.lines import say_as_student, say_as_trusted
from counselling.live.presence import AWAY_AFTER
from counselling.live.sessions import ask_for_live, end_live, invite_or_open
from counselling.models import AuthorKind, Case, ObligationKind
from counselling.obligations import NamedAct, settle_obligations
from counselling.retention import destroy_content
from counselling.sealing import open_letter
from counselling.trusted import queries
from counselling.trusted.inviting import (
    EnoughInvited,
    approve_person,
    ask_for_person,
    end_person,
    person_to_change,
)
from counselling.trusted.joining import TalkIsOver, attended, come_in
from counselling.trusted.models import TrustedPerson, TrustedState
from counselling.trusted.names import link_of, name_of, names_of
from counselling.trusted.states import LEGAL, OVER, InvitationMovedOn, TrustedAct, move_trusted
from tests.counselling.people import NOON, add_staff_row, add_student, make_case


def open_case_with_talk(case: Case, actor: Staff) -> None:
    """Student and professional talk, at noon."""
    with transaction():
        ask_for_live(case, now=NOON)
        invite_or_open(case, CutOff(), actor=actor, now=NOON)


@pytest.fixture
def talking(case: Case, maya: Staff) -> Case:
    """A case in which a talk goes on."""
    open_case_with_talk(case, maya)
    return case


def ask(case: Case, name: str = "my sister") -> TrustedPerson:
    with transaction():
        return ask_for_person(case, name, now=NOON)


def joined(case: Case, actor: Staff, name: str = "my sister") -> TrustedPerson:
    """Somebody who is in."""
    person = ask(case, name)
    with transaction():
        approve_person(case, person, actor=actor, now=NOON)
        come_in(link_of(case, person), form_id="form", now=NOON)
    return person


@pytest.mark.parametrize("state", list(TrustedState))
@pytest.mark.parametrize("act", list(TrustedAct))
def test_each_pair_of_state_and_act_is_a_step_or_is_refused(
    talking: Case, state: TrustedState, act: TrustedAct
) -> None:
    person = ask(talking)
    with transaction():
        person.state = state
        if state in LEGAL[act]:
            move_trusted(person, act, now=NOON)
            assert person.state is LEGAL[act][state]
        else:
            with pytest.raises(InvitationMovedOn):
                move_trusted(person, act, now=NOON)
            assert person.state is state


def test_every_end_is_final() -> None:
    assert all(state not in steps for steps in LEGAL.values() for state in OVER)


@pytest.mark.parametrize("end", [TrustedAct.END, TrustedAct.REFUSE])
def test_with_its_end_the_link_is_gone(talking: Case, maya: Staff, end: TrustedAct) -> None:
    person = ask(talking)
    with transaction():
        if end is TrustedAct.END:
            approve_person(talking, person, actor=maya, now=NOON)
        move_trusted(person, end, now=NOON)
    assert (person.link, person.link_tag, person.spent_tag) == (None, None, None)


def test_what_somebody_else_said_does_not_open_as_theirs(talking: Case, maya: Staff) -> None:
    sister, friend = joined(talking, maya), joined(talking, maya, "a friend")
    with transaction():
        line = say_as_trusted(talking, sister, "It was me.", sent_id="a", now=NOON)
    assert open_letter(talking, line) == "It was me."
    with transaction():
        line.trusted_id = friend.id
    assert open_letter(talking, line) != "It was me."


def test_what_they_said_and_nobody_read_is_promised_an_answer(talking: Case, maya: Staff) -> None:
    sister = joined(talking, maya)
    with transaction():
        say_as_trusted(talking, sister, "Please look after her.", sent_id="a", now=NOON)
        end_live(talking, by=AuthorKind.STUDENT, now=NOON)
    assert case_queries.open_obligation(talking.id, ObligationKind.ANSWER) is not None


def test_what_they_say_while_the_professional_is_away_is_promised_an_answer(
    talking: Case, maya: Staff
) -> None:
    sister, later = joined(talking, maya), NOON + AWAY_AFTER
    with transaction():
        say_as_student(talking, "I am here.", sent_id="a", now=later)
        settle_obligations(talking, NamedAct.LETTER, now=later)
        say_as_trusted(talking, sister, "So am I.", sent_id="b", now=later)
    assert case_queries.open_obligation(talking.id, ObligationKind.ANSWER) is not None


def test_their_unread_words_keep_a_case_from_going(talking: Case, maya: Staff) -> None:
    sister = joined(talking, maya)
    with transaction():
        say_as_trusted(talking, sister, "Please look after her.", sent_id="a", now=NOON)
    assert case_queries.has_unread(talking.id, AuthorKind.STUDENT)
    with transaction():
        case_queries.mark_read(talking.id, AuthorKind.STUDENT, NOON)
    assert not case_queries.has_unread(talking.id, AuthorKind.STUDENT)


def test_destroying_a_case_forgets_names_and_links_and_lets_nobody_in(talking: Case, maya: Staff) -> None:
    sister, invited = joined(talking, maya), ask(talking, "a friend")
    with transaction():
        approve_person(talking, invited, actor=maya, now=NOON)
    token = link_of(talking, invited)
    with transaction():
        destroy_content(talking, now=NOON)
    for person in (sister, invited):
        assert (person.name, person.link, person.link_tag, person.reason) == (None, None, None, None)
        assert person.state is TrustedState.ENDED
    with pytest.raises(Missing), transaction():
        come_in(token, form_id="other", now=NOON)


def test_what_happened_is_logged_without_a_name(talking: Case, maya: Staff) -> None:
    person = ask(talking, "my sister Persephone")
    with transaction():
        approve_person(talking, person, actor=maya, now=NOON)
        come_in(link_of(talking, person), form_id="form", now=NOON)
    told = [(one.kind, one.actor, one.target, one.detail) for one in events_about_people()]
    case = f"case:{talking.id}"
    assert told == [("trusted_approved", maya.actor, case, {}), ("trusted_joined", "trusted", case, {})]


def test_a_name_that_cannot_be_opened_closes_no_page(talking: Case, maya: Staff) -> None:
    person = joined(talking, maya)
    with transaction():
        person.name = b"\x01" + b"damaged" * 20
    assert names_of(talking, [person.id])[person.id]


def test_a_session_of_a_link_that_was_used_anew_is_another(talking: Case, maya: Staff) -> None:
    person = joined(talking, maya)
    with pytest.raises(TalkIsOver):
        attended(attendant_of(person, mark=person.mark + 1))
    assert name_of(talking, attended(attendant_of(person)).person) == "my sister"


def attendant_of(person: TrustedPerson, *, mark: int | None = None) -> Attendant:
    return Attendant(opens=person.id, mark=person.mark if mark is None else mark)


def events_about_people() -> list[AuditEvent]:
    found = db.session.query(AuditEvent).filter(AuditEvent.kind.startswith("trusted_"))
    return list(found.order_by(AuditEvent.sequence))


Act = Callable[[dict[str, str]], None]


def set_up(app: Flask, *, asked: int = 1) -> dict[str, str]:
    """A talk into which so many are asked; the first may come in."""
    with app.app_context():
        maya = add_staff_row(Role.PROFESSIONAL, "maya")
        case = make_case(add_student(), maya)
        open_case_with_talk(case, maya)
        people = [ask(case, f"friend {number}") for number in range(asked)]
        ids = {"case": case.id, "maya": maya.id, "person": people[0].id}
        db.session.remove()
    return ids


def locked_case(ids: dict[str, str]) -> Case:
    case = case_queries.case(ids["case"], locked=True)
    assert case is not None
    return case


def approves(ids: dict[str, str]) -> None:
    maya = account_queries.staff_member(ids["maya"], locked=True)
    assert maya is not None
    case = locked_case(ids)
    approve_person(case, person_to_change(case, ids["person"]), actor=maya, now=utcnow())


def takes_back(ids: dict[str, str]) -> None:
    case = locked_case(ids)
    end_person(case, person_to_change(case, ids["person"]), actor="student", now=utcnow())


def asks_for_one_more(ids: dict[str, str]) -> None:
    ask_for_person(locked_case(ids), "one more", now=utcnow())


def ends_the_talk(ids: dict[str, str]) -> None:
    end_live(locked_case(ids), by=AuthorKind.STUDENT, now=utcnow())


def uses_the_link_with(form_id: str) -> Act:
    def use(ids: dict[str, str]) -> None:
        come_in(ids["link"], form_id=form_id, now=utcnow())

    return use


def at_once(app: Flask, ids: dict[str, str], *acts: Act) -> list[str]:
    """What each of them was answered, sorted."""
    results: list[str] = []
    start = threading.Barrier(len(acts))

    def press(act: Act) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    act(ids)
                results.append("done")
            except Refusal as refusal:
                results.append(type(refusal).__name__)

    threads = [threading.Thread(target=press, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def with_link(app: Flask, ids: dict[str, str]) -> dict[str, str]:
    with app.app_context():
        with transaction():
            approves(ids)
            person = queries.trusted_person(ids["person"])
            assert person is not None
            ids["link"] = link_of(locked_case(ids), person)
        db.session.remove()
    return ids


def person_now(app: Flask, ids: dict[str, str]) -> TrustedPerson:
    with app.app_context():
        person = queries.trusted_person(ids["person"])
        assert person is not None
        db.session.expunge(person)
        return person


def test_two_who_use_a_link_at_once_and_one_is_in(both_databases: Flask) -> None:
    ids = with_link(both_databases, set_up(both_databases))
    assert at_once(both_databases, ids, uses_the_link_with("a"), uses_the_link_with("b")) == [
        "Missing",
        "done",
    ]
    assert person_now(both_databases, ids).mark == 1


def test_a_double_click_on_the_button_lets_the_same_person_in(both_databases: Flask) -> None:
    ids = with_link(both_databases, set_up(both_databases))
    assert at_once(both_databases, ids, uses_the_link_with("a"), uses_the_link_with("a")) == ["done", "done"]
    assert person_now(both_databases, ids).mark == 1


def test_two_approvals_at_once_make_one_link(both_databases: Flask) -> None:
    ids = set_up(both_databases)
    assert at_once(both_databases, ids, approves, approves) == ["done", "done"]
    with both_databases.app_context():
        assert [one.kind for one in events_about_people()] == ["trusted_approved"]
        db.session.remove()


def test_of_two_who_are_asked_for_at_once_a_fourth_waits(both_databases: Flask) -> None:
    ids = set_up(both_databases, asked=2)
    results = at_once(both_databases, ids, asks_for_one_more, asks_for_one_more)
    assert results == [EnoughInvited.__name__, "done"]


def test_a_link_is_used_or_taken_back_and_whoever_was_taken_back_is_out(both_databases: Flask) -> None:
    ids = with_link(both_databases, set_up(both_databases))
    results = at_once(both_databases, ids, uses_the_link_with("a"), takes_back)
    assert results in (["Missing", "done"], ["done", "done"])
    assert person_now(both_databases, ids).state is TrustedState.ENDED


def test_nobody_comes_into_a_talk_that_ends_at_that_moment(both_databases: Flask) -> None:
    ids = with_link(both_databases, set_up(both_databases))
    results = at_once(both_databases, ids, uses_the_link_with("a"), ends_the_talk)
    assert results in (["Missing", "done"], ["done", "done"])
    assert person_now(both_databases, ids).state is TrustedState.ENDED
