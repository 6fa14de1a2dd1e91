"""The training record: who may write it, that nothing in it is ever changed, and when it warns."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries
from accounts.models import Staff, Step, TrainingRecord
from accounts.permissions import Permission, Role, may
from accounts.training import (
    Module,
    OwnRecord,
    RecordChanged,
    add_hours,
    record_training,
    require_newest,
    runs_out_soon,
    total_hours,
    training_alarms,
    training_step,
)
from core.db import db, transaction
from core.models import AuditEvent
from core.refusals import Missing
from tests.cast import MINUTE, NOON, new_moderator, new_staff, staff
from tests.people import add_staff_person, post_form, sign_in_as

DAY = timedelta(days=1)


def record(person: Staff, *, by: str = "staff:cora", **more: object) -> TrainingRecord:
    facts: dict[str, object] = {"step": Step.ASSISTED, "reason": "passed the course"}
    return record_training(person, actor=by, now=NOON + MINUTE, **(facts | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
def test_professionals_and_coordinators_record_training_and_nobody_else(role: Role) -> None:
    assert may(role, Permission.RECORD_TRAINING) is (role in {Role.PROFESSIONAL, Role.COORDINATOR})


def test_nobody_records_their_own(app: Flask) -> None:
    with app.app_context():
        iris = new_moderator("iris")
        with pytest.raises(OwnRecord), transaction():
            record(staff(iris), by=staff(iris).actor)


def test_only_moderators_have_a_record(app: Flask) -> None:
    with app.app_context():
        lea = new_staff(Role.PROFESSIONAL, "lea")
        with pytest.raises(Missing), transaction():
            record(staff(lea))


def test_a_new_record_leaves_the_old_one_as_it_was(app: Flask) -> None:
    with app.app_context():
        iris = new_moderator("iris")
        (first,) = queries.training_records(iris)
        before = (first.id, first.step, first.reason, first.recorded_at)
        with transaction():
            record(staff(iris), hours={"listening": 6}, signed_by="Eva", signed_on=date(2026, 3, 1))
        db.session.expire_all()
        newest, oldest = queries.training_records(iris)
        assert (oldest.id, oldest.step, oldest.reason, oldest.recorded_at) == before
        assert (newest.hours, newest.signed_by, newest.signed_on) == (
            {"listening": 6},
            "Eva",
            date(2026, 3, 1),
        )


def test_a_record_stands_in_the_audit_log_with_its_reason(app: Flask) -> None:
    with app.app_context():
        iris = new_moderator("iris")
        with transaction():
            record(staff(iris), hours={"listening": 6, "danger": 4})
        event = db.session.query(AuditEvent).filter_by(kind="training_recorded").all()[-1]
        assert (event.actor, event.target) == ("staff:cora", f"staff:{iris}")
        assert (event.detail["reason"], event.detail["hours"]) == ("passed the course", 10)


def test_the_curriculum_adds_hours_and_changes_nothing_else(app: Flask) -> None:
    with app.app_context():
        iris = new_moderator("iris")
        with transaction():
            record(staff(iris), hours={"listening": 6}, expires_at=NOON + 90 * DAY)
        with transaction():
            add_hours(staff(iris), Module.DANGER, 3, reason="module", actor="system", now=NOON + 2 * MINUTE)
        newest = queries.training_records(iris)[0]
        assert (newest.hours, total_hours(newest)) == ({"listening": 6, "danger": 3}, 9)
        assert (newest.step, newest.expires_at) == (Step.ASSISTED, NOON + 90 * DAY)


def test_who_recorded_must_have_seen_the_newest(app: Flask) -> None:
    with app.app_context():
        iris = new_moderator("iris")
        seen = queries.training_records(iris)[0].id
        with transaction():
            record(staff(iris))
        with pytest.raises(RecordChanged):
            require_newest(staff(iris), seen)


@pytest.mark.parametrize(
    ("days", "step", "is_ending"), [(31, "assisted", False), (30, "assisted", True), (-1, None, False)]
)
def test_a_record_warns_thirty_days_ahead_and_then_holds_no_more(
    app: Flask, days: int, step: str | None, is_ending: bool
) -> None:
    with app.test_request_context():
        iris = new_moderator("iris")
        with transaction():
            record(staff(iris), expires_at=NOON + days * DAY)
        newest = queries.training_records(iris)[0]
        assert training_step(staff(iris), now=NOON) == step
        assert runs_out_soon(newest, now=NOON) is is_ending
        assert len(training_alarms(now=NOON)) == is_ending


def test_a_professional_writes_a_record_on_its_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        iris = new_moderator("iris", step=Step.OBSERVER)
    sign_in_as(client, add_staff_person(app, Role.PROFESSIONAL))
    page = f"/admin/staff/{iris}/training"
    typed = {
        "step": "assisted",
        "hours_listening": "12",
        "signed_by": "Eva",
        "signed_on": "2026-03-01",
        "expires_on": "2099-12-31",
        "reason": "passed the course",
    }
    assert post_form(client, page, typed).status_code == 303
    shown = client.get(page).text
    assert "12 hours so far" in shown
    assert "passed the course" in shown
    refused = post_form(client, page, typed | {"reason": "", "hours_danger": "many"})
    assert refused.status_code == 422
    assert "12" in refused.text
    with app.app_context():
        assert [one.step for one in queries.training_records(iris)] == [Step.ASSISTED, Step.OBSERVER]
