"""The pages of the team: the rota, swaps, tasks, wishes, the beginning and the end of a stint."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from accounts.websessions import sign_in
from core.clock import utcnow
from core.db import db, transaction
from moderation.team import queries as team_queries
from moderation.team import rota_queries
from moderation.team.models import Duty, Shift, TaskKind
from moderation.team.tasks import ask_team
from moderation.wellbeing import opted_out, own_setting
from tests.cast import begin_thread, new_moderator, new_staff, new_student, staff
from tests.people import hidden_fields, post_form


@pytest.fixture
def people(app: Flask) -> dict[str, str]:
    """Two moderators, a professional, a coordinator."""
    with app.app_context():
        return {
            "maya": new_moderator("maya"),
            "tom": new_moderator("tom"),
            "irida": new_staff(Role.PROFESSIONAL, "irida"),
            "tomas": new_staff(Role.COORDINATOR, "tomas"),
        }


def browser_of(app: Flask, staff_id: str) -> FlaskClient:
    """A browser in which this person is signed in."""
    with app.app_context(), transaction():
        token = sign_in(staff(staff_id), now=utcnow())
    browser = app.test_client()
    browser.set_cookie("stoa-staff", token)
    return browser


def published_shift(app: Flask, who: str) -> str:
    begins = utcnow() + timedelta(hours=1)
    with app.app_context(), transaction():
        shift = Shift(
            staff_id=who,
            duty=Duty.MODERATOR,
            begins_at=begins,
            ends_at=begins + timedelta(hours=4),
            is_published=True,
            leaves=False,
        )
        db.session.add(shift)
        db.session.flush()
        return shift.id


def holder_of(app: Flask, shift_id: str) -> str:
    with app.app_context():
        found = rota_queries.shift(shift_id)
        assert found is not None
        return found.staff_id


def count_shifts(app: Flask, staff_id: str) -> int:
    now = utcnow()
    with app.app_context():
        return len(rota_queries.shifts_of(staff_id, now, now + timedelta(days=30)))


def in_a_week() -> str:
    return (utcnow() + timedelta(days=7)).date().isoformat()


def test_a_coordinator_drafts_a_shift(app: Flask, people: dict[str, str]) -> None:
    tomas = browser_of(app, people["tomas"])
    day = in_a_week()
    wish = {
        "week": day,
        "person": people["maya"],
        "duty": "moderator",
        "days": day,
        "begins": "09:00",
        "ends": "13:00",
    }

    sent = post_form(tomas, "/admin/rota", wish, page=f"/admin/rota?week={day}")

    assert sent.status_code == 303
    page = tomas.get(f"/admin/rota?week={day}").text
    assert "<strong>Maya</strong>" in page
    assert "draft" in page


def test_a_double_click_drafts_one_shift(app: Flask, people: dict[str, str]) -> None:
    tomas = browser_of(app, people["tomas"])
    day = in_a_week()
    fields = hidden_fields(tomas.get(f"/admin/rota?week={day}").text, action="/admin/rota")
    wish = fields | {
        "person": people["maya"],
        "duty": "on_call",
        "days": day,
        "begins": "21:00",
        "ends": "09:00",
    }

    assert [tomas.post("/admin/rota", data=wish).status_code for _ in range(2)] == [303, 303]

    assert count_shifts(app, people["maya"]) == 1


def test_a_rota_that_cannot_keep_the_clocks_is_not_published_and_the_page_says_by_how_much(
    app: Flask, people: dict[str, str]
) -> None:
    tomas = browser_of(app, people["tomas"])

    sent = post_form(tomas, "/admin/rota/publish", {}, page="/admin/rota")

    assert sent.status_code == 422
    assert "would not keep the clocks" in sent.text
    assert "Missing: 12 hours." in sent.text
    assert "Too long by 324 hours." in sent.text


def test_too_many_hours_for_one_person_are_refused_with_what_was_typed(
    app: Flask, people: dict[str, str]
) -> None:
    tomas = browser_of(app, people["tomas"])
    page = tomas.get(f"/admin/rota?week={in_a_week()}").text
    days = re.findall(r'name="days" value="([^"]+)"', page)
    wish = {
        "person": people["maya"],
        "duty": "lead",
        "days": days[:3],
        "begins": "08:15",
        "ends": "16:15",
    }

    sent = tomas.post("/admin/rota", data=hidden_fields(page, action="/admin/rota") | wish)

    assert sent.status_code == 422
    assert "That is 4 more than the 20" in sent.text
    assert 'value="08:15"' in sent.text
    assert count_shifts(app, people["maya"]) == 0


def test_a_colleague_takes_over_what_they_were_asked(app: Flask, people: dict[str, str]) -> None:
    shift_id = published_shift(app, people["maya"])
    maya, tom = browser_of(app, people["maya"]), browser_of(app, people["tom"])

    asked = post_form(
        maya, f"/moderation/rota/{shift_id}/offer", {"colleague": people["tom"]}, page="/moderation/rota"
    )
    assert asked.status_code == 303
    assert "Maya asks you to take over" in tom.get("/moderation/rota").text
    taken = post_form(tom, f"/moderation/rota/{shift_id}/accept", {}, page="/moderation/rota")

    assert taken.status_code == 303
    assert holder_of(app, shift_id) == people["tom"]


def test_a_shift_of_somebody_else_cannot_be_given_away(app: Flask, people: dict[str, str]) -> None:
    shift_id = published_shift(app, people["maya"])
    published_shift(app, people["tom"])
    tom = browser_of(app, people["tom"])
    fields = hidden_fields(tom.get("/moderation/rota").text)

    sent = tom.post(f"/moderation/rota/{shift_id}/offer", data=fields | {"colleague": people["tom"]})

    assert sent.status_code == 404


def test_a_page_says_plainly_that_nobody_is_on_call(app: Flask, people: dict[str, str]) -> None:
    assert "nobody: that is how it is set" in browser_of(app, people["irida"]).get("/moderation/rota").text


def test_a_task_is_done_by_an_act_and_not_by_looking(app: Flask, people: dict[str, str]) -> None:
    with app.app_context(), transaction():
        task = ask_team(
            TaskKind.DEBRIEF, person=staff(people["maya"]), about=staff(people["tom"]), now=utcnow()
        )
        task_id = task.id
    maya = browser_of(app, people["maya"])
    assert "Please ask how they are" in maya.get("/moderation/team").text
    assert "Please ask how they are" in maya.get("/moderation/team").text

    done = post_form(maya, f"/moderation/tasks/{task_id}/done", {}, page="/moderation/team")

    assert done.status_code == 303
    assert "Please ask how they are" not in maya.get("/moderation/team").text


def test_a_task_of_somebody_else_does_not_exist(app: Flask, people: dict[str, str]) -> None:
    with app.app_context(), transaction():
        task_id = ask_team(TaskKind.DEBRIEF, person=staff(people["maya"]), now=utcnow()).id
    tom = browser_of(app, people["tom"])
    fields = hidden_fields(tom.get("/moderation/team").text)

    assert tom.post(f"/moderation/tasks/{task_id}/done", data=fields).status_code == 404


def test_somebody_goes_by_topics_without_a_reason(app: Flask, people: dict[str, str]) -> None:
    maya = browser_of(app, people["maya"])

    sent = post_form(maya, "/moderation/team", {"topics": ["loss", "family-relationships"]})

    assert sent.status_code == 303
    with app.app_context():
        assert opted_out(staff(people["maya"])) == {"loss", "family-relationships"}
    assert len(re.findall(r'name="topics"[^>]* checked', maya.get("/moderation/team").text)) == 2


def test_nobody_but_oneself_reads_ones_wishes(app: Flask, people: dict[str, str]) -> None:
    with app.app_context(), transaction():
        own_setting(staff(people["maya"])).opted_out = ["loss"]

    for who in ("tom", "tomas"):
        page = browser_of(app, people[who]).get("/moderation/team").text
        assert not re.search(r'name="topics"[^>]* checked', page)


def test_a_stint_begins_and_ends_with_a_kind_page(app: Flask, people: dict[str, str]) -> None:
    maya = browser_of(app, people["maya"])
    assert "Good that you are here" in maya.get("/moderation/queue").text

    assert post_form(maya, "/moderation/begin", {}, page="/moderation/queue").status_code == 303
    assert "You are at work" in maya.get("/moderation/queue").text
    ended = post_form(maya, "/moderation/end", {}, follow_redirects=True)

    assert "You have nothing in hand any more." in ended.text
    assert "Good that you are here" in maya.get("/moderation/queue").text


def test_a_person_at_rest_gets_a_page_that_says_what_they_can_do(app: Flask, people: dict[str, str]) -> None:
    with app.app_context(), transaction():
        own_setting(staff(people["maya"])).rested_until = utcnow() + timedelta(minutes=5)
        shift = Shift(
            staff_id=people["tom"],
            duty=Duty.MODERATOR,
            begins_at=utcnow() - timedelta(hours=1),
            ends_at=utcnow() + timedelta(hours=1),
            is_published=True,
            leaves=False,
        )
        db.session.add(shift)
    with app.app_context():
        begin_thread(new_student(), now=utcnow())
    maya = browser_of(app, people["maya"])

    sent = post_form(maya, "/moderation/queue/next", {}, page="/moderation/queue")

    assert sent.status_code == 409
    assert "Please rest until" in sent.text
    assert "/moderation/end" in sent.text


def test_a_coordinator_says_who_is_whose_buddy(app: Flask, people: dict[str, str]) -> None:
    tomas = browser_of(app, people["tomas"])
    address = f"/admin/staff/{people['maya']}/pair"

    sent = post_form(tomas, address, {"buddy": people["tom"], "senior": people["irida"]})

    assert sent.status_code == 303
    with app.app_context():
        setting = team_queries.moderator_setting(people["maya"])
        assert setting is not None
        assert (setting.buddy_id, setting.senior_id) == (people["tom"], people["irida"])
    assert "Tom" in browser_of(app, people["maya"]).get("/moderation/team").text


def test_holidays_and_the_weekly_limit_are_part_of_the_policy(app: Flask, people: dict[str, str]) -> None:
    tomas = browser_of(app, people["tomas"])
    wish = {
        "timezone": "UTC",
        "mon": "09:00-21:00",
        "holidays": "2026-12-26, 2026-12-25",
        "weekly_limit": "12",
    }

    assert post_form(tomas, "/admin/hours", wish).status_code == 303

    page = tomas.get("/admin/hours").text
    assert "2026-12-25, 2026-12-26" in page
    assert re.search(r'name="weekly_limit"[^>]*value="12"', page)


@pytest.mark.parametrize("typed", ["Christmas", "2026-13-01", "25.12.2026"])
def test_a_holiday_that_is_no_day_is_asked_for_again(app: Flask, people: dict[str, str], typed: str) -> None:
    tomas = browser_of(app, people["tomas"])

    sent = post_form(tomas, "/admin/hours", {"timezone": "UTC", "holidays": typed})

    assert sent.status_code == 422
    assert typed in sent.text
