"""Covering words: a mask that comes off again, and words that are gone for good, in every wording."""

from collections.abc import Callable

import pytest
from flask import Flask

from core.db import transaction
from core.text import Cover, cover_text, render_covered
from forum import covering, posting, queries
from forum.covering import CoverKind, Stretch, WordsNotFound
from forum.lifecycle import PostAct, move_post, original_of, text_of
from forum.models import PostRevision
from tests.cast import MINUTE, NOON, begin_thread, new_student, post, student

BODY = "My flatmate Renna shouts. I told renna to stop, *Renna* laughed."
WORD = "a name"


def published(body: str = BODY, title: str = "About Renna") -> str:
    post_id = begin_thread(new_student(), body, title=title)
    with transaction():
        move_post(post(post_id), PostAct.PUBLISH, now=NOON)
    return post_id


def wording(post_id: str, number: int = 1) -> PostRevision:
    return queries.revision(post_id, number)


def cover(
    act: Callable[..., None], post_id: str, words: str = "Renna", kind: CoverKind = CoverKind.NAME
) -> None:
    with transaction():
        one = post(post_id)
        act(one, covering.find_words(one, words), kind, now=NOON)


@pytest.mark.parametrize(
    "body",
    [
        "Renna",
        "**Renna** and `Renna`",
        "```\nRenna\n```",
        "[Renna](https://example.org/Renna)",
        "https://example.org/Renna",
        "<b>Renna</b> & \ue0000\ue001",
        "> " * 20 + "Renna",
    ],
)
def test_no_markdown_brings_covered_words_back(body: str) -> None:
    starts = [place for place in range(len(body)) if body.startswith("Renna", place)]
    covers = [Cover(start, 5, WORD) for start in starts]

    assert "Renna" not in cover_text(body, covers)
    html = render_covered(body, covers)
    assert "Renna" not in html
    assert html.count("[a name]") >= 1
    assert 'aria-hidden="true">▒▒▒</span>' in html


def test_a_mask_hides_every_place_of_the_words_and_keeps_the_original_sealed(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        cover(covering.mask, post_id)

        shown = wording(post_id)
        assert "renna" not in ((shown.body or "") + (shown.html or "")).casefold()
        assert (shown.body or "").count("▒▒▒ [covered by the team: a name]") == 3
        assert original_of(shown)["body"] == BODY
        assert post(post_id).thread.title == "About ▒▒▒ [covered by the team: a name]"


def test_unmasking_brings_every_word_back(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        before = (wording(post_id).body, wording(post_id).html)
        cover(covering.mask, post_id)
        with transaction():
            assert covering.unmask(post(post_id), Stretch(1, "body", 12, 5), now=NOON) == 4

        after = wording(post_id)
        assert (after.body, after.html, after.sealed, after.covers) == (*before, None, [])
        assert post(post_id).thread.title == "About Renna"


def test_a_mask_outlives_hiding_and_showing_again(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        cover(covering.mask, post_id)
        with transaction():
            move_post(post(post_id), PostAct.HIDE, now=NOON)
        assert wording(post_id).body is None
        assert post(post_id).thread.title == ""
        assert "Renna" not in text_of(wording(post_id))["html"]
        with transaction():
            move_post(post(post_id), PostAct.UNHIDE, now=NOON)

        assert "Renna" not in (wording(post_id).body or "Renna")
        assert "Renna" not in post(post_id).thread.title
        assert original_of(wording(post_id))["title"] == "About Renna"


def test_a_held_text_is_published_without_what_was_masked(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), BODY, title="About Renna")
        cover(covering.mask, post_id)
        assert wording(post_id).body is None
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=NOON)

        assert "enna" not in (wording(post_id).body or "enna") + post(post_id).thread.title


def test_redacted_words_are_gone_and_their_place_and_length_stay(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        cover(covering.redact, post_id)

        left = wording(post_id)
        assert "renna" not in str(original_of(left)).casefold()
        assert len(original_of(left)["body"]) == len(BODY)
        spots = [(one["part"], one["start"], one["length"]) for one in left.covers]
        assert spots == [("body", 12, 5), ("body", 33, 5), ("body", 49, 5), ("title", 6, 5)]


def test_redacting_reaches_every_wording(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id = begin_thread(ana, BODY)
        with transaction():
            draft = posting.write_draft("Renna again.", language="en")
            posting.edit(post(post_id), draft, author=student(ana), now=NOON + MINUTE)
        cover(covering.redact, post_id)

        assert "Renna" not in str([original_of(wording(post_id, number)) for number in (1, 2)])


def test_redacting_twice_changes_nothing(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        found = covering.find_words(post(post_id), "Renna")
        for _ in range(2):
            with transaction():
                covering.redact(post(post_id), found, CoverKind.NAME, now=NOON)
        once = wording(post_id)
        assert (once.body or "").count("[covered by the team: a name]") == 3
        assert len(once.covers) == 4


def test_a_mask_never_opens_what_was_redacted(app: Flask) -> None:
    with app.app_context():
        post_id = published()
        cover(covering.redact, post_id)
        with transaction():
            covering.mask(post(post_id), [Stretch(1, "body", 3, 20)], CoverKind.OTHER, now=NOON)
            covering.unmask(post(post_id), Stretch(1, "body", 3, 9), now=NOON)

        assert "Renna" not in str(original_of(wording(post_id)))
        assert [one["is_final"] for one in wording(post_id).covers].count(True) == 4


def test_words_are_found_across_a_line_break_and_never_inside_a_word(app: Flask) -> None:
    with app.app_context():
        post_id = published("Call Renna\nLind. Rennabel is somebody else.", title="Hello")
        one = post(post_id)

        assert covering.words_at(one, covering.find_words(one, "renna lind")) == ["Renna\nLind"]
        assert len(covering.find_words(one, "Renna")) == 1


@pytest.mark.parametrize("words", ["Somebody Else", "   "])
def test_words_that_are_not_there_are_refused(app: Flask, words: str) -> None:
    with app.app_context(), pytest.raises(WordsNotFound):
        covering.find_words(post(published()), words)


def test_what_readers_are_told_is_in_the_language_of_the_text(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "el"}):
        post_id = published()
        cover(covering.mask, post_id)

        assert "[covered by the team: a name]" in (wording(post_id).html or "")
