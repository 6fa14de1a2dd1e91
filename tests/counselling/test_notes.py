"""Notes in three lanes: who reads them, who changes them, and what stays when a case changes hands."""

import pytest

from accounts.models import Account, Staff
from core.db import transaction
from core.refusals import Missing
from core.unreadable import unreadable_words
from counselling.cases import assign_case
from counselling.models import Case
from counselling.record import queries
from counselling.record.models import CaseNote, Lane
from counselling.record.notes import (
    NoteLocked,
    NoteMovedOn,
    NotLockedYet,
    Wording,
    add_to_note,
    body_of,
    note_to_edit,
    notes_for,
    readable_note,
    save_note,
    shared_notes,
    write_note,
)
from tests.counselling.people import NOON, make_case


def write(case: Case, by: Staff, lane: Lane = Lane.TEAM, *, is_final: bool = False) -> CaseNote:
    with transaction():
        return write_note(case, Wording(lane, f"For {lane}.", is_final=is_final), actor=by, now=NOON)


def save(case: Case, note: CaseNote, body: str, by: Staff, version: int, *, is_final: bool = False) -> None:
    with transaction():
        wording = Wording(note.lane, body, is_final=is_final)
        save_note(case, note, wording, version=version, actor=by, now=NOON)


def read_by(case: Case, reader: Staff) -> set[str]:
    return {view.body for view in notes_for(case, reader)}


def test_a_note_is_kept_as_typed_and_lies_sealed(case: Case, maya: Staff) -> None:
    note = write(case, maya)
    save(case, note, "a  quiet\n\nzebra ", maya, note.version)
    assert body_of(case, note) == "a  quiet\n\nzebra "
    assert b"zebra" not in note.sealed


def test_whoever_takes_a_case_over_reads_all_but_what_was_for_the_writer_alone(
    case: Case, maya: Staff, oren: Staff
) -> None:
    for lane in Lane:
        write(case, maya, lane)
    with transaction():
        assign_case(case, owner=oren, now=NOON)
    assert read_by(case, oren) == {"For team.", "For shared."}
    assert read_by(case, maya) == {"For team.", "For shared.", "For own."}


def test_an_own_note_is_missing_for_an_heir(case: Case, maya: Staff, oren: Staff) -> None:
    note = write(case, maya, Lane.OWN, is_final=True)
    with pytest.raises(Missing):
        readable_note(case, note.id, reader=oren)


def test_only_its_writer_changes_a_note(case: Case, maya: Staff, oren: Staff) -> None:
    note = write(case, maya)
    with pytest.raises(Missing):
        note_to_edit(case, note.id, writer=oren)
    assert note_to_edit(case, note.id, writer=maya) is note


@pytest.mark.parametrize("note_id", ["", "nonsense", "0000000000000"])
def test_what_is_no_note_is_missing(case: Case, maya: Staff, note_id: str) -> None:
    with pytest.raises(Missing):
        readable_note(case, note_id, reader=maya)


def test_a_note_of_another_case_is_missing(case: Case, maya: Staff, student: Account) -> None:
    other = write(make_case(student, maya), maya)
    with pytest.raises(Missing):
        readable_note(case, other.id, reader=maya)


def test_the_student_reads_shared_notes_that_are_finalised(case: Case, maya: Staff) -> None:
    write(case, maya, Lane.SHARED)
    write(case, maya, Lane.TEAM, is_final=True)
    write(case, maya, Lane.OWN, is_final=True)
    assert shared_notes(case) == []
    note = write(case, maya, Lane.SHARED, is_final=True)
    assert [view.note for view in shared_notes(case)] == [note]


def test_a_finalised_note_is_locked(case: Case, maya: Staff) -> None:
    note = write(case, maya, is_final=True)
    with pytest.raises(NoteLocked):
        save(case, note, "Other words.", maya, note.version)
    assert body_of(case, note) == "For team."


def test_later_words_are_an_addendum_in_the_same_lane(case: Case, maya: Staff, oren: Staff) -> None:
    note = write(case, maya, Lane.SHARED, is_final=True)
    with transaction():
        added = add_to_note(case, note, "And this.", actor=oren, now=NOON)
    assert (added.lane, added.finalised_at) == (Lane.SHARED, NOON)
    assert [[one.body for one in view.addenda] for view in shared_notes(case)] == [["And this."]]


def test_nothing_is_added_to_a_note_that_is_not_locked(case: Case, maya: Staff) -> None:
    note = write(case, maya)
    with pytest.raises(NotLockedYet), transaction():
        add_to_note(case, note, "And this.", actor=maya, now=NOON)


def test_the_second_tab_writes_over_nothing(case: Case, maya: Staff) -> None:
    note = write(case, maya)
    seen = note.version
    save(case, note, "First tab.", maya, seen)
    with pytest.raises(NoteMovedOn):
        save(case, note, "Second tab.", maya, seen)
    assert body_of(case, note) == "First tab."


def test_pressing_the_button_twice_is_no_conflict(case: Case, maya: Staff) -> None:
    note = write(case, maya)
    seen = note.version
    for _ in range(2):
        save(case, note, "Once.", maya, seen, is_final=True)
    assert note.finalised_at is not None


def test_an_older_wording_put_back_does_not_open(case: Case, maya: Staff) -> None:
    note = write(case, maya)
    old = note.sealed
    save(case, note, "Newer.", maya, note.version)
    with transaction():
        note.sealed = old
    assert body_of(case, note) == unreadable_words()


def test_notes_count_within_their_case(case: Case, maya: Staff) -> None:
    for _ in range(3):
        write(case, maya)
    assert [note.number for note in queries.notes(case.id)] == [1, 2, 3]
