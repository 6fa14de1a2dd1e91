"""A coordinator sets how the service runs and sees counts; private text is on none of their pages."""

import html
import re
from datetime import UTC, datetime

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.journeys.steps import (
    accept_escalation,
    answer_letter,
    begin_thread,
    escalate_next,
    post_ids,
    take_next,
    write_letter,
)
from tests.people import hidden_fields, post_form, run_outbox

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CATEGORY = {
    "slug": "living-together",
    "name_en": "Living together",
    "name_el": "Συγκατοίκηση",
    "place": "3",
    "opening_mode": "read_after",
    "reply_mode": "hold_all",
}
ROOMS = (
    "/admin/",
    "/insight/",
    "/admin/categories",
    "/admin/categories/new",
    "/admin/clocks",
    "/admin/hours",
    "/admin/student-numbers",
    "/admin/texts",
    "/admin/staff",
)


def path_to(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, pattern
    return found.group(1)


def test_a_new_category_takes_threads_in_its_own_mode(
    carla: FlaskClient, anna: FlaskClient, reader: FlaskClient
) -> None:
    # When a coordinator opens a category that is read after
    assert post_form(carla, "/admin/categories/new", CATEGORY).status_code == 303

    # Then readers find it, in their language
    assert 'href="/c/living-together"' in reader.get("/").text
    assert "Συγκατοίκηση" in reader.get("/", headers={"Accept-Language": "el"}).text

    # And a student's calm text appears at once, while an urgent one is held in any mode
    calm = begin_thread(anna, "Dishes", "Who washes up at your place?", topic="living-together")
    urgent = begin_thread(anna, "Doors", "My flatmate hits me.", topic="living-together")
    assert reader.get(calm).status_code == 200
    assert reader.get(urgent).status_code == 404


def test_a_closed_category_stays_to_be_read_and_takes_no_thread_until_it_is_opened(
    carla: FlaskClient, anna: FlaskClient, reader: FlaskClient
) -> None:
    # Given a category with a thread
    post_form(carla, "/admin/categories/new", CATEGORY)
    thread = begin_thread(anna, "Dishes", "Who washes up at your place?", topic="living-together")
    page = html.unescape(carla.get("/admin/categories").text)
    row = page.split("living-together", 1)[1]
    edit = path_to(row, r'"(/admin/categories/[0-9a-z]{13}/edit)"')
    close = edit.replace("/edit", "/close")

    # When it is closed
    assert carla.post(close, data=hidden_fields(page, action=close)).status_code == 303

    # Then its thread is there, and a new one is not taken, nor lost
    assert reader.get(thread).status_code == 200
    refused = post_form(anna, "/c/living-together/new", {"title": "Noise", "body": "It is loud at night."})
    assert refused.status_code == 409
    assert "It is loud at night." in refused.text

    # When it is opened again
    reopen = edit.replace("/edit", "/reopen")
    assert carla.post(reopen, data=hidden_fields(carla.get("/admin/categories").text)).status_code == 303

    # Then it takes threads
    begin_thread(anna, "Noise", "It is loud at night.", topic="living-together")

    # When its mode is changed to reading before
    changed = CATEGORY | {"opening_mode": "hold_all"}
    assert post_form(carla, edit, changed).status_code == 303

    # Then the next text waits
    held = begin_thread(anna, "Keys", "We share one key.", topic="living-together")
    assert reader.get(held).status_code == 404


def test_the_clocks_that_are_set_are_the_ones_students_are_promised(
    carla: FlaskClient, anna: FlaskClient
) -> None:
    # Given a team that is always there and promises to look at everything within 42 minutes
    always = dict.fromkeys(DAYS, "00:00-23:59")
    assert post_form(carla, "/admin/hours", {"timezone": "Asia/Jakarta"} | always).status_code == 303
    clocks = {
        f"{kind}_{band}": "42"
        for kind in ("first_look", "professional")
        for band in ("crisis", "red", "amber", "green")
    }
    assert post_form(carla, "/admin/clocks", clocks).status_code == 303

    # When a student writes
    page = anna.get(begin_thread(anna, "Lost", "Where is the library?")).text

    # Then that is the promise
    assert re.search(r"in 4[1-3] minutes", page)


def test_the_hours_have_a_time_zone_in_which_the_staff_reads_them(
    carla: FlaskClient, anna: FlaskClient, maya: FlaskClient
) -> None:
    # Given hours in Jakarta
    hours = {"timezone": "Asia/Jakarta", **dict.fromkeys(DAYS, "09:00-13:00, 15:00-21:00")}
    assert post_form(carla, "/admin/hours", hours).status_code == 303

    # Then they stand in the form as they were typed
    page = carla.get("/admin/hours").text
    assert 'value="Asia/Jakarta"' in page
    assert page.count('value="09:00-13:00, 15:00-21:00"') == 7

    # And staff read times there: seven hours ahead
    begin_thread(anna, "Lost", "Where is the library?")
    shown = re.search(r'<time datetime="([^"]+)">\d+ \w+, (\d\d):\d\d', maya.get("/moderation/queue").text)
    assert shown is not None
    there = datetime.fromisoformat(shown.group(1)).astimezone(UTC).hour + 7
    assert int(shown.group(2)) == there % 24


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("mon", "from nine to five"),
        ("mon", "09:00"),
        ("mon", "25:00-26:00"),
        ("mon", "09:00-09:00"),
    ],
)
def test_hours_that_cannot_be_read_are_given_back(carla: FlaskClient, field: str, typed: str) -> None:
    hours = {"timezone": "UTC", **dict.fromkeys(DAYS, ""), field: typed}
    answer = post_form(carla, "/admin/hours", hours)
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


