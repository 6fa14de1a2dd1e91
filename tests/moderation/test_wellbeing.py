"""Care for the moderator: pauses that bind only while somebody else is there, and nobody is forced."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from moderation.bands import Band
from moderation.claims import claim_next
from moderation.models import ItemState
from moderation.queue import raise_item_band
from moderation.stints import begin_stint, end_card, end_stint, start_card
from moderation.team import queries as team_queries
from moderation.team.models import Duty, Shift, TaskKind, TeamTask
from moderation.team.pairs import NotAColleague, pair
from moderation.wellbeing import (
    ITEMS_AT_MOST,
    Resting,
    note_decided,
    opt_out,
    opted_out,
    resting_until,
)
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    staff,
)
from tests.conftest import MakeApp

HOUR = timedelta(hours=1)


def put_on_duty(who: str, duty: Duty) -> None:
    """A published shift around noon."""
    with transaction():
        shift = Shift(
            staff_id=who,
            duty=duty,
            begins_at=NOON - HOUR,
            ends_at=NOON + 8 * HOUR,
            is_published=True,
            leaves=False,
        )
        db.session.add(shift)


def decide_one(by: str, *, band: Band = Band.GREEN, now: datetime = NOON) -> str:
    """Somebody reads and publishes a text of this band. Gives the item's id."""
    post_id = begin_thread(new_student(), now=now)
    with transaction():
        raise_item_band(item(item_id_of(post_id)), band, now=now)
    return decided(post_id, by=by, now=now).id


def take_next(by: str, *, now: datetime) -> str | None:
    with transaction():
        taken = claim_next(staff(by), now=now)
        return taken.id if taken is not None else None


def pause_of(who: str, *, now: datetime = NOON) -> datetime | None:
    return resting_until(staff(who), now=now)


def tasks_of(who: str, *duties: Duty) -> list[TaskKind]:
    return [one.kind for one in team_queries.open_tasks_for(who, list(duties))]


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def maya() -> str:
    return new_moderator("maya")


def test_after_a_crisis_there_are_five_minutes_of_pause(maya: str) -> None:
    put_on_duty(new_moderator("tom"), Duty.MODERATOR)
    decide_one(maya, band=Band.CRISIS)
    begin_thread(new_student())

    with pytest.raises(Resting):
        take_next(maya, now=NOON + 4 * MINUTE)
    assert take_next(maya, now=NOON + 5 * MINUTE) is not None


def test_after_a_calm_text_there_is_no_pause(maya: str) -> None:
    decide_one(maya)

    assert pause_of(maya) is None


@pytest.mark.parametrize("duty", [Duty.ON_CALL, Duty.LEAD])
def test_lead_and_on_call_are_offered_a_pause_and_not_kept_from_going_on(maya: str, duty: Duty) -> None:
    put_on_duty(new_moderator("tom"), Duty.MODERATOR)
    put_on_duty(maya, duty)
    decide_one(maya, band=Band.CRISIS)
    begin_thread(new_student())

    assert pause_of(maya) == NOON + 5 * MINUTE
    assert take_next(maya, now=NOON + MINUTE) is not None


def test_where_nobody_else_is_there_a_pause_strands_no_text(maya: str) -> None:
    decide_one(maya, band=Band.CRISIS)
    begin_thread(new_student())

    assert take_next(maya, now=NOON + MINUTE) is not None


def test_a_colleague_who_rests_covers_nobody(maya: str) -> None:
    tom = new_moderator("tom")
    put_on_duty(tom, Duty.MODERATOR)
    decide_one(tom, band=Band.CRISIS)
    decide_one(maya, band=Band.CRISIS)
    begin_thread(new_student())

    assert take_next(maya, now=NOON + MINUTE) is not None


def test_whoever_is_on_call_covers_also_after_a_hard_text(maya: str) -> None:
    tom = new_moderator("tom")
    put_on_duty(tom, Duty.ON_CALL)
    decide_one(tom, band=Band.CRISIS)
    decide_one(maya, band=Band.CRISIS)
    begin_thread(new_student())

    with pytest.raises(Resting):
        take_next(maya, now=NOON + MINUTE)


def test_what_is_in_hand_stays_in_hand_during_a_pause(maya: str) -> None:
    put_on_duty(new_moderator("tom"), Duty.MODERATOR)
    held = claimed(begin_thread(new_student()), by=maya)
    with transaction():
        urgent = item(held.id)
        urgent.band = Band.CRISIS
        note_decided(staff(maya), urgent, now=NOON)

    assert take_next(maya, now=NOON + MINUTE) == held.id


def test_three_hard_texts_are_enough_for_one_stint(maya: str) -> None:
    for minute in (0, 1):
        decide_one(maya, band=Band.RED, now=NOON + minute * MINUTE)
    assert pause_of(maya) is None

    decide_one(maya, band=Band.RED, now=NOON + 2 * MINUTE)

    assert pause_of(maya) == NOON + 32 * MINUTE


def test_after_the_pause_the_count_begins_anew(maya: str) -> None:
    for minute in (0, 1, 2):
        decide_one(maya, band=Band.RED, now=NOON + minute * MINUTE)

    decide_one(maya, band=Band.RED, now=NOON + 40 * MINUTE)

    assert pause_of(maya, now=NOON + 40 * MINUTE) is None


