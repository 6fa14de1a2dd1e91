"""Drafts: what a student has typed and not sent, kept for a week so that no text is lost.

Everything here turns on the student's own data key, which opens with their six words and is otherwise only in
their signed-in browser's session. The mark by which a row is found and the key that opens it are both made
from it. So nobody else, the service included, can list somebody's drafts, say to which thread one belongs,
or read it; and whoever has no data key (visitors, staff) has no draft.

A place is the path of the page whose form it is. One row more holds, sealed alike, the list of places: by it
the drafts are counted, shown at `/me`, and deleted with the account. An account that is deleted while its
student is away leaves rows that nobody can open, for a week at most.

Whoever takes words out of a text for good cannot look into a draft of it, and so cannot spare the rest of it:
the draft is deleted whole (`forget_drafts_of`), and the editor begins again with the text as it stands. For
this alone a row can be asked whether it is a draft of one text. A draft that is older than the taking out and
is there nevertheless, because a backup or a version before brought it back, is withheld where drafts are
opened, which is `_opened` alone.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from core.clock import hour_of
from core.crypto import CannotUnseal, derive_key, pad, seal, tag, unpad, unseal
from core.db import db, transaction
from core.places import is_of_place, place_mark
from core.refusals import Refusal
from core.text import BODY_LIMIT, TITLE_LIMIT
from forum import cover_queries, draft_queries
from forum.gate import PersonalMark
from forum.models import TextDraft

KEPT_FOR = timedelta(days=7)
MOST_KEPT = 20
FIELDS = (
    *("title", "body", "warnings", "threads"),
    # what somebody who asks for a counsellor may tell beside their letter
    *("areas", "bullied_where", "bullied_by", "bullied_now", "safe_today", "distress"),
    *("hope", "tried", "helps", "language", "way", "free_when"),
)
TEXTS = ("title", "body", "hope", "tried", "helps", "free_when")  # by which its writer knows a draft again
# More than any form takes: a text that is too long to be sent is not lost either.
LONGEST = 2 * (TITLE_LIMIT + BODY_LIMIT)
EDITED = re.compile(r"/p/([0-9a-z]{13})/edit")
PLACE = re.compile(
    r"/(c/[a-z0-9-]{1,60}/new|t/[0-9a-z]{13}/reply|p/[0-9a-z]{13}/edit|counsel/(request|[0-9a-z]{13}))"
)
TAKEN_OUT = "[…]"
LIST_OF_PLACES = "places"  # no place is called so: places begin with a slash

Fields = Mapping[str, Sequence[str]]


class TooManyDrafts(Refusal):
    """Somebody keeps as many drafts as there is room for."""

    @property
    def sentence(self) -> str:
        return _(
            "You already keep %(number)s drafts. Send one or throw one away first. Your text is below.",
            number=MOST_KEPT,
        )


class DraftTooLong(Refusal):
    """No form takes so much."""

    status = 413

    @property
    def sentence(self) -> str:
        return _("This is too long to be kept. Your text is below. Please shorten it.")


@dataclass(frozen=True)
class KeptDraft:
    """A text that waits to be finished."""

    place: str
    fields: Mapping[str, list[str]]
    written_on: date
    expires_at: datetime

    @property
    def label(self) -> str:
        """Its first words: enough for its writer to know it again."""
        first = next((self.fields[name][0] for name in TEXTS if name in self.fields), "")
        words = " ".join(first.split())
        return words if len(words) <= 60 else f"{words[:60].rstrip()}…"


def is_place(text: str) -> bool:
    """Whether this is the path of a page where somebody writes."""
    return PLACE.fullmatch(text) is not None


def keep_draft(data_key: bytes, place: str, fields: Fields, *, now: datetime) -> datetime | None:
    """Keep what stands in a form, in the caller's transaction, with the student's row locked.

    Returns until when; None when there was nothing to keep, and then nothing stays. Raises TooManyDrafts,
    DraftTooLong.
    """
    kept = {name: list(fields.get(name, ())) for name in FIELDS if any(map(str.strip, fields.get(name, ())))}
    if not kept.keys() - {"warnings", "threads"}:
        forget_draft(data_key, place, now=now)
        return None
    if sum(len(value) for values in kept.values() for value in values) > LONGEST:
        raise DraftTooLong
    expires_at = hour_of(now + KEPT_FOR)
    places = _places(data_key, now=now) | {place: expires_at}
    if len(places) > MOST_KEPT:
        raise TooManyDrafts
    _store(
        data_key,
        place,
        {"fields": kept, "on": now.date().isoformat(), "at": now.isoformat()},
        expires_at=expires_at,
    )
    _store_places(data_key, places)
    return expires_at


def kept_draft(data_key: bytes, place: str, *, now: datetime) -> KeptDraft | None:
    """The draft of a place, or None."""
    row = draft_queries.text_draft(_mark(data_key, place))
    return _opened(data_key, place, row, now=now)


def all_drafts(data_key: bytes, *, now: datetime) -> list[KeptDraft]:
    """All that this student has not sent yet, the newest first."""
    places = _places(data_key, now=now)
    marks = {_mark(data_key, place): place for place in places}
    rows = draft_queries.text_drafts(list(marks))
    opened = (_opened(data_key, marks[row.mark], row, now=now) for row in rows)
    drafts = [draft for draft in opened if draft is not None]
    return sorted(drafts, key=lambda draft: (draft.expires_at, draft.place), reverse=True)


def forget_draft(data_key: bytes, place: str, *, now: datetime) -> None:
    """Delete the draft of a place, in the caller's transaction: it was sent, or is not to be kept."""
    places = _places(data_key, now=now)
    if place in places:
        del places[place]
        draft_queries.delete_text_drafts([_mark(data_key, place)])
        _store_places(data_key, places)


