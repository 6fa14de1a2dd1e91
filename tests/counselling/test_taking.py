"""Answering an escalation: one case, whoever else clicks, and the text goes to whoever the student already
has.
"""

import threading
from datetime import timedelta

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.models import Account, Staff
from accounts.permissions import Role
from core.audit import verify_log
from core.clock import utcnow
from core.db import db, transaction
from core.models import OutboxRow
from core.queries import latest_audit_event
from core.web import settings_of
from counselling import queries
from counselling.access import case_ids_of
from counselling.cases import AlreadyTaken, close_case, take_case
from counselling.messages import NobodyToReach, write_letter
from counselling.models import Case, CaseState, ObligationKind, ObligationState
from counselling.obligations import promise
from counselling.reading import open_to_read
from counselling.referrals import ask_for_counsellor
from counselling.sealing import links_of, pseudonym_of, student_id_of
from counselling.taking import (
    NewWords,
    Taken,
    accept_escalation,
    decline_escalation,
    route_escalations,
)
from counselling.unread import Shows, unread_texts
from forum import posting
from forum.models import Post
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.escalations import AlreadyAnswered
from moderation.models import Escalation, EscalationState, ItemState, ReasonKind
from tests.conftest import MakeApp
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, make_case, write_post


def accept(escalation: Escalation, actor: Staff) -> Taken:
    with transaction():
        return accept_escalation(escalation, actor=actor, now=NOON)


def test_accepting_opens_a_case_under_the_name_of_the_thread(
    escalation: Escalation, maya: Staff, student: Account
) -> None:
    taken = accept(escalation, maya)
    assert taken.is_mine
    assert taken.case.state is CaseState.ASSIGNED
    assert pseudonym_of(taken.case) == escalation.post.byline
    assert student_id_of(taken.case) == student.id
    assert escalation.state is EscalationState.ACCEPTED


def test_accepting_promises_a_first_letter(escalation: Escalation, maya: Staff) -> None:
    case = accept(escalation, maya).case
    (promise,) = queries.unsettled_obligations(case.id)
    assert (promise.kind, promise.owner_id) == (ObligationKind.FIRST_LETTER, maya.id)


def test_the_link_from_case_to_escalation_is_only_in_the_sealed_links(
    escalation: Escalation, maya: Staff
) -> None:
    case = accept(escalation, maya).case
    assert links_of(case)["escalations"] == [escalation.id]
    clear = {name: getattr(case, name) for name in Case.__table__.columns.keys()}  # noqa: SIM118
    assert escalation.id not in map(str, clear.values())
    assert escalation.post_id not in map(str, clear.values())


def test_the_student_finds_the_case_in_their_account(
    escalation: Escalation, maya: Staff, student: Account
) -> None:
    case = accept(escalation, maya).case
    assert case_ids_of(student) == [case.id]


def test_who_comes_second_is_told(escalation: Escalation, maya: Staff, oren: Staff) -> None:
    accept(escalation, maya)
    with pytest.raises(AlreadyAnswered):
        accept(escalation, oren)