def test_crisis_help_and_house_rules_are_set_for_each_language(
    carla: FlaskClient, reader: FlaskClient
) -> None:
    # When a coordinator writes both texts in Greek and in Indonesian
    for kind, page in (("crisis_help", "/help"), ("house_rules", "/rules")):
        for language, words in (("el", "Καλέστε το **10306**."), ("id", "Hubungi **119**.")):
            typed = {"body": words, "owner": "Counselling centre", "reviewed_on": "2026-01-31"}
            assert post_form(carla, f"/admin/texts/{kind}/{language}", typed).status_code == 303

        # Then each reader has their own
        assert "<strong>10306</strong>" in reader.get(page, headers={"Accept-Language": "el"}).text
        assert "<strong>119</strong>" in reader.get(page, headers={"Accept-Language": "id"}).text


def test_a_staff_account_is_made_signs_in_with_a_new_password_and_is_closed(
    app: Flask, carla: FlaskClient
) -> None:
    # When a coordinator makes an account
    made = post_form(
        carla, "/admin/staff", {"username": "kosta", "alias": "Quiet Harbour", "role": "moderator"}
    )

    # Then its password and second factor are shown, once
    password, secret = re.findall(r"<code>([^<]+)</code>", made.text)
    assert password not in carla.get("/admin/staff").text

    # When the new moderator signs in
    kosta = app.test_client()
    post_form(kosta, "/staff/login", {"username": "kosta", "password": password})
    entered = post_form(kosta, "/staff/login", {"otp": pyotp.TOTP(secret).now()})
    assert entered.status_code == 303

    # Then a password of their own comes first
    assert kosta.get("/moderation/queue").headers["Location"] == "/staff/password"
    typed = {"password": password, "new_password": "my own long password"}
    assert post_form(kosta, "/staff/password", typed).status_code == 303
    assert kosta.get("/moderation/queue").status_code == 200

    # When the coordinator closes the account
    page = carla.get("/admin/staff").text
    close = path_to(page.split("Quiet Harbour", 1)[1], r'action="(/admin/staff/[0-9a-z]{13}/close)"')
    assert carla.post(close, data=hidden_fields(page, action=close)).status_code == 303

    # Then their sessions are over, and they cannot come in again
    assert kosta.get("/moderation/queue").status_code in {303, 404}
    again = app.test_client()
    tried = post_form(again, "/staff/login", {"username": "kosta", "password": "my own long password"})
    assert tried.status_code == 422


def test_a_coordinator_sees_counts_and_reads_no_private_word(
    carla: FlaskClient, anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    # Given held, escalated and returned texts, a case with letters, a report
    thread = begin_thread(anna, "The quince title", "I feel hopeless and I count the quinces.")
    item = escalate_next(maya, prompted_by="The quince briefing.", already_said="The quince answer.")
    case = accept_escalation(nora)
    write_letter(nora, case, "The quince letter.")
    answer_letter(anna, "The quince reply.")
    begin_thread(anna, "Another quince", "Where is the quince library?")
    take_next(maya)
    run_outbox(carla.application)
    name = path_to(anna.get("/counsel").text, r"Here you are ([A-Z]\w+ \w+)\.")
    ids = [case, thread, item, *post_ids(anna.get(thread).text)]

    # When the coordinator opens every page that is open to them
    seen = set()
    waiting = list(ROOMS)
    while waiting:
        address = waiting.pop()
        answer = carla.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        seen.add(address)
        page = html.unescape(answer.text)

        # Then none holds a word, a name or an id of it
        for secret in ("quince", name, *(one.rsplit("/")[-1] for one in ids)):
            assert secret not in page, f"{secret} at {address}"
        links = re.findall(r'href="(/(?:admin|insight|staff)[^"#]*)"', page)
        waiting += [link for link in links if link not in seen | set(waiting)]
    assert len(seen) >= 15

    # And the rooms of the others are closed to them
    for address in (item, case, thread, "/moderation/queue", "/counselling/", "/me"):
        assert carla.get(address).status_code in {403, 404, 303}

    # And what waits is counted
    overview = carla.get("/admin/").text
    assert re.search(r"in the queue</th><td[^>]*>1</td>", overview)
