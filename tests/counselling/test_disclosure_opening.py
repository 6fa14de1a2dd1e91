"""Opening by two, and its four refusals: one approver, the same person twice, a stale approval, a log that
cannot be written.
"""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from accounts import queries as account_queries
from accounts.models import Account, Staff
from accounts.permissions import Role
from accounts.staffing import give_role
from core.crypto import CannotUnseal, open_with
from core.db import db, transaction
from core.models import AuditEvent
from core.queries import latest_audit_event
from core.refusals import Missing
from counselling import queries as case_queries
from counselling.cases import assign_case
from counselling.disclosure import opening, queries
from counselling.disclosure.access import disclosure_to_work_on
from counselling.disclosure.boxes import Details, open_inner
from counselling.disclosure.contacts import take_back_contact
from counselling.disclosure.models import DisclosureState
from counselling.disclosure.opening import (
    ASKED_FOR,
    OPEN_WITHIN,
    refuse,
    reveal,
)
from counselling.disclosure.refused import (
    ContactChanged,
    LogNotWritten,
    NoPartAnyMore,
    NothingToOpen,
    SamePerson,
    StaleApproval,
    StaleQuestion,
)
from counselling.disclosure.reviewing import lapse_stale
from counselling.disclosure.rings import NotAHolder
from counselling.disclosure.states import NotApproved, OpeningMovedOn
from counselling.disclosure.words import NoWords, WrongOpeningWords, unlock
from counselling.handing.members import invite, join_case, leave_case
from counselling.models import Case, MemberPart
from counselling.retention import destroy_content
from tests.counselling.opening import (
    ASKING,
    LEFT,
    agree,
    ask,
    claim,
    disclosure,
    give_words,
    leave,
    let_in,
)
from tests.counselling.people import NOON, add_staff_row, add_student, make_case
from tests.people import run_outbox

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, carla: Staff) -> dict[str, str]:
    """The words of a professional and of a coordinator."""
    return {"maya": give_words(maya), "carla": give_words(carla)}


@pytest.fixture
def left(case: Case, words: dict[str, str]) -> Case:  # noqa: ARG001 (without words nothing is left)
    """Maya's case, whose student left contact details."""
    leave(case)
    return case


@pytest.fixture
def agreed(left: Case, maya: Staff, carla: Staff, words: dict[str, str]) -> str:
    """Maya has asked at noon, and Carla has agreed."""
    asked = ask(left, maya)
    agree(asked, carla, words["carla"])
    return asked


def break_the_log() -> None:
    """From now on the database takes no line of the audit log."""
    with transaction():
        db.session.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END")
        )


