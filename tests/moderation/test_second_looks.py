"""What protects is done at once by one person, and looked at by another within twelve hours."""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.permissions import Role
from core import outbox
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Missing
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation import queries
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.bands import Band
from moderation.decisions import decide, undo
from moderation.escalations import Briefing, EscalationAct, move_escalation
from moderation.models import Conduct, Escalation, ItemState, ReasonKind, Risk
from moderation.offering import may_judge
from moderation.proposals.second_looks import NotPublished, hide_at_once, page_at_once
from moderation.review_models import SanctionKind
from moderation.sanctions import is_running, lift, set_sanction
from moderation.team import queries as team_queries
from moderation.team.models import Duty, TaskKind, TeamTask
from moderation.team.tasks import finish_task
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
)
from tests.conftest import MakeApp
from tests.journeys import steps
from tests.people import post_form, run_outbox

LOOKED_BY = timedelta(hours=12)
A_CHANNEL = {
    "STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/",
    "STOA_PAGE_WEBHOOK_SECRET": "a secret of the tests",
}


def published(*, settled_by: str = "") -> str:
    """A text that readers see. Returns the item's id."""
    post_id = begin_thread(new_student())
    if settled_by:
        decided(post_id, by=settled_by)
    else:
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=NOON)
    return item_id_of(post_id)


def hide(item_id: str, by: str) -> None:
    with transaction():
        hide_at_once(item(item_id), actor=staff(by), now=NOON)


def kinds_of(item_id: str) -> list[ReasonKind]:
    return [reason.kind for reason in queries.open_reasons(item_id)]


def hidden_by_decision(by: str) -> str:
    """The item of a published text that somebody decided to hide a moment ago."""
    item_id = published()
    held = claimed(item(item_id).post_id, by=by)
    with transaction():
        decide(item(item_id), choice(held, Conduct.HIDE, reason="other"), actor=staff(by), now=NOON)
    return item_id


def after(seconds: int) -> None:
    while outbox.drain(now=NOON + timedelta(seconds=seconds)):
        pass


def test_a_text_that_was_settled_is_hidden_at_once_and_waits_for_another(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        item_id = published(settled_by=maya)
        hide(item_id, maya)

        one = item(item_id)
        assert one.post.status is PostStatus.HIDDEN
        assert one.state is ItemState.WAITING
        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]
        assert one.due_at <= NOON + LOOKED_BY
        assert not may_judge(one, staff(maya), now=NOON)
        assert may_judge(one, staff(noor), now=NOON)


def test_whoever_hides_a_text_that_they_hold_lets_go_of_it(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = published()
        claimed(item(item_id).post_id, by=maya)
        hide(item_id, maya)

        assert (item(item_id).state, item(item_id).claimed_by) == (ItemState.WAITING, None)


def test_only_what_readers_see_is_hidden_at_once(app: Flask) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student()))
        with pytest.raises(NotPublished):
            hide(item_id, new_moderator())


def test_a_decision_to_hide_gets_a_second_look_once_it_cannot_be_undone(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = hidden_by_decision(maya)
        after(9)
        assert item(item_id).state is ItemState.DECIDED
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]
        assert not may_judge(item(item_id), staff(maya), now=NOON)


def test_a_hiding_that_was_taken_back_needs_no_second_look(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = hidden_by_decision(maya)
        with transaction():
            undo(item(item_id), actor=staff(maya), now=NOON)
        after(11)

        assert ReasonKind.SECOND_LOOK not in kinds_of(item_id)


def test_the_second_look_is_asked_for_once(app: Flask) -> None:
    with app.app_context():
        item_id = hidden_by_decision(new_moderator())
        decision = queries.decisions_of(item_id)[0].id
        with transaction():
            outbox.enqueue("second_look", {"decision": decision}, now=NOON)
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]


def test_another_person_settles_it(app: Flask) -> None:
    with app.app_context():
        noor = new_moderator("noor")
        item_id = hidden_by_decision(new_moderator())
        after(11)
        held = claimed(item(item_id).post_id, by=noor)
        with transaction():
            decide(item(item_id), choice(held, Conduct.PUBLISH), actor=staff(noor), now=NOON + MINUTE)

        assert item(item_id).post.status is PostStatus.PUBLISHED


def paused(by: str) -> tuple[str, str]:
    """A text was refused, and its author paused. Gives the ids of its item and of the pause."""
    held = decided(begin_thread(new_student()), Conduct.NOT_HERE, by=by, reason="hurts_someone")
    with transaction():
        lock_author_of(held.id)
        pause = set_sanction(
            item(held.id),
            SanctionKind.PAUSE,
            reason="hurts_someone",
            ends_at=NOON + timedelta(days=1),
            actor=staff(by),
            now=NOON,
        )
        return held.id, pause.id


def is_paused(pause_id: str) -> bool:
    found = appeal_queries.sanction(pause_id)
    assert found is not None
    return is_running(found, now=NOON + MINUTE)


def test_a_pause_holds_at_once_and_another_person_looks_at_it(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        item_id, pause_id = paused(maya)
        assert is_paused(pause_id)
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]
        assert item(item_id).due_at <= NOON + LOOKED_BY + MINUTE
        assert not may_judge(item(item_id), staff(maya), now=NOON)
        assert may_judge(item(item_id), staff(noor), now=NOON)


