"""While a counsellor is away somebody covers, students are told, and the lead can give cases to others."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Missing
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import leads_of_cases
from counselling.messages import hear_student, write_letter
from counselling.models import Case, CaseMessage, MemberPart, MessageKind, ObligationKind
from counselling.obligations import promise
from counselling.professionals.away import (
    CoverIsAway,
    NotThoseDays,
    absent_colleague,
    call_off,
    look_after_cases,
    may_set_for,
    move_cases,
    set_away,
)
from counselling.professionals.models import Absence
from counselling.professionals.profiles import set_profile
from counselling.reaching.queries import cases_with_unread_first_letter
from counselling.reaching.unread import chase_unread_first_letters
from counselling.sealing import open_letter
from counselling.showing import view_case
from counselling.timeline import timeline_of
from moderation.bands import Band
from tests.counselling.people import NOON, add_staff_row, add_student, make_case

TODAY, HOUR, DAY = NOON.date(), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def english(inside: Flask) -> Iterator[None]:  # noqa: ARG001
    """Nobody asks here, so nobody has a language."""
    with force_locale("en"):
        yield


def away(
    person: Staff,
    cover: Staff | None = None,
    *,
    first: date = TODAY,
    last: date = TODAY + 6 * DAY,
    reply: str = "",
) -> Absence:
    """Somebody notes that they are away."""
    with transaction():
        return set_away(person, first=first, last=last, cover=cover, reply=reply, actor=person, now=NOON)


def hear(case: Case, body: str = "Are you there?", *, now: datetime = NOON) -> None:
    with transaction():
        hear_student(case, body, now=now)


def automatic(case: Case) -> list[str]:
    """What was sent by itself in this case."""
    found = db.session.query(CaseMessage).filter_by(case_id=case.id, kind=MessageKind.AWAY)
    return [open_letter(case, one) for one in found.order_by(CaseMessage.number)]


def covers(case: Case, now: datetime = NOON) -> list[str]:
    members = handing_queries.live_members(case.id, now)
    return [one.staff_id for one in members if one.part is MemberPart.COVER]


def test_the_cover_works_in_the_cases_until_the_owner_is_back(case: Case, maya: Staff, oren: Staff) -> None:
    absence = away(maya, oren)
    look_after_cases(NOON)
    assert covers(case) == [oren.id]
    assert covers(case, absence.ends_at + HOUR) == []


def test_looking_again_changes_nothing(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    look_after_cases(NOON)
    look_after_cases(NOON + HOUR)
    assert len(handing_queries.open_members(case.id)) == 1


def test_before_the_first_day_nobody_covers(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren, first=TODAY + DAY)
    look_after_cases(NOON)
    assert covers(case) == []


def test_what_is_promised_meanwhile_is_the_cover_s(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        earlier = promise(
            case, ObligationKind.NEW_TEXT, band=Band.AMBER, now=NOON, reason={"escalation": "x"}
        )
    away(maya, oren)
    look_after_cases(NOON)
    hear(case)
    (answer,) = [one for one in queries.unsettled_obligations(case.id) if one.kind is ObligationKind.ANSWER]
    assert (earlier.owner_id, answer.owner_id) == (oren.id, oren.id)


def test_words_of_danger_page_the_cover(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        oren.page_address = "oren@example.org"
        maya.page_address = "maya@example.org"
    away(maya, oren)
    hear(case, "I want to kill myself tonight.")
    (answer,) = queries.unsettled_obligations(case.id)
    assert answer.owner_id == oren.id
    assert answer.band.rank <= Band.RED.rank


def test_an_absence_puts_off_no_promise(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    hear(case)
    assert queries.unsettled_obligations(case.id)[0].due_at == NOON + 24 * HOUR


def test_who_is_back_has_the_promises_again(case: Case, maya: Staff, oren: Staff) -> None:
    absence = away(maya, oren)
    hear(case)
    look_after_cases(absence.ends_at + HOUR)
    assert queries.unsettled_obligations(case.id)[0].owner_id == maya.id


def test_who_comes_back_early_has_the_case_alone_again(case: Case, maya: Staff, oren: Staff) -> None:
    absence = away(maya, oren)
    look_after_cases(NOON)
    hear(case)
    with transaction():
        call_off(absence, actor=maya, now=NOON + HOUR)
    assert covers(case, NOON + HOUR) == []
    assert queries.unsettled_obligations(case.id)[0].owner_id == maya.id


def test_the_student_is_told_who_answers_by_when_and_when_the_owner_is_back(
    case: Case, maya: Staff, oren: Staff
) -> None:
    away(maya, oren, reply="I am at a conference.")
    hear(case)
    (words,) = automatic(case)
    assert "is back on Wednesday 11 March" in words
    assert "Oren of the centre looks after you meanwhile and answers by 5 Mar, 12:00" in words
    assert "I am at a conference." in words


def test_a_burst_of_letters_is_answered_once(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    for minutes in (0, 5, 90):
        hear(case, now=NOON + timedelta(minutes=minutes))
    assert len(automatic(case)) == 1


def test_the_next_day_it_is_said_again(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    hear(case)
    hear(case, now=NOON + 25 * HOUR)
    assert len(automatic(case)) == 2


def test_after_the_cover_has_written_a_new_letter_is_told_again(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    hear(case)
    with transaction():
        write_letter(case, "I stand in for Maya.", author=oren, now=NOON + HOUR)
    hear(case, now=NOON + 2 * HOUR)
    assert len(automatic(case)) == 2


def test_words_of_danger_are_answered_with_whom_to_call(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    hear(case, "I want to kill myself tonight.")
    (words,) = automatic(case)
    assert "Call somebody now." in words


def test_a_quiet_letter_is_not_answered_with_whom_to_call(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya, oren)
    hear(case)
    assert "Call somebody" not in automatic(case)[0]


def test_who_is_here_sends_nothing_by_itself(case: Case) -> None:
    hear(case)
    assert automatic(case) == []


def test_an_automatic_reply_keeps_no_promise_and_is_no_first_letter(
    case: Case, maya: Staff, oren: Staff
) -> None:
    away(maya, oren)
    hear(case)
    assert [one.kind for one in queries.unsettled_obligations(case.id)] == [ObligationKind.ANSWER]
    assert "First letter to the student" not in [
        one.what for one in timeline_of(view_case(case), now=NOON) if one.state == "done"
    ]


def test_a_letter_that_nobody_covers_comes_before_the_lead(case: Case, maya: Staff, oren: Staff) -> None:
    away(maya)
    hear(case)
    look_after_cases(NOON + HOUR)
    offer = handing_queries.open_handover(case.id)
    assert offer is not None
    assert (offer.to_id, case.owner_id) == (None, maya.id)
    assert oren.id in {one.id for one in leads_of_cases(case, now=NOON)}
    assert "A colleague is asked to look after you" in automatic(case)[0]


def test_the_lead_is_asked_once(case: Case, maya: Staff) -> None:
    away(maya)
    hear(case)
    look_after_cases(NOON + HOUR)
    look_after_cases(NOON + 2 * HOUR)
    assert len(handing_queries.handovers(case.id)) == 1


def test_a_case_in_which_nothing_is_due_meanwhile_waits_for_its_owner(case: Case, maya: Staff) -> None:
    away(maya)
    look_after_cases(NOON + HOUR)
    assert handing_queries.open_handover(case.id) is None


def test_cases_of_whose_licence_ended_come_before_the_lead_and_keep_their_owner(
    case: Case, maya: Staff
) -> None:
    with transaction():
        set_profile(
            maya,
            fields=[],
            languages=[],
            most_cases=None,
            licence_expires_on=TODAY - DAY,
            seen="",
            actor=maya,
            now=NOON,
        )
    look_after_cases(NOON)
    assert handing_queries.open_handover(case.id) is not None
    assert case.owner_id == maya.id


def leave(person: Staff) -> None:
    person.closed_at = NOON


def become_coordinator(person: Staff) -> None:
    person.role = Role.COORDINATOR


@pytest.mark.usefixtures("oren")
@pytest.mark.parametrize("go", [leave, become_coordinator])
def test_cases_of_who_left_come_before_the_lead_and_may_be_taken(
    case: Case, maya: Staff, go: Callable[[Staff], None]
) -> None:
    look_after_cases(NOON)
    assert handing_queries.open_handover(case.id) is None
    with transaction():
        go(maya)
    look_after_cases(NOON)
    assert handing_queries.open_handover(case.id) is not None
    assert queries.is_takeable(case.id)


def test_a_damaged_case_leaves_no_other_without_a_cover(maya: Staff, oren: Staff) -> None:
    cases = [make_case(add_student(), maya) for _ in range(3)]
    with transaction():
        cases[0].wrapped_key = cases[0].wrapped_key[:-1] + b"?"  # type: ignore[index]
        cases[0].rank = 0
    away(maya, oren)
    look_after_cases(NOON)
    assert [covers(case) for case in cases] == [[], [oren.id], [oren.id]]


def test_a_damaged_case_keeps_no_other_first_letter_from_being_chased(maya: Staff, oren: Staff) -> None:
    cases = [make_case(add_student(), maya) for _ in range(3)]
    for case in cases:
        with transaction():
            write_letter(case, "How are you?", author=maya, now=NOON)
    first = min(cases, key=lambda case: case.id)
    with transaction():
        first.wrapped_key = first.wrapped_key[:-1] + b"?"  # type: ignore[index]
    away(maya, oren)
    chase_unread_first_letters(NOON + 3 * HOUR)
    chased = [len(queries.unsettled_obligations(case.id)) for case in cases if case is not first]
    assert chased == [1, 1]


def test_a_cover_who_is_away_then_is_refused(maya: Staff, oren: Staff) -> None:
    away(oren, first=TODAY + 3 * DAY, last=TODAY + 4 * DAY)
    with pytest.raises(CoverIsAway):
        away(maya, oren)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 2), (0, 900), (5, 9)])
def test_days_that_are_over_turned_round_or_taken_are_refused(maya: Staff, first: int, last: int) -> None:
    away(maya, first=TODAY + 5 * DAY, last=TODAY + 6 * DAY)
    with pytest.raises(NotThoseDays):
        away(maya, first=TODAY + first * DAY, last=TODAY + last * DAY)


@pytest.mark.parametrize(
    ("role", "may"), [(Role.PROFESSIONAL, True), (Role.COORDINATOR, True), (Role.MODERATOR, False)]
)
def test_the_lead_and_no_moderator_says_that_a_colleague_is_away(maya: Staff, role: Role, may: bool) -> None:
    # Without a rota every professional leads.
    assert may_set_for(add_staff_row(role, "somebody"), maya, now=NOON) is may


def test_the_lead_gives_every_case_of_an_absent_colleague_to_another(
    case: Case, maya: Staff, oren: Staff
) -> None:
    second, tomas = make_case(add_student(), maya), add_staff_row(Role.COORDINATOR, "tomas")
    away(maya)
    with transaction():
        result = move_cases(maya, [case.id, second.id], to=oren, actor=tomas, now=NOON)
    assert result == (2, 0)
    assert {case.owner_id, second.owner_id} == {oren.id}
    told = [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert told == ["counsellor_changed", "counsellor_changed"]


def test_a_case_that_has_moved_on_is_not_given_again(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    assert student.id
    tomas = add_staff_row(Role.COORDINATOR, "tomas")
    away(maya)
    with transaction():
        move_cases(maya, [case.id], to=oren, actor=tomas, now=NOON)
    with transaction():
        assert move_cases(maya, [case.id], to=oren, actor=tomas, now=NOON) == (0, 1)


def test_cases_of_who_is_here_are_nobody_s_to_give(maya: Staff) -> None:
    tomas = add_staff_row(Role.COORDINATOR, "tomas")
    with pytest.raises(Missing):
        absent_colleague(maya.id, lead=tomas, now=NOON)


def test_a_moderator_gives_no_case_to_anybody(maya: Staff) -> None:
    away(maya)
    with pytest.raises(Missing):
        absent_colleague(maya.id, lead=add_staff_row(Role.MODERATOR, "mod"), now=NOON)


def test_a_reply_sent_by_itself_is_no_letter_that_somebody_has_to_read(
    case: Case, maya: Staff, oren: Staff
) -> None:
    away(maya, oren)
    hear(case)
    assert cases_with_unread_first_letter(NOON + 3 * HOUR) == []
