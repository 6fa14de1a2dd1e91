"""What a student typed and did not send: kept for a week, for nobody but them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core.crypto import new_key
from core.db import db, transaction
from core.text import BODY_LIMIT
from forum.drafting import (
    KEPT_FOR,
    MOST_KEPT,
    TAKEN_OUT,
    DraftTooLong,
    KeptDraft,
    TooManyDrafts,
    all_drafts,
    forget_all_drafts,
    forget_draft,
    forget_old_drafts,
    is_place,
    keep_draft,
    kept_draft,
    take_out,
)
from forum.gate import PersonalKind, PersonalMark
from forum.models import TextDraft

NOON = datetime(2026, 3, 4, 12, 34, 56, tzinfo=UTC)
HERE, THERE = "/c/family-relationships/new", "/t/0123456789abc/reply"
ANNA, BEN = new_key(), new_key()


@pytest.fixture
def inside(both_databases: Flask) -> Iterator[Flask]:
    """Inside the application, on each database in turn."""
    with both_databases.test_request_context():
        yield both_databases
        db.session.remove()


def keep(text: str, *, place: str = HERE, key: bytes = ANNA, now: datetime = NOON) -> datetime | None:
    with transaction():
        return keep_draft(key, place, {"body": [text]}, now=now)


def forget(*, place: str = HERE, key: bytes = ANNA) -> None:
    with transaction():
        forget_draft(key, place, now=NOON)


def found(*, place: str = HERE, key: bytes = ANNA, now: datetime = NOON) -> KeptDraft | None:
    return kept_draft(key, place, now=now)


def rows() -> list[TextDraft]:
    return list(db.session.scalars(select(TextDraft)))


@pytest.mark.usefixtures("inside")
def test_a_draft_is_found_again_with_its_day() -> None:
    keep("I cannot sleep.")
    draft = found()
    assert draft is not None
    assert draft.fields == {"body": ["I cannot sleep."]}
    assert draft.written_on == NOON.date()


@pytest.mark.usefixtures("inside")
def test_a_later_wording_takes_the_place_of_the_earlier() -> None:
    keep("I cannot sleep.")
    keep("I cannot sleep at all.")
    assert [draft.fields["body"] for draft in all_drafts(ANNA, now=NOON)] == [["I cannot sleep at all."]]


@pytest.mark.usefixtures("inside")
def test_a_draft_belongs_to_its_place() -> None:
    keep("I cannot sleep.")
    assert found(place=THERE) is None


@pytest.mark.usefixtures("inside")
def test_a_draft_belongs_to_its_writer() -> None:
    keep("I cannot sleep.")
    assert found(key=BEN) is None
    assert all_drafts(BEN, now=NOON) == []


@pytest.mark.usefixtures("inside")
def test_a_row_that_was_moved_to_another_place_does_not_open() -> None:
    keep("I cannot sleep.")
    keep("Me too.", place=THERE)
    with transaction():
        stored = rows()
        for row, sealed in zip(
            stored, [stored[-1].sealed, *(row.sealed for row in stored[:-1])], strict=True
        ):
            row.sealed = sealed
    assert [found(place=place) for place in (HERE, THERE)] == [None, None]
    assert all_drafts(ANNA, now=NOON) == []


@pytest.mark.usefixtures("inside")
def test_a_week_later_it_is_gone_for_its_writer_before_the_worker_came() -> None:
    until = keep("I cannot sleep.")
    assert until is not None
    assert found(now=until - timedelta(seconds=1)) is not None
    assert found(now=until) is None
    assert all_drafts(ANNA, now=until) == []


@pytest.mark.usefixtures("inside")
def test_the_worker_forgets_it_within_the_week() -> None:
    keep("I cannot sleep.")
    assert forget_old_drafts(NOON + KEPT_FOR - timedelta(hours=1)) == 0
    assert forget_old_drafts(NOON + KEPT_FOR) == 2
    assert rows() == []


@pytest.mark.usefixtures("inside")
def test_a_row_says_the_hour_and_no_minute() -> None:
    keep("I cannot sleep.")
    assert {(row.expires_at.minute, row.expires_at.second) for row in rows()} == {(0, 0)}


@pytest.mark.usefixtures("inside")
def test_no_row_holds_the_words_or_the_place() -> None:
    keep("I cannot sleep.")
    for row in rows():
        for secret in (b"sleep", b"family-relationships", ANNA):
            assert secret not in bytes(row.sealed)
            assert secret not in bytes(row.mark)


@pytest.mark.usefixtures("inside")
def test_one_word_and_a_page_of_words_look_alike() -> None:
    keep("One.")
    keep("word " * 400, place=THERE)
    assert len({len(row.sealed) for row in rows()}) == 1


@pytest.mark.usefixtures("inside")
def test_what_was_sent_leaves_nothing() -> None:
    keep("I cannot sleep.")
    forget()
    assert rows() == []


@pytest.mark.usefixtures("inside")
def test_forgetting_one_leaves_the_other() -> None:
    keep("I cannot sleep.")
    keep("Me too.", place=THERE)
    forget()
    assert [draft.place for draft in all_drafts(ANNA, now=NOON)] == [THERE]


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    "fields", [{}, {"body": [""]}, {"body": [" \n"], "title": [""]}, {"warnings": ["loss"]}]
)
def test_an_emptied_form_is_not_kept_and_takes_the_draft_away(fields: dict[str, list[str]]) -> None:
    keep("I cannot sleep.")
    with transaction():
        assert keep_draft(ANNA, HERE, fields, now=NOON) is None
    assert rows() == []


@pytest.mark.usefixtures("inside")
def test_a_title_alone_is_kept() -> None:
    with transaction():
        keep_draft(ANNA, HERE, {"title": ["Sleepless"], "body": [""]}, now=NOON)
    assert [draft.label for draft in all_drafts(ANNA, now=NOON)] == ["Sleepless"]


@pytest.mark.usefixtures("inside")
def test_there_is_room_for_twenty_and_an_old_one_can_still_be_changed() -> None:
    for number in range(MOST_KEPT):
        keep("Another one.", place=f"/c/topic-{number}/new")
    with pytest.raises(TooManyDrafts):
        keep("One too many.")
    keep("Changed.", place="/c/topic-0/new")
    assert len(all_drafts(ANNA, now=NOON)) == MOST_KEPT


@pytest.mark.usefixtures("inside")
def test_a_text_that_is_too_long_to_send_is_kept_all_the_same() -> None:
    assert keep("x" * (BODY_LIMIT + 500)) is not None


@pytest.mark.usefixtures("inside")
def test_what_no_form_takes_is_not_kept() -> None:
    with pytest.raises(DraftTooLong):
        keep("x" * 3 * BODY_LIMIT)


@pytest.mark.usefixtures("inside")
def test_a_student_who_goes_takes_all_drafts_along() -> None:
    keep("I cannot sleep.")
    keep("Me too.", place=THERE)
    keep("Somebody else's.", key=BEN)
    with transaction():
        forget_all_drafts(ANNA, now=NOON)
    assert all_drafts(ANNA, now=NOON) == []
    assert len(all_drafts(BEN, now=NOON)) == 1
    assert len(rows()) == 2


@pytest.mark.usefixtures("inside")
def test_a_draft_of_which_only_the_list_is_left_is_not_shown() -> None:
    keep("Old.", now=NOON)
    keep("New.", place=THERE, now=NOON + timedelta(days=3))
    forget_old_drafts(NOON + KEPT_FOR)
    assert [draft.place for draft in all_drafts(ANNA, now=NOON)] == [THERE]


@pytest.mark.parametrize(
    "path",
    [
        HERE,
        THERE,
        "/p/0123456789abc/edit",
        "/counsel/request",
        "/counsel/0123456789abc",
    ],
)
def test_pages_where_students_write_are_places(path: str) -> None:
    assert is_place(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "places",
        "/",
        "//evil.example",
        "/c/x/new/../..",
        "/moderation/queue",
        f"{HERE}\n",
        f"{HERE}?a=1",
        "/counsel/x",
    ],
)
def test_nothing_else_is_a_place(path: str) -> None:
    assert not is_place(path)


def test_marked_words_are_taken_out_and_leave_a_sign() -> None:
    marks = [PersonalMark(0, 4, PersonalKind.NAME), PersonalMark(8, 11, PersonalKind.NAME)]
    assert take_out("Anna and Ben", marks[:1]) == f"{TAKEN_OUT} and Ben"
    assert take_out("Anna or Ben.", marks) == f"{TAKEN_OUT} or {TAKEN_OUT}."
