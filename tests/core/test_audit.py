"""The audit log: whatever is done to it later, it shows."""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, text

from core import audit, queries
from core.audit import ANCHOR, LogBehindAnchor, anchor_anew, record_event, verify_log, write_anchor
from core.db import db, transaction
from core.models import AuditEvent, AuditHead
from core.web import settings_of
from tests.core.conftest import StartAgain

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WAIT = 20.0


def directory(app: Flask) -> Path:
    return settings_of(app).data_dir


def record(count: int = 1, *, actor: str = "staff:maya") -> None:
    for number in range(count):
        with transaction():
            record_event("item_claimed", actor=actor, target=f"item:{number}", detail={"n": number}, now=NOON)


@pytest.fixture
def log_of_five(inside: Flask) -> Path:
    """Five lines, anchored."""
    record(5)
    write_anchor(directory(inside))
    return directory(inside)


def tamper(statement: str, **values: object) -> None:
    """What somebody with the database file in hand does: no rule of ours is asked."""
    with transaction():
        db.session.execute(text(statement), values)
    db.session.expire_all()


def test_a_log_that_nobody_touched_is_whole(log_of_five: Path) -> None:
    assert verify_log(log_of_five) == []


def test_a_log_of_nothing_is_whole(inside: Flask) -> None:
    assert verify_log(directory(inside)) == []


def test_a_long_log_is_whole(inside: Flask) -> None:
    with transaction():
        for number in range(1100):
            record_event("page_sent", actor="system", target=f"item:{number}", now=NOON)
    write_anchor(directory(inside))
    assert verify_log(directory(inside)) == []


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'item_released'",
        "actor = 'staff:nobody'",
        "target = 'item:9'",
        "at = '2026-03-02 12:00:01.000000'",
        "detail = '{\"n\": 7}'",
        "mac = zeroblob(32)",
    ],
)
def test_a_changed_line_shows(log_of_five: Path, change: str) -> None:
    tamper(f"UPDATE audit_events SET {change} WHERE sequence = 3")
    assert any("line 3" in fault or "line 4" in fault for fault in verify_log(log_of_five))


@pytest.mark.parametrize("sequence", [1, 3])
def test_a_deleted_line_shows(log_of_five: Path, sequence: int) -> None:
    tamper("DELETE FROM audit_events WHERE sequence = :sequence", sequence=sequence)
    assert any(f"line {sequence} is missing" in fault for fault in verify_log(log_of_five))


def test_two_lines_that_changed_places_show(log_of_five: Path) -> None:
    tamper("UPDATE audit_events SET sequence = 100 WHERE sequence = 2")
    tamper("UPDATE audit_events SET sequence = 2 WHERE sequence = 3")
    tamper("UPDATE audit_events SET sequence = 3 WHERE sequence = 100")
    assert any("was changed or moved" in fault for fault in verify_log(log_of_five))


def test_a_cut_tail_shows(log_of_five: Path) -> None:
    tamper("DELETE FROM audit_events WHERE sequence > 3")
    assert any("tail was cut" in fault for fault in verify_log(log_of_five))


def forge_cut(last: int) -> None:
    """Cut the tail and write a head that fits."""
    tamper("DELETE FROM audit_events WHERE sequence > :last", last=last)
    tamper(
        "UPDATE audit_heads SET sequence = :last,"
        " mac = (SELECT mac FROM audit_events WHERE sequence = :last)",
        last=last,
    )


def test_a_cut_tail_with_a_head_that_fits_shows_by_the_anchor(log_of_five: Path) -> None:
    forge_cut(3)
    assert verify_log(log_of_five) == ["the log ends at line 3, and line 5 was anchored: the tail was cut"]


def test_the_worker_does_not_anchor_a_cut_log_anew(log_of_five: Path) -> None:
    forge_cut(3)
    with pytest.raises(LogBehindAnchor):
        write_anchor(log_of_five)
    assert any("tail was cut" in fault for fault in verify_log(log_of_five))


def test_a_cut_log_that_grew_again_shows(log_of_five: Path) -> None:
    forge_cut(3)
    record(4, actor="staff:somebody-else")
    with pytest.raises(LogBehindAnchor):
        write_anchor(log_of_five)
    assert verify_log(log_of_five) == ["line 5 is not the one that was anchored: the log was rewritten"]


def test_after_a_restore_the_log_is_anchored_as_it_is(log_of_five: Path) -> None:
    forge_cut(3)
    record(1, actor="command")
    anchor_anew(log_of_five)
    assert verify_log(log_of_five) == []


def test_a_line_from_another_past_of_the_same_log_shows(log_of_five: Path) -> None:
    kept = db.session.execute(text("SELECT mac, actor FROM audit_events WHERE sequence = 4")).one()
    forge_cut(3)
    record(3, actor="staff:somebody-else")
    anchor_anew(log_of_five)
    old = {"mac": kept.mac, "actor": kept.actor}
    tamper("UPDATE audit_events SET mac = :mac, actor = :actor, target = 'item:3' WHERE sequence = 4", **old)
    tamper("UPDATE audit_events SET detail = '{\"n\": 3}' WHERE sequence = 4")
    assert verify_log(log_of_five) == ["line 5 was changed or moved"]


