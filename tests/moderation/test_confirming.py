"""What an assisted moderator decides: nothing leaves before a senior has confirmed it, and then exactly what
an independent one would have done.
"""

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from accounts.models import Staff, Step
from accounts.permissions import Role
from accounts.queries import newest_training_record, staff_by_username
from app import create_app
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Refusal
from forum import posting
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation import queries, wellbeing
from moderation.access import locked_item
from moderation.bands import Band
from moderation.claims import NotWithASenior, TakenByAnother, claim, claim_next
from moderation.decisions import (
    LEGAL_CONDUCTS,
    CannotLowerAlone,
    Choice,
    NotThisConduct,
    SomethingNew,
    TextChanged,
    TooLateToUndo,
    decide,
    undo,
)
from moderation.escalations import Briefing
from moderation.judging import NotTrained
from moderation.models import Conduct, Decision, EscalationState, ItemState, ReasonKind, Risk
from moderation.promises.models import PromiseCount, RecentWait
from moderation.proposals.confirming import (
    confirm,
    decide_or_propose,
    look_after_waiting_decisions,
    send_back,
    take_back,
)
from moderation.proposals.proposing import (
    AlreadyAnswered,
    NotForYou,
    ProposalChanged,
    ReasonMissing,
    lapse_proposals,
)
from moderation.proposals.reading import locked_proposal
from moderation.proposals.waiting import decisions_to_confirm, typed_before, waiting_on
from moderation.queue import add_reason
from moderation.review_models import Proposal, ProposalState
from moderation.sweeping import free_lapsed_items
from moderation.team import queries as team_queries
from moderation.team.models import TaskKind
from moderation.team.pairs import pair
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
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
    student,
    train,
)
from tests.conftest import put_away, settings_for

BRIEFING = Briefing(Band.AMBER, "Says that nothing helps.", "That we have read it.")
LATER = NOON + 5 * MINUTE
CRISIS_TEXT = "I am going to kill myself tonight."


def new_pair() -> tuple[str, str]:
    """An assisted moderator and their senior."""
    iris, maya = new_moderator("iris", step=Step.ASSISTED), new_moderator("maya")
    with transaction():
        pair(staff(iris), buddy="", senior=maya, actor=staff(maya), now=NOON)
    return iris, maya


def laid_before_senior(
    post_id: str, by: str, conduct: Conduct = Conduct.PUBLISH, risk: Risk = Risk.NONE, **more: Any
) -> str:
    """An assisted moderator takes a text and decides. Returns the proposal's id."""
    held = claimed(post_id, by=by)
    if risk is Risk.ESCALATE:
        more.setdefault("briefing", BRIEFING)
    what = choice(held, conduct, risk, **more)
    with transaction():
        made = decide_or_propose(locked_item(held.id), what, actor=staff(by), now=NOON)
        assert isinstance(made, Proposal)
        return made.id


def proposal(proposal_id: str) -> Proposal:
    found = locked_proposal(proposal_id)
    assert found is not None
    return found


def confirmed(proposal_id: str, by: str, *, now: Any = LATER, shown: str = "") -> bool:
    with transaction():
        found = proposal(proposal_id)
        return confirm(found, shown or found.act_hash.hex(), actor=staff(by), now=now)


def rows(kind: str) -> int:
    return db.session.query(OutboxRow).filter_by(kind=kind).count()


def tallies() -> Counter[str]:
    """Everything that is counted, and everything that waits to leave."""
    db.session.expire_all()
    found = Counter({f"count: {one.tally}": one.count for one in db.session.query(PromiseCount)})
    found.update({"wait": sum(one.count for one in db.session.query(RecentWait))})
    found.update({f"row: {kind}": rows(kind) for kind in ("notice", "second_look", "escalation_raised")})
    return found


def what_is_outside(post_id: str) -> dict[str, Any]:
    """All that readers, the author or a statistic could notice."""
    db.session.expire_all()
    text = post(post_id)
    return {
        "status": text.status,
        "visible": text.visible_revision,
        "newest": text.latest_revision,
        "warnings": text.warnings,
        "decisions": db.session.query(Decision).count(),
        **{name: count for name, count in tallies().items() if name != "row: escalation_raised"},
    }


