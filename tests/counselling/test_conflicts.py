"""“I know this person”: at once, without a reason, and for good."""

from datetime import timedelta

import pytest

from accounts.models import Account, Staff
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Missing
from counselling import clocks, queries
from counselling.access import Part, escalation_to_answer, part_in, readable_escalation
from counselling.cases import LeftToOthers, close_case, open_case, take_case
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import is_recused, leads_of_cases, offer_to_assign
from counselling.handing.conflicts import recuse_from_case, recuse_from_escalation
from counselling.handing.handovers import assign_handover, offer_case
from counselling.handing.members import NotACounsellor, invite, join_case
from counselling.handing.models import HandoverState
from counselling.messages import hear_student
from counselling.models import Case, CaseState, MemberPart, ObligationKind
from counselling.obligations import promise
from counselling.taking import accept_escalation
from moderation.bands import Band
from moderation.models import Escalation
from tests.counselling.people import NOON, escalate_post, make_case, write_post


def say_so(case: Case, person: Staff) -> None:
    with transaction():
        recuse_from_case(case.id, actor=person, now=NOON)


def test_access_ends_at_once(case: Case, maya: Staff) -> None:
    say_so(case, maya)
    assert part_in(case, maya, now=NOON) is None
    assert queries.live_assignment(case.id) is None


@pytest.mark.usefixtures("oren")
def test_the_case_waits_for_a_colleague_under_the_clock_of_its_band(case: Case, maya: Staff) -> None:
    say_so(case, maya)
    assert (case.owner_id, case.due_at) == (None, NOON + timedelta(hours=24))
    assert queries.is_takeable(case.id)


@pytest.mark.usefixtures("oren")
def test_the_clock_of_a_case_that_was_left_climbs(case: Case, maya: Staff) -> None:
    say_so(case, maya)
    clocks.climb(NOON + timedelta(hours=25))
    overdue = [one for one in db.session.query(AuditEvent) if one.kind == "overdue"]
    assert [one.target for one in overdue] == [f"case:{case.id}"]


def test_what_was_promised_waits_on_without_an_owner(case: Case, maya: Staff) -> None:
    with transaction():
        promise(case, ObligationKind.ANSWER, band=Band.AMBER, now=NOON)
    say_so(case, maya)
    (waiting,) = queries.unsettled_obligations(case.id)
    assert waiting.owner_id is None


def test_the_lead_is_asked_and_never_the_one_who_said_so(case: Case, maya: Staff, oren: Staff) -> None:
    say_so(case, maya)
    offer = handing_queries.open_handover(case.id)
    assert offer is not None
    assert offer.is_conflict
    assert [one.id for one in leads_of_cases(case, now=NOON)] == [oren.id]
    assert [task.for_staff for task in handing_queries.tasks_about(offer.id)] == [oren.id]
    with pytest.raises(Missing):
        offer_to_assign(offer.id, lead=maya, now=NOON)


def test_who_takes_the_case_answers_what_the_lead_was_asked(case: Case, maya: Staff, oren: Staff) -> None:
    say_so(case, maya)
    offer = handing_queries.open_handover(case.id)
    assert offer is not None
    with transaction():
        take_case(case, actor=oren, now=NOON)
    assert (offer.state, part_in(case, oren, now=NOON)) == (HandoverState.ACCEPTED, Part.OWNER)
    assert not handing_queries.tasks_about(offer.id)


