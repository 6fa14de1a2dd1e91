"""The person on call opens alone, only where the student allowed it; another person reviews it within twelve
hours.
"""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.paging import set_page_address
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from core.queries import latest_audit_event
from core.refusals import Missing
from core.web import settings_of
from counselling.disclosure import queries
from counselling.disclosure.access import disclosure_to_work_on
from counselling.disclosure.models import Disclosure, DisclosureState
from counselling.disclosure.opening import REVIEW_WITHIN, reveal
from counselling.disclosure.refused import NotForOne, SamePerson
from counselling.disclosure.reviewing import PAGED_AGAIN, chase_reviews, opening_alarms, review
from counselling.disclosure.said import words_of
from counselling.disclosure.states import OpeningMovedOn
from counselling.models import Case
from tests.conftest import MakeApp
from tests.counselling.opening import LEFT, give_words, leave, let_in, open_by_oneself, put_on_call
from tests.counselling.people import NOON, add_staff_row, add_student, make_case

NIGHT = timedelta(hours=8)
A_SECOND = timedelta(seconds=1)
MAIL = {"STOA_SMTP_HOST": "127.0.0.1", "STOA_SMTP_FROM": "stoa@example.org", "STOA_PAGE_TO": "a@example.org"}


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, oren: Staff, carla: Staff) -> dict[str, str]:
    """The words of two professionals and of a coordinator."""
    found = {"maya": give_words(maya), "oren": give_words(oren), "carla": give_words(carla)}
    let_in(oren, holder=maya, words=found["maya"])
    return found


@pytest.fixture
def allowed(case: Case, oren: Staff, words: dict[str, str]) -> Case:  # noqa: ARG001
    """Maya's case, whose student allowed that one opens it; Oren is on call."""
    leave(case, alone=True)
    put_on_call(oren, begins_at=NOON, ends_at=NOON + NIGHT)
    return case


@pytest.fixture
def opened(allowed: Case, oren: Staff, words: dict[str, str]) -> str:
    """Oren has opened it alone at noon."""
    return open_by_oneself(allowed, oren, words["oren"]).disclosure_id


def look(disclosure_id: str) -> Disclosure:
    found = queries.disclosure(disclosure_id)
    assert found is not None
    return found


def review_it(disclosure_id: str, reviewer: Staff, *, is_right: bool = True) -> None:
    with transaction():
        found, _case = disclosure_to_work_on(disclosure_id, person=reviewer)
        review(found, is_right=is_right, words="It had to be.", reviewer=reviewer, now=NOON)


def pages() -> list[str]:
    return [row.payload["kind"] for row in db.session.query(OutboxRow) if row.kind == "page"]


def test_the_person_on_call_opens_it_alone(allowed: Case, oren: Staff, words: dict[str, str]) -> None:
    assert reveal(open_by_oneself(allowed, oren, words["oren"])) == LEFT


def test_without_the_tick_one_is_not_enough(case: Case, oren: Staff, words: dict[str, str]) -> None:
    leave(case)
    put_on_call(oren, begins_at=NOON, ends_at=NOON + NIGHT)
    with pytest.raises(NotForOne):
        open_by_oneself(case, oren, words["oren"])


def test_the_tick_that_was_taken_away_again_counts(allowed: Case, oren: Staff, words: dict[str, str]) -> None:
    leave(allowed)
    with pytest.raises(NotForOne):
        open_by_oneself(allowed, oren, words["oren"])


def test_whoever_is_not_on_call_now_does_not_open_it_alone(
    allowed: Case, maya: Staff, oren: Staff, words: dict[str, str]
) -> None:
    with pytest.raises(NotForOne):
        open_by_oneself(allowed, maya, words["maya"])
    with pytest.raises(Missing):
        open_by_oneself(allowed, oren, words["oren"], now=NOON + NIGHT)


