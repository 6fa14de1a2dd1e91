"""Masking: a moderator hides words and writes none, and what readers, the search and feeds get lacks them."""

import json

import pytest
from flask import Flask

from accounts.models import Step
from core.db import db, transaction
from core.models import AuditEvent
from forum import queries as forum_queries
from forum.covering import CoverKind, WordsNotFound
from forum.exporting import export_lines
from forum.indexing import search_index
from forum.lifecycle import PostAct, move_post, original_of
from moderation.proposals.masking import NothingMasked, mask_words, masked_words, unmask_words
from moderation.proposals.proposing import NotForYou
from tests.cast import NOON, begin_thread, item, item_id_of, new_moderator, new_student, post, staff
from tests.people import run_outbox

BODY = "My flatmate Zebedee shouts all night. I cannot sleep."


def published(body: str = BODY) -> str:
    post_id = begin_thread(new_student(), body, title="Nights")
    with transaction():
        move_post(post(post_id), PostAct.PUBLISH, now=NOON)
    return post_id


def mask(post_id: str, words: str, by: str) -> int:
    with transaction():
        return mask_words(item(item_id_of(post_id)), words, CoverKind.NAME, actor=staff(by), now=NOON)


def exported() -> str:
    return "".join(export_lines())


def test_readers_the_search_feeds_and_exports_see_the_covered_text_only(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        thread_id = post(post_id).thread_id
    run_outbox(app)
    with app.app_context():
        assert search_index().search("zebedee", limit=5).ids == [post_id]
        mask(post_id, "Zebedee", new_moderator())
    run_outbox(app)
    visitor = app.test_client()
    pages = [f"/t/{thread_id}", f"/p/{post_id}", "/feed.atom", "/search?q=flatmate", "/"]
    for address in pages:
        answer = visitor.get(address, follow_redirects=True)
        assert answer.status_code == 200
        assert "Zebedee" not in answer.text, address
    assert "covered by the team: a name" in visitor.get(f"/t/{thread_id}").text
    with app.app_context():
        assert search_index().search("zebedee", limit=5).ids == []
        assert "Zebedee" not in exported()


def test_a_mask_comes_off_and_both_acts_are_logged_without_words(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published(), new_moderator()
        mask(post_id, "zebedee", maya)
        [(stretch, kind, words)] = masked_words(post(post_id))
        assert (kind, words) == ("name", "Zebedee")
        with transaction():
            unmask_words(item(item_id_of(post_id)), stretch, actor=staff(maya), now=NOON)

        assert forum_queries.revision(post_id, 1).body == BODY
        events = [event for event in db.session.query(AuditEvent) if event.kind.startswith("words_")]
        assert [event.kind for event in events] == ["words_masked", "words_unmasked"]
        assert "ebedee" not in json.dumps([event.detail for event in events])


def test_a_mask_that_is_off_does_not_come_off_again(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published(), new_moderator()
        mask(post_id, "Zebedee", maya)
        stretch = masked_words(post(post_id))[0][0]
        for is_there in (True, False):
            with transaction():
                act = lambda: unmask_words(item(item_id_of(post_id)), stretch, actor=staff(maya), now=NOON)  # noqa: E731
                if is_there:
                    act()
                else:
                    with pytest.raises(NothingMasked):
                        act()


def test_the_team_still_reads_what_is_masked(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        mask(post_id, "Zebedee", new_moderator())

        assert original_of(forum_queries.revision(post_id, 1))["body"] == BODY


@pytest.mark.parametrize("step", [Step.OBSERVER, Step.ASSISTED])
def test_without_the_record_nobody_masks(app: Flask, step: Step) -> None:
    with app.app_context():
        post_id = published()
        with pytest.raises(NotForYou):
            mask(post_id, "Zebedee", new_moderator(step=step))

        assert forum_queries.revision(post_id, 1).body == BODY


def test_nobody_masks_the_text_of_an_author_they_recused_from(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published(), new_moderator()
        with transaction():
            item(item_id_of(post_id)).excluded = [maya]
        with pytest.raises(NotForYou):
            mask(post_id, "Zebedee", maya)


def test_words_that_are_not_there_mask_nothing(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        with pytest.raises(WordsNotFound):
            mask(post_id, "Ermintrude", new_moderator())
        assert forum_queries.revision(post_id, 1).body == BODY