def forget_all_drafts(data_key: bytes, *, now: datetime) -> None:
    """Delete every draft of a student who goes, in the caller's transaction."""
    names = [*_places(data_key, now=now), LIST_OF_PLACES]
    draft_queries.delete_text_drafts([_mark(data_key, name) for name in names])


def forget_drafts_of(post_id: str) -> int:
    """Delete every draft of a text whose words were taken out, in the caller's transaction; nobody learns
    whose. Gives how many. Raises KeysMissing.
    """
    place = editor_of(post_id)
    marks = [row.mark for row in draft_queries.placed_text_drafts() if is_of_place(row.place, place)]
    draft_queries.delete_text_drafts(marks)
    return len(marks)


def editor_of(post_id: str) -> str:
    """The page where a text is written again."""
    return f"/p/{post_id}/edit"


def forget_old_drafts(now: datetime) -> int:
    """A job: delete the drafts whose week is over. Gives how many rows."""
    with transaction():
        return draft_queries.delete_expired_text_drafts(now)


def take_out(text: str, marks: Sequence[PersonalMark]) -> str:
    """A text without the marked words; a sign shows the writer where they were."""
    for mark in sorted(marks, key=lambda one: one.start, reverse=True):
        text = text[: mark.start] + TAKEN_OUT + text[mark.end :]
    return text


def _places(data_key: bytes, *, now: datetime) -> dict[str, datetime]:
    """Where this student has drafts, and until when each is kept."""
    row = draft_queries.text_draft(_mark(data_key, LIST_OF_PLACES))
    content = _unsealed(data_key, LIST_OF_PLACES, row) or {}
    untils = {place: datetime.fromisoformat(until) for place, until in content.items()}
    return {place: until for place, until in untils.items() if until > now}


def _store_places(data_key: bytes, places: Mapping[str, datetime]) -> None:
    """The list lives as long as the draft that lives longest, and not at all without drafts."""
    if not places:
        draft_queries.delete_text_drafts([_mark(data_key, LIST_OF_PLACES)])
        return
    content = {place: until.isoformat() for place, until in places.items()}
    _store(data_key, LIST_OF_PLACES, content, expires_at=max(places.values()))


def _store(data_key: bytes, name: str, content: dict[str, Any], *, expires_at: datetime) -> None:
    mark = _mark(data_key, name)
    sealed = seal(_key(data_key), pad(json.dumps(content).encode()), aad=_aad(name))
    row = draft_queries.text_draft(mark)
    if row is None:
        db.session.add(TextDraft(mark=mark, place=place_mark(name), sealed=sealed, expires_at=expires_at))
    else:
        row.sealed, row.expires_at = sealed, expires_at
    db.session.flush()


def _opened(data_key: bytes, place: str, row: TextDraft | None, *, now: datetime) -> KeptDraft | None:
    """The one way by which a draft is opened."""
    content = _unsealed(data_key, place, row)
    if content is None or row is None or row.expires_at <= now or _holds_redacted(place, content):
        return None
    return KeptDraft(place, content["fields"], date.fromisoformat(content["on"]), row.expires_at)


def _holds_redacted(place: str, content: Mapping[str, Any]) -> bool:
    """Whether words were taken out of the text after this draft of it was kept."""
    edited = EDITED.fullmatch(place)
    redacted_at = cover_queries.newest_redaction(edited.group(1)) if edited else None
    if redacted_at is None:
        return False
    # A draft without a time is of the version before, and may be of any hour of its day.
    return "at" not in content or datetime.fromisoformat(content["at"]) <= redacted_at


def _unsealed(data_key: bytes, name: str, row: TextDraft | None) -> dict[str, Any] | None:
    """What a row holds; None when there is none, or none that this key opens."""
    if row is None:
        return None
    try:
        content: dict[str, Any] = json.loads(unpad(unseal(_key(data_key), row.sealed, aad=_aad(name))))
    except CannotUnseal:
        return None
    return content


def _mark(data_key: bytes, name: str) -> bytes:
    return tag(derive_key(data_key, "text draft mark"), name)


def _key(data_key: bytes) -> bytes:
    return derive_key(data_key, "text draft")


def _aad(name: str) -> bytes:
    return f"text draft:{name}".encode()