def test_it_is_in_the_log_by_what_it_is(opened: str, oren: Staff) -> None:
    event = latest_audit_event(kind="contact_opened", actor=oren.actor, target=f"disclosure:{opened}")
    assert event is not None
    assert event.detail["way"] == "alone"


def test_it_is_due_for_review_within_twelve_hours(opened: str) -> None:
    assert look(opened).review_due_at == NOON + REVIEW_WITHIN
    assert look(opened).state is DisclosureState.OPENED


def test_whoever_opened_it_does_not_review_it(opened: str, oren: Staff) -> None:
    with pytest.raises(SamePerson):
        review_it(opened, oren)
    assert look(opened).reviewed_at is None


@pytest.mark.parametrize("who", ["maya", "carla"])
def test_another_person_reviews_it(opened: str, maya: Staff, carla: Staff, who: str) -> None:
    reviewer = {"maya": maya, "carla": carla}[who]
    review_it(opened, reviewer, is_right=False)
    assert (look(opened).reviewed_by, words_of(look(opened), "review")) == (reviewer.id, "It had to be.")
    event = latest_audit_event(
        kind="contact_opening_reviewed", actor=reviewer.actor, target=f"disclosure:{opened}"
    )
    assert event is not None
    assert event.detail["right"] is False


def test_it_is_reviewed_once(opened: str, maya: Staff, carla: Staff) -> None:
    review_it(opened, maya)
    with pytest.raises(OpeningMovedOn):
        review_it(opened, carla)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.RESEARCHER])
def test_others_see_no_such_opening(opened: str, role: Role) -> None:
    with pytest.raises(Missing):
        review_it(opened, add_staff_row(role, "mika"))


def test_those_who_could_review_it_are_told_on_every_page(
    app: Flask, opened: str, maya: Staff, oren: Staff, carla: Staff
) -> None:
    assert opened
    with app.test_request_context():
        assert len(opening_alarms(maya, now=NOON)) == len(opening_alarms(carla, now=NOON)) == 1
        assert opening_alarms(oren, now=NOON) == []
        assert len(opening_alarms(carla, now=NOON + REVIEW_WITHIN)) == 2


def test_a_late_review_pages_again_and_again_until_somebody_reviews_it(
    make_app: MakeApp,
) -> None:
    app = make_app(**MAIL)
    with app.app_context():
        maya, oren = add_staff_row(Role.PROFESSIONAL, "maya"), add_staff_row(Role.PROFESSIONAL, "oren")
        carla = add_staff_row(Role.COORDINATOR, "carla")
        words = give_words(maya)
        give_words(carla)
        with transaction():
            for person in (maya, oren, carla):
                set_page_address(person, f"{person.username}@example.org", now=NOON)
        case = make_case(add_student(), None)
        leave(case, alone=True)
        put_on_call(maya, begins_at=NOON, ends_at=NOON + NIGHT)
        opened = open_by_oneself(case, maya, words).disclosure_id
        at_once = len(pages())
        assert at_once == 2  # the general address, and Carla; not Maya, who opened it
        chase_reviews(NOON + REVIEW_WITHIN)
        assert len(pages()) == at_once
        for _ in range(2):
            chase_reviews(NOON + REVIEW_WITHIN + A_SECOND)
        assert len(pages()) == at_once + 3  # and Oren
        chase_reviews(NOON + REVIEW_WITHIN + PAGED_AGAIN)
        assert len(pages()) == at_once + 6
        review_it(opened, carla)
        chase_reviews(NOON + REVIEW_WITHIN + 5 * PAGED_AGAIN)
        assert len(pages()) == at_once + 6
        assert settings_of(app).page_to


def test_opening_again_needs_a_new_reason_and_leaves_another_line(
    allowed: Case, oren: Staff, words: dict[str, str]
) -> None:
    for _ in range(2):
        open_by_oneself(allowed, oren, words["oren"])
    assert db.session.query(AuditEvent).filter_by(kind="contact_opened").count() == 2