def test_two_people_open_it(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    assert reveal(claim(agreed, maya, words["maya"])) == LEFT
    assert disclosure(agreed).state is DisclosureState.OPENED


# The four refusals.


def test_one_person_alone_is_refused(left: Case, maya: Staff, words: dict[str, str]) -> None:
    asked = ask(left, maya)
    with pytest.raises(NotApproved):
        claim(asked, maya, words["maya"])
    assert disclosure(asked).opened_at is None


def test_the_same_person_twice_is_refused(
    left: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    """Maya asks, becomes a coordinator who holds that key as well, and agrees with herself."""
    asked = ask(left, maya)
    with transaction():
        give_role(maya, Role.COORDINATOR, actor=carla.actor, now=NOON)
    new_words = give_words(maya)
    let_in(maya, holder=carla, words=words["carla"])
    with pytest.raises(SamePerson):
        agree(asked, maya, new_words)
    with pytest.raises(SamePerson), transaction():
        refuse(disclosure_to_work_on(asked, person=maya)[0], approver=maya, now=NOON)
    assert disclosure(asked).state is DisclosureState.ASKED


def test_an_approval_that_came_from_the_asker_opens_nothing(
    agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    with transaction():
        disclosure(agreed).approved_by = maya.id
    with pytest.raises(SamePerson):
        claim(agreed, maya, words["maya"])


def test_a_stale_approval_is_refused(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    with pytest.raises(StaleApproval):
        claim(agreed, maya, words["maya"], now=NOON + OPEN_WITHIN + A_SECOND)
    assert disclosure(agreed).opened_at is None


def test_until_the_last_second_it_opens(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    assert reveal(claim(agreed, maya, words["maya"], now=NOON + OPEN_WITHIN)) == LEFT


def test_without_a_log_nothing_is_opened_and_nothing_is_spent(
    agreed: str, maya: Staff, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_log()
    looked_into: list[str] = []
    monkeypatch.setattr(opening, "open_inner", lambda *_args, **_more: looked_into.append("the box"))
    with pytest.raises(LogNotWritten):
        claim(agreed, maya, words["maya"])
    assert not looked_into
    found = disclosure(agreed)
    assert (found.state, found.opened_at) == (DisclosureState.APPROVED, None)
    assert found.share is not None


def test_when_the_log_can_be_written_again_the_same_approval_opens(
    agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    break_the_log()
    with pytest.raises(LogNotWritten):
        claim(agreed, maya, words["maya"])
    with transaction():
        db.session.execute(text("DROP TRIGGER full"))
    assert reveal(claim(agreed, maya, words["maya"])) == LEFT


# What else must hold.


def test_the_line_in_the_log_is_committed_before_the_box_is_opened(
    agreed: str, maya: Staff, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = open_inner

    def looking(*args: object, **more: object) -> Details:
        found = db.session.query(AuditEvent).filter_by(kind="contact_opened").count()
        order.append(f"{found} committed, writing: {db.session().info.get('stoa_writing')}")
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "open_inner", looking)
    claimed = claim(agreed, maya, words["maya"])
    assert not order
    reveal(claimed)
    assert order == ["1 committed, writing: False"]


def test_it_is_shown_once(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    claim(agreed, maya, words["maya"])
    with pytest.raises(OpeningMovedOn):
        claim(agreed, maya, words["maya"])
    assert disclosure(agreed).share is None


def test_wrong_words_spend_nothing(agreed: str, maya: Staff, words: dict[str, str]) -> None:
    with pytest.raises(WrongOpeningWords):
        claim(agreed, maya, words["carla"])
    assert reveal(claim(agreed, maya, words["maya"])) == LEFT


def test_nobody_but_the_asker_opens(
    agreed: str, maya: Staff, oren: Staff, carla: Staff, words: dict[str, str]
) -> None:
    theirs = give_words(oren)
    let_in(oren, holder=maya, words=words["maya"])
    for person, typed in ((oren, theirs), (carla, words["carla"])):
        with pytest.raises(Missing):
            claim(agreed, person, typed)


def test_another_professional_does_not_agree(
    left: Case, maya: Staff, oren: Staff, words: dict[str, str]
) -> None:
    asked, theirs = ask(left, maya), give_words(oren)
    let_in(oren, holder=maya, words=words["maya"])
    with pytest.raises(Missing):
        agree(asked, oren, theirs)


def test_a_coordinator_who_holds_no_key_does_not_agree(left: Case, maya: Staff) -> None:
    asked, dora = ask(left, maya), add_staff_row(Role.COORDINATOR, "dora")
    theirs = give_words(dora)
    with pytest.raises(NotAHolder):
        agree(asked, dora, theirs)


def test_the_share_of_an_approval_does_not_open_with_the_approver_s_words_or_any_key(
    agreed: str, carla: Staff, words: dict[str, str]
) -> None:
    share = disclosure(agreed).share
    assert share is not None
    with pytest.raises(CannotUnseal):
        open_with(unlock(carla, words["carla"]).private, share, info=b"")


def test_whoever_has_no_part_in_the_case_cannot_ask(
    left: Case, maya: Staff, oren: Staff, words: dict[str, str]
) -> None:
    give_words(oren)
    let_in(oren, holder=maya, words=words["maya"])
    with pytest.raises(Missing):
        ask(left, oren)


def test_a_coordinator_cannot_begin(left: Case, carla: Staff) -> None:
    with pytest.raises(Missing):
        ask(left, carla)


def test_whoever_could_not_open_it_is_told_before_anybody_is_paged(
    case: Case, maya: Staff, carla: Staff
) -> None:
    oren = add_staff_row(Role.PROFESSIONAL, "olga")
    give_words(oren)
    give_words(carla)
    leave(case)
    with pytest.raises(NoWords):
        ask(case, maya)
    give_words(maya)
    with pytest.raises(NotAHolder):
        ask(case, maya)


@pytest.mark.usefixtures("words")
def test_where_nothing_was_left_nothing_is_asked(case: Case, maya: Staff) -> None:
    with pytest.raises(NothingToOpen):
        ask(case, maya)


def test_a_second_may_ask_until_they_leave(
    left: Case, maya: Staff, oren: Staff, carla: Staff, words: dict[str, str]
) -> None:
    theirs = give_words(oren)
    let_in(oren, holder=maya, words=words["maya"])
    with transaction():
        invite(left, colleague=oren, actor=maya, now=NOON)
        join_case(left, staff=oren, part=MemberPart.SECOND, until=None, actor=None, now=NOON)
    asked = ask(left, oren)
    agree(asked, carla, words["carla"])
    with transaction():
        leave_case(left, staff=oren, actor=maya, now=NOON)
    with pytest.raises(NoPartAnyMore):
        claim(asked, oren, theirs)


def test_whoever_handed_the_case_over_meanwhile_opens_nothing(
    left: Case, agreed: str, maya: Staff, oren: Staff, words: dict[str, str]
) -> None:
    with transaction():
        assign_case(left, owner=oren, now=NOON)
    with pytest.raises(NoPartAnyMore):
        claim(agreed, maya, words["maya"])


def test_what_the_student_replaces_lapses(
    left: Case, agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    leave(left, Details(phone="0999"))
    assert disclosure(agreed).share is None
    with pytest.raises(OpeningMovedOn):
        claim(agreed, maya, words["maya"])


def test_what_the_student_takes_back_lapses(
    left: Case, agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    with transaction():
        take_back_contact(left, now=NOON)
    with pytest.raises(OpeningMovedOn):
        claim(agreed, maya, words["maya"])


def test_an_approval_of_another_wording_opens_nothing(
    agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    with transaction():
        disclosure(agreed).contact_version += 1
    with pytest.raises(ContactChanged):
        claim(agreed, maya, words["maya"])


def test_with_the_case_the_opening_is_gone(
    left: Case, agreed: str, maya: Staff, words: dict[str, str]
) -> None:
    with transaction():
        locked = case_queries.case(left.id, locked=True)
        assert locked is not None
        destroy_content(locked, now=NOON)
    with pytest.raises(Missing):
        claim(agreed, maya, words["maya"])
    found = disclosure(agreed)
    assert (found.share, found.reason, found.telling) == (None, None, None)


def test_a_question_that_nobody_answered_for_too_long_is_not_agreed_to(
    left: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    asked = ask(left, maya)
    with pytest.raises(StaleQuestion):
        agree(asked, carla, words["carla"], now=NOON + ASKED_FOR + A_SECOND)


def test_the_job_ends_what_is_too_old(agreed: str, left: Case, maya: Staff) -> None:
    waiting = ask(left, maya)
    assert lapse_stale(NOON + OPEN_WITHIN) == 0
    assert lapse_stale(NOON + OPEN_WITHIN + A_SECOND) == 1
    assert disclosure(agreed).share is None
    assert disclosure(waiting).state is DisclosureState.ASKED
    assert lapse_stale(NOON + ASKED_FOR + A_SECOND) == 1


def test_what_a_coordinator_does_not_agree_to_stays_closed(
    left: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    asked = ask(left, maya)
    with transaction():
        refuse(disclosure_to_work_on(asked, person=carla)[0], approver=carla, now=NOON)
    with pytest.raises(OpeningMovedOn):
        claim(asked, maya, words["maya"])


def test_every_step_is_in_the_log_and_no_line_holds_a_word(
    agreed: str, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    claim(agreed, maya, words["maya"])
    target = f"disclosure:{agreed}"
    for kind, actor in (
        ("contact_opening_asked", maya),
        ("contact_opening_approved", carla),
        ("contact_opened", maya),
    ):
        assert latest_audit_event(kind=kind, actor=actor.actor, target=target) is not None
    lines = [str(one.detail) + one.target for one in db.session.query(AuditEvent).all()]
    for secret in (ASKING.reason, ASKING.telling, LEFT.name, LEFT.phone):
        assert not [line for line in lines if secret in line]


def test_new_words_of_the_asker_after_the_approval_open_nothing(agreed: str, maya: Staff) -> None:
    new_words = give_words(maya)
    with pytest.raises(NotAHolder):
        claim(agreed, maya, new_words)


def test_two_tabs_open_at_once_and_one_of_them_shows_it(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        maya, carla = add_staff_row(Role.PROFESSIONAL, "maya"), add_staff_row(Role.COORDINATOR, "carla")
        words, others = give_words(maya), give_words(carla)
        case = make_case(add_student(), maya)
        leave(case)
        asked = ask(case, maya)
        agree(asked, carla, others)
        maya_id = maya.id
        db.session.remove()
    shown: list[object] = []
    start = threading.Barrier(2)

    def click() -> None:
        with app.app_context():
            person = account_queries.staff_member(maya_id)
            assert person is not None
            unlocked = unlock(person, words)
            start.wait()
            try:
                with transaction():
                    opener = account_queries.staff_member(maya_id, locked=True)
                    assert opener is not None
                    found, case = disclosure_to_work_on(asked, person=opener)
                    claimed = opening.claim_opening(found, case, unlocked, opener=opener, now=NOON)
                shown.append(reveal(claimed))
            except OpeningMovedOn:
                shown.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shown, key=str) == sorted([LEFT, "refused"], key=str)
    with app.app_context():
        assert db.session.query(AuditEvent).filter_by(kind="contact_opened").count() == 1


def test_the_student_is_told_at_the_next_visit(
    app: Flask, agreed: str, student: Account, maya: Staff, words: dict[str, str]
) -> None:
    claim(agreed, maya, words["maya"])
    run_outbox(app)
    db.session.rollback()
    assert student.unread == 1


def test_nothing_of_an_opening_waits_for_anybody_else(agreed: str) -> None:
    assert queries.disclosures_to_review() == []
    assert disclosure(agreed).review_due_at is None
