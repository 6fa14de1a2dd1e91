"""The page that says who can read what, how long it is kept, and when somebody would have to be told.

It is a coordinator's text, in each language, with versions. Until they set their own, version 1 is ours, in
`words/`; it must never be reworded there once it has been read. What an institution must confirm carries a
mark at the end of its passage: coordinators see the mark, students see that it is not confirmed yet.

A student is shown the page before their first message: what is sent from under no version, or an older one,
comes back with the page and everything that was typed. Words that sound urgent are taken as they come, and
the page is then shown in the conversation. Which version somebody says they have read stays with the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask_babel import gettext as _
from markupsafe import Markup

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.refusals import Refusal
from core.settings import LANGUAGES
from core.text import render_markdown
from core.translations import SOURCE
from counselling import queries as case_queries
from counselling.intake import queries
from counselling.intake.models import ConfidentialityReading, ConfidentialityText
from counselling.models import AuthorKind, Case

WORDS = Path(__file__).parent / "words"
FIRST = 1
MARK = "{confirm}"


class TextChangedMeanwhile(Refusal):
    """Somebody else saved a version in between."""

    @property
    def sentence(self) -> str:
        return _(
            "Somebody else has changed this page meanwhile. What you typed is below. Save again to keep it."
        )


@dataclass(frozen=True)
class Version:
    """One version of the page, in each language that it was written in."""

    number: int
    wordings: Mapping[str, str]
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it came with Stoa."""
        return self.set_at is None

    def language_for(self, reader: str) -> str:
        """The language in which this reader gets it: theirs, or English where nobody wrote it."""
        return reader if self.wordings.get(reader) else SOURCE

    def is_confirmed(self, language: str) -> bool:
        """Whether the institution has confirmed every passage that it must."""
        return MARK not in self.wordings[self.language_for(language)]

    def page(self, language: str) -> Markup:
        """What a reader sees."""
        return _rendered(self.wordings[self.language_for(language)].replace(MARK, ""))

    def marked_page(self, language: str) -> Markup:
        """What a coordinator sees: with a mark where something must be confirmed."""
        words = f"**[{_('to be confirmed')}]**"
        return _rendered(self.wordings[self.language_for(language)].replace(MARK, words))


@lru_cache(maxsize=32)
def _rendered(text: str) -> Markup:
    return Markup(render_markdown(text))


@lru_cache(maxsize=1)
def first_version() -> Version:
    """The version that Stoa brings."""
    files = {code: WORDS / f"confidentiality-{code}.md" for code in LANGUAGES}
    return Version(FIRST, {code: path.read_text(encoding="utf-8").strip() for code, path in files.items()})


def newest_version() -> Version:
    """The version that counts now."""
    row = queries.newest_confidentiality_text()
    return _of(row) if row is not None else first_version()


def all_versions() -> list[Version]:
    """Every version, the newest first."""
    return [*map(_of, queries.confidentiality_texts()), first_version()]


def save_text(
    wordings: Mapping[str, str], *, seen: int | None, actor: Staff, now: datetime
) -> ConfidentialityText | None:
    """Write the version after `seen`, the one that the coordinator had before them; None when nothing has
    changed. Raises TextChangedMeanwhile.
    """
    if dict(wordings) == dict(newest_version().wordings):
        return None
    number = (seen or 0) + 1
    detail = {"version": number, "languages": sorted(wordings)}
    record_event("confidentiality_saved", actor=actor.actor, target="confidentiality", detail=detail, now=now)
    # Asked after the event, whose chain makes writers come in turn: two coordinators make two versions.
    if newest_version().number != seen:
        raise TextChangedMeanwhile(seen)
    text = ConfidentialityText(version=number, wordings=dict(wordings), set_by=actor.actor, set_at=now)
    db.session.add(text)
    db.session.flush()
    return text


def record_reading(case: Case, number: int | None, *, now: datetime) -> None:
    """Note that the student of a case, locked, has gone past this version. What was never a version is
    passed over, and so is one that was noted before.
    """
    newest = newest_version().number
    if number is None or not FIRST <= number <= newest or queries.reading(case.id, number) is not None:
        return
    db.session.add(ConfidentialityReading(case_id=case.id, version=number, read_at=now))
    db.session.flush()


def was_shown(*numbers: int | None) -> bool:
    """Whether one of these is the version that counts now."""
    return newest_version().number in numbers


@dataclass(frozen=True)
class ToRead:
    """The page as it is put before a student; `is_new` when they have read an older one. For whoever has
    written without it, as words of danger may be, it is folded.
    """

    version: Version
    is_new: bool = False
    has_written: bool = False


def to_read(case: Case) -> ToRead | None:
    """What the student of a case has not read yet; None when they have read how it stands."""
    newest, read = newest_version(), queries.newest_reading(case.id)
    if read is not None and read.version >= newest.number:
        return None
    has_written = case_queries.has_letter(case.id, AuthorKind.STUDENT)
    return ToRead(newest, is_new=read is not None, has_written=has_written)


def _of(row: ConfidentialityText) -> Version:
    return Version(row.version, row.wordings, row.set_by, row.set_at)
