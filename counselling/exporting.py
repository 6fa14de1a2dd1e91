"""What a student takes along of their conversations: every letter, what was agreed at the end,
and what of the record is theirs."""

from dataclasses import asdict
from typing import Any

from accounts.models import Account
from counselling import queries
from counselling.access import case_ids_of
from counselling.intake.answers import told_of
from counselling.models import Case
from counselling.record.keeping import export_record
from counselling.sealing import open_letter, summary_of


def export_conversations(student: Account) -> list[dict[str, Any]]:
    """The student's conversations, oldest first. One whose content was destroyed is left out."""
    cases = (queries.case(case_id) for case_id in case_ids_of(student))
    return [_export_case(case) for case in cases if case is not None and case.wrapped_key is not None]


def _export_case(case: Case) -> dict[str, Any]:
    letters = [
        {
            "from": message.author_kind.value,
            "sent_at": message.sent_at.isoformat(),
            "body": open_letter(case, message),
        }
        for message in queries.messages(case.id)
    ]
    told = {name: value for name, value in asdict(told_of(case).answers).items() if value}
    told_and_written = {"told_at_the_beginning": told, "letters": letters}
    return told_and_written | {"summary": summary_of(case), "record": export_record(case)}
