"""Crisis help and house rules, as the institution writes them.

Crisis help must show whatever else is broken. So each text is also written, rendered, to
`<data>/help/<kind>-<language>.html`, and readers get the file; the database is asked only when there is none.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.settings import LANGUAGES, Settings
from core.text import render_markdown
from forum import queries
from forum.models import SiteText, SiteTextKind

FOLDER = "help"


@dataclass(frozen=True)
class SiteDraft:
    """A site text that is ready to be saved."""

    kind: SiteTextKind
    language: str
    body: str
    html: str
    owner: str
    reviewed_on: date


def write_site_draft(
    kind: SiteTextKind, language: str, *, body: str, owner: str, reviewed_on: date
) -> SiteDraft:
    """Render a site text. Outside any transaction."""
    return SiteDraft(kind, language, body, render_markdown(body), owner, reviewed_on)


def save_site_text(draft: SiteDraft, *, actor: Staff | None, now: datetime) -> SiteText:
    """Keep a text for one language, with who answers for it.

    `actor` None is a command. After the commit, `write_site_files` shows it.
    """
    text = queries.site_text(draft.kind, draft.language)
    if text is None:
        text = SiteText(kind=draft.kind, language=draft.language)
        db.session.add(text)
    text.body, text.html, text.owner, text.reviewed_on = (
        draft.body,
        draft.html,
        draft.owner,
        draft.reviewed_on,
    )
    record_event(
        "site_text_changed",
        actor=actor.actor if actor else "command",
        target=f"site_text:{draft.kind}-{draft.language}",
        detail={"reviewed_on": draft.reviewed_on.isoformat(), "owner": draft.owner},
        now=now,
    )
    return text


def write_site_files(data_dir: Path) -> None:
    """Write every text that the database has to its file, each whole or not at all.

    After a commit, a restore, and at the start.
    """
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for text in queries.all_site_texts():
        _write_whole(folder / _file_name(text.kind, text.language), text.html)


def _write_whole(path: Path, html: str) -> None:
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(html)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_site_text(settings: Settings, kind: SiteTextKind, language: str) -> tuple[str, str] | None:
    """The rendered text and its language: the reader's, else the installation's, else any.

    None when none was set, or none can be reached.
    """
    wanted = list(dict.fromkeys([language, settings.default_language, *LANGUAGES]))
    for code in wanted:
        path = settings.data_dir / FOLDER / _file_name(kind, code)
        try:
            return path.read_text(encoding="utf-8"), code
        except OSError:
            continue
    try:
        stored = {text.language: text.html for text in queries.all_site_texts() if text.kind is kind}
    except SQLAlchemyError:
        db.session.rollback()
        return None
    return next(((stored[code], code) for code in wanted if code in stored), None)


def _file_name(kind: SiteTextKind, language: str) -> str:
    return f"{kind}-{language}.html"
