"""Who works in a case besides its owner, and why they say that they read it."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Missing
from counselling import queries
from counselling.access import ForTheOwner, Part, case_of_part, case_to_decide_on, part_in
from counselling.ending import AlreadyRead, withdraw_letter
from counselling.handing.members import (
    AlreadyAlong,
    InvitationGone,
    NotACounsellor,
    invite,
    join_case,
    leave_case,
)
from counselling.handing.purposes import Purpose, readings_of, state_purpose
from counselling.intake.card import card_of
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, MemberPart, ObligationKind
from counselling.obligations import promise
from counselling.reading import PurposeNeeded, case_to_poll, open_to_read
from counselling.showing import view_case, view_letters
from counselling.unread import Shows
from moderation.bands import Band
from tests.counselling.people import NOON, add_staff_row

LATER = NOON + timedelta(days=2)


def bring_in(case: Case, staff: Staff, *, by: Staff) -> None:
    with transaction():
        invite(case, colleague=staff, actor=by, now=NOON)
        join_case(case, staff=staff, part=MemberPart.SECOND, until=None, actor=staff, now=NOON)


def let_cover(case: Case, staff: Staff) -> None:
    with transaction():
        join_case(case, staff=staff, part=MemberPart.COVER, until=LATER, actor=None, now=NOON)


def say_why(case: Case, reader: Staff, words: str = "", *, minutes: int = 0) -> None:
    with transaction():
        at = NOON + timedelta(minutes=minutes)
        state_purpose(case, Purpose.THINK_ALONG, words, reader=reader, now=at)


def test_a_colleague_who_was_only_invited_has_no_part_yet(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
    assert part_in(case, oren, now=NOON) is None


def test_a_second_has_a_part_until_it_is_ended(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    assert part_in(case, oren, now=NOON) is Part.SECOND
    with transaction():
        leave_case(case, staff=oren, actor=maya, now=NOON)
    assert part_in(case, oren, now=NOON) is None


@pytest.mark.parametrize(
    ("minutes", "part"), [(0, Part.COVER), (2 * 24 * 60 - 1, Part.COVER), (2 * 24 * 60, None)]
)
def test_a_cover_has_a_part_until_the_time_is_over(
    case: Case, oren: Staff, minutes: int, part: Part | None
) -> None:
    let_cover(case, oren)
    assert part_in(case, oren, now=NOON + timedelta(minutes=minutes)) is part


def test_nobody_joins_as_a_second_without_an_invitation(case: Case, oren: Staff) -> None:
    with transaction(), pytest.raises(InvitationGone):
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=NOON)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COORDINATOR, Role.RESEARCHER])
def test_only_a_professional_is_invited(case: Case, maya: Staff, role: Role) -> None:
    other = add_staff_row(role, "kim")
    with transaction(), pytest.raises(NotACounsellor):
        invite(case, colleague=other, actor=maya, now=NOON)


def test_nobody_is_invited_twice(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with transaction(), pytest.raises(AlreadyAlong):
        invite(case, colleague=oren, actor=maya, now=NOON)


def test_the_student_is_told_of_a_second_before_the_second_can_read(
    case: Case, maya: Staff, oren: Staff
) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
    notices = [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert notices == ["second_counsellor"]
    with pytest.raises(Missing):
        open_to_read(case.id, reader=oren, now=NOON)


def holders(app: Flask, case: Case) -> list[str]:
    """Who has a case, as its student's card says."""
    with app.test_request_context():
        return [one.who for one in card_of(case, now=NOON).holders]


def test_the_student_s_card_tells_of_a_second_before_and_after_they_join(
    inside: Flask, case: Case, maya: Staff, oren: Staff
) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
    own, asked = f"{maya.alias}, your counsellor", "A second counsellor, who is asked to help yours"
    assert holders(inside, case) == [own, asked]
    with transaction():
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=NOON)
    assert holders(inside, case) == [own, "A second counsellor, who helps yours"]