def test_a_further_text_goes_to_the_counsellor_that_the_student_has(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    further = escalate_post(write_post(student, title="Home"), band=Band.RED)
    taken = accept(further, oren)
    assert (taken.is_mine, taken.case.id) == (False, case.id)
    assert taken.case.owner_id == maya.id
    (promise,) = queries.unsettled_obligations(case.id)
    assert (promise.kind, promise.band, promise.owner_id) == (ObligationKind.NEW_TEXT, Band.RED, maya.id)


@pytest.mark.usefixtures("case")
def test_the_student_is_told_that_a_further_text_was_passed_on(student: Account, oren: Staff) -> None:
    accept(escalate_post(write_post(student, title="Home")), oren)
    notices = [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert notices == ["text_passed_on"]


def test_a_fresh_escalation_reaches_the_student_s_counsellor_before_anybody_accepts(
    case: Case, student: Account, maya: Staff
) -> None:
    further = escalate_post(write_post(student, title="Home"))
    for _ in range(2):  # an outbox row may be handled twice
        with transaction():
            route_escalations([{"escalation": further.id}], NOON)
    (promise,) = queries.unsettled_obligations(case.id)
    assert (promise.kind, promise.owner_id) == (ObligationKind.NEW_TEXT, maya.id)
    assert further.state is EscalationState.WAITING


def route(further: Escalation, **more: bool) -> None:
    with transaction():
        route_escalations([{"escalation": further.id} | more], NOON)


def write_again(post: Post, student: Account, body: str) -> None:
    draft = posting.write_draft(body, language="en", title=post.thread.title)
    with transaction():
        posting.edit(post, draft, author=student, now=NOON)


def test_a_text_that_was_passed_on_and_turns_to_crisis_makes_its_promise_as_pressing(
    case: Case, student: Account
) -> None:
    further = escalate_post(post := write_post(student, title="Home"))
    route(further)
    write_again(post, student, "I want to kill myself tonight.")
    route(further, again=True)
    (promised,) = queries.unsettled_obligations(case.id)
    assert (promised.kind, promised.band) == (ObligationKind.NEW_TEXT, Band.CRISIS)
    assert promised.due_at == further.due_at == NOON + timedelta(minutes=15)
    assert case.band is Band.CRISIS


def test_a_text_that_was_read_and_says_more_since_is_unread_again(
    case: Case, student: Account, maya: Staff
) -> None:
    further = escalate_post(post := write_post(student, title="Home"))
    route(further)
    open_to_read(case.id, reader=maya, now=NOON, shows=Shows.TEXTS)
    assert unread_texts(case) == []
    write_again(post, student, "I want to kill myself tonight.")
    route(further, again=True)
    assert unread_texts(case) == queries.unsettled_obligations(case.id)
    assert len(unread_texts(case)) == 1


def test_more_words_of_crisis_page_the_counsellor_who_was_given_the_text(
    make_app: MakeApp,
) -> None:
    with make_app(
        STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="x" * 20
    ).app_context():
        student = add_student()
        case = make_case(student, add_staff_row(Role.PROFESSIONAL, "maya"))
        further = escalate_post(post := write_post(student, title="Home"), band=Band.CRISIS)
        route(further)
        write_again(post, student, "I have a plan to end my life, and this is goodbye.")
        route(further, again=True)
        pages = [row.payload for row in db.session.query(OutboxRow) if row.kind == "page"]
        assert [one["rung"] for one in pages if one["target"] == case.id] == ["owner", "owner"]
        assert len(queries.unsettled_obligations(case.id)) == 1


def test_a_letter_of_crisis_in_a_case_that_nobody_has_pages_again_each_time(make_app: MakeApp) -> None:
    with make_app(
        STOA_PAGE_WEBHOOK_URL="http://127.0.0.1:9/", STOA_PAGE_WEBHOOK_SECRET="x" * 20
    ).app_context():
        student = add_student()
        for _ in range(2):
            with transaction():
                case = ask_for_counsellor(
                    student, body="I want to kill myself tonight.", hope="", thread_ids=[], now=NOON
                )
        pages = [row.payload["target"] for row in db.session.query(OutboxRow) if row.kind == "page"]
        assert pages == [case.id] * 2


def test_nobody_declines_words_that_they_have_not_read(student: Account, maya: Staff) -> None:
    further = escalate_post(post := write_post(student))
    write_again(post, student, "I want to kill myself tonight.")
    with transaction(), pytest.raises(NewWords):
        decline_escalation(further, reason="The words of a song.", read=1, actor=maya, now=NOON)
    assert moderation_queries.waiting_escalation(further.item_id) is further
    with transaction():
        decline_escalation(further, reason="The words of a song.", read=2, actor=maya, now=NOON)
    assert further.state is EscalationState.DECLINED


def test_the_counsellor_s_letter_stops_the_clock_of_a_text_that_was_passed_on(
    case: Case, student: Account, maya: Staff
) -> None:
    further = escalate_post(write_post(student, title="Home"))
    with transaction():
        route_escalations([{"escalation": further.id}], NOON)
    with transaction():
        write_letter(case, "I have read what you wrote.", author=maya, now=NOON)
    assert (further.state, further.answered_by) == (EscalationState.ACCEPTED, maya.id)
    assert not queries.unsettled_obligations(case.id)


def test_a_text_of_a_student_without_a_case_stays_where_it_is(escalation: Escalation) -> None:
    with transaction():
        route_escalations([{"escalation": escalation.id}], NOON)
    assert escalation.state is EscalationState.WAITING
    assert not queries.takeable_cases()


def test_a_closed_case_does_not_catch_a_further_text(case: Case, student: Account, maya: Staff) -> None:
    with transaction():
        close_case(case, summary="It went well.", actor=maya, now=NOON)
    taken = accept(escalate_post(write_post(student, title="Home")), maya)
    assert taken.case.id != case.id


def test_accepting_takes_a_case_that_waits_for_an_owner(student: Account, maya: Staff) -> None:
    waiting = make_case(student, None)
    taken = accept(escalate_post(write_post(student)), maya)
    assert (taken.is_mine, taken.case.id, taken.case.owner_id) == (True, waiting.id, maya.id)


def test_a_case_of_a_counsellor_who_left_goes_to_who_accepts(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    with transaction():
        maya.closed_at = NOON
    taken = accept(escalate_post(write_post(student, title="Home")), oren)
    assert (taken.is_mine, taken.case.id, taken.case.owner_id) == (True, case.id, oren.id)


def test_a_student_whose_case_goes_to_who_accepts_is_told(
    case: Case, student: Account, maya: Staff, oren: Staff
) -> None:
    with transaction():
        maya.closed_at = NOON
    accept(escalate_post(write_post(student, title="Home")), oren)
    rows = [row.payload for row in db.session.query(OutboxRow).filter_by(kind="case_notice")]
    assert [(row["case"], row["notice"]) for row in rows] == [(case.id, "counsellor_changed")]


def test_declining_puts_the_text_before_the_moderators_again(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        decline_escalation(escalation, reason="This is a matter for the study office.", actor=maya, now=NOON)
    item = moderation_queries.item(escalation.item_id)
    assert item is not None
    assert (escalation.state, item.state) == (EscalationState.DECLINED, ItemState.WAITING)
    reasons = moderation_queries.open_reasons(item.id)
    assert [reason.note for reason in reasons if reason.kind is ReasonKind.SECOND_LOOK] == [
        "This is a matter for the study office."
    ]


def test_an_accepted_escalation_is_not_declined(escalation: Escalation, maya: Staff, oren: Staff) -> None:
    accept(escalation, maya)
    with transaction(), pytest.raises(AlreadyAnswered):
        decline_escalation(escalation, reason="too late", actor=oren, now=NOON)


def test_a_text_without_an_author_makes_a_case_without_letters(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        escalation.post.author_ref = None
    case = accept(escalation, maya).case
    assert case.student_ref is None
    with transaction(), pytest.raises(NobodyToReach):
        write_letter(case, "Hello?", author=maya, now=NOON)


def test_opening_the_author_is_in_the_audit_log(escalation: Escalation, maya: Staff) -> None:
    accept(escalation, maya)
    event = latest_audit_event(
        kind="author_ref_opened", actor=maya.actor, target=f"post:{escalation.post_id}"
    )
    assert event is not None
    assert event.detail == {"purpose": "accept an escalation"}


def test_asking_for_a_counsellor_opens_a_case_that_anybody_may_take(student: Account, maya: Staff) -> None:
    with transaction():
        case = ask_for_counsellor(student, body="I feel lost.", hope="a plan", thread_ids=[], now=NOON)
    assert (case.state, case.owner_id) == (CaseState.NEW, None)
    with transaction():
        take_case(case, actor=maya, now=NOON)
    assert (case.state, case.owner_id) == (CaseState.ASSIGNED, maya.id)


def test_asking_again_writes_into_the_open_case(student: Account) -> None:
    with transaction():
        first = ask_for_counsellor(student, body="I feel lost.", hope="", thread_ids=[], now=NOON)
    with transaction():
        second = ask_for_counsellor(student, body="And alone.", hope="", thread_ids=[], now=NOON)
    assert second.id == first.id
    assert first.message_count == 2


def test_only_own_threads_go_along(student: Account) -> None:
    own, others = write_post(student), write_post(add_student())
    with transaction():
        ids = [own.thread_id, others.thread_id]
        case = ask_for_counsellor(student, body="I feel lost.", hope="", thread_ids=ids, now=NOON)
    assert links_of(case)["threads"] == [own.thread_id]


def test_a_wish_with_words_of_danger_is_urgent(student: Account) -> None:
    with transaction():
        body = "I want to kill myself tonight."
        case = ask_for_counsellor(student, body=body, hope="", thread_ids=[], now=NOON)
    assert case.band.rank <= Band.RED.rank


def test_a_case_that_a_colleague_has_is_not_taken(case: Case, oren: Staff) -> None:
    with transaction(), pytest.raises(AlreadyTaken):
        take_case(case, actor=oren, now=NOON)


def test_a_case_whose_urgent_promise_was_missed_may_be_taken(case: Case, oren: Staff) -> None:
    with transaction():
        promise(case, ObligationKind.ANSWER, band=Band.RED, now=NOON).state = ObligationState.MISSED
    with transaction():
        take_case(case, actor=oren, now=NOON)
    assert case.owner_id == oren.id
    assert [one.owner_id for one in queries.unsettled_obligations(case.id)] == [oren.id]


def test_two_professionals_accept_at_once_and_one_case_comes_of_it(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        ids = [add_staff_row(Role.PROFESSIONAL, name).id for name in ("maya", "oren")]
        student = add_student()
        student_id, escalation_id = student.id, escalate_post(write_post(student)).id
    results: list[str] = []
    start = threading.Barrier(2)

    def click(staff_id: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    actor = account_queries.staff_member(staff_id, locked=True)
                    escalation = moderation_queries.escalation(escalation_id)
                    assert actor is not None
                    assert escalation is not None
                    accept_escalation(escalation, actor=actor, now=utcnow())
                results.append("accepted")
            except AlreadyAnswered:
                results.append("refused")

    threads = [threading.Thread(target=click, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted", "refused"]
    with app.app_context():
        account = account_queries.account(student_id)
        assert account is not None
        assert len(case_ids_of(account)) == 1
        assert [fault for fault in verify_log(settings_of(app).data_dir) if "anchor" not in fault] == []
