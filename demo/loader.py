"""Load the demo: invented people live through what the content files tell, by the same rules as everybody
else.

Nothing is written into tables by hand: students begin threads, moderators claim and decide, counsellors
accept and write, each at the time that the files give. All of it is one transaction, so that a load that
breaks off has loaded nothing and can be repeated.
"""

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts import queries as account_queries
from accounts.hashing import hash_password
from accounts.permissions import Role
from accounts.staffing import NewStaff, add_staff
from core.clock import hour_of
from core.db import db, transaction
from core.refusals import StartRefused
from core.settings import LANGUAGES, Mode, Settings
from counselling import cases, encounters, messages, taking
from counselling import queries as case_queries
from counselling.models import Case, Outcome, Stage, StageMark
from demo.cast import (
    CONTENT,
    MADE_BEFORE,
    Cast,
    Event,
    Facts,
    make_credentials,
    read_content,
    write_text,
)
from demo.moderating import briefing_of, decide_as, item_of, moderation_events
from demo.teamwork import team_events
from forum import queries as forum_queries
from forum import site_queries
from forum.helplines import LineWish, add_help_line
from forum.models import Post, SiteTextKind
from forum.sitetexts import save_site_text, write_site_draft, write_site_files
from moderation import queries
from moderation.bands import Band
from moderation.escalations import escalate
from moderation.models import ReportReason
from moderation.queue import put_in_queue, raise_item_band
from moderation.reports import file_report

STAFF_FILE = "demo-staff.json"
STUDENT_FILE = "demo-student.json"
STUDENT = "student:heron"
DECIDED_AFTER = timedelta(minutes=20)
TEXT_FILES = {"help.md": SiteTextKind.CRISIS_HELP, "rules.md": SiteTextKind.HOUSE_RULES}


class DemoRefused(StartRefused):
    """The demo may not be loaded here; the message says why."""


def load_demo(settings: Settings, *, now: datetime) -> int:
    """Load everything that is not loaded yet, and write the staff's passwords, and the six words of one
    student with the codes of reports and appeals, to files of the owner's.

    Returns the number of threads. Raises DemoRefused.
    """
    if settings.mode is Mode.LIVE:
        raise DemoRefused(
            "The demo is refused in a live installation: its people are invented. Use STOA_MODE=demo."
        )
    entries = read_content("staff.toml")["staff"]
    if forum_queries.newest_threads(before=None, limit=1) and not _knows(entries):
        raise DemoRefused("There are threads here that are not the demo's: nothing was loaded.")
    cast = Cast(loaded_at=now)
    credentials = [_member(entry, now=now - MADE_BEFORE) for entry in entries]
    cast.staff = {new.staff.username: new.staff.id for new in credentials}
    threads = read_content("threads.toml")["thread"]
    _save_texts(settings, now=now)
    if not forum_queries.newest_threads(before=None, limit=1):
        student = cast.credentials[STUDENT] = make_credentials()
        with transaction():
            for at, act in sorted(_events(cast, threads), key=lambda event: event[0]):
                act(at)
                db.session.flush()
            # Before the commit: words that nobody can read would be words that nobody has.
            facts = {"passphrase": student.words, "codes": cast.codes}
            _write_private(settings.data_dir / STUDENT_FILE, facts)
    _write_credentials(settings.data_dir / STAFF_FILE, credentials)
    return len(threads)


def require_no_demo(settings: Settings) -> None:
    """A live installation does not serve invented people. Raises DemoRefused."""
    if settings.mode is Mode.LIVE and (settings.data_dir / STAFF_FILE).exists():
        raise DemoRefused(
            f"{settings.data_dir} holds the demo, and its people are invented: "
            "give the live forum a data directory of its own."
        )


def _knows(entries: list[Facts]) -> bool:
    return account_queries.staff_by_username(entries[0]["username"]) is not None


def _member(entry: Facts, *, now: datetime) -> NewStaff:
    """A member of staff with a new random password, made or, after a load that broke off, met again."""
    staff = account_queries.staff_by_username(entry["username"])
    if staff is None:
        return add_staff(
            entry["username"],
            role=Role(entry["role"]),
            alias=entry["alias"],
            keep_password=True,
            actor="command",
            now=now,
        )
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    with transaction():
        staff.password_hash = hashed
    return NewStaff(staff, password, staff.otp_secret)


def _write_credentials(path: Path, credentials: list[NewStaff]) -> None:
    """The last step: whoever finds this file finds a demo that is whole."""
    facts = [
        {
            "username": new.staff.username,
            "role": new.staff.role.value,
            "password": new.password,
            "otp_secret": new.otp_secret,
        }
        for new in credentials
    ]
    _write_private(path, facts)