def test_a_second_does_not_decide_what_is_the_owner_s(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with transaction(), pytest.raises(ForTheOwner):
        case_to_decide_on(case.id, person=oren, now=NOON)


def test_a_second_says_why_before_there_is_a_page(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with pytest.raises(PurposeNeeded):
        open_to_read(case.id, reader=oren, now=NOON)
    say_why(case, oren)
    assert open_to_read(case.id, reader=oren, now=NOON).id == case.id


def test_a_purpose_holds_for_a_quarter_of_an_hour(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    say_why(case, oren)
    open_to_read(case.id, reader=oren, now=NOON + timedelta(minutes=14))
    with pytest.raises(PurposeNeeded):
        open_to_read(case.id, reader=oren, now=NOON + timedelta(minutes=15))


def test_a_purpose_of_an_earlier_part_does_not_hold(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    say_why(case, oren, minutes=1)
    with transaction():
        leave_case(case, staff=oren, actor=oren, now=NOON)
        invite(case, colleague=oren, actor=maya, now=NOON)
        at = NOON + timedelta(minutes=2)
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=at)
    with pytest.raises(PurposeNeeded):
        open_to_read(case.id, reader=oren, now=NOON + timedelta(minutes=3))


def test_reading_as_the_owner_does_not_count_for_who_became_a_second(
    case: Case, maya: Staff, oren: Staff
) -> None:
    open_to_read(case.id, reader=maya, now=NOON)
    with transaction():
        case.owner_id = oren.id
    bring_in(case, maya, by=oren)
    with pytest.raises(PurposeNeeded):
        open_to_read(case.id, reader=maya, now=NOON + timedelta(minutes=1))


def test_the_words_of_a_purpose_are_sealed_and_the_owner_reads_them(
    case: Case, maya: Staff, oren: Staff
) -> None:
    bring_in(case, oren, by=maya)
    say_why(case, oren, "Maya asked about the safety plan.")
    kept = str([event.detail for event in db.session.query(AuditEvent)])
    assert "safety plan" not in kept
    (reading,) = readings_of(case)
    assert (reading.staff_id, reading.purpose) == (oren.id, "think_along")
    assert reading.words == "Maya asked about the safety plan."


def test_a_poll_writes_nothing_and_answers_only_who_opened_the_case(
    case: Case, maya: Staff, oren: Staff
) -> None:
    bring_in(case, oren, by=maya)
    before = db.session.query(AuditEvent).count()
    with pytest.raises(PurposeNeeded):
        case_to_poll(case.id, reader=oren, now=NOON)
    case_to_poll(case.id, reader=maya, now=NOON)
    assert db.session.query(AuditEvent).count() == before


def test_what_a_second_has_seen_is_still_unread_for_the_owner(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with transaction():
        hear_student(case, "I am here.", now=NOON)
    say_why(case, oren)
    open_to_read(case.id, reader=oren, now=NOON, shows=Shows.CONVERSATION)
    assert queries.has_unread(case.id, AuthorKind.STUDENT)


def read_along(case: Case, second: Staff) -> None:
    open_to_read(case.id, reader=second, now=NOON, shows=Shows.CONVERSATION)


def test_a_letter_that_a_second_has_read_is_not_taken_back(case: Case, maya: Staff, oren: Staff) -> None:
    # Given a second who has the case before them already, and two letters since
    bring_in(case, oren, by=maya)
    say_why(case, oren)
    read_along(case, oren)
    with transaction():
        first = hear_student(case, "I am here.", now=NOON).number
    read_along(case, oren)
    with transaction():
        other = hear_student(case, "Nobody has read this.", now=NOON).number

    # Then the one that they read is no longer offered, and an old tab is told so
    offered = [one.number for one in view_letters(case) if one.may_be_withdrawn]
    assert offered == [other]
    with transaction(), pytest.raises(AlreadyRead):
        withdraw_letter(case, first, now=NOON)
    with transaction():
        withdraw_letter(case, other, now=NOON)


def test_a_second_who_reads_on_leaves_one_line_for_what_was_new(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    say_why(case, oren)
    with transaction():
        number = hear_student(case, "I am here.", now=NOON).number
    for _visit in range(2):
        read_along(case, oren)
    (line,) = db.session.query(AuditEvent).filter_by(kind="letters_read")
    assert (line.actor, line.detail) == (oren.actor, {"up_to": number})


def test_a_letter_of_a_second_carries_their_alias_and_keeps_the_promise(
    case: Case, maya: Staff, oren: Staff
) -> None:
    bring_in(case, oren, by=maya)
    with transaction():
        promise(case, ObligationKind.ANSWER, band=Band.AMBER, now=NOON)
    with transaction():
        found, _part = case_of_part(case.id, person=oren, now=NOON, locked=True)
        write_letter(found, "Hello from me as well.", author=oren, now=NOON)
    assert queries.unsettled_obligations(case.id) == []
    assert [letter.byline for letter in view_case(case).letters] == [oren.alias]


@pytest.mark.usefixtures("student")
def test_a_case_whose_key_is_gone_has_no_part_for_anybody(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with transaction():
        case.wrapped_key = None
    assert [part_in(case, one, now=NOON) for one in (maya, oren)] == [None, None]


def test_a_letter_says_which_colleague_wrote_it(case: Case, maya: Staff, oren: Staff) -> None:
    bring_in(case, oren, by=maya)
    with transaction():
        write_letter(case, "Hello from me as well.", author=oren, now=NOON)
    assert [letter.staff_id for letter in view_case(case).letters] == [oren.id]
