"""The lines of crisis help, as a coordinator keeps them: whom to call, where, when, and what happens then.

After the commit, `forum/sitetexts.py:write_site_files` shows the change to readers.
"""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from forum import site_queries
from forum.models import HelpLine


@dataclass(frozen=True)
class LineWish:
    """What a line shall say. Texts are by language."""

    country: str
    phone: str
    url: str
    names: dict[str, str]
    hours: dict[str, str]
    what_happens: dict[str, str]
    is_example: bool
    owner: str
    reviewed_on: date


def add_help_line(wish: LineWish, *, actor: Staff | None, now: datetime) -> HelpLine:
    """Add a line behind the others. `actor` None is a command."""
    others = site_queries.all_help_lines(locked=True)
    line = HelpLine(place=others[-1].place + 1 if others else 0)
    _take_over(line, wish)
    db.session.add(line)
    db.session.flush()
    _record("help_line_added", line, actor=actor, now=now)
    return line


def change_help_line(line: HelpLine, wish: LineWish, *, actor: Staff, now: datetime) -> None:
    """Change what a line says."""
    _take_over(line, wish)
    _record("help_line_changed", line, actor=actor, now=now)


def confirm_help_line(line: HelpLine, *, actor: Staff, now: datetime) -> None:
    """Somebody called, asked, and nothing had changed: it was checked today."""
    line.reviewed_on = now.date()
    _record("help_line_checked", line, actor=actor, now=now)


def move_help_line(line_id: str, *, up: bool, actor: Staff, now: datetime) -> None:
    """Let a line change places with its neighbour. The first ones stand on every page."""
    lines = list(site_queries.all_help_lines(locked=True))
    here = next((place for place, line in enumerate(lines) if line.id == line_id), None)
    there = None if here is None else here + (-1 if up else 1)
    if here is None or there is None or not 0 <= there < len(lines):
        return
    lines[here], lines[there] = lines[there], lines[here]
    for place, line in enumerate(lines):
        line.place = place
    _record("help_line_moved", lines[there], actor=actor, now=now)


def delete_help_line(line: HelpLine, *, actor: Staff, now: datetime) -> None:
    """Take a line away."""
    _record("help_line_deleted", line, actor=actor, now=now)
    db.session.delete(line)


def _take_over(line: HelpLine, wish: LineWish) -> None:
    line.country, line.phone, line.url = wish.country, wish.phone, wish.url
    line.names, line.hours, line.what_happens = wish.names, wish.hours, wish.what_happens
    line.is_example, line.owner, line.reviewed_on = wish.is_example, wish.owner, wish.reviewed_on


def _record(kind: str, line: HelpLine, *, actor: Staff | None, now: datetime) -> None:
    """The number goes into the log: a wrong one does harm, and it must show who wrote it."""
    record_event(
        kind,
        actor=actor.actor if actor else "command",
        target=f"help_line:{line.id}",
        detail={
            "place": line.place,
            "country": line.country,
            "phone": line.phone,
            "url": line.url,
            "owner": line.owner,
            "reviewed_on": line.reviewed_on.isoformat(),
        },
        now=now,
    )
