"""When those who should act cannot: they rest, they recused, their record ran out, no page reaches anybody.
Then somebody else may, or somebody is told.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from forum import posting
from forum import queries as forum_queries
from forum.models import PostStatus
from moderation import queries
from moderation.bands import Band
from moderation.claims import claim_next, extend
from moderation.decisions import AlreadyDecided, decide
from moderation.escalations import Briefing, decline, escalate
from moderation.models import Conduct, ItemState, Known, ReportReason, Risk
from moderation.passing import ask_for_cover, hold_item
from moderation.recusal import recuse
from moderation.reports import file_report
from moderation.sweeping import ask_about_stranded_items, chase_overdue_items, free_lapsed_items
from moderation.team.models import Duty, TaskKind, TeamTask
from moderation.team.tasks import tasks_of
from moderation.wellbeing import REST_AFTER_MUCH, Resting, own_setting, rest
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    post,
    staff,
    train,
)
from tests.conftest import MakeApp
from tests.moderation.test_wellbeing import put_on_duty

CRISIS_TEXT = "I am going to kill myself tonight."
HOUR = timedelta(hours=1)


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def with_a_hook(make_app: MakeApp) -> Iterator[None]:
    """An installation that pages by webhook."""
    settings = {"STOA_PAGE_WEBHOOK_URL": "https://pages.example.edu/x", "STOA_PAGE_WEBHOOK_SECRET": "s" * 16}
    with make_app(**settings).app_context():
        yield


def take_next(by: str) -> str | None:
    with transaction():
        taken = claim_next(staff(by), now=NOON)
        return taken.id if taken is not None else None


def let_rest(who: str) -> None:
    with transaction():
        rest(own_setting(staff(who)), REST_AFTER_MUCH, now=NOON)


def keep_from(post_id: str, who: str) -> None:
    with transaction():
        one = item(item_id_of(post_id))
        one.excluded = [*(one.excluded or []), who]


def pages(kind: str) -> int:
    db.session.rollback()
    return sum(row.payload["kind"] == kind for row in db.session.query(OutboxRow).filter_by(kind="page"))


def told(item_id: str) -> list[TeamTask]:
    return db.session.query(TeamTask).filter_by(item_id=item_id).all()


@pytest.mark.usefixtures("inside")
def test_a_pause_does_not_bind_where_the_colleague_who_reads_must_not_judge_the_text() -> None:
    maya, tom = new_moderator("maya"), new_moderator("tom")
    for who in (maya, tom):
        put_on_duty(who, Duty.MODERATOR)
    post_id = begin_thread(new_student(), CRISIS_TEXT)
    keep_from(post_id, tom)
    let_rest(maya)

    assert take_next(maya) == item_id_of(post_id)


@pytest.mark.usefixtures("inside")
def test_a_pause_binds_where_a_colleague_may_judge_what_waits() -> None:
    maya, tom = new_moderator("maya"), new_moderator("tom")
    for who in (maya, tom):
        put_on_duty(who, Duty.MODERATOR)
    begin_thread(new_student(), CRISIS_TEXT)
    let_rest(maya)

    with pytest.raises(Resting):
        take_next(maya)


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("duty", [Duty.MODERATOR, Duty.ON_CALL])
def test_a_pause_does_not_bind_where_who_is_there_has_no_valid_record(duty: Duty) -> None:
    maya, tom = new_moderator("maya"), new_moderator("tom")
    put_on_duty(maya, Duty.MODERATOR)
    put_on_duty(tom, duty)
    train(tom, Step.OBSERVER)
    post_id = begin_thread(new_student(), CRISIS_TEXT)
    let_rest(maya)

    assert take_next(maya) == item_id_of(post_id)


@pytest.mark.usefixtures("with_a_hook")
def test_who_asks_for_cover_with_a_crisis_in_hand_has_somebody_paged() -> None:
    maya = new_moderator()
    claimed(begin_thread(new_student(), CRISIS_TEXT), by=maya)

    with transaction():
        ask_for_cover(staff(maya), note="", now=NOON + MINUTE)

    assert pages("cover") == 1


@pytest.mark.usefixtures("with_a_hook")
def test_who_asks_for_cover_with_a_calm_text_in_hand_has_nobody_woken() -> None:
    maya = new_moderator()
    claimed(begin_thread(new_student()), by=maya)

    with transaction():
        ask_for_cover(staff(maya), note="", now=NOON + MINUTE)

    assert pages("cover") == 0


@pytest.mark.usefixtures("inside")
def test_an_overdue_report_about_danger_comes_before_the_lead_also_where_no_page_reaches_anybody() -> None:
    maya = new_moderator()
    held = decided(begin_thread(new_student()), by=maya)
    with transaction():
        about = forum_queries.post(held.post_id, locked=True)
        assert about is not None
        note = "She says she will kill herself tonight."
        file_report(about, reason=ReportReason.WORRIES_ME, note=note, now=NOON + MINUTE)

    chase_overdue_items(NOON + 3 * HOUR)

    assert [task.kind for task in told(held.id)] == [TaskKind.CLOCK_RAN_OUT]


@pytest.mark.usefixtures("inside")
def test_what_no_lead_may_judge_is_told_to_somebody_else() -> None:
    lea, cora = new_staff(Role.PROFESSIONAL, "lea"), new_staff(Role.COORDINATOR, "cora")
    post_id = begin_thread(new_student(), CRISIS_TEXT)
    keep_from(post_id, lea)

    ask_about_stranded_items(NOON + MINUTE)

    assert [task.for_staff for task in told(item_id_of(post_id))] == [cora]
    assert tasks_of(staff(lea), list(Duty), now=NOON) == []


@pytest.mark.usefixtures("inside")
def test_what_is_kept_for_somebody_whose_record_ran_out_waits_for_everybody() -> None:
    maya, tom = new_moderator("maya"), new_moderator("tom")
    held = claimed(begin_thread(new_student(), CRISIS_TEXT), by=maya)
    with transaction():
        one = item(held.id)
        hold_item(one, reason="x", until=NOON + HOUR, colleague_id=tom, actor=staff(maya), now=NOON)
    train(tom, Step.OBSERVER)

    free_lapsed_items(NOON + MINUTE)

    assert item(held.id).state is ItemState.WAITING


@pytest.mark.usefixtures("inside")
def test_who_must_not_judge_an_author_is_not_offered_an_old_text_that_is_reported() -> None:
    maya, tom, ana = new_moderator("maya"), new_moderator("tom"), new_student()
    long_ago = NOON - timedelta(days=100)
    old = begin_thread(ana, now=long_ago)
    decided(old, by=tom, now=long_ago)
    new_id = item_id_of(begin_thread(ana))
    with transaction():
        recuse(item(new_id), actor=staff(maya), now=NOON)
    with transaction():
        about = forum_queries.post(old, locked=True)
        assert about is not None
        file_report(about, reason=ReportReason.OTHER, note="", now=NOON)

    assert take_next(maya) is None
    assert take_next(tom) is not None


@pytest.mark.usefixtures("inside")
def test_renewing_does_not_take_away_the_longer_time_that_somebody_asked_for() -> None:
    maya, post_id = new_moderator(), begin_thread(new_student())
    held = claimed(post_id, by=maya)
    with transaction():
        extend(item(held.id), actor=staff(maya), now=NOON + MINUTE)

    assert claimed(post_id, by=maya, now=NOON + 2 * MINUTE).claim_ends_at == NOON + 20 * MINUTE


@pytest.mark.usefixtures("inside")
def test_what_a_second_moderator_knows_is_added_to_an_escalation_that_waits() -> None:
    maya = new_moderator()
    held = claimed(begin_thread(new_student()), by=maya)
    first = Briefing(band=Band.RED, prompted_by="They say goodbye.", already_said="We listen.", plan=Known.NO)
    second = Briefing(band=Band.RED, prompted_by="Now they name a day.", already_said="", plan=Known.YES)
    with transaction():
        escalate(item(held.id), first, actor=staff(maya), now=NOON)
    with transaction():
        raised = escalate(item(held.id), second, actor=staff(maya), now=NOON + MINUTE)

    assert raised.prompted_by == "They say goodbye.\n\nNow they name a day."
    assert (raised.already_said, raised.plan, raised.means) == ("We listen.", Known.YES, Known.UNKNOWN)


@pytest.mark.usefixtures("inside")
def test_who_fears_for_an_author_hands_a_text_over_that_was_taken_back_while_they_read_it() -> None:
    maya = new_moderator()
    held = claimed(begin_thread(new_student()), by=maya)
    what = choice(held, Conduct.KEEP_HELD, Risk.ESCALATE)
    with transaction():
        posting.withdraw(post(held.post_id), now=NOON + MINUTE)

    with transaction():
        decide(item(held.id), what, actor=staff(maya), now=NOON + 2 * MINUTE)

    assert queries.waiting_escalation(held.id) is not None
    assert (item(held.id).is_withdrawn, post(held.post_id).status) == (True, PostStatus.WITHDRAWN)


@pytest.mark.usefixtures("inside")
def test_a_text_that_was_taken_back_while_it_was_read_is_not_decided_otherwise() -> None:
    maya = new_moderator()
    held = claimed(begin_thread(new_student()), by=maya)
    what = choice(held)
    with transaction():
        posting.withdraw(post(held.post_id), now=NOON + MINUTE)

    with pytest.raises(AlreadyDecided), transaction():
        decide(item(held.id), what, actor=staff(maya), now=NOON + 2 * MINUTE)


@pytest.mark.usefixtures("with_a_hook")
def test_a_declined_escalation_of_a_text_that_is_held_pages_again() -> None:
    maya, lea = new_moderator(), new_staff(Role.PROFESSIONAL, "lea")
    held = claimed(begin_thread(new_student(), CRISIS_TEXT), by=maya)
    with transaction():
        decide(
            item(held.id),
            choice(held, Conduct.KEEP_HELD, Risk.ESCALATE),
            actor=staff(maya),
            now=NOON + MINUTE,
        )
    before = pages("item")
    with transaction():
        one = item(held.id)
        waiting = queries.waiting_escalation(one.id)
        assert waiting is not None
        decline(waiting, reason="Not ours.", actor=staff(lea), now=NOON + 2 * MINUTE)

    assert pages("item") == before + 1
