"""Handing a case to a colleague: offered, refused, ignored, accepted; and never without an owner."""

from datetime import datetime, timedelta

import pytest

from accounts.mailbox import notices
from accounts.models import Account, Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.refusals import Missing
from counselling import queries
from counselling.access import Part, part_in
from counselling.cases import CaseMovedOn, close_case, take_case
from counselling.conversants import case_of_conversant, conversant_of
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import leads_of_cases, offer_for, offer_to_assign
from counselling.handing.conflicts import recuse_from_case
from counselling.handing.handovers import (
    LEAST,
    AlreadyOffered,
    accept_handover,
    answer_of,
    assign_handover,
    lapse_offers,
    lapses_at,
    note_of,
    offer_case,
    refuse_handover,
    take_back,
    view_offer,
)
from counselling.handing.members import NotACounsellor, invite, join_case
from counselling.handing.models import Handover, HandoverState
from counselling.handing.states import LEGAL, HandoverAct, OfferGone, move_handover
from counselling.messages import write_letter
from counselling.models import Case, MemberPart, ObligationKind, ObligationState
from counselling.notices import deliver_case_notices
from counselling.obligations import promise
from moderation.bands import Band
from moderation.team.duties import duties_of
from moderation.team.models import Duty
from moderation.team.tasks import finish_task, tasks_of
from tests.cast import on_duty
from tests.counselling.people import NOON, add_staff_row

NOTE = "She likes short letters. The safety plan is half done."


def offer(case: Case, to: Staff, *, by: Staff, now: datetime = NOON) -> Handover:
    with transaction():
        return offer_case(case, colleague=to, note=NOTE, actor=by, now=now)


def accept(handover: Handover, *, actor: Staff) -> Case:
    with transaction():
        found, case = offer_for(handover.id, receiver=actor, locked=True)
        return accept_handover(found, case, actor=actor, now=NOON)


def refuse(handover: Handover, *, actor: Staff, reason: str = "") -> None:
    with transaction():
        found, case = offer_for(handover.id, receiver=actor, locked=True)
        refuse_handover(found, case, reason=reason, actor=actor, now=NOON)


def promise_answer(case: Case, band: Band = Band.AMBER, *, now: datetime = NOON) -> None:
    with transaction():
        promise(case, ObligationKind.ANSWER, band=band, now=now)


@pytest.mark.parametrize("state", list(HandoverState))
@pytest.mark.parametrize("act", list(HandoverAct))
def test_an_offer_ends_once(
    case: Case, maya: Staff, oren: Staff, act: HandoverAct, state: HandoverState
) -> None:
    handover = offer(case, oren, by=maya)
    with transaction():
        handover.state = state
    goal = LEGAL[act].get(state)
    with transaction():
        if goal is None:
            with pytest.raises(OfferGone):
                move_handover(handover, act, now=NOON)
        else:
            move_handover(handover, act, now=NOON)
            assert handover.state is goal


def test_an_offer_shows_promises_and_note_and_leaves_the_case_with_its_owner(
    case: Case, maya: Staff, oren: Staff
) -> None:
    promise_answer(case)
    view = view_offer(offer(case, oren, by=maya), case)
    assert view.note == NOTE
    assert [one.kind for one in view.promises] == [ObligationKind.ANSWER]
    assert (part_in(case, maya, now=NOON), part_in(case, oren, now=NOON)) == (Part.OWNER, None)


