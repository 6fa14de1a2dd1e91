"""Whom a reader can call, as every page shows it: out of a file, so that it shows whatever else is broken.

The database is where a coordinator changes the lines; after each change they are written to
`<data>/help/lines.json`, and pages read only that. It is read again when it was replaced: one `stat` a page.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from core.files import write_whole
from core.settings import LANGUAGES, Settings
from forum.models import HelpLine

FOLDER = "help"
LINES_FILE = "lines.json"
ON_EVERY_PAGE = 2
EMERGENCY = "112"

Said = tuple[str, str]  # words, and the language that they are in
Line = dict[str, Any]

log = logging.getLogger("stoa.help")


@dataclass(frozen=True)
class ShownLine:
    """One line as a reader sees it."""

    id: str
    country: str
    phone: str
    url: str
    name: Said
    hours: Said
    what_happens: Said
    is_example: bool
    reviewed_on: date | None

    @property
    def dial(self) -> str:
        """The address that makes a telephone dial."""
        return "tel:" + self.phone.replace(" ", "")


@dataclass(frozen=True)
class HelpNow:
    """The lines for one reader: first those that serve the reader's country, in the coordinator's order."""

    lines: tuple[ShownLine, ...]
    nearest: tuple[ShownLine, ...]  # the one or two that stand on every page
    country: str
    countries: tuple[str, ...]
    is_set: bool


def help_now(settings: Settings, *, language: str, country: str) -> HelpNow:
    """What to show of crisis help in this language and country.

    Asks no database and never fails: without a file that can be read it is the emergency number.
    """
    path = settings.data_dir / FOLDER / LINES_FILE
    try:
        found = path.stat()
        stamp = (str(path), found.st_mtime_ns, found.st_size, found.st_ino)
        if _read(stamp):
            return _help_of(stamp, language, settings.default_language, country)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        log.error("the lines of crisis help could not be read: %s", type(error).__name__)
    return _emergency_alone(language)


def help_from(lines: Sequence[HelpLine], settings: Settings, *, language: str, country: str) -> HelpNow:
    """The same from the database, for the page of crisis help when there is no file."""
    if not lines:
        return _emergency_alone(language)
    return _arrange(_as_facts(lines), language, settings.default_language, country)


def write_lines_file(data_dir: Path, lines: Sequence[HelpLine]) -> None:
    """Write what readers may see of the lines, whole or not at all. Who answers for them is not among it."""
    facts = json.dumps(_as_facts(lines), ensure_ascii=False, indent=1)
    write_whole(data_dir / FOLDER / LINES_FILE, facts.encode())


def _as_facts(lines: Iterable[HelpLine]) -> tuple[Line, ...]:
    return tuple(
        {
            "id": line.id,
            "country": line.country,
            "phone": line.phone,
            "url": line.url,
            "names": line.names,
            "hours": line.hours,
            "what_happens": line.what_happens,
            "is_example": line.is_example,
            "reviewed_on": line.reviewed_on.isoformat(),
        }
        for line in lines
    )


Stamp = tuple[str, int, int, int]


@lru_cache(maxsize=4)
def _read(stamp: Stamp) -> tuple[Line, ...]:
    return tuple(json.loads(Path(stamp[0]).read_text(encoding="utf-8")))


@lru_cache(maxsize=200)
def _help_of(stamp: Stamp, language: str, default_language: str, country: str) -> HelpNow:
    return _arrange(_read(stamp), language, default_language, country)


def _arrange(facts: Sequence[Line], language: str, default_language: str, country: str) -> HelpNow:
    countries = tuple(dict.fromkeys(line["country"] for line in facts if line["country"]))
    if country not in countries:
        country = countries[0] if countries else ""
    wanted = tuple(dict.fromkeys((language, default_language, *LANGUAGES)))
    here = [line for line in facts if line["country"] in ("", country)]
    elsewhere = [line for line in facts if line["country"] not in ("", country)]
    lines = tuple(_shown(line, wanted) for line in (*here, *elsewhere))
    nearest = lines[: min(len(here), ON_EVERY_PAGE)]
    return HelpNow(lines, nearest, country, countries, is_set=True)


def _shown(line: Line, wanted: Sequence[str]) -> ShownLine:
    return ShownLine(
        id=line["id"],
        country=line["country"],
        phone=line["phone"],
        url=line["url"],
        name=_said(line["names"], wanted),
        hours=_said(line["hours"], wanted),
        what_happens=_said(line["what_happens"], wanted),
        is_example=line["is_example"],
        reviewed_on=date.fromisoformat(line["reviewed_on"]),
    )


def _said(texts: dict[str, str], wanted: Sequence[str]) -> Said:
    """The words in the first of these languages that has any."""
    return next(((texts[language], language) for language in wanted if texts.get(language)), ("", wanted[0]))


def _emergency_alone(language: str) -> HelpNow:
    """What stands where nobody has set anything yet."""
    line = ShownLine(
        id=EMERGENCY,
        country="",
        phone=EMERGENCY,
        url="",
        name=(_("European emergency number"), language),
        hours=(_("Day and night. It is free and works from every phone."), language),
        what_happens=(
            _(
                "Somebody asks where you are and what is happening. They stay on the line and send help. "
                "Short sentences are enough. You do not have to be sure that it is an emergency."
            ),
            language,
        ),
        is_example=False,
        reviewed_on=None,
    )
    return HelpNow((line,), (line,), country="", countries=(), is_set=False)