def test_the_student_is_told_who_takes_over(case: Case, maya: Staff, oren: Staff) -> None:
    say_so(case, maya)
    with transaction():
        take_case(case, actor=oren, now=NOON)
    told = [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert told == ["counsellor_changed"]


def test_who_said_so_does_not_take_the_case_again(case: Case, maya: Staff) -> None:
    say_so(case, maya)
    with transaction(), pytest.raises(LeftToOthers):
        take_case(case, actor=maya, now=NOON)


def test_who_said_so_is_neither_offered_the_case_nor_invited(case: Case, maya: Staff, oren: Staff) -> None:
    say_so(case, maya)
    with transaction():
        take_case(case, actor=oren, now=NOON)
    with transaction(), pytest.raises(NotACounsellor):
        offer_case(case, colleague=maya, note="Please.", actor=oren, now=NOON)
    with transaction(), pytest.raises(NotACounsellor):
        invite(case, colleague=maya, actor=oren, now=NOON)


def test_the_lead_gives_the_case_to_nobody_who_said_so(case: Case, maya: Staff, oren: Staff) -> None:
    say_so(case, maya)
    offer = handing_queries.open_handover(case.id)
    assert offer is not None
    with transaction(), pytest.raises(NotACounsellor):
        assign_handover(offer, case, colleague=maya, actor=oren, now=NOON)


def test_a_second_who_knows_the_student_leaves_and_the_owner_stays(
    case: Case, maya: Staff, oren: Staff
) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
        join_case(case, staff=oren, part=MemberPart.SECOND, until=None, actor=oren, now=NOON)
    say_so(case, oren)
    assert (part_in(case, oren, now=NOON), case.owner_id) == (None, maya.id)


def test_who_was_offered_a_case_may_say_so_before_reading_it(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        offer = offer_case(case, colleague=oren, note="Please.", actor=maya, now=NOON)
    say_so(case, oren)
    assert (offer.state, case.owner_id) == (HandoverState.REFUSED, maya.id)
    assert is_recused(case, oren)


def test_somebody_without_a_part_says_nothing_about_a_case(case: Case, oren: Staff) -> None:
    with transaction(), pytest.raises(Missing):
        recuse_from_case(case.id, actor=oren, now=NOON)


def test_who_said_so_lies_sealed(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        invite(case, colleague=oren, actor=maya, now=NOON)
    say_so(case, maya)
    assert case.links is not None
    assert maya.id.encode() not in case.links
    assert is_recused(case, maya)


def test_a_later_case_of_the_student_knows_it_too(case: Case, student: Account, maya: Staff) -> None:
    say_so(case, maya)
    with transaction():
        later = open_case(band=Band.GREEN, student=student, pseudonym="Calm Otter", due_at=NOON, now=NOON)
    assert is_recused(later, maya)
    with transaction(), pytest.raises(LeftToOthers):
        take_case(later, actor=maya, now=NOON)


def test_an_urgent_case_that_is_left_pages_who_is_on_call(
    student: Account, maya: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    paged: list[tuple[Band, object]] = []
    monkeypatch.setattr(
        "counselling.handing.conflicts.page_staff",
        lambda *_a, band, rung, **_k: paged.append((band, rung)),
    )
    say_so(make_case(student, maya, band=Band.RED), maya)
    assert [(band, str(rung)) for band, rung in paged] == [(Band.RED, "on_call")]


def test_a_student_who_writes_into_a_case_without_an_owner_is_promised_an_answer(
    case: Case, maya: Staff
) -> None:
    with transaction():
        case.state = CaseState.IN_CONTACT
    say_so(case, maya)
    with transaction():
        hear_student(case, "Are you there?", now=NOON)
    assert [one.kind for one in queries.unsettled_obligations(case.id)] == [ObligationKind.ANSWER]


def test_a_closed_case_without_an_owner_gets_a_clock_when_the_student_writes(case: Case, maya: Staff) -> None:
    with transaction():
        close_case(case, summary="Over.", actor=maya, now=NOON)
    say_so(case, maya)
    assert case.due_at is None
    with transaction():
        hear_student(case, "Are you there?", now=NOON)
    assert case.due_at is not None
    assert queries.is_takeable(case.id)


def test_a_recognised_writer_s_escalation_does_not_exist_any_more(
    escalation: Escalation, maya: Staff, oren: Staff
) -> None:
    with transaction():
        recuse_from_escalation(escalation, actor=maya, now=NOON)
    with pytest.raises(Missing):
        readable_escalation(escalation.id, reader=maya)
    with pytest.raises(Missing):
        escalation_to_answer(escalation.id, actor=maya)
    assert readable_escalation(escalation.id, reader=oren).id == escalation.id


def test_a_further_text_of_the_same_writer_is_not_shown_either(
    escalation: Escalation, student: Account, maya: Staff
) -> None:
    with transaction():
        recuse_from_escalation(escalation, actor=maya, now=NOON)
    further = escalate_post(write_post(student, title="Home"))
    with transaction(), pytest.raises(Missing):
        accept_escalation(further, actor=maya, now=NOON)


def test_recognising_the_writer_of_an_escalation_ends_a_part_in_their_case(
    case: Case, student: Account, maya: Staff
) -> None:
    further = escalate_post(write_post(student, title="Home"))
    with transaction():
        recuse_from_escalation(further, actor=maya, now=NOON)
    assert part_in(case, maya, now=NOON) is None
