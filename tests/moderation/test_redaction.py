"""Redacting: two people, and then the words are nowhere: not in a byte of the database, the index, the
outbox, an export, a draft, or a backup that is brought back.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from core.db import db, empty_write_ahead_log, transaction
from core.kept import keep_form
from core.models import KeptForm
from core.places import is_of_place, place_mark
from core.web import settings_of
from forum import posting
from forum import queries as forum_queries
from forum.covering import CoverKind
from forum.drafting import keep_draft, kept_draft
from forum.exporting import export_lines
from forum.lifecycle import PostAct, move_post, original_of
from forum.models import Post, TextDraft
from forum.tombstones import FILE, redact_what_came_back
from moderation import queries
from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.proposals import proposing as proposals
from moderation.proposals import queries as proposal_queries
from moderation.proposals.masking import mask_words, redaction
from moderation.proposals.proposing import ProposalStale
from moderation.queue import add_reason
from moderation.review_models import ProposalState
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)
from tests.people import join_as_student, post_form, run_outbox

BODY = "My flatmate Zebedee shouts all night, and ZEBEDEE laughs. I cannot sleep."
KEY = b"k" * 32


def published(author: str, body: str = BODY, title: str = "About Zebedee") -> str:
    post_id = begin_thread(author, body, title=title)
    with transaction():
        move_post(post(post_id), PostAct.PUBLISH, now=NOON)
    return post_id


def propose(post_id: str, by: str, words: str = "Zebedee") -> str:
    with transaction():
        act = redaction(item(item_id_of(post_id)), words, CoverKind.NAME, reason="It names somebody.")
        return proposals.propose(act, actor=staff(by), now=NOON).id


def approve(proposal_id: str, by: str) -> None:
    with transaction():
        found = proposal_queries.proposal(proposal_id, locked=True)
        assert found is not None
        proposals.approve(found, found.act_hash.hex(), actor=staff(by), now=NOON + MINUTE)


def redact(post_id: str, words: str = "Zebedee") -> None:
    maya, noor = new_moderator("maya"), new_moderator("noor")
    approve(propose(post_id, maya, words), noor)


def bytes_on_disk(app: Flask) -> Iterator[tuple[Path, bytes]]:
    """Every file of the installation, once the write-ahead log is in the database."""
    with app.app_context():
        db.session.remove()
        assert empty_write_ahead_log()
    for path in sorted(settings_of(app).data_dir.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def files_with(app: Flask, word: str) -> list[str]:
    word = word.casefold()
    return [path.name for path, found in bytes_on_disk(app) if word in found.decode("latin-1").casefold()]


def test_the_words_are_in_no_byte_of_database_index_outbox_and_export(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
    run_outbox(app)
    assert "stoa.db" in files_with(app, "zebedee")  # else the search below would prove nothing
    with app.app_context():
        redact(post_id)
        assert "ebedee" not in "".join(export_lines()).casefold()
    run_outbox(app)

    assert files_with(app, "zebedee") == []


def test_the_index_lost_the_bytes_of_the_words_too(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
    run_outbox(app)
    index = settings_of(app).data_dir / "search"
    before = b"".join(path.read_bytes() for path in index.rglob("*") if path.is_file())
    assert b"zebede" in before
    with app.app_context():
        redact(post_id)
    run_outbox(app)

    assert b"zebede" not in b"".join(path.read_bytes() for path in index.rglob("*") if path.is_file())


def test_the_words_go_from_every_wording_sealed_ones_too(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = published(ana)
        with transaction():
            draft = posting.write_draft("Zebedee again", language="en")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON)
        redact(post_id)

        left = [original_of(forum_queries.revision(post_id, number)) for number in (1, 2)]
        assert "ebedee" not in str(left).casefold()


def test_a_mask_before_it_keeps_nothing_back(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        olga = new_moderator("olga")
        with transaction():
            one = item(item_id_of(post_id))
            mask_words(one, "Zebedee", CoverKind.NAME, actor=staff(olga), now=NOON)
        redact(post_id)

        assert "ebedee" not in str(original_of(forum_queries.revision(post_id, 1))).casefold()


def test_nothing_is_redacted_before_a_second_person_agrees(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        proposal_id = propose(post_id, new_moderator())
        found = proposal_queries.proposal(proposal_id)

        assert forum_queries.revision(post_id, 1).body == BODY
        assert found is not None
        assert "ebedee" not in json.dumps(found.act).casefold()


def test_a_new_wording_in_between_makes_the_proposal_stale(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = published(ana)
        proposal_id = propose(post_id, new_moderator("maya"))
        with transaction():
            draft = posting.write_draft("Zebedee, Zebedee.", language="en")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON)
        with pytest.raises(ProposalStale):
            approve(proposal_id, new_moderator("noor"))

        found = proposal_queries.proposal(proposal_id)
        assert found is not None
        assert found.state is ProposalState.OPEN


def test_marks_that_lie_on_the_words_go_and_the_others_stay(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        there = {"part": "body", "start": 12, "end": 19, "key": "name"}
        elsewhere = {"part": "body", "start": 0, "end": 2, "key": "x"}
        with transaction():
            one = item(item_id_of(post_id))
            marks = [there, elsewhere]
            reason = add_reason(one, ReasonKind.PERSONAL_DATA, Band.GREEN, now=NOON, marks=marks).id
        redact(post_id)

        left = [found.marks for found in queries.open_reasons(item_id_of(post_id)) if found.id == reason]
        assert left == [[elsewhere]]


def places_with_drafts(*post_ids: str) -> list[str]:
    """At which editors of these texts a draft is kept, as its writer would find it."""
    places = [f"/p/{post_id}/edit" for post_id in post_ids]
    return [place for place in places if kept_draft(KEY, place, now=NOON + 60 * MINUTE) is not None]


def test_a_draft_of_the_text_is_deleted_and_those_of_other_texts_stay(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id, other_id = published(ana), published(ana, "I like Zebedee.", title="Another")
        with transaction():
            for place in (f"/p/{post_id}/edit", f"/p/{other_id}/edit"):
                keep_draft(KEY, place, {"body": ["Zebedee and more"]}, now=NOON)
        rows = db.session.query(TextDraft).count()
        redact(post_id)

        assert places_with_drafts(post_id, other_id) == [f"/p/{other_id}/edit"]
        assert db.session.query(TextDraft).count() == rows - 1


@pytest.mark.parametrize(("minutes", "is_withheld"), [(-30, True), (30, False)])
def test_a_draft_that_comes_back_from_before_is_withheld(app: Flask, minutes: int, is_withheld: bool) -> None:
    with app.app_context():
        post_id = published(new_student())
        redact(post_id)
        with transaction():
            written_at = NOON + minutes * MINUTE
            keep_draft(KEY, f"/p/{post_id}/edit", {"body": ["Zebedee and more"]}, now=written_at)

        assert (places_with_drafts(post_id) == []) is is_withheld


def test_what_an_expired_sign_in_left_at_the_editor_is_deleted_and_other_forms_stay(app: Flask) -> None:
    with app.app_context():
        post_id, other_id = published(new_student()), published(new_student(), title="Another")
    with app.test_request_context():
        for path in (f"/p/{post_id}/edit", f"/p/{other_id}/edit", "/c/career/new"):
            keep_form(path, {"body": ["Zebedee and more"]}, now=NOON)
    with app.app_context():
        redact(post_id)

        assert db.session.query(KeptForm).count() == 2


def test_no_row_says_at_which_page_it_was_left(app: Flask) -> None:
    with app.app_context():
        marks = [place_mark("/p/0000000000000/edit") for _ in range(2)] + [place_mark("/counsel/request")]
        assert len(set(marks)) == 3
        assert len({len(mark) for mark in marks}) == 1
        assert [is_of_place(mark, "/p/0000000000000/edit") for mark in marks] == [True, True, False]
        assert not is_of_place(marks[2], "/counsel/request")


def test_the_authors_editor_begins_with_the_covered_text(app: Flask) -> None:
    browser = app.test_client()
    join_as_student(browser)
    post_form(
        browser,
        "/c/adjustment-difficulties/new",
        {"title": "About Zebedee", "body": BODY, "personal": "leave"},
    )
    with app.app_context():
        held = db.session.query(Post).one()
        post_id = held.id
        redact(post_id)
    page = browser.get(f"/p/{post_id}/edit").text

    assert "ebedee" not in page.casefold()
    assert "covered by the team: a name" in page
    assert "The team took a few words out of this text for good." in page


def test_a_tombstone_says_where_words_stood_and_never_what_they_were(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        redact(post_id)
    run_outbox(app)
    [line] = (settings_of(app).data_dir / FILE).read_text().splitlines()

    assert json.loads(line)["post"] == post_id
    assert "ebedee" not in line.casefold()


def test_a_line_that_a_power_cut_tore_hides_no_other(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        redact(post_id)
        directory = settings_of(app).data_dir
        (directory / FILE).write_text('{"post": "torn')
    run_outbox(app)
    with app.app_context():
        bring_back(post_id)
        assert redact_what_came_back(directory) == 1


def bring_back(post_id: str, body: str = BODY) -> None:
    """An older database is here, in which the words still stand."""
    with transaction():
        revision = forum_queries.revision(post_id, 1)
        revision.body, revision.html, revision.sealed, revision.covers = body, body, None, []
        post(post_id).thread.title = "About Zebedee"


def test_a_text_without_a_tombstone_is_left_alone(app: Flask) -> None:
    with app.app_context():
        post_id = published(new_student())
        assert redact_what_came_back(settings_of(app).data_dir) == 0
        assert forum_queries.revision(post_id, 1).body == BODY


def test_the_database_overwrites_what_it_deletes(app: Flask) -> None:
    with app.app_context(), closing(sqlite3.connect(settings_of(app).data_dir / "stoa.db")):
        assert db.session.connection().exec_driver_sql("PRAGMA secure_delete").scalar() == 1
