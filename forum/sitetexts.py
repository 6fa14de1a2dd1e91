"""Crisis help and house rules, as the institution writes them.

Crisis help must show whatever else is broken. So each text is also written, rendered, to
`<data>/help/<kind>-<language>.html`, and readers get the file; the database is asked only when there is none.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.files import write_whole
from core.settings import LANGUAGES, Settings
from core.text import render_markdown
from forum import site_queries
from forum.helpfile import FOLDER, write_lines_file
from forum.models import SiteText, SiteTextKind

_writing = Lock()


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
    text = site_queries.site_text(draft.kind, draft.language)
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


def confirm_site_text(text: SiteText, *, actor: Staff, now: datetime) -> None:
    """Somebody read it again and nothing had changed: it was checked today."""
    text.reviewed_on = now.date()
    record_event(
        "site_text_checked",
        actor=actor.actor,
        target=f"site_text:{text.kind}-{text.language}",
        detail={"reviewed_on": text.reviewed_on.isoformat(), "owner": text.owner},
        now=now,
    )


def write_site_files(data_dir: Path) -> None:
    """Write what the database has, texts and lines of crisis help, to files, each whole or not at all.

    After a commit, a restore, and by the worker: at its start, and again each hour. One at a time, so that
    what was read earlier is never written later.
    """
    with _writing:
        for text in site_queries.all_site_texts():
            write_whole(data_dir / FOLDER / _file_name(text.kind, text.language), text.html.encode())
        write_lines_file(data_dir, site_queries.all_help_lines())


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
        stored = {text.language: text.html for text in site_queries.all_site_texts() if text.kind is kind}
    except SQLAlchemyError:
        db.session.rollback()
        return None
    return next(((stored[code], code) for code in wanted if code in stored), None)


def _file_name(kind: SiteTextKind, language: str) -> str:
    return f"{kind}-{language}.html"