def outcome(item_id: str, so_far: Counter[str]) -> dict[str, Any]:
    """What is left of a decision, and what it added to what was there."""
    added = tallies() - so_far
    found, (decision, *_) = item(item_id), queries.decisions_of(item_id)
    return {
        "item": (found.state, found.band, found.is_open),
        "post": (found.post.status, found.post.visible_revision, found.post.warnings),
        "decision": (decision.conduct, decision.risk, decision.band, decision.reason, decision.message),
        "adverse": (decision.marks, decision.warnings, decision.appeal_hash is not None),
        "reasons": len(queries.open_reasons(item_id)),
        "escalations": [one.state for one in queries.escalations_of_item(item_id)],
        "added": added,
    }


def brought_to(post_id: str, status: PostStatus) -> None:
    """A text in a state, with a reason that is open about it."""
    way = {
        PostStatus.HELD: [],
        PostStatus.PUBLISHED: [PostAct.PUBLISH],
        PostStatus.HIDDEN: [PostAct.PUBLISH, PostAct.HIDE],
    }[status]
    with transaction():
        for step in way:
            move_post(post(post_id), step, now=NOON)


@pytest.fixture(scope="module")
def shared_app(empty_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with somebody who decides alone, somebody who has a senior, and the senior."""
    data_dir = tmp_path_factory.mktemp("confirming") / "data"
    shutil.copytree(empty_installation, data_dir)
    app = create_app(settings_for(data_dir))
    with app.app_context():
        app.extensions["stoa_first_start"]()
        new_moderator("tom")
        new_pair()
        db.session.remove()
    yield app
    put_away(app)


def cast_of(_app: Flask) -> list[Staff]:
    """Tom, who decides alone; Iris, who has a senior; and Maya, the senior."""
    found = [staff_by_username(name) for name in ("tom", "iris", "maya")]
    return [one for one in found if one is not None]


@pytest.fixture(autouse=True)
def nobody_is_tired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here many texts are decided at one moment."""
    monkeypatch.setattr(wellbeing, "ITEMS_AT_MOST", 1000)


POSSIBLE = [
    (status, conduct, risk)
    for status in (PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.HIDDEN)
    for conduct, risk in itertools.product(Conduct, Risk)
    if conduct in LEGAL_CONDUCTS[status]
]
WORDS: dict[Conduct, dict[str, Any]] = {
    Conduct.PUBLISH_WITH_WARNINGS: {"warnings": ("loss",)},
    Conduct.ASK_CHANGE: {"reason": "names_someone", "message": "Thank you for writing.", "marked": ("home",)},
    Conduct.NOT_HERE: {"reason": "advert", "message": "Thank you for writing."},
    Conduct.HIDE: {"reason": "hurts_someone"},
    Conduct.REMOVE: {"reason": "hurts_someone"},
}


@pytest.mark.parametrize(("status", "conduct", "risk"), POSSIBLE)
def test_nothing_leaves_before_the_senior_and_the_same_as_from_an_independent_one_after(
    shared_app: Flask, status: PostStatus, conduct: Conduct, risk: Risk
) -> None:
    words, escalation = WORDS.get(conduct, {}), {"briefing": BRIEFING} if risk is Risk.ESCALATE else {}
    with shared_app.app_context():
        tom, iris, maya = (person.id for person in cast_of(shared_app))
        post_id = begin_thread(new_student())
        brought_to(post_id, status)
        so_far = tallies()
        held = decided(post_id, conduct, risk, by=tom, **words, **escalation)
        alone = outcome(held.id, so_far)

        post_id = begin_thread(new_student())
        brought_to(post_id, status)
        before, so_far = what_is_outside(post_id), tallies()

        waiting = laid_before_senior(post_id, iris, conduct, risk, **words)

        assert what_is_outside(post_id) == before
        raised = queries.escalations_of_item(item_id_of(post_id))
        assert bool(raised) is (risk is Risk.ESCALATE)
        assert confirmed(waiting, maya, now=NOON)
        assert outcome(item_id_of(post_id), so_far) == alone
        (decision,) = queries.decisions_of(item_id_of(post_id))
        assert (decision.staff_id, decision.confirmed_by) == (iris, maya)


@pytest.mark.parametrize(
    ("status", "conduct"),
    [
        (status, conduct)
        for status in (PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.HIDDEN)
        for conduct in Conduct
        if conduct not in LEGAL_CONDUCTS[status]
    ],
)
def test_what_nobody_may_decide_is_laid_before_nobody(
    app: Flask, status: PostStatus, conduct: Conduct
) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        brought_to(post_id, status)
        with pytest.raises(NotThisConduct):
            laid_before_senior(post_id, iris, conduct)


def test_an_escalation_leaves_at_once_and_is_not_made_twice(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris, Conduct.PUBLISH, Risk.ESCALATE)
        item_id = proposal(waiting).item_id or ""
        (raised,) = queries.escalations_of_item(item_id)
        assert (raised.state, raised.raised_by) == (EscalationState.WAITING, iris)

        with transaction():
            found = queries.escalation(raised.id, locked=True)
            assert found is not None
            found.state = EscalationState.ACCEPTED
        confirmed(waiting, maya)

        assert len(queries.escalations_of_item(item_id)) == 1


def test_a_more_urgent_band_holds_at_once_and_a_less_urgent_one_is_refused(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        laid_before_senior(post_id, iris, Conduct.KEEP_HELD, Risk.WATCH, band=Band.RED)
        assert item(item_id_of(post_id)).band is Band.RED
        with pytest.raises(CannotLowerAlone):
            laid_before_senior(begin_thread(new_student(), CRISIS_TEXT), iris, band=Band.GREEN)


def test_the_text_is_kept_for_the_senior_for_half_of_the_clock_and_two_hours_at_most(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        due_at = item(item_id_of(post_id)).due_at
        laid_before_senior(post_id, iris)
        held = item(item_id_of(post_id))
        assert (held.state, held.held_for) == (ItemState.ON_HOLD, maya)
        assert held.held_until == NOON + min((due_at - NOON) / 2, timedelta(hours=2))
        assert held.due_at == due_at


@pytest.mark.parametrize("body", [CRISIS_TEXT])
def test_what_is_urgent_waits_for_everybody_from_the_first_moment(app: Flask, body: str) -> None:
    with app.app_context():
        iris, maya = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student(), body)
        laid_before_senior(post_id, iris, Conduct.KEEP_HELD, Risk.WATCH)
        with transaction():
            taken = claim_next(staff(tom), now=NOON + MINUTE)
        assert taken is not None
        assert taken.id == item_id_of(post_id)
        assert maya


def test_a_colleague_can_take_what_the_senior_let_lie(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        with pytest.raises(NotForYou):
            confirmed(waiting, tom)
        free_lapsed_items(NOON + timedelta(hours=3))
        assert confirmed(waiting, tom, now=NOON + timedelta(hours=3))


def test_when_the_seniors_time_is_over_the_lead_is_asked_once_and_before_it_is_due(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        laid_before_senior(post_id, iris)
        held = item(item_id_of(post_id))
        until, due_at = held.held_until, held.due_at
        assert until is not None
        look_after_waiting_decisions(until - MINUTE)
        assert team_queries.open_task(TaskKind.NO_SENIOR, held.id) is None
        for moment in (until, until + MINUTE):
            look_after_waiting_decisions(moment)
        task = team_queries.open_task(TaskKind.NO_SENIOR, held.id)
        assert task is not None
        assert (until < due_at, task.about_staff, item(held.id).state) == (True, iris, ItemState.WAITING)


def test_without_a_senior_the_lead_is_asked_at_once_and_everybody_is_offered_it(app: Flask) -> None:
    with app.app_context():
        iris, tom = new_moderator("iris", step=Step.ASSISTED), new_moderator("tom")
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        assert team_queries.open_task(TaskKind.NO_SENIOR, item_id_of(post_id)) is not None
        assert [one.item.id for one in decisions_to_confirm(staff(tom), now=LATER)] == [item_id_of(post_id)]
        assert confirmed(waiting, tom)
        assert team_queries.open_task(TaskKind.NO_SENIOR, item_id_of(post_id)) is None


@pytest.mark.parametrize("step", [Step.OBSERVER, Step.ASSISTED])
def test_a_senior_whose_own_record_is_not_enough_is_no_senior(app: Flask, step: Step) -> None:
    with app.app_context():
        iris, maya = new_pair()
        train(maya, step)
        waiting = laid_before_senior(begin_thread(new_student()), iris)
        assert proposal(waiting).act["senior"] is None
        with pytest.raises(NotForYou):
            confirmed(waiting, maya)


def test_nobody_confirms_what_they_decided(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris)
        train(iris, Step.INDEPENDENT)
        with pytest.raises(NotForYou):
            confirmed(waiting, iris)


def test_a_senior_who_must_not_judge_the_author_does_not_confirm(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        with transaction():
            item(item_id_of(post_id)).excluded = [maya]
        waiting = laid_before_senior(post_id, iris)
        assert proposal(waiting).act["senior"] is None
        with pytest.raises(NotForYou):
            confirmed(waiting, maya)


def test_only_what_was_shown_leaves(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris)
        with pytest.raises(ProposalChanged):
            confirmed(waiting, maya, shown="0" * 64)
        with transaction():
            found = proposal(waiting)
            found.act = found.act | {"conduct": "not_here"}
        with pytest.raises(ProposalChanged):
            confirmed(waiting, maya)


def edit(post_id: str, author: str) -> None:
    draft = posting.write_draft("I miss home, and the sea.", language="en", title="First weeks")
    with transaction():
        posting.edit(post(post_id), draft, author=student(author), now=LATER)


def something_new(post_id: str, _author: str) -> None:
    with transaction():
        found = item(item_id_of(post_id))
        found.version += 1
        add_reason(found, ReasonKind.REPORT, Band.AMBER, now=LATER)


@pytest.mark.parametrize("change", [edit, something_new])
def test_what_changed_while_it_waited_does_not_leave_and_waits_again(
    app: Flask, change: Callable[[str, str], None]
) -> None:
    with app.app_context():
        iris, maya = new_pair()
        ana = new_student()
        post_id = begin_thread(ana)
        waiting = laid_before_senior(post_id, iris)
        change(post_id, ana)

        assert confirmed(waiting, maya) is False

        found = item(item_id_of(post_id))
        assert (found.post.status, found.state) == (PostStatus.HELD, ItemState.WAITING)
        assert (proposal(waiting).state, rows("notice")) == (ProposalState.LAPSED, 0)
        task = team_queries.open_task(TaskKind.STALE, found.id)
        assert task is not None
        assert task.for_staff == iris


def test_what_changed_is_found_without_anybody_asking(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        ana = new_student()
        post_id = begin_thread(ana)
        waiting = laid_before_senior(post_id, iris)
        edit(post_id, ana)
        look_after_waiting_decisions(LATER)
        assert (proposal(waiting).state, item(item_id_of(post_id)).state) == (
            ProposalState.LAPSED,
            ItemState.WAITING,
        )


def test_a_text_that_its_author_took_back_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.ASK_CHANGE, **WORDS[Conduct.ASK_CHANGE])
        with transaction():
            posting.withdraw(post(post_id), now=LATER)
        look_after_waiting_decisions(LATER)
        assert (proposal(waiting).state, "message" in proposal(waiting).act) == (ProposalState.LAPSED, False)


def test_sent_back_it_waits_for_everybody_and_its_words_stand_in_the_form_again(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.ASK_CHANGE, **WORDS[Conduct.ASK_CHANGE])
        with pytest.raises(ReasonMissing), transaction():
            send_back(proposal(waiting), " ", actor=staff(maya), now=LATER)
        with transaction():
            send_back(proposal(waiting), "The name is their own.", actor=staff(maya), now=LATER)
        held = item(item_id_of(post_id))
        task = team_queries.open_task(TaskKind.SENT_BACK, held.id)
        assert task is not None
        assert (held.state, task.for_staff, task.note) == (ItemState.WAITING, iris, "The name is their own.")

        claimed(post_id, by=iris, now=LATER)
        typed = typed_before(item(held.id), staff(iris))
        assert typed is not None
        assert (typed["message"], typed["marked"]) == (["Thank you for writing."], ["home"])


def test_who_decided_takes_it_back_before_anybody_answered(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        with pytest.raises(NotForYou), transaction():
            take_back(proposal(waiting), actor=staff(maya), now=LATER)
        with transaction():
            take_back(proposal(waiting), actor=staff(iris), now=LATER)
        assert item(item_id_of(post_id)).state is ItemState.WAITING
        with pytest.raises(AlreadyAnswered):
            confirmed(waiting, maya)


def test_a_colleague_who_decides_themselves_ends_the_waiting_one(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris, Conduct.NOT_HERE, **WORDS[Conduct.NOT_HERE])
        decided(post_id, by=maya, now=LATER)
        found = proposal(waiting)
        assert (found.state, "message" in found.act) == (ProposalState.REFUSED, False)
        assert post(post_id).status is PostStatus.PUBLISHED


def test_a_colleague_who_reads_the_text_is_not_confirmed_away(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        tom, post_id = new_moderator("tom"), begin_thread(new_student(), CRISIS_TEXT)
        waiting = laid_before_senior(post_id, iris, Conduct.KEEP_HELD)
        claimed(post_id, by=tom, now=LATER)
        with pytest.raises(TakenByAnother):
            confirmed(waiting, maya)


def test_after_it_left_the_senior_takes_it_back_and_not_who_decided(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        confirmed(laid_before_senior(post_id, iris), maya)
        with pytest.raises(TooLateToUndo), transaction():
            undo(locked_item(item_id_of(post_id)), actor=staff(iris), now=LATER)
        with transaction():
            undo(locked_item(item_id_of(post_id)), actor=staff(maya), now=LATER)
        assert post(post_id).status is PostStatus.HELD


def test_next_for_me_gives_nobody_with_a_senior_what_waits_for_one(app: Flask) -> None:
    with app.app_context():
        iris, _ = new_pair()
        ben = new_moderator("ben", step=Step.ASSISTED)
        post_id = begin_thread(new_student(), CRISIS_TEXT)
        laid_before_senior(post_id, iris, Conduct.KEEP_HELD)
        for person in (iris, ben):
            with transaction():
                assert claim_next(staff(person), now=NOON + 10 * MINUTE) is None
        with pytest.raises(NotWithASenior):
            claimed(post_id, by=ben, now=NOON + 10 * MINUTE)


def test_without_an_answer_within_a_day_nothing_was_done(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        waiting = laid_before_senior(post_id, iris)
        lapse_proposals(NOON + timedelta(hours=24))
        assert (proposal(waiting).state, post(post_id).status) == (ProposalState.LAPSED, PostStatus.HELD)
        with pytest.raises(AlreadyAnswered):
            confirmed(waiting, maya, now=NOON + timedelta(hours=25))


def test_the_words_of_a_confirmed_decision_live_with_the_decision_alone(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris, risk=Risk.REACH_OUT)
        assert "note" in proposal(waiting).act
        confirmed(waiting, maya)
        assert not {"note", "message", "marks"} & proposal(waiting).act.keys()


def test_a_professional_off_duty_is_no_senior_and_one_on_duty_is(app: Flask) -> None:
    with app.app_context():
        iris, lea = new_moderator("iris", step=Step.ASSISTED), new_staff(Role.PROFESSIONAL, "lea")
        with transaction():
            pair(staff(iris), buddy="", senior=lea, actor=staff(lea), now=NOON)
        waiting = laid_before_senior(
            begin_thread(new_student()), iris
        )  # nobody is on the rota, so professionals lead
        assert proposal(waiting).act["senior"] == lea
        assert confirmed(waiting, lea)


def test_what_somebody_with_a_senior_has_in_hand_when_the_record_runs_out_is_finished(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        with transaction():
            record = newest_training_record(iris)
            assert record is not None
            record.expires_at = NOON + MINUTE
        held = claimed(begin_thread(new_student()), by=iris)
        with transaction():
            made = decide_or_propose(locked_item(held.id), choice(held), actor=staff(iris), now=LATER)
        assert isinstance(made, Proposal)
        with pytest.raises(NotTrained):
            claimed(begin_thread(new_student()), by=iris, now=LATER)
        assert confirmed(made.id, maya)


@pytest.mark.parametrize("what", ["edited", "something new"])
def test_what_was_not_read_is_not_decided(app: Flask, what: str) -> None:
    with app.app_context():
        iris, _ = new_pair()
        ana = new_student()
        held = claimed(begin_thread(ana), by=iris)
        read = choice(held)
        (edit if what == "edited" else something_new)(held.post_id, ana)
        with pytest.raises(TextChanged if what == "edited" else SomethingNew), transaction():
            decide_or_propose(locked_item(held.id), read, actor=staff(iris), now=LATER)


def test_an_observer_decides_nothing(app: Flask) -> None:
    with app.app_context():
        olga = new_moderator("olga", step=Step.OBSERVER)
        found = item(item_id_of(begin_thread(new_student())))
        with pytest.raises(NotTrained), transaction():
            claim(locked_item(found.id), actor=staff(olga), now=NOON)
        with pytest.raises(NotTrained), transaction():
            decide_or_propose(locked_item(found.id), choice(found), actor=staff(olga), now=NOON)


def test_what_waits_is_shown_to_who_decided_and_who_may_answer(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        post_id = begin_thread(new_student())
        laid_before_senior(post_id, iris)
        found = item(item_id_of(post_id))
        own, seniors = (waiting_on(found, staff(one), now=LATER) for one in (iris, maya))
        assert own is not None
        assert seniors is not None
        assert (own.senior, own.is_mine, own.may_confirm) == ("Maya", True, False)
        assert (seniors.author, seniors.is_mine, seniors.may_confirm) == ("Iris", False, True)


def answers(app: Flask, *acts: Callable[[], Any]) -> tuple[list[Any], list[Refusal]]:
    """What was done, and what was refused, of acts at the same moment."""
    results = at_once(app, list(acts))
    db.session.rollback()
    refused = [one for one in results if isinstance(one, Refusal)]
    done = [one for one in results if not isinstance(one, Exception)]
    assert len(done) + len(refused) == len(acts), results
    return done, refused


def test_two_who_confirm_at_once_let_it_leave_once(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        iris, lead = new_moderator("iris", step=Step.ASSISTED), new_moderator("tom")
        maya = new_moderator("maya")
        for _ in range(5):
            waiting = laid_before_senior(begin_thread(new_student()), iris)
            acts = [partial(confirmed, waiting, by) for by in (maya, lead) * 3]
            done, refused = answers(app, *acts)
            assert (done, {one.status for one in refused}) == ([True], {409})
            assert len(queries.decisions_of(proposal(waiting).item_id or "")) == 1
        assert rows("notice") == 5


def test_taken_back_and_confirmed_at_once_is_one_of_both(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        iris, maya = new_pair()

        def back(waiting: str) -> str:
            with transaction():
                take_back(proposal(waiting), actor=staff(iris), now=LATER)
            return "back"

        for _ in range(8):
            waiting = laid_before_senior(begin_thread(new_student()), iris)
            done, refused = answers(app, partial(back, waiting), partial(confirmed, waiting, maya))
            assert (len(done), len(refused)) == (1, 1)
            has_left = bool(queries.decisions_of(proposal(waiting).item_id or ""))
            assert has_left is (done == [True])


def test_decided_by_another_and_confirmed_at_once_is_one_decision(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        iris, maya = new_pair()
        tom = new_moderator("tom")

        def decide_alone(item_id: str, what: Choice) -> bool:
            with transaction():
                return bool(decide(locked_item(item_id), what, actor=staff(tom), now=LATER))

        for _ in range(6):
            post_id = begin_thread(new_student(), CRISIS_TEXT)
            waiting = laid_before_senior(post_id, iris, Conduct.KEEP_HELD)
            held = claimed(post_id, by=tom, now=NOON)
            with transaction():
                item(held.id).claim_ends_at = NOON  # lapsed, and nobody took it
            act = partial(decide_alone, held.id, choice(held, Conduct.NOT_HERE, reason="advert"))
            done, refused = answers(app, act, partial(confirmed, waiting, maya))
            assert (len(done), len(refused)) == (1, 1)
            assert len(queries.decisions_of(held.id)) == 1


def test_edited_and_confirmed_at_once_publishes_no_words_that_nobody_read(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        iris, maya = new_pair()

        def edit_it(post_id: str, author: str) -> str:
            account = student(author)
            assert account
            draft = posting.write_draft("Other words.", language="en", title="First weeks")
            with transaction():
                own = locked_item(item_id_of(post_id)).post
                posting.edit(own, draft, author=student(author), now=LATER)
            return "edited"

        for _ in range(6):
            ana = new_student()
            post_id = begin_thread(ana)
            waiting = laid_before_senior(post_id, iris)
            answers(app, partial(edit_it, post_id, ana), partial(confirmed, waiting, maya))
            assert post(post_id).visible_revision in {0, 1}
