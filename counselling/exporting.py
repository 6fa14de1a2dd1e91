"""What a student takes along of their conversations: every letter, what was agreed at the end,
and what of the record is theirs."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from accounts.models import Account
from core.crypto import CannotUnseal
from core.unreadable import note_damage, unreadable_words
from counselling import queries
from counselling.access import case_ids_of
from counselling.appointments.details import AppointmentView, appointments_of
from counselling.disclosure.telling import export_openings
from counselling.intake.answers import told_of
from counselling.models import Case
from counselling.record.feelings import feelings_of
from counselling.record.keeping import export_record
from counselling.sealing import open_letter, summary_of
from counselling.trusted.names import names_of


def export_conversations(student: Account) -> list[dict[str, Any]]:
    """The student's conversations, oldest first. One whose content was destroyed is left out."""
    cases = (queries.case(case_id) for case_id in case_ids_of(student))
    return [export_case(case) for case in cases if case is not None and case.wrapped_key is not None]


def export_case(case: Case) -> dict[str, Any]:
    """One conversation, with what of its record is the student's."""
    messages = queries.messages(case.id)
    brought = names_of(case, {one.trusted_id for one in messages if one.trusted_id is not None})
    letters = [
        {
            "from": message.author_kind.value,
            **({"name": brought.get(message.trusted_id, "")} if message.trusted_id is not None else {}),
            "kind": message.kind.value,
            "sent_at": message.sent_at.isoformat(),
            "body": open_letter(case, message),
            "feelings": feelings_of(case, message),
        }
        for message in messages
        if message.withdrawn_at is None
    ]
    return {
        "told_at_the_beginning": _as_far_as_it_opens(case, _told),
        "letters": letters,
        "summary": summary_of(case),
        "record": _as_far_as_it_opens(case, export_record),
        "openings_of_sealed_contact": export_openings(case),
        "appointments": [_appointment(view) for view in appointments_of(case)],
    }


def _appointment(view: AppointmentView) -> dict[str, Any]:
    about = view.about
    return {
        "state": view.state.value,
        "starts_at": about.starts_at.isoformat(),
        "minutes": about.minutes,
        "meeting": about.meeting.value,
        "place": about.place,
        "code_word": about.code_word,
        "words": about.words,
    }


def _told(case: Case) -> dict[str, Any]:
    return {name: value for name, value in asdict(told_of(case).answers).items() if value}


def _as_far_as_it_opens(case: Case, gather: Callable[[Case], dict[str, Any]]) -> dict[str, Any] | str:
    """A part, or a sentence in its place: the rest is given along all the same."""
    try:
        return gather(case)
    except CannotUnseal:
        note_damage(f"case:{case.id}")
        return unreadable_words()