def _write_private(path: Path, facts: Any) -> None:
    """A file that only its owner reads, whole or not at all."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, indent=1)
    draft.replace(path)


def _save_texts(settings: Settings, *, now: datetime) -> None:
    drafts = [
        write_site_draft(
            kind,
            language,
            body=(CONTENT / "texts" / language / name).read_text(encoding="utf-8").strip(),
            owner="Demo",
            reviewed_on=now.date(),
        )
        for language in LANGUAGES
        for name, kind in TEXT_FILES.items()
    ]
    with transaction():
        for draft in drafts:
            save_site_text(draft, actor=None, now=now)
        if not site_queries.all_help_lines():
            for facts in read_content("help.toml")["line"]:
                add_help_line(_line(facts, now=now), actor=None, now=now)
    write_site_files(settings.data_dir)


def _line(facts: Facts, *, now: datetime) -> LineWish:
    return LineWish(
        country=facts["country"],
        phone=facts["phone"],
        url=facts.get("url", ""),
        names=facts["name"],
        hours=facts["hours"],
        what_happens=facts["happens"],
        is_example=facts.get("is_example", False),
        owner="Demo",
        reviewed_on=now.date(),
    )


def _events(cast: Cast, threads: list[Facts]) -> Iterator[Event]:
    """Everything that happens in the demo, each with its time."""
    for thread in threads:
        yield cast.moment(thread), lambda at, thread=thread: _begin(cast, thread, at)  # type: ignore[misc]
        for facts in thread.get("reply", []):
            yield (
                cast.moment(facts),
                lambda at, thread=thread, facts=facts: _reply(cast, thread, facts, at),  # type: ignore[misc]
            )
        if "escalation" in thread:
            yield from _escalation_events(cast, thread)
    for case in read_content("case.toml")["case"]:
        yield from _case_events(cast, case)
    yield from moderation_events(cast)
    yield from team_events(cast)


def _begin(cast: Cast, facts: Facts, at: datetime) -> None:
    post = write_text(cast, facts, answers="", at=at)
    cast.texts[facts["key"]] = post.id
    _settle(cast, post, facts, at)


def _reply(cast: Cast, thread: Facts, facts: Facts, at: datetime) -> None:
    post = write_text(cast, facts, answers=thread["key"], at=at)
    if "key" in facts:
        cast.texts[facts["key"]] = post.id
    _settle(cast, post, facts, at)


def _settle(cast: Cast, post: Post, facts: Facts, at: datetime) -> None:
    """Bring a text to the state that the file gives: published by a moderator, unless it says otherwise."""
    db.session.flush()
    state, decision = facts.get("state", "published"), facts.get("decision")
    if state == "held":
        item = queries.item_of_post(post.id)
        assert item is not None
        raise_item_band(item, Band(facts.get("band", "green")), now=at)
        return
    if post.staff_id is None and state != "returned":
        _decide(post, cast, {"by": "staff:niki", "conduct": "publish"}, at=at + DECIDED_AFTER)
    if "report" in facts:
        report = facts["report"]
        file_report(
            post, reason=ReportReason(report["reason"]), note=report.get("note", ""), now=cast.moment(report)
        )
    if decision is not None:
        _decide(post, cast, decision, at=cast.moment(decision))


def _decide(post: Post, cast: Cast, facts: Facts, *, at: datetime) -> None:
    item = queries.item_of_post(post.id) or put_in_queue(post, handle=None, now=at)
    decide_as(cast, item, facts, at=at)


def _escalation_events(cast: Cast, thread: Facts) -> Iterator[Event]:
    facts = thread["escalation"]
    yield cast.moment(facts), lambda at: _escalate(cast, thread["key"], facts, at)
    if facts["answer"] != "waiting":
        yield (
            cast.moment(facts, "answered_"),
            lambda at: _accept(cast, thread["key"], facts["answered_by"], at),
        )


def _escalate(cast: Cast, key: str, facts: Facts, at: datetime) -> None:
    item = item_of(cast, key, at=at)
    actor = cast.member(facts["by"])
    cast.escalations[key] = escalate(item, briefing_of(facts), actor=actor, now=at).id


def _accept(cast: Cast, key: str, name: str, at: datetime) -> None:
    escalation = queries.escalation(cast.escalations[key])
    assert escalation is not None
    cast.cases[key] = taking.accept_escalation(escalation, actor=cast.member(name), now=at).case.id


def _case_events(cast: Cast, facts: Facts) -> Iterator[Event]:
    key, owner = facts["thread"], facts["owner"]
    for letter in facts.get("letter", []):
        yield cast.moment(letter), lambda at, letter=letter: _write(cast, key, letter, at)  # type: ignore[misc]
    for entry in facts.get("encounter", []):
        begun = {stage: StageMark.BEGUN for stage in Stage if entry[stage.value] != "none"}
        yield cast.moment(entry), lambda at, begun=begun: _encounter(cast, key, owner, begun, at)  # type: ignore[misc]
        ends = "ended_days_ago" in entry or "ended_hours_ago" in entry
        last = cast.moment(entry, "ended_") if ends else cast.moment(entry) + timedelta(minutes=5)
        marks = {stage: StageMark(entry[stage.value]) for stage in Stage}
        yield last, lambda at, m=marks, e=entry: _encounter(cast, key, owner, m, at, e)  # type: ignore[misc]
    if facts["state"] == "closed":
        yield cast.moment(facts, "closed_"), lambda at: _close(cast, key, owner, facts["summary"], at)


def _case(cast: Cast, key: str) -> Case:
    case = case_queries.case(cast.cases[key])
    assert case is not None
    return case


def _write(cast: Cast, key: str, facts: Facts, at: datetime) -> None:
    body = facts["body"].strip()
    if facts["by"].startswith("staff:"):
        messages.write_letter(_case(cast, key), body, author=cast.member(facts["by"]), now=at)
    else:
        messages.hear_student(_case(cast, key), body, now=at)


def _encounter(
    cast: Cast, key: str, owner: str, marks: dict[Stage, StageMark], at: datetime, facts: Facts | None = None
) -> None:
    outcome = (facts or {}).get("outcome")
    encounters.record_encounter(
        _case(cast, key),
        marks={stage: mark for stage, mark in marks.items() if mark is not StageMark.NONE},
        agreed=(facts or {}).get("agreed", ""),
        outcome=Outcome(outcome) if outcome else None,
        actor=cast.member(owner),
        now=at,
    )


def _close(cast: Cast, key: str, owner: str, summary: str, at: datetime) -> None:
    case = _case(cast, key)
    for letter in case_queries.messages(case.id):
        letter.read_at = letter.read_at or hour_of(at)
    cases.close_case(case, summary=summary, actor=cast.member(owner), now=at)
