"""The library of reasons that a moderator may give, in words that thank first and blame nobody.

Each leads to a passage of the house rules. A decision cites a reason by key and version: a change makes a new
version, and what an author was told stays as it was. Until a coordinator has changed one, its first version
is the one below; it must never be reworded here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from accounts.models import Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db
from core.refusals import Missing, Refusal
from core.settings import LANGUAGES
from core.translations import SOURCE
from moderation.team.models import Reason
from moderation.wording import queries as reason_queries

ROLES = (Role.MODERATOR, Role.PROFESSIONAL)
FIRST = 1
# What somebody writes of themselves harms nobody else, and nobody is punished for it: of the reasons that
# Stoa brings a step may rest on these alone, whatever is ticked.
ABOUT_OTHERS = frozenset({"hurts_someone", "names_someone", "advert", "other"})

# key: (passage of the house rules, words, example)
DEFAULTS: dict[str, tuple[str, Any, Any]] = {
    "names_someone": (
        "names",
        _l("It names or describes somebody who could be recognised."),
        _l("For example: write “my flatmate” and leave out the name and the house."),
    ),
    "names_self": (
        "names",
        _l("It says who you are: a name, an address, a number, an account."),
        _l("For example: write “my town” and leave out the street."),
    ),
    "hurts_someone": (
        "kindness",
        _l("Some words could hurt another person here."),
        _l("For example: write what it did to you: “I felt left out when they said that.”"),
    ),
    "too_much_detail": (
        "detail",
        _l("It describes in detail how somebody hurt themselves. That can put readers at risk."),
        _l("For example: write how you felt then, and leave out how it was done."),
    ),
    "needs_warning": ("detail", _l("It needs a warning, so that readers can choose."), ""),
    "off_topic": ("", _l("It is about something that this place cannot help with."), ""),
    "advert": ("adverts", _l("It advertises something."), ""),
    "unclear": ("", _l("We are not sure what you mean and would like to understand."), ""),
    "other": ("", _l("Something else: see the words below."), ""),
}


class ReasonChanged(Refusal):
    """Somebody else saved a version of this reason in between."""

    @property
    def sentence(self) -> str:
        return _("Somebody else has changed this reason meanwhile. What you typed is below.")


@dataclass(frozen=True)
class Wording:
    """A reason as somebody reads it, and in which language that is."""

    text: str
    example: str
    language: str


@dataclass(frozen=True)
class LibraryReason:
    """One version of a reason."""

    key: str
    version: int
    anchor: str
    wordings: Mapping[str, Mapping[str, str]]
    roles: Sequence[str]
    is_offered: bool = True
    is_about_others: bool = False
    set_by: str = ""
    set_at: datetime | None = None

    def wording(self, language: str) -> Wording:
        """In this language; where nobody wrote it, in English."""
        there = language if self.wordings.get(language, {}).get("text") else SOURCE
        words = self.wordings[there]
        return Wording(words["text"], words.get("example", ""), there)


def newest_reasons() -> dict[str, LibraryReason]:
    """Every reason by its key, as it is now: those that Stoa brings first."""
    saved = {row.key: _from_row(row) for row in reason_queries.newest_reasons()}
    return {key: saved.get(key) or _first_version(key) for key in [*DEFAULTS, *saved]}


def offered_reasons(role: Role) -> dict[str, LibraryReason]:
    """What somebody of this role may give as a reason now."""
    return {
        key: reason
        for key, reason in newest_reasons().items()
        if reason.is_offered and role.value in reason.roles
    }


def step_reasons(role: Role) -> dict[str, LibraryReason]:
    """What somebody of this role may give as the reason for a step: what was done to others."""
    return {key: reason for key, reason in offered_reasons(role).items() if reason.is_about_others}


def cited_reason(key: str, version: int) -> LibraryReason | None:
    """The version that a decision cites; 0 is of the time before there were versions."""
    row = reason_queries.reason(key, version or FIRST)
    if row is not None:
        return _from_row(row)
    return _first_version(key) if key in DEFAULTS and version <= FIRST else None


def versions_of(key: str) -> list[LibraryReason]:
    """All versions of a reason, the newest first. Raises Missing."""
    versions = [_from_row(row) for row in reason_queries.versions_of(key)]
    if key in DEFAULTS and (not versions or versions[-1].version > FIRST):
        versions.append(_first_version(key))
    if not versions:
        raise Missing
    return versions


def save_reason(
    key: str,
    *,
    seen: int,
    wordings: Mapping[str, Mapping[str, str]],
    anchor: str,
    roles: Sequence[str],
    is_offered: bool,
    actor: Staff,
    now: datetime,
    is_about_others: bool = False,
) -> Reason:
    """Write the next version after `seen`, the one that the coordinator had before them; 0 for a new reason.

    Raises ReasonChanged.
    """
    reason = Reason(
        key=key,
        version=seen + 1,
        anchor=anchor,
        wordings={language: dict(words) for language, words in wordings.items()},
        roles=list(roles),
        is_offered=is_offered,
        is_about_others=_says_of_others(key, is_about_others),
        set_by=actor.actor,
        set_at=now,
    )
    detail = {"version": reason.version, "anchor": anchor, "roles": reason.roles, "is_offered": is_offered}
    record_event("reason_saved", actor=actor.actor, target=f"reason:{key}", detail=detail, now=now)
    # Asked after the event, whose chain makes writers come in turn: two coordinators make two versions.
    newest = newest_reasons().get(key)
    if (newest.version if newest is not None else 0) != seen:
        raise ReasonChanged(key)
    db.session.add(reason)
    return reason


def key_for(text: str) -> str:
    """A free key for a new reason, made of its first English words."""
    stem = re.sub(r"[^a-z0-9]+", "_", text.casefold())[:40].strip("_") or "reason"
    taken, number, key = newest_reasons(), 1, stem
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key


def _first_version(key: str) -> LibraryReason:
    """A reason that Stoa brings, in all languages that it has been translated into."""
    anchor, text, example = DEFAULTS[key]
    wordings = {}
    for language in LANGUAGES:
        with force_locale(language):
            wordings[language] = {"text": str(text), "example": str(example)}
    roles = [role.value for role in ROLES]
    return LibraryReason(key, FIRST, anchor, wordings, roles, is_about_others=key in ABOUT_OTHERS)


def _says_of_others(key: str, ticked: bool) -> bool:
    """Whether a step may rest on a reason. The coordinator says so of their own reasons only."""
    return key in ABOUT_OTHERS if key in DEFAULTS else ticked


def _from_row(row: Reason) -> LibraryReason:
    return LibraryReason(
        key=row.key,
        version=row.version,
        anchor=row.anchor,
        wordings=row.wordings,
        roles=row.roles,
        is_offered=row.is_offered,
        is_about_others=_says_of_others(row.key, row.is_about_others),
        set_by=row.set_by,
        set_at=row.set_at,
    )
