"""Categories: the defaults, and what a coordinator does to them.

A category is never deleted, only closed: its threads stay.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db, transaction
from core.refusals import Refusal
from forum import queries
from forum.models import Category, ModerationMode

DEFAULTS = Path(__file__).parent / "data" / "categories.toml"


class SlugTaken(Refusal):
    """Another category has this address."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Another category has this address.")


@dataclass(frozen=True)
class CategoryWish:
    """What a coordinator wants a category to be."""

    slug: str
    names: dict[str, str]
    descriptions: dict[str, str]
    place: int
    opening_mode: ModerationMode
    reply_mode: ModerationMode


def ensure_default_categories() -> int:
    """Make the default categories when there are none.

    Returns how many were made. Opens its own transaction; safe to run twice.
    """
    if queries.all_categories():
        return 0
    wishes = _default_wishes()
    with transaction():
        if queries.all_categories():
            return 0
        for wish in wishes:
            db.session.add(_filled(Category(), wish))
    return len(wishes)


def _default_wishes() -> list[CategoryWish]:
    with DEFAULTS.open("rb") as file:
        entries = tomllib.load(file)["category"]
    return [
        CategoryWish(
            slug=entry["slug"],
            names=entry["names"],
            descriptions=entry["descriptions"],
            place=place,
            opening_mode=ModerationMode.HOLD_ALL,
            reply_mode=ModerationMode.HOLD_NEW,
        )
        for place, entry in enumerate(entries)
    ]


def add_category(wish: CategoryWish, *, actor: Staff, now: datetime) -> Category:
    """Open a new category. Raises SlugTaken."""
    _require_free_slug(wish.slug, None)
    category = _filled(Category(), wish)
    db.session.add(category)
    db.session.flush()
    _record(category, "added", actor=actor, now=now)
    return category


def change_category(category: Category, wish: CategoryWish, *, actor: Staff, now: datetime) -> None:
    """Change names, address, place or moderation modes. Raises SlugTaken."""
    _require_free_slug(wish.slug, category)
    _filled(category, wish)
    _record(category, "changed", actor=actor, now=now)


def close_category(category: Category, *, actor: Staff, now: datetime) -> None:
    """Take no new threads; what is there can still be read and answered."""
    if category.closed_at is None:
        category.closed_at = now
        _record(category, "closed", actor=actor, now=now)


def reopen_category(category: Category, *, actor: Staff, now: datetime) -> None:
    """Take new threads again."""
    if category.closed_at is not None:
        category.closed_at = None
        _record(category, "reopened", actor=actor, now=now)


def _filled(category: Category, wish: CategoryWish) -> Category:
    category.slug, category.place = wish.slug, wish.place
    category.names, category.descriptions = wish.names, wish.descriptions
    category.opening_mode, category.reply_mode = wish.opening_mode, wish.reply_mode
    return category


def _require_free_slug(slug: str, own: Category | None) -> None:
    found = queries.category_by_slug(slug)
    if found is not None and found is not own:
        raise SlugTaken


def _record(category: Category, what: str, *, actor: Staff, now: datetime) -> None:
    detail = {
        "act": what,
        "slug": category.slug,
        "opening_mode": category.opening_mode,
        "reply_mode": category.reply_mode,
    }
    record_event(
        "category_changed", actor=actor.actor, target=f"category:{category.id}", detail=detail, now=now
    )


def in_language(texts: dict[str, str], language: str) -> str:
    """A name or description in the reader's language, else in English, else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
