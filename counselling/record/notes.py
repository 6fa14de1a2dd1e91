"""Notes of a case, in three lanes: shared with the student, for the professionals of the case, and one's own.

A note is its writer's until it is finalised; then it is locked, and what is said later is an addendum in the
same lane. The student reads a shared note once it is finalised. Whoever takes a case over reads what is
shared and what is the team's, finished or not; what somebody wrote for themselves nobody else reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from counselling.models import Case
from counselling.notices import CaseNotice, tell_student
from counselling.record import queries
from counselling.record.models import CaseNote, Lane
from counselling.sealing import seal_for_case, words_or_none, words_to_show


class NoteLocked(Refusal):
    """A finalised note is not changed any more."""

    @property
    def sentence(self) -> str:
        return _("This note was finalised and stays as it is. What you typed is below: add it to the note.")


class NoteMovedOn(Refusal):
    """It was saved elsewhere since this page was opened."""

    @property
    def sentence(self) -> str:
        return _("This was saved elsewhere in the meantime. What you typed is below, and nothing is lost.")


class NotLockedYet(Refusal):
    """An addendum is for a note that is locked."""

    @property
    def sentence(self) -> str:
        return _("This note is not finalised yet, so nothing can be added to it. What you typed is below.")


@dataclass(frozen=True)
class Wording:
    """What somebody sends as a note."""

    lane: Lane
    body: str
    is_final: bool = False


@dataclass(frozen=True)
class NoteView:
    """One note on a page, with what was added to it."""

    note: CaseNote
    body: str
    addenda: Sequence["NoteView"] = ()


def notes_for(case: Case, reader: Staff) -> list[NoteView]:
    """The notes that a professional of the case reads, the newest first."""
    return _together(case, [one for one in queries.notes(case.id) if may_read(one, reader)])


def shared_notes(case: Case) -> list[NoteView]:
    """The notes that the student reads, the newest first."""
    notes = queries.notes(case.id)
    return _together(case, [one for one in notes if one.lane is Lane.SHARED and one.finalised_at is not None])


def notes_for_others(case: Case) -> list[NoteView]:
    """The notes that a supervisor reads, the newest first: none that anybody wrote for themselves."""
    return _together(case, [one for one in queries.notes(case.id) if one.lane is not Lane.OWN])


def may_read(note: CaseNote, reader: Staff) -> bool:
    """Whether a professional of the case reads this note."""
    return note.lane is not Lane.OWN or note.staff_id == reader.id


def _together(case: Case, notes: Sequence[CaseNote]) -> list[NoteView]:
    addenda: dict[str, list[NoteView]] = {}
    for one in notes:
        if one.addendum_to is not None:
            addenda.setdefault(one.addendum_to, []).append(NoteView(one, body_of(case, one)))
    whole = [one for one in notes if one.addendum_to is None]
    return [NoteView(one, body_of(case, one), addenda.get(one.id, ())) for one in reversed(whole)]


def body_of(case: Case, note: CaseNote) -> str:
    """The words of a note; a sentence in their place when they cannot be opened."""
    return words_to_show(case, _place(note), note.sealed, version=note.version)


def body_to_edit(case: Case, note: CaseNote) -> str:
    """The words of a note for whoever goes on writing it; none where they cannot be opened."""
    return words_or_none(case, _place(note), note.sealed, version=note.version) or ""


def readable_note(case: Case, note_id: str, *, reader: Staff) -> CaseNote:
    """A note of this case that somebody may read. Raises Missing."""
    found = next((one for one in queries.notes(case.id) if one.id == note_id), None)
    if found is None or not may_read(found, reader):
        raise Missing(note_id)
    return found


def note_to_edit(case: Case, note_id: str, *, writer: Staff) -> CaseNote:
    """A note that somebody wrote. Raises Missing."""
    found = readable_note(case, note_id, reader=writer)
    if found.staff_id != writer.id or found.addendum_to is not None:
        raise Missing(note_id)
    return found


def write_note(case: Case, wording: Wording, *, actor: Staff, now: datetime) -> CaseNote:
    """Begin a note in a locked case."""
    note = _add(case, wording.lane, actor=actor, now=now)
    _seal(case, note, wording.body)
    if wording.is_final:
        _finalise(case, note, actor=actor, now=now)
    return note


def save_note(
    case: Case, note: CaseNote, wording: Wording, *, version: int, actor: Staff, now: datetime
) -> None:
    """Another wording of an unfinished note, in a locked case. Raises NoteLocked, NoteMovedOn."""
    if version < note.version and _stands_already(case, note, wording):
        return
    if note.finalised_at is not None:
        raise NoteLocked(note.id)
    if version != note.version:
        raise NoteMovedOn(note.id)
    note.lane = wording.lane
    _seal(case, note, wording.body)
    if wording.is_final:
        _finalise(case, note, actor=actor, now=now)


def _stands_already(case: Case, note: CaseNote, wording: Wording) -> bool:
    """Whether the same was sent before: a button that was pressed twice."""
    is_same_state = (note.finalised_at is not None) == wording.is_final and note.lane is wording.lane
    return is_same_state and body_of(case, note) == wording.body


def add_to_note(case: Case, note: CaseNote, body: str, *, actor: Staff, now: datetime) -> CaseNote:
    """Later words to a finalised note, in its lane and locked at once. Raises NotLockedYet."""
    if note.finalised_at is None or note.addendum_to is not None:
        raise NotLockedYet(note.id)
    addendum = _add(case, note.lane, actor=actor, now=now, addendum_to=note.id)
    _seal(case, addendum, body)
    _finalise(case, addendum, actor=actor, now=now)
    return addendum


def forget_notes(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    for note in queries.notes(case.id):
        note.sealed = b""


def _add(case: Case, lane: Lane, *, actor: Staff, now: datetime, addendum_to: str | None = None) -> CaseNote:
    note = CaseNote(
        id=new_public_id(),
        case_id=case.id,
        number=queries.last_note_number(case.id) + 1,
        lane=lane,
        staff_id=actor.id,
        addendum_to=addendum_to,
        version=0,
        sealed=b"",
        written_at=now,
    )
    db.session.add(note)
    return note


def _finalise(case: Case, note: CaseNote, *, actor: Staff, now: datetime) -> None:
    note.finalised_at = now
    detail = {"note": note.id, "lane": note.lane}
    record_event("note_finalised", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    db.session.flush()
    if note.lane is Lane.SHARED:
        tell_student(case, CaseNotice.NOTE_SHARED, key=note.id, now=now)


def _seal(case: Case, note: CaseNote, body: str) -> None:
    """Each wording is a new version, so that an old one put back does not open."""
    note.version += 1
    note.sealed = seal_for_case(case, _place(note), body, version=note.version)


def _place(note: CaseNote) -> str:
    return f"note:{note.number}"