def test_the_note_is_sealed(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    assert handover.note is not None
    assert b"short letters" not in handover.note


def test_with_the_offer_accepted_case_promises_and_rights_go_over(
    case: Case, maya: Staff, oren: Staff
) -> None:
    promise_answer(case)
    accept(offer(case, oren, by=maya), actor=oren)
    assert (part_in(case, maya, now=NOON), part_in(case, oren, now=NOON)) == (None, Part.OWNER)
    live = queries.live_assignment(case.id)
    assert live is not None
    assert live.staff_id == oren.id
    assert [one.owner_id for one in queries.unsettled_obligations(case.id)] == [oren.id]


def test_a_promise_keeps_its_time_when_the_case_is_handed_over(case: Case, maya: Staff, oren: Staff) -> None:
    promise_answer(case)
    (before,) = [one.due_at for one in queries.unsettled_obligations(case.id)]
    accept(offer(case, oren, by=maya), actor=oren)
    assert [one.due_at for one in queries.unsettled_obligations(case.id)] == [before]


def test_the_student_keeps_the_conversation_and_is_told_who_has_it(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    accept(offer(case, oren, by=maya), actor=oren)
    assert case_of_conversant(case.id, conversant=conversant_of(student)).id == case.id
    rows = [row.payload for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    with transaction():
        deliver_case_notices(rows, NOON)
    (notice,) = [one for one in notices(student) if one["kind"] == "counselling.counsellor_changed"]
    assert notice["data"] == {"case": case.id, "alias": oren.alias}


def test_the_outbox_row_of_a_handover_holds_ids_only(case: Case, maya: Staff, oren: Staff) -> None:
    accept(offer(case, oren, by=maya), actor=oren)
    (payload,) = [row.payload for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert payload.keys() == {"case", "notice", "key"}
    assert oren.alias not in str(payload)


def test_the_former_owner_reads_again_only_as_an_invited_second(case: Case, maya: Staff, oren: Staff) -> None:
    accept(offer(case, oren, by=maya), actor=oren)
    with transaction():
        invite(case, colleague=maya, actor=oren, now=NOON)
        join_case(case, staff=maya, part=MemberPart.SECOND, until=None, actor=maya, now=NOON)
    assert part_in(case, maya, now=NOON) is Part.SECOND


def test_a_cover_of_the_former_owner_has_no_part_any_more(case: Case, maya: Staff, oren: Staff) -> None:
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    with transaction():
        until = NOON + timedelta(days=3)
        join_case(case, staff=kim, part=MemberPart.COVER, until=until, actor=None, now=NOON)
    accept(offer(case, oren, by=maya), actor=oren)
    assert part_in(case, kim, now=NOON) is None


def test_a_refused_case_stays_with_its_owner_and_goes_before_the_lead(
    case: Case, maya: Staff, oren: Staff
) -> None:
    handover = offer(case, oren, by=maya)
    refuse(handover, actor=oren, reason="I have no hours left.")
    assert (handover.state, case.owner_id) == (HandoverState.REFUSED, maya.id)
    assert answer_of(case, handover) == "I have no hours left."
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    assert for_lead.to_id is None
    assert [task.note for task in handing_queries.tasks_about(for_lead.id)] == [for_lead.id]


def test_an_ignored_offer_lapses_and_goes_before_the_lead(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    lapse_offers(handover.due_at - timedelta(seconds=1))
    assert handover.state is HandoverState.OFFERED
    lapse_offers(handover.due_at)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    assert (handover.state, for_lead.to_id, case.owner_id) == (HandoverState.LAPSED, None, maya.id)


def test_what_the_lead_leaves_lying_pages_everybody_again_and_again(
    case: Case, maya: Staff, oren: Staff
) -> None:
    refuse(offer(case, oren, by=maya), actor=oren)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    for _ in range(2):
        lapse_offers(for_lead.due_at)
    unanswered = [one for one in db.session.query(AuditEvent) if one.kind == "handover_unanswered"]
    assert (len(unanswered), for_lead.state) == (2, HandoverState.OFFERED)


@pytest.mark.parametrize(
    ("band", "minutes"), [(Band.CRISIS, 15), (Band.RED, 60), (Band.AMBER, 24 * 60), (Band.GREEN, 48 * 60)]
)
def test_an_offer_lapses_by_the_clock_of_the_case(case: Case, band: Band, minutes: int) -> None:
    with transaction():
        case.band = band
    assert lapses_at(case, now=NOON) == NOON + timedelta(minutes=minutes)


def test_an_offer_leaves_half_of_the_time_to_the_next_promise(case: Case) -> None:
    promise_answer(case, Band.RED)
    assert lapses_at(case, now=NOON) == NOON + timedelta(minutes=30)


def test_an_offer_lasts_some_minutes_even_just_before_a_promise_is_due(case: Case) -> None:
    promise_answer(case, Band.CRISIS)
    now = NOON + timedelta(minutes=13)
    assert lapses_at(case, now=now) == now + LEAST


def test_the_lead_gives_the_case_to_somebody_and_reads_nothing(case: Case, maya: Staff, oren: Staff) -> None:
    lead, kim = add_staff_row(Role.COORDINATOR, "cara"), add_staff_row(Role.PROFESSIONAL, "kim")
    refuse(offer(case, oren, by=maya), actor=oren)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    # Without a rota every professional leads; with one it is who stands in it, or a coordinator.
    assert lead.id not in {one.id for one in leads_of_cases(case, now=NOON)}
    with transaction():
        found, locked = offer_to_assign(for_lead.id, lead=kim, now=NOON, locked=True)
        assign_handover(found, locked, colleague=kim, actor=kim, now=NOON)
    assert (case.owner_id, found.state) == (kim.id, HandoverState.ACCEPTED)
    assert not handing_queries.tasks_about(for_lead.id)
    assert part_in(case, lead, now=NOON) is None


def on_lead(person: Staff) -> None:
    on_duty(person.id, Duty.LEAD)


def handover_tasks(person: Staff, *, now: datetime = NOON) -> list[str | None]:
    return [task.note for task in tasks_of(person, duties_of(person, now=now), now=now)]


def test_a_moderator_who_leads_is_not_asked_about_a_case_and_a_coordinator_is(
    case: Case, maya: Staff, oren: Staff
) -> None:
    moderator, cara = add_staff_row(Role.MODERATOR, "mo"), add_staff_row(Role.COORDINATOR, "cara")
    on_lead(moderator)
    refuse(offer(case, oren, by=maya), actor=oren)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    assert handover_tasks(moderator) == []
    assert handover_tasks(cara) == [for_lead.id]
    assert offer_to_assign(for_lead.id, lead=cara, now=NOON)[1] is case


def test_a_professional_who_leads_beside_a_moderator_is_asked_alone(
    case: Case, maya: Staff, oren: Staff
) -> None:
    moderator, kim = add_staff_row(Role.MODERATOR, "mo"), add_staff_row(Role.PROFESSIONAL, "kim")
    cara = add_staff_row(Role.COORDINATOR, "cara")
    on_lead(moderator)
    on_lead(kim)
    refuse(offer(case, oren, by=maya), actor=oren)
    assert [len(handover_tasks(one)) for one in (moderator, kim, cara)] == [0, 1, 0]


def test_a_moderator_who_leads_ends_no_task_about_a_case(case: Case, maya: Staff, oren: Staff) -> None:
    moderator = add_staff_row(Role.MODERATOR, "mo")
    on_lead(moderator)
    add_staff_row(Role.COORDINATOR, "cara")
    refuse(offer(case, oren, by=maya), actor=oren)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    (task,) = handing_queries.tasks_about(for_lead.id)
    with transaction(), pytest.raises(Missing):
        finish_task(task.id, actor=moderator, now=NOON)


def test_when_the_clock_of_the_lead_runs_out_whoever_leads_then_is_asked(
    case: Case, maya: Staff, oren: Staff
) -> None:
    # Given a case that Maya left, so that one colleague alone was asked, who has left since
    with transaction():
        recuse_from_case(case.id, actor=maya, now=NOON)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    (task,) = handing_queries.tasks_about(for_lead.id)
    assert task.for_staff == oren.id
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    with transaction():
        oren.closed_at = NOON
    # When the clock runs out
    lapse_offers(for_lead.due_at)
    # Then somebody is asked who is there
    assert task.for_staff == kim.id


def test_a_moderator_gives_no_case_to_anybody(case: Case, maya: Staff, oren: Staff) -> None:
    moderator = add_staff_row(Role.MODERATOR, "mo")
    refuse(offer(case, oren, by=maya), actor=oren)
    for_lead = handing_queries.open_handover(case.id)
    assert for_lead is not None
    with pytest.raises(Missing):
        offer_to_assign(for_lead.id, lead=moderator, now=NOON)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COORDINATOR, Role.RESEARCHER])
def test_a_case_is_offered_to_professionals_only(case: Case, maya: Staff, role: Role) -> None:
    other = add_staff_row(role, "kim")
    with transaction(), pytest.raises(NotACounsellor):
        offer_case(case, colleague=other, note=NOTE, actor=maya, now=NOON)


def test_a_case_is_offered_to_one_at_a_time(case: Case, maya: Staff, oren: Staff) -> None:
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    offer(case, oren, by=maya)
    with pytest.raises(AlreadyOffered):
        offer(case, kim, by=maya)


def test_a_closed_case_is_not_offered(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        close_case(case, summary="It went well.", actor=maya, now=NOON)
    with pytest.raises(CaseMovedOn):
        offer(case, oren, by=maya)


def test_an_offer_that_was_taken_back_is_not_accepted(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    with transaction():
        take_back(handover, case, actor=maya, now=NOON)
    with pytest.raises(OfferGone):
        accept(handover, actor=oren)
    assert case.owner_id == maya.id


def test_a_second_tab_accepts_nothing_twice(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    accept(handover, actor=oren)
    with pytest.raises(OfferGone, match="accepted"):
        accept(handover, actor=oren)


def test_a_case_that_is_closed_while_offered_is_not_accepted(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    with transaction():
        close_case(case, summary="It went well.", actor=maya, now=NOON)
    with pytest.raises(OfferGone):
        accept(handover, actor=oren)
    assert handover.state is HandoverState.TAKEN_BACK


def test_a_case_that_a_third_takes_over_is_no_longer_offered(case: Case, maya: Staff, oren: Staff) -> None:
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    handover = offer(case, oren, by=maya)
    with transaction():
        promise(case, ObligationKind.ANSWER, band=Band.RED, now=NOON).state = ObligationState.MISSED
        take_case(case, actor=kim, now=NOON)
    assert (handover.state, case.owner_id) == (HandoverState.TAKEN_BACK, kim.id)


def test_an_offer_is_for_whom_it_was_made_alone(case: Case, maya: Staff, oren: Staff) -> None:
    kim = add_staff_row(Role.PROFESSIONAL, "kim")
    handover = offer(case, oren, by=maya)
    for other in (kim, maya):
        with pytest.raises(Missing):
            offer_for(handover.id, receiver=other)


def test_nothing_of_an_offer_is_shown_after_its_end(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    promise_answer(case)
    with transaction():
        take_back(handover, case, actor=maya, now=NOON)
    view = view_offer(handover, case)
    assert (view.note, list(view.promises)) == ("", [])


def test_the_owner_works_on_while_the_case_is_offered(case: Case, maya: Staff, oren: Staff) -> None:
    offer(case, oren, by=maya)
    with transaction():
        write_letter(case, "I am still here.", author=maya, now=NOON)
    assert case.message_count == 1


def test_what_a_handover_says_goes_with_the_case(case: Case, maya: Staff, oren: Staff) -> None:
    handover = offer(case, oren, by=maya)
    assert note_of(case, handover) == NOTE
    with transaction():
        case.wrapped_key = None
    with pytest.raises(Missing):
        offer_for(handover.id, receiver=oren)
