"""What an assisted moderator decides: nothing leaves before a senior has confirmed it, and then exactly what
an independent one would have done.
"""

import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.queries import staff_by_username
from app import create_app
from core.db import db, transaction
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation import queries, wellbeing
from moderation.access import locked_item
from moderation.bands import Band
from moderation.decisions import (
    LEGAL_CONDUCTS,
    CannotLowerAlone,
    NotThisConduct,
    SomethingNew,
    TextChanged,
    TooLateToUndo,
    undo,
)
from moderation.models import Conduct, Decision, EscalationState, Risk
from moderation.promises.models import PromiseCount, RecentWait
from moderation.proposals.confirming import (
    decide_or_propose,
)
from moderation.proposals.proposing import (
    ProposalChanged,
)
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
)
from tests.conftest import put_away, settings_for
from tests.moderation.assisted import (
    BRIEFING,
    CRISIS_TEXT,
    LATER,
    WORDS,
    confirmed,
    edit,
    laid_before_senior,
    new_pair,
    proposal,
    rows,
    something_new,
)


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


@pytest.mark.parametrize(("status", "conduct", "risk"), POSSIBLE)
def test_nothing_leaves_before_the_senior_and_the_same_as_from_an_independent_one_after(
    shared_app: Flask, status: PostStatus, conduct: Conduct, risk: Risk
) -> None:
    words = WORDS.get(conduct, {}) | ({"briefing": BRIEFING} if risk is Risk.ESCALATE else {})
    with shared_app.app_context():
        tom, iris, maya = (person.id for person in cast_of(shared_app))
        post_id = begin_thread(new_student())
        brought_to(post_id, status)
        so_far = tallies()
        held = decided(post_id, conduct, risk, by=tom, **words)
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


def test_the_words_of_a_confirmed_decision_live_with_the_decision_alone(app: Flask) -> None:
    with app.app_context():
        iris, maya = new_pair()
        waiting = laid_before_senior(begin_thread(new_student()), iris, risk=Risk.REACH_OUT)
        assert "note" in proposal(waiting).act
        confirmed(waiting, maya)
        assert not {"note", "message", "marks"} & proposal(waiting).act.keys()


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
