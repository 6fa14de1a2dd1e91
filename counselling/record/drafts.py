"""What somebody typed in a case and has not sent: kept on the server, sealed with the key of the case.

One draft for each writer and place. It comes back in a second tab and after a sign-in that ran out, opens for
nobody but its writer, and is gone when it was sent. An empty one is none.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db import db
from core.ids import new_public_id
from core.refusals import Missing
from counselling.models import AuthorKind, Case
from counselling.record import queries
from counselling.record.models import CaseDraft
from counselling.sealing import seal_for_case, words_or_none

STUDENT = "student"
LETTER, LIVE = "letter", "live"
PLACE = re.compile(r"letter|live|note|(note|addendum|form):[0-9a-z]{13}")
NOT_KEPT = frozenset(
    {"csrf_token", "submission_id", "back_to", "back", "place", "no_draft", "keep", "look", "act"}
    | {"note", "addendum_to"}
)
NOT_WORDS = frozenset({"version", "lane", "band", "is_shared", "canned", "shown"})  # alone they are no draft
LONGEST = 60_000

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class KeptWords:
    """A draft, opened for its writer."""

    fields: Fields
    saved_at: datetime


def keep_draft(case: Case, writer: str, place: str, fields: Fields, *, now: datetime) -> CaseDraft | None:
    """Keep what stands in a form of a locked case. None when that is nothing, or more than any form takes.

    `writer` is the id of a member of staff, or STUDENT. Raises Missing for a place that is none.
    """
    if not PLACE.fullmatch(place):
        raise Missing(place)
    kept = {name: list(values) for name, values in fields.items() if name not in NOT_KEPT}
    words = json.dumps(kept)
    if len(words) > LONGEST or not _says_something(kept):
        forget_draft(case, writer, place)
        return None
    draft = queries.draft(case.id, writer, place) or _new_draft(case, writer, place)
    draft.version += 1
    draft.sealed = seal_for_case(case, _aad_place(draft), words, version=draft.version)
    draft.saved_at = now
    db.session.add(draft)
    db.session.flush()
    return draft


def kept_draft(case: Case, writer: str, place: str) -> KeptWords | None:
    """What this writer left at this place; None where there is nothing, or nothing that can be opened: the
    page to write at opens all the same.
    """
    draft = queries.draft(case.id, writer, place)
    if draft is None:
        return None
    words = words_or_none(case, _aad_place(draft), draft.sealed, version=draft.version)
    return KeptWords(json.loads(words), draft.saved_at) if words is not None else None


def forget_draft(case: Case, writer: str, place: str) -> None:
    """It was sent, or thrown away."""
    queries.delete_draft(case.id, writer, place)


def forget_drafts(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    queries.delete_drafts(case.id)


def _says_something(fields: Fields) -> bool:
    words = [value for name, values in fields.items() if name not in NOT_WORDS for value in values]
    return any(value.strip() for value in words)


def _new_draft(case: Case, writer: str, place: str) -> CaseDraft:
    side = AuthorKind.STUDENT if writer == STUDENT else AuthorKind.PROFESSIONAL
    return CaseDraft(id=new_public_id(), case_id=case.id, side=side, writer=writer, place=place, version=0)


def _aad_place(draft: CaseDraft) -> str:
    return f"draft:{draft.side}:{draft.writer}:{draft.place}"
