"""One sealed value that cannot be opened closes nothing but itself."""

import os
from pathlib import Path

import pyotp
import pytest
from flask import Flask, render_template_string
from sqlalchemy import text

from accounts.permissions import Role
from accounts.queries import all_staff, staff_by_username
from accounts.staffing import WrongSignIn, use_otp
from core.crypto import CannotUnseal
from core.damage import record_damage
from core.db import db, transaction
from core.queries import latest_audit_event
from core.unreadable import FILE, MOST, damaged_places, note_damage
from core.web import settings_of
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import QueueItem
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, write_post

SENTENCE = "This part cannot be read: it was damaged. The team has been told."


def damage(table: str, column: str) -> None:
    """Change bytes of every row, as a disk does."""
    db.session.rollback()
    with transaction():
        db.session.execute(text(f"UPDATE {table} SET {column} = :noise"), {"noise": os.urandom(300)})
    db.session.expire_all()


@pytest.fixture
def directory(inside: Flask) -> Path:
    return settings_of(inside).data_dir


def test_staff_are_all_there_when_the_second_factor_of_one_is_damaged(directory: Path) -> None:
    add_staff_row(Role.MODERATOR, "maya")
    damage("staff", "otp_secret")
    assert [one.username for one in all_staff()] == ["maya"]
    assert damaged_places(directory) == ["staff.otp_secret"]


def test_nobody_signs_in_by_a_second_factor_that_cannot_be_read(inside: Flask) -> None:
    assert inside
    add_staff_row(Role.MODERATOR, "maya")
    damage("staff", "otp_secret")
    maya = staff_by_username("maya")
    assert maya is not None
    with pytest.raises((WrongSignIn, ValueError)):
        use_otp(maya, pyotp.TOTP(pyotp.random_base32()).at(NOON), now=NOON)


def test_what_stands_for_a_text_cannot_be_guessed(inside: Flask) -> None:
    assert inside
    add_staff_row(Role.MODERATOR, "maya")
    damage("staff", "otp_secret")
    first = all_staff()[0].otp_secret
    db.session.expire_all()
    assert all_staff()[0].otp_secret != first


def test_an_escalation_with_a_damaged_briefing_is_in_the_list_with_a_sentence(inside: Flask) -> None:
    assert inside
    escalation = escalate_post(write_post(add_student()), Band.RED)
    damage("escalations", "prompted_by")
    (overdue,) = moderation_queries.overdue_escalations(NOON.replace(year=2027))
    assert overdue.id == escalation.id
    with inside.test_request_context():
        assert render_template_string("{{ words }}", words=overdue.prompted_by) == SENTENCE


def test_damaged_facts_are_as_empty_as_none_and_tell_whoever_looks_into_them(inside: Flask) -> None:
    assert inside
    write_post(add_student())
    with transaction():
        for item in db.session.query(QueueItem):
            item.excluded = ["somebody"]
    damage("queue_items", "excluded")
    item = db.session.query(QueueItem).one()
    assert (item.excluded or []) == []
    assert item.excluded is not None
    with pytest.raises(CannotUnseal):
        item.excluded[0]


def test_a_change_beside_it_leaves_the_damaged_bytes_as_they_are(inside: Flask) -> None:
    assert inside
    escalate_post(write_post(add_student()))
    damage("escalations", "prompted_by")
    before = db.session.execute(text("SELECT prompted_by FROM escalations")).scalar_one()
    with transaction():
        (one,) = moderation_queries.overdue_escalations(NOON.replace(year=2027))
        one.climbed = 3
    assert db.session.execute(text("SELECT prompted_by FROM escalations")).scalar_one() == before


def test_each_place_is_noted_once_and_the_log_names_it_without_a_word(
    inside: Flask, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert inside
    note_damage("case:0123456789abc")
    note_damage("case:0123456789abc")
    assert damaged_places(directory) == ["case:0123456789abc"]
    assert "what lies sealed at case:0123456789abc cannot be opened" in caplog.text


def test_the_audit_log_has_each_place_once(directory: Path) -> None:
    assert directory
    note_damage("case:0123456789abc")
    record_damage(NOON)
    first = latest_audit_event(kind="unreadable", actor="system", target="case:0123456789abc")
    assert first is not None
    record_damage(NOON.replace(year=2027))
    again = latest_audit_event(kind="unreadable", actor="system", target="case:0123456789abc")
    assert again is not None
    assert again.sequence == first.sequence


def test_a_dying_disk_does_not_fill_itself_with_notes(directory: Path) -> None:
    (directory / FILE).write_text("".join(f"case:{number}\n" for number in range(MOST)))
    note_damage("case:one-more")
    assert len(damaged_places(directory)) == MOST
