"""The note between the author of a text and the team, opened where a moderator decides to reach out.

The team signs, nobody alone. What the author answers is screened and brings the text back before moderators.
Nobody who reads along learns when exactly a line was written: it keeps the hour.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from accounts.models import Account, Staff
from core import outbox
from core.audit import record_event
from core.clock import hour_of
from core.db import db, is_writing, transaction
from core.ids import new_public_id
from core.models import OutboxRow
from core.queries import outbox_row
from core.refusals import Missing, Refusal
from forum import queries as forum_queries
from forum.authorship import author_tag, own_thread_ids
from forum.models import Post
from moderation import note_queries, queries
from moderation.bands import Band
from moderation.claims import require_may_decide
from moderation.escalations import raise_band
from moderation.models import ItemState, QueueItem, ReasonKind
from moderation.queue import add_reason, put_in_queue, resume
from moderation.review_models import TeamNote
from moderation.triage import band_of

NOTE_LIMIT = 2000
GONE_FOR = timedelta(days=30)
SILENT_FOR = timedelta(days=365)
TAKE_BACK_WITHIN = timedelta(seconds=10)


class NobodyToWriteTo(Refusal):
    """No author of this text can be reached."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("No author of this text can be reached, so there is nobody to write to.")


class TooLateToTakeBack(Refusal):
    """The author has been told of the line, or there is none of this person's."""

    @property
    def sentence(self) -> str:
        return _("It is too late to take this back: the author has been told that the team has written.")


def open_note(item: QueueItem, body: str, *, actor: Staff, now: datetime) -> TeamNote:
    """The first line, or another one, that goes with a decision to reach out. Its notice is the decision's.

    Raises NobodyToWriteTo.
    """
    if item.post.author_ref is None:
        raise NobodyToWriteTo
    return _add_line(item, body, actor=actor, now=now)


def write_from_team(item: QueueItem, body: str, *, actor: Staff, now: datetime) -> TeamNote:
    """Another line of the team in a note that is open; for ten seconds it can be taken back, and its author
    reads nothing of it. The item is locked.

    Raises NotTrained, NotOnDuty, NobodyToWriteTo; Missing where no note is open.
    """
    require_may_decide(item, actor=actor, now=now)
    if not note_queries.count_notes(item.id):
        raise Missing
    note = open_note(item, body, actor=actor, now=now)
    row = outbox.enqueue("notice", {"note": note.id}, now=now, not_before=now + TAKE_BACK_WITHIN)
    db.session.flush()
    note.notice_row = row.id
    record_event("note_written", actor=actor.actor, target=f"item:{item.id}", now=now)
    return note


def may_take_back(item_id: str, *, actor: Staff) -> bool:
    """Whether this person's last line can still be taken back."""
    return _unsent(item_id, actor=actor) is not None


def take_back_line(item: QueueItem, *, actor: Staff, now: datetime) -> str:
    """One's own last line, before the author of the text hears of it. The item is locked. Gives the words, so
    that nothing typed is lost. Raises TooLateToTakeBack.
    """
    found = _unsent(item.id, actor=actor)
    if found is None:
        raise TooLateToTakeBack
    note, row = found
    words = note.body
    db.session.delete(row)
    db.session.delete(note)
    record_event("note_taken_back", actor=actor.actor, target=f"item:{item.id}", now=now)
    return words


def _unsent(item_id: str, *, actor: Staff) -> tuple[TeamNote, OutboxRow] | None:
    """This person's last line, and the row that will tell its author, while nothing has taken that."""
    own = [line for line in note_queries.notes_of(item_id) if line.staff_id == actor.id]
    note = own[-1] if own else None
    row = outbox_row(note.notice_row, locked=is_writing()) if note is not None and note.notice_row else None
    return (note, row) if note is not None and row is not None and row.taken_until is None else None


def hear_author(post: Post, body: str, *, now: datetime) -> TeamNote:
    """The author answers. Their text waits before moderators again, as urgent as what they wrote.

    Thread and post are locked. Raises Missing where no note is open.
    """
    if not lines_for_author(post):
        raise Missing
    item = put_in_queue(post, handle=None, now=now)
    if item.state is ItemState.ON_HOLD:
        resume(item)
    note = _add_line(item, body, actor=None, now=now)
    band = band_of(body)
    add_reason(item, ReasonKind.NOTE, band, now=now)
    waiting = queries.waiting_escalation(item.id)
    if waiting is not None and band.rank <= Band.RED.rank:
        raise_band(waiting, band, has_new_words=True, now=now)
    return note


def lines_of(item_id: str) -> Sequence[TeamNote]:
    """The whole note, for the team and for the professional who takes over."""
    return note_queries.notes_of(item_id)


def lines_for_author(post: Post) -> list[TeamNote]:
    """What the author may read: a line that can still be taken back is not there yet."""
    lines = note_queries.notes_on_post(post.id)
    if not lines:
        return []
    unsent = {payload.get("note") for payload in note_queries.unsent_payloads(lines[0].item_id)}
    return [line for line in lines if line.id not in unsent]


def take_back_note(note_id: str | None) -> None:
    """A decision was undone before its author heard of it: its line goes, too."""
    note = note_queries.note(note_id) if note_id is not None else None
    if note is not None:
        db.session.delete(note)


def forget_notes(post: Post) -> None:
    """The author is gone. What was written goes with them, unless somebody may still be in danger."""
    item = queries.item_of_post(post.id)
    if item is not None and post.id not in queries.items_needed_for([post.id]):
        note_queries.delete_notes([item.id])


def forget_old_notes(now: datetime) -> int:
    """A job: notes whose author or text is gone, and notes that nobody has written to for a year, unless a
    person may still need them. Gives how many lines.
    """
    with transaction():
        due = note_queries.posts_with_old_notes(gone_before=now - GONE_FOR, written_before=now - SILENT_FOR)
        needed = queries.items_needed_for([post_id for _, post_id in due])
        return note_queries.delete_notes([item_id for item_id, post_id in due if post_id not in needed])


def export_notes(student: Account) -> list[dict[str, Any]]:
    """What a student takes along: every line between them and the team, by the text that it is about."""
    threads = forum_queries.threads_by_ids(own_thread_ids(student))
    marks = [(thread.id, author_tag(thread, student.id)) for thread in threads]
    return [
        {"post": post.id, "from": "team" if line.is_from_team else "you", "body": line.body}
        for post in forum_queries.posts_by_marks(marks)
        for line in lines_for_author(post)
    ]


def _add_line(item: QueueItem, body: str, *, actor: Staff | None, now: datetime) -> TeamNote:
    # The microseconds keep the order inside an hour; they are a count, and no time.
    order = timedelta(microseconds=note_queries.count_notes(item.id))
    note = TeamNote(
        id=new_public_id(),
        item_id=item.id,
        is_from_team=actor is not None,
        staff_id=actor.id if actor is not None else None,
        body=body,
        written_at=hour_of(now) + order,
    )
    db.session.add(note)
    db.session.flush()
    return note