def test_the_second_look_can_end_a_pause_or_leave_it(app: Flask) -> None:
    with app.app_context():
        maya, noor = new_moderator(), new_moderator("noor")
        for ends in (True, False):
            item_id, pause_id = paused(maya)
            after(11)
            held = claimed(item(item_id).post_id, by=noor)
            with transaction():
                lock_author_of(item_id)
                pause = appeal_queries.sanction(pause_id, locked=True)
                assert pause is not None
                if ends:
                    lift(pause, post_item=item(item_id), actor=staff(noor), now=NOON)
                decide(item(item_id), choice(held, Conduct.DISMISS), actor=staff(noor), now=NOON + MINUTE)

            assert is_paused(pause_id) is not ends
            assert may_judge(item(item_id), staff(maya), now=NOON)


def test_a_pause_that_ended_with_an_undo_needs_no_second_look(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id, _ = paused(maya)
        with transaction():
            lock_author_of(item_id)
            undo(item(item_id), actor=staff(maya), now=NOON)
        after(11)

        assert ReasonKind.SECOND_LOOK not in kinds_of(item_id)


def test_one_second_look_is_enough_for_a_hiding_and_a_pause(app: Flask) -> None:
    with app.app_context():
        item_id, pause_id = paused(new_moderator())
        with transaction():
            outbox.enqueue("second_look", {"sanction": pause_id}, now=NOON)
        after(11)

        assert kinds_of(item_id) == [ReasonKind.SECOND_LOOK]


def test_the_page_of_a_paused_authors_text_asks_for_the_second_look(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    steps.begin_thread(ana, "Soup", "You are all fools.")
    found = steps.decide_next(maya, "not_here", reason="hurts_someone")
    typed = {"step": "pause", "reason": "hurts_someone", "hours": "24"}
    assert post_form(maya, f"{found}/sanction", typed, page=found).status_code == 303
    run_outbox(app)
    noor = steps.new_staff(app, Role.MODERATOR, "noor")

    assert steps.waiting_items(noor) == [found]
    assert "A colleague set this pause alone." in steps.take(noor, found)
    assert maya.get(found).status_code == 404


@pytest.mark.parametrize(
    ("band", "asks"), [(Band.CRISIS, False), (Band.RED, False), (Band.AMBER, True), (Band.GREEN, True)]
)
def test_an_escalation_gets_a_second_look_by_the_lead_where_the_professionals_clock_is_longer(
    app: Flask, band: Band, asks: bool
) -> None:
    with app.app_context():
        maya, olga = new_moderator(), new_staff(Role.PROFESSIONAL, "olga")
        escalation = escalated(maya, band)

        assert (escalation.due_at > NOON + LOOKED_BY) is asks
        assert [task.due_at for task in reviews()] == [NOON + LOOKED_BY] * asks
        with transaction():
            move_escalation(escalation, EscalationAct.ACCEPT, actor=staff(olga), now=NOON + MINUTE)
        assert reviews() == []


def escalated(by: str, band: Band) -> Escalation:
    held = claimed(begin_thread(new_student()), by=by)
    briefing = Briefing(band, "worries", "nothing yet")
    with transaction():
        what = choice(held, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=briefing)
        decide(item(held.id), what, actor=staff(by), now=NOON)
    return queries.escalations_of_item(held.id)[0]


def reviews() -> list[TeamTask]:
    return db.session.query(TeamTask).filter_by(kind=TaskKind.REVIEW, done_at=None).all()


def test_nobody_takes_the_second_look_at_their_own_page(app: Flask) -> None:
    with app.app_context():
        olga, rosa = (new_staff(Role.PROFESSIONAL, name) for name in ("olga", "rosa"))
        item_id = published()
        with transaction():
            page_at_once(item(item_id), actor=staff(olga), now=NOON)
        [task] = reviews()

        assert team_queries.open_tasks_for(olga, [Duty.LEAD]) == []
        assert list(team_queries.open_tasks_for(rosa, [Duty.LEAD])) == [task]
        with pytest.raises(Missing), transaction():
            finish_task(task.id, actor=staff(olga), now=NOON)
        with transaction():
            finish_task(task.id, actor=staff(rosa), now=NOON)


def test_what_two_people_did_in_a_hurry_is_reviewed_for_each(app: Flask) -> None:
    with app.app_context():
        new_staff(Role.PROFESSIONAL, "olga")
        item_id = published()
        for person in [new_moderator("maya"), new_moderator("noor")]:
            with transaction():
                page_at_once(item(item_id), actor=staff(person), now=NOON)

        assert len(reviews()) == 2


def test_the_person_on_call_is_paged_at_once_and_somebody_is_asked_to_look(make_app: MakeApp) -> None:
    app = make_app(**A_CHANNEL)
    with app.app_context():
        new_staff(Role.PROFESSIONAL, "olga")
        item_id, maya = published(), new_moderator()
        with transaction():
            page_at_once(item(item_id), actor=staff(maya), now=NOON)

        assert [row.payload["kind"] for row in db.session.query(OutboxRow) if row.kind == "page"] == ["item"]
        [task] = db.session.query(TeamTask).all()
        assert (task.kind, task.for_duty, task.due_at) == (TaskKind.REVIEW, Duty.LEAD, NOON + LOOKED_BY)
