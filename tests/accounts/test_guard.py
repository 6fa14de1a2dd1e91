"""Who may enter: a staff room does not exist for strangers, and nobody loses a text at a door."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard import safe_path
from accounts.permissions import GRANTS, STAFF_ROLES, STAFF_ROOMS, STUDENTS_ONLY, Permission, Role, may
from tests.accounts.conftest import Clock
from tests.people import Credentials, add_staff_person, code_of, hidden_fields, post_form, sign_in_as

QUEUE = "/moderation/queue"
TYPED = "What I typed <& must not be lost"
SHOWN = "What I typed &lt;&amp; must not be lost"


@pytest.fixture
def maya(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="maya")


@pytest.fixture
def coordinator(app: Flask) -> Credentials:
    return add_staff_person(app, Role.COORDINATOR, username="eleni")


def test_a_staff_room_without_a_cookie_looks_like_nothing(client: FlaskClient) -> None:
    room, nothing = client.get(QUEUE), client.get("/no-such-page")
    assert (room.status_code, nothing.status_code) == (404, 404)
    assert re.sub(r'href="[^"]*"', "", room.text) == re.sub(r'href="[^"]*"', "", nothing.text)


def test_a_staff_room_looks_like_nothing_to_a_student(student: FlaskClient) -> None:
    assert student.get(QUEUE).status_code == 404


def test_a_room_of_another_role_is_refused(maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    assert client.get("/admin/staff").status_code == 403


def test_a_page_of_a_students_own_leads_a_visitor_to_the_door_and_back(client: FlaskClient) -> None:
    assert client.get("/me").headers["Location"] == "/return?next=/me"


def test_who_was_signed_in_as_staff_is_led_to_sign_in_and_back(
    maya: Credentials, client: FlaskClient, clock: Clock
) -> None:
    sign_in_as(client, maya)
    clock.move(minutes=31)
    door = client.get(f"{QUEUE}?after=x")
    assert door.headers["Location"] == f"/staff/login?next={QUEUE}?after%3Dx"


def sign_in_again(client: FlaskClient, who: Credentials, door: str) -> str:
    """Sign in at the door that one was led to, half a minute later. Where it leads."""
    fields = hidden_fields(client.get(door).text)
    answer = client.post(door, data=fields | {"username": who.username, "password": who.password})
    assert answer.status_code == 303
    onward = answer.headers["Location"]
    code = code_of(who, steps=1)
    return client.post(onward, data=hidden_fields(client.get(onward).text) | {"otp": code}).headers[
        "Location"
    ]


def test_after_signing_in_again_one_is_where_one_was(maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    client.set_cookie("stoa-staff", "A" * 43 + "=")  # what a session that ended leaves in the browser
    door = client.get("/moderation/unanswered").headers["Location"]
    assert sign_in_again(client, maya, door) == "/moderation/unanswered"


def post_to_a_room(client: FlaskClient, **fields: str) -> str:
    """Send a form of a staff room after the session ended. The door that one is led to."""
    token = hidden_fields(client.get("/return").text)["csrf_token"]
    answer = client.post("/admin/categories/new", data={"csrf_token": token} | fields)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.fixture
def timed_out(coordinator: Credentials, client: FlaskClient) -> FlaskClient:
    """The browser of a coordinator whose session ended."""
    sign_in_as(client, coordinator)
    client.set_cookie("stoa-staff", "A" * 43 + "=")
    return client


def test_a_form_sent_too_late_gives_its_text_back_after_signing_in(
    timed_out: FlaskClient, coordinator: Credentials
) -> None:
    door = post_to_a_room(timed_out, name_en=TYPED)
    onward = sign_in_again(timed_out, coordinator, door)
    assert SHOWN in timed_out.get(onward).text


def test_a_button_pressed_too_late_leads_back_to_its_page(
    timed_out: FlaskClient, coordinator: Credentials
) -> None:
    token = hidden_fields(timed_out.get("/return").text)["csrf_token"]
    answer = timed_out.post(
        f"/admin/staff/{coordinator.staff_id}/training",
        data={"csrf_token": token, "reason": TYPED},
        headers={"Referer": "http://localhost/admin/staff?after=x"},
    )
    onward = sign_in_again(timed_out, coordinator, answer.headers["Location"])
    assert onward == "/admin/staff"
    assert SHOWN in timed_out.get(onward).text


@pytest.mark.parametrize("back_to", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_form_does_not_lead_to_another_site(
    timed_out: FlaskClient, coordinator: Credentials, back_to: str
) -> None:
    door = post_to_a_room(timed_out, name_en=TYPED, back_to=back_to)
    assert "evil" not in sign_in_again(timed_out, coordinator, door)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil",
        "javascript:alert(1)",
        "\\\\evil",
        "/a\nb",
        "",
        None,
    ],
)
def test_only_a_path_of_ours_is_gone_on_to(elsewhere: str | None) -> None:
    assert safe_path(elsewhere) == ""


@given(st.text())
def test_a_path_that_is_gone_on_to_stays_here(text: str) -> None:
    path = safe_path("/" + text)
    assert not path.startswith(("//", "/\\"))
    assert not re.search(r"[\\\x00-\x1f]", path)


@pytest.mark.parametrize("door", ["/return", "/staff/login"])
def test_a_door_does_not_lead_elsewhere(app: Flask, maya: Credentials, door: str) -> None:
    client = app.test_client()
    assert maya
    page = client.get(f"{door}?next=https://evil.example/").text
    assert "evil.example" not in re.sub(r'href="[^"]*"', "", page)


def test_who_is_signed_in_as_staff_is_no_student(maya: Credentials, client: FlaskClient) -> None:
    sign_in_as(client, maya)
    assert client.get("/me").status_code == 403


def test_one_browser_is_one_person(maya: Credentials, student: FlaskClient) -> None:
    sign_in_as(student, maya)
    assert student.get(QUEUE).status_code == 200
    post_form(student, "/logout", {}, page=QUEUE)
    assert student.get("/me").status_code == 303


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_its_grants(role: Role) -> None:
    assert GRANTS[role]


@pytest.mark.parametrize("permission", list(Permission))
def test_every_permission_is_somebodys(permission: Permission) -> None:
    assert any(may(role, permission) for role in Role)


@pytest.mark.parametrize("permission", sorted(STAFF_ROOMS))
@pytest.mark.parametrize("role", [Role.VISITOR, Role.STUDENT])
def test_no_staff_room_is_a_strangers(role: Role, permission: Permission) -> None:
    assert not may(role, permission)


@pytest.mark.parametrize("permission", sorted(STUDENTS_ONLY))
@pytest.mark.parametrize("role", STAFF_ROLES)
def test_no_private_side_of_a_student_is_the_staffs(role: Role, permission: Permission) -> None:
    assert not may(role, permission)


def test_a_coordinator_reads_no_private_text() -> None:
    assert not GRANTS[Role.COORDINATOR] & {Permission.SEE_QUEUE, Permission.DECIDE, Permission.COUNSEL}


def test_a_moderator_sees_no_case() -> None:
    assert not may(Role.MODERATOR, Permission.COUNSEL)


def test_a_researcher_enters_no_room_but_their_own() -> None:
    assert GRANTS[Role.RESEARCHER] & STAFF_ROOMS == {Permission.OWN_STAFF_ACCOUNT}