def test_many_texts_are_enough_too(maya: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ITEMS_AT_MOST == 25
    monkeypatch.setattr("moderation.wellbeing.ITEMS_AT_MOST", 2)
    decide_one(maya)
    assert pause_of(maya) is None

    decide_one(maya)

    assert pause_of(maya) == NOON + 30 * MINUTE


def test_what_nobody_else_reads_goes_to_the_person_on_call(maya: str) -> None:
    irida = new_staff(Role.PROFESSIONAL, "irida")
    put_on_duty(irida, Duty.ON_CALL)

    for _ in range(3):
        decide_one(maya, band=Band.RED)

    assert TaskKind.COVER in tasks_of(irida, Duty.ON_CALL)


def test_while_a_colleague_reads_nobody_is_called(maya: str) -> None:
    irida = new_staff(Role.PROFESSIONAL, "irida")
    put_on_duty(irida, Duty.ON_CALL)
    put_on_duty(new_moderator("tom"), Duty.MODERATOR)

    for _ in range(3):
        decide_one(maya, band=Band.RED)

    assert tasks_of(irida, Duty.ON_CALL) == []


def test_a_pause_pages_when_something_urgent_waits_and_says_nothing_of_it(make_app: MakeApp) -> None:
    channel = {
        "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
        "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
    }
    with make_app(**channel).app_context():
        maya = new_moderator("maya")
        waiting = begin_thread(new_student(), "A secret of mine.")
        with transaction():
            raise_item_band(item(item_id_of(waiting)), Band.RED, now=NOON)
        for _ in range(3):
            decide_one(maya, band=Band.RED)

        (page,) = [row for row in db.session.query(OutboxRow) if row.payload.get("kind") == "cover"]
        assert set(page.payload) == {"channel", "kind", "target", "band", "due"}


def test_after_a_crisis_the_buddy_is_asked_to_talk(maya: str) -> None:
    tom = new_moderator("tom")
    with transaction():
        pair(staff(maya), buddy=tom, senior="", actor=staff(tom), now=NOON)

    decide_one(maya, band=Band.CRISIS)

    assert tasks_of(tom) == [TaskKind.DEBRIEF]


def test_without_a_buddy_the_lead_is(maya: str) -> None:
    irida = new_staff(Role.PROFESSIONAL, "irida")

    decide_one(maya, band=Band.CRISIS)

    (task,) = db.session.query(TeamTask).filter_by(kind=TaskKind.DEBRIEF)
    assert (task.for_staff, task.for_duty, task.about_staff) == (None, Duty.LEAD, maya)
    assert TaskKind.DEBRIEF in tasks_of(irida, Duty.LEAD)


def test_nobody_is_their_own_buddy(maya: str) -> None:
    with pytest.raises(NotAColleague), transaction():
        pair(staff(maya), buddy=maya, senior="", actor=staff(maya), now=NOON)


def test_topics_are_kept_for_this_person_alone(maya: str) -> None:
    tom = new_moderator("tom")
    with transaction():
        opt_out(staff(maya), frozenset({"loss", "family-relationships"}))

    assert opted_out(staff(maya)) == {"loss", "family-relationships"}
    assert opted_out(staff(tom)) == frozenset()


def test_a_topic_that_somebody_would_rather_not_read_is_not_offered(maya: str) -> None:
    begin_thread(new_student(), slug="family-relationships", now=NOON - MINUTE)
    other = begin_thread(new_student())
    with transaction():
        opt_out(staff(maya), frozenset({"family-relationships"}))

    assert take_next(maya, now=NOON) == item_id_of(other)


def test_stopping_gives_back_what_is_in_hand(maya: str) -> None:
    held = claimed(begin_thread(new_student()), by=maya)

    with transaction():
        end_stint(staff(maya), now=NOON + MINUTE)

    assert item(held.id).state is ItemState.WAITING
    assert not start_card(staff(maya), now=NOON + MINUTE).is_at_work


def test_beginning_anew_does_not_end_a_pause(maya: str) -> None:
    decide_one(maya, band=Band.CRISIS)
    with transaction():
        end_stint(staff(maya), now=NOON + MINUTE)
        begin_stint(staff(maya), now=NOON + MINUTE)

    assert pause_of(maya, now=NOON + 2 * MINUTE) == NOON + 5 * MINUTE


def test_the_end_card_counts_ones_own_texts_of_this_stint_alone(maya: str) -> None:
    tom = new_moderator("tom")
    decide_one(maya, now=NOON - 14 * HOUR)
    with transaction():
        begin_stint(staff(maya), now=NOON)
    decide_one(maya, band=Band.RED, now=NOON + MINUTE)
    decide_one(tom, now=NOON + MINUTE)

    card = end_card(staff(maya), now=NOON + HOUR)

    assert (card.decided, card.hard) == (1, 1)


def test_a_stint_that_nobody_ended_is_over_after_twelve_hours(maya: str) -> None:
    with transaction():
        begin_stint(staff(maya), now=NOON)

    assert start_card(staff(maya), now=NOON + 11 * HOUR).is_at_work
    assert not start_card(staff(maya), now=NOON + 12 * HOUR).is_at_work
