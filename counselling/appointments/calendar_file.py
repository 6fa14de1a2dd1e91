"""An appointment as a calendar file, by RFC 5545: small, exact, and without a word of what it is about.

A calendar is read by others: on a shared screen, by a partner, by the company that keeps it. So the file says
when, and "Appointment". No place, no name, no address, no description; the id that calendars know it by is
random and is the id of nothing here; nobody is told that this service made it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

LINE_BYTES = 75  # without the line break (3.1)
BREAK = "\r\n"


def calendar_file(*, uid: str, title: str, starts_at: datetime, ends_at: datetime, now: datetime) -> bytes:
    """One event in UTC. Taken into a calendar twice, it stands there once, by its uid."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//calendar//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{utc_form(now)}",
        f"DTSTART:{utc_form(starts_at)}",
        f"DTEND:{utc_form(ends_at)}",
        f"SUMMARY:{escaped(title)}",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(folded(line) + BREAK for line in lines).encode()


def utc_form(moment: datetime) -> str:
    """Form 2 of 3.3.5: a date with UTC time, in whole seconds."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text value (3.3.11)."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def folded(line: str) -> str:
    """No line is longer than 75 bytes; a longer one goes on behind a space (3.1). No letter is torn."""
    return (BREAK + " ").join(_parts(line))


def _parts(line: str) -> Iterator[str]:
    part, room = "", LINE_BYTES
    for letter in line:
        if len((part + letter).encode()) > room:
            yield part
            part, room = "", LINE_BYTES - 1  # the space counts
        part += letter
    yield part
