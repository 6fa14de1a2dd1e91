"""Several who answer, change or decide about one text at the same moment: one of them is first."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask

from accounts.models import Step
from core.db import db, transaction
from core.refusals import Refusal
from forum import posting
from moderation import queries
from moderation.access import locked_item
from moderation.decisions import (
    Choice,
    decide,
)
from moderation.models import Conduct
from moderation.proposals.confirming import (
    take_back,
)
from tests.cast import (
    NOON,
    at_once,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)
from tests.moderation.assisted import (
    CRISIS_TEXT,
    LATER,
    confirmed,
    laid_before_senior,
    new_pair,
    proposal,
    rows,
)


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
