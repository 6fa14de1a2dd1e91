"""Questions to the database about what the coordinator wrote: texts of the site, and whom to call."""

from collections.abc import Sequence

from sqlalchemy import select

from core.db import db, for_update
from forum.models import HelpLine, SiteText, SiteTextKind
from forum.queries import Rows


def site_text(kind: SiteTextKind, language: str) -> SiteText | None:
    return db.session.get(SiteText, (kind, language))


def all_site_texts() -> Sequence[SiteText]:
    return db.session.scalars(select(SiteText).order_by(SiteText.kind, SiteText.language)).all()


def reviews_of_site_texts() -> Rows:
    """Which texts there are, each with the day of its last check."""
    return db.session.execute(select(SiteText.kind, SiteText.language, SiteText.reviewed_on)).all()


def all_help_lines(*, locked: bool = False) -> Sequence[HelpLine]:
    statement = select(HelpLine).order_by(HelpLine.place, HelpLine.id)
    return db.session.scalars(for_update(statement) if locked else statement).all()


def help_line(line_id: str, *, locked: bool = False) -> HelpLine | None:
    statement = select(HelpLine).where(HelpLine.id == line_id)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()
