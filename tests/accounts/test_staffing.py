"""Staff accounts: codes that work once, training, names, and what the audit log keeps."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask

from accounts import queries
from accounts.access import staff_for_admin
from accounts.models import Staff, Step
from accounts.permissions import Role
from accounts.staffing import (
    NameTaken,
    NewStaff,
    WeakPassword,
    WrongSignIn,
    add_staff,
    change_password,
    check_password,
    close_staff,
    require_new_password,
    reset_otp,
    use_otp,
)
from accounts.training import record_training, training_step
from core.db import db, transaction
from core.queries import all_audit_events

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)
WAIT = 20.0


@pytest.fixture
def new(inside: Flask) -> NewStaff:
    """A moderator who was just added, inside an application."""
    assert inside
    return add_staff("maya", role=Role.MODERATOR, actor="command", now=NOON)


def use(new: NewStaff, *, made_at: datetime, typed_at: datetime) -> None:
    with transaction():
        use_otp(staff_for_admin(new.staff.id), pyotp.TOTP(new.otp_secret).at(made_at), now=typed_at)


def test_a_code_opens(new: NewStaff) -> None:
    use(new, made_at=NOON, typed_at=NOON)
    assert new.staff.last_otp_step > 0


def test_a_code_works_once(new: NewStaff) -> None:
    use(new, made_at=NOON, typed_at=NOON)
    with pytest.raises(WrongSignIn):
        use(new, made_at=NOON, typed_at=NOON)


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_clock_that_is_half_a_minute_off_does_not_matter(new: NewStaff, steps: int) -> None:
    use(new, made_at=NOON + steps * STEP, typed_at=NOON)
    assert new.staff.last_otp_step > 0


@pytest.mark.parametrize("steps", [-2, 2])
def test_an_older_or_later_code_is_refused(new: NewStaff, steps: int) -> None:
    with pytest.raises(WrongSignIn):
        use(new, made_at=NOON + steps * STEP, typed_at=NOON)


def test_after_a_code_the_one_before_it_is_refused(new: NewStaff) -> None:
    use(new, made_at=NOON, typed_at=NOON)
    with pytest.raises(WrongSignIn):
        use(new, made_at=NOON - STEP, typed_at=NOON)


@pytest.mark.parametrize("typed", ["", "000000x", "12345", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused(new: NewStaff, typed: str) -> None:
    with pytest.raises(WrongSignIn), transaction():
        use_otp(staff_for_admin(new.staff.id), typed, now=NOON)


def test_a_code_may_be_typed_with_a_space(new: NewStaff) -> None:
    code = pyotp.TOTP(new.otp_secret).at(NOON)
    with transaction():
        use_otp(staff_for_admin(new.staff.id), f"{code[:3]} {code[3:]}", now=NOON)
    assert new.staff.last_otp_step > 0


def test_two_who_type_the_same_code_at_once_do_not_both_get_in(both_databases: Flask) -> None:
    with both_databases.test_request_context():
        new = add_staff("maya", role=Role.MODERATOR, actor="command", now=NOON)
        staff_id, code = new.staff.id, pyotp.TOTP(new.otp_secret).at(NOON)
        db.session.remove()
    start = threading.Barrier(2)

    def type_code() -> bool:
        with both_databases.test_request_context():
            start.wait(WAIT)
            try:
                with transaction():
                    use_otp(staff_for_admin(staff_id), code, now=NOON)
            except WrongSignIn:
                return False
            return True

    with ThreadPoolExecutor(max_workers=2) as pool:
        came_in = [done.result(timeout=WAIT) for done in [pool.submit(type_code), pool.submit(type_code)]]
    assert sorted(came_in) == [False, True]


def test_a_wrong_name_takes_a_hash_too(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert inside
    hashed: list[str] = []

    def note(encoded: str, _password: str) -> bool:
        hashed.append(encoded)
        return False

    monkeypatch.setattr("accounts.staffing.password_fits", note)
    assert check_password("nobody", "x") is None
    assert len(hashed) == 1
    assert hashed[0].startswith("$argon2id$v=19$m=32768,t=2,p=1$")


@pytest.mark.parametrize("chosen", ["", "short", "eleven char"])
def test_a_short_password_is_refused(new: NewStaff, chosen: str) -> None:
    with pytest.raises(WeakPassword):
        require_new_password(new.staff, chosen)


def test_the_present_password_is_no_new_one(new: NewStaff) -> None:
    with pytest.raises(WeakPassword):
        require_new_password(new.staff, new.password)


def test_a_new_second_factor_replaces_the_old_one(new: NewStaff) -> None:
    with transaction():
        secret = reset_otp(staff_for_admin(new.staff.id), actor="command", now=NOON)
    with pytest.raises(WrongSignIn):
        use(new, made_at=NOON, typed_at=NOON)
    use(NewStaff(new.staff, "", secret), made_at=NOON, typed_at=NOON)
    assert new.staff.last_otp_step > 0


@pytest.mark.parametrize(("username", "alias"), [("maya", "Other"), ("MAYA ", "Other"), ("other", "maya")])
def test_a_name_or_alias_that_is_taken_is_refused(new: NewStaff, username: str, alias: str) -> None:
    assert new
    with pytest.raises(NameTaken):
        add_staff(username, role=Role.PROFESSIONAL, alias=alias, actor="command", now=NOON)


@pytest.mark.parametrize("role", [Role.VISITOR, Role.STUDENT])
def test_staff_have_a_role_of_the_staff(inside: Flask, role: Role) -> None:
    assert inside
    with pytest.raises(ValueError, match="not a staff role"):
        add_staff("maya", role=role, actor="command", now=NOON)


def test_a_moderator_added_so_is_independent_with_a_reason(new: NewStaff) -> None:
    record = queries.newest_training_record(new.staff.id)
    assert record is not None
    assert (record.step, bool(record.reason)) == (Step.INDEPENDENT, True)


def test_the_newest_valid_training_record_counts(new: NewStaff) -> None:
    later = NOON + timedelta(days=1)
    with transaction():
        staff = staff_for_admin(new.staff.id)
        record_training(staff, step=Step.ASSISTED, reason="came back", actor="command", now=later)
    assert training_step(new.staff, now=later) is Step.ASSISTED


def test_without_a_valid_training_record_there_is_no_step(new: NewStaff) -> None:
    with transaction():
        record = queries.newest_training_record(new.staff.id)
        assert record is not None
        record.expires_at = NOON + timedelta(days=1)
    assert training_step(new.staff, now=NOON + timedelta(days=2)) is None


def test_each_change_of_a_staff_account_is_in_the_audit_log(new: NewStaff) -> None:
    with transaction():
        staff: Staff = staff_for_admin(new.staff.id)
        change_password(staff, hashed="x", now=NOON)
        reset_otp(staff, actor="staff:boss", now=NOON)
        close_staff(staff, actor="staff:boss", now=NOON)
    target = f"staff:{new.staff.id}"
    kinds = [event.kind for event in all_audit_events() if event.target == target]
    assert kinds == [
        "staff_added",
        "training_recorded",
        "staff_password_changed",
        "staff_otp_reset",
        "staff_closed",
    ]
