"""The calendar file, by the rules of RFC 5545, and without a word that tells what it is about."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from counselling.appointments.calendar_file import calendar_file, escaped, folded

START = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)


def file_of(title: str = "Appointment", starts_at: datetime = START) -> bytes:
    return calendar_file(
        uid="5f1d",
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        now=datetime(2026, 3, 4, 8, 15, 30, 250_000, tzinfo=UTC),
    )


def unfolded(body: bytes) -> list[str]:
    """The content lines (3.1), as a calendar reads them."""
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_it_is_one_event_in_utc() -> None:
    assert unfolded(file_of()) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//calendar//EN",
        "BEGIN:VEVENT",
        "UID:5f1d",
        "DTSTAMP:20260304T081530Z",
        "DTSTART:20260305T123000Z",
        "DTEND:20260305T132000Z",
        "SUMMARY:Appointment",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_every_line_ends_with_carriage_return_and_line_feed() -> None:
    body = file_of("Ραντεβού " * 20)
    assert body.endswith(b"\r\n")
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")


def test_a_time_elsewhere_is_written_in_utc() -> None:
    jakarta = START.astimezone(timezone(timedelta(hours=7)))
    assert "DTSTART:20260305T123000Z" in unfolded(file_of(starts_at=jakarta))


@pytest.mark.parametrize("title", ["a" * 200, "Ραντεβού " * 20, "約束" * 60, "a" * 67, "a" * 68])
def test_no_line_is_longer_than_75_bytes_and_no_letter_is_torn(title: str) -> None:
    body = file_of(title)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    for line in body.split(b"\r\n"):
        line.decode()  # a torn letter is no text
    assert f"SUMMARY:{title}" in unfolded(body)


def test_a_line_of_75_bytes_is_left_whole() -> None:
    assert folded("a" * 75) == "a" * 75
    assert folded("a" * 76) == "a" * 75 + "\r\n a"
    assert folded("a" * 150) == "a" * 75 + "\r\n " + "a" * 74 + "\r\n a"


@pytest.mark.parametrize(
    ("text", "written"),
    [("a;b", r"a\;b"), ("a,b", r"a\,b"), ("a\\b", r"a\\b"), ("a\r\nb", r"a\nb"), ("a\nb", r"a\nb")],
)
def test_what_has_a_meaning_is_escaped(text: str, written: str) -> None:
    assert escaped(text) == written


def test_no_title_begins_a_line_of_its_own() -> None:
    lines = unfolded(file_of("x\r\nLOCATION:here"))
    assert not [line for line in lines if line.startswith("LOCATION")]


def test_it_holds_nothing_else() -> None:
    names = {re.split("[:;]", line)[0] for line in unfolded(file_of())}
    assert names == {
        *("BEGIN", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS", "END")
    }