def test_the_whole_log_cut_away_shows(log_of_five: Path) -> None:
    tamper("DELETE FROM audit_events")
    tamper("DELETE FROM audit_heads")
    assert any("tail was cut" in fault for fault in verify_log(log_of_five))


def test_a_head_that_was_taken_away_shows(log_of_five: Path) -> None:
    tamper("DELETE FROM audit_heads")
    assert verify_log(log_of_five)


def test_a_missing_anchor_is_told(log_of_five: Path) -> None:
    (log_of_five / ANCHOR).unlink()
    assert verify_log(log_of_five) == ["the anchor file is missing: a cut tail would not show"]


@pytest.mark.parametrize("content", ["", "5", "five abcd", "5 zz"])
def test_a_damaged_anchor_is_told(log_of_five: Path, content: str) -> None:
    (log_of_five / ANCHOR).write_text(content)
    assert verify_log(log_of_five) == ["the anchor file is damaged: a cut tail would not show"]


def test_the_anchor_follows_the_log(log_of_five: Path) -> None:
    record(2)
    write_anchor(log_of_five)
    anchor = audit.read_anchor(log_of_five)
    assert anchor is not None
    assert anchor[0] == 7


def test_lines_written_since_the_last_anchor_are_no_fault(log_of_five: Path) -> None:
    record(2)
    assert verify_log(log_of_five) == []


def test_a_line_of_another_time_zone_stays_true(inside: Flask) -> None:
    with transaction():
        athens = NOON.astimezone(timezone(timedelta(hours=2)))
        record_event("item_claimed", actor="staff:maya", now=athens)
    write_anchor(directory(inside))
    db.session.expire_all()
    assert verify_log(directory(inside)) == []


def test_another_key_does_not_make_the_same_chain(log_of_five: Path, inside: Flask) -> None:
    keys = inside.extensions["stoa_keys"]
    inside.extensions["stoa_keys"] = type(keys)(
        server=keys.server, pepper=keys.pepper, salt=keys.salt, audit=bytes(32), case=keys.case
    )
    assert any("line 1 was changed" in fault for fault in verify_log(log_of_five))


@pytest.mark.usefixtures("inside")
def test_a_line_whose_act_failed_is_not_there() -> None:
    def claim_and_fail() -> None:
        with transaction():
            record_event("item_claimed", actor="staff:maya", now=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim_and_fail()
    assert list(queries.all_audit_events()) == []


def append(app: Flask, actor: str, *, times: int, start: threading.Barrier) -> None:
    with app.app_context():
        queries.audit_head()
        start.wait(WAIT)
        for _ in range(times):
            with transaction():
                record_event("item_claimed", actor=actor, now=NOON)


def test_two_people_who_act_at_once_keep_one_chain(on_both: Flask) -> None:
    with transaction():
        db.session.execute(delete(AuditEvent))
        db.session.execute(delete(AuditHead))
    start = threading.Barrier(2)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [
            pool.submit(append, on_both, actor, times=25, start=start) for actor in ("staff:a", "staff:b")
        ]:
            done.result(timeout=60)
    write_anchor(directory(on_both))
    assert verify_log(directory(on_both)) == []
    assert len(list(queries.all_audit_events())) == 50


def test_a_line_that_is_written_while_the_log_is_checked_is_no_fault(
    on_both: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(3)
    write_anchor(directory(on_both))
    read_lines = queries.all_audit_events

    def act_meanwhile() -> None:
        with on_both.app_context():
            record(1, actor="staff:nikos")

    def read_slowly() -> object:
        yield from read_lines()
        with ThreadPoolExecutor() as pool:
            pool.submit(act_meanwhile).result(timeout=WAIT)

    monkeypatch.setattr(queries, "all_audit_events", read_slowly)
    assert verify_log(directory(on_both)) == []


def test_the_command_says_that_the_log_is_whole(app: Flask) -> None:
    with app.app_context():
        record(2)
        write_anchor(directory(app))
        db.session.remove()
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (done.exit_code, done.output) == (0, "The audit log is whole.\n")


def test_the_command_fails_with_a_sentence_for_each_fault(app: Flask) -> None:
    with app.app_context():
        record(2)
        db.session.remove()
    (directory(app) / "audit.anchor").unlink()
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert "the anchor file is missing" in done.output


def test_the_command_tells_the_faults_as_json(app: Flask) -> None:
    whole = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])
    with app.app_context():
        record(2)
        db.session.remove()
    (directory(app) / "audit.anchor").unlink()
    cut = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])
    assert (whole.exit_code, json.loads(whole.output)) == (0, {"faults": []})
    assert cut.exit_code == 1
    assert "anchor" in json.loads(cut.output)["faults"][0]


def test_without_keys_the_command_says_that_it_needs_them(app: Flask, start_again: StartAgain) -> None:
    shutil.rmtree(settings_of(app).keys_dir)
    done = start_again(settings_of(app)).test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert "key files" in done.output
