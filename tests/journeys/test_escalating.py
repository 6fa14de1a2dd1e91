"""A moderator hands a text over; somebody is paged without a word of it; no promise is made that fails."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.channels import webhook_signature
from tests.conftest import MakeApp
from tests.journeys.sinks import SECRET, HookSink, MailSink
from tests.journeys.steps import (
    BRIEFING,
    begin_thread,
    decide,
    escalate_next,
    new_staff,
    new_student,
    take_next,
    waiting_escalations,
)
from tests.people import post_form, run_outbox

TITLE, BODY = "Empty", "I feel hopeless and I count the quinces in the bowl."
CRISIS = "I am going to kill myself tonight."
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def paged_app(make_app: MakeApp, mail: MailSink, hook: HookSink) -> Flask:
    """An application with both ways to page somebody."""
    return make_app(**mail.settings(), **hook.settings())


def set_hours(coordinator: FlaskClient, **hours: str) -> None:
    sent = post_form(coordinator, "/admin/hours", {"timezone": "UTC"} | hours)
    assert sent.status_code == 303, sent.text


def test_an_escalation_carries_what_a_professional_must_know(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    # Given a text that worries a moderator
    begin_thread(anna, TITLE, BODY)

    # When they escalate it without saying what prompted it
    item = take_next(maya)
    unsaid = decide(maya, item, "keep_held", "escalate", **(BRIEFING | {"prompted_by": ""}))

    # Then they are asked for it, and what they wrote is kept
    assert unsaid.status_code == 422
    assert "Please say what prompted this." in unsaid.text
    assert BRIEFING["already_said"] in unsaid.text

    # When they say it
    assert decide(maya, item, "keep_held", "escalate", **BRIEFING).status_code == 303

    # Then a professional finds it with its band, its clock, the text and the briefing
    (escalation,) = waiting_escalations(nora)
    page = nora.get(escalation).text
    assert 'data-band="red"' in page
    assert "Act by" in page
    assert "count the quinces" in page
    assert BRIEFING["prompted_by"] in page
    assert BRIEFING["already_said"] in page
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
    assert facts["Thoughts of ending their life"] == "yes"
    assert facts["A plan"] == "no"
    assert facts["The means"] == "not known"
    assert facts["A time"] == "not known"

    # And the moderator sees that it was received, and by when somebody acts
    assert "a professional acts by" in maya.get(item).text
    assert "On hold until" in maya.get("/moderation/queue").text


def test_an_escalation_pages_through_both_channels_and_says_nothing_of_the_text(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    # Given an escalated text
    student, maya = new_student(paged_app), new_staff(paged_app, Role.MODERATOR, "maya")
    thread = begin_thread(student, TITLE, BODY)
    item = escalate_next(maya)
    assert not mail.letters, "nobody is paged inside the request"

    # When the worker runs
    run_outbox(paged_app)

    # Then the person on call has a letter and a message: how urgent, by when, where the clock is
    letter, (headers, body) = "".join(mail.letters), hook.posts[0]
    sentence = json.loads(body)["text"]
    assert re.fullmatch(
        r"an escalation waits for a professional, red, due \d\d:\d\d \(UTC\), for: on call", sentence
    )
    assert sentence in letter.replace("\r\n ", " ")
    assert "To: oncall@uni.example" in letter
    assert (len(mail.letters), len(hook.posts)) == (1, 1)

    # And the message is signed
    assert headers["X-Stoa-Signature"] == webhook_signature(SECRET, headers["X-Stoa-Time"], body)

    # And neither holds a word or an id
    ids = (thread.rsplit("/")[-1], item.rsplit("/")[-1])
    for secret in ("quinces", "hopeless", TITLE, BRIEFING["prompted_by"], "maya", *ids):
        assert secret not in letter
        assert secret not in body.decode()


@pytest.mark.parametrize(("body", "band"), [("I want to die.", "red"), (CRISIS, "crisis")])
def test_an_urgent_text_pages_without_anybody_having_seen_it(
    paged_app: Flask, hook: HookSink, body: str, band: str
) -> None:
    # When a student writes something urgent
    begin_thread(new_student(paged_app), "At night", body)
    run_outbox(paged_app)

    # Then somebody is paged
    texts = [json.loads(post)["text"] for _headers, post in hook.posts]
    assert any(text.startswith(f"a text waits for a moderator, {band}, due ") for text in texts)


def test_a_page_that_does_not_get_through_is_tried_again_and_shown_to_the_staff(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    # Given a mail server that turns letters away
    student, maya = new_student(paged_app), new_staff(paged_app, Role.MODERATOR, "maya")
    mail.refuses = True

    # When somebody must be paged
    begin_thread(student, "At night", CRISIS)
    run_outbox(paged_app)

    # Then the other channel got through, for moderators and for professionals, and every page of the staff
    # says which did not
    assert len(hook.posts) == 2
    for address in ("/moderation/queue", "/moderation/unanswered"):
        assert "Pages by email do not get through at the moment." in maya.get(address).text

    # And no student reads of it
    assert "Pages by email" not in student.get("/me").text

    # When the mail server is well again
    mail.refuses = False
    run_outbox(paged_app, seconds_later=600)

    # Then the pages arrive, once, and the alarm is gone
    assert len(mail.letters) == 2
    assert len(hook.posts) == 2
    assert "do not get through" not in maya.get("/moderation/queue").text


def test_without_any_channel_every_staff_page_says_so(
    maya: FlaskClient, nora: FlaskClient, carla: FlaskClient
) -> None:
    # Given an installation where nobody can be paged, then each room of the staff says so
    rooms = {
        maya: ("/moderation/queue", "/moderation/unanswered"),
        nora: ("/counselling/",),
        carla: [f"/admin/{room}" for room in ("", "categories", "clocks", "hours", "staff", "texts")],
    }
    for browser, addresses in rooms.items():
        for address in addresses:
            assert "No way to page anybody is set up." in browser.get(address).text, address


def test_without_any_channel_a_student_is_promised_only_the_next_staffed_time(
    anna: FlaskClient, carla: FlaskClient
) -> None:
    # Given a team that is there for an hour in three days, and on call meanwhile, where nobody can page it
    day = datetime.now(UTC) + timedelta(days=3)
    hours = dict.fromkeys(DAYS, "") | {DAYS[day.weekday()]: "12:00-13:00", "on_call": "1"}
    set_hours(carla, **hours)

    # When a student writes something urgent
    page = anna.get(begin_thread(anna, "At night", CRISIS)).text

    # Then no minutes are promised, only the full hour after that time, and help is shown at once
    by = re.search(r"looked at it by (\d+) \w+, (\d\d:\d\d)", page)
    assert by is not None
    assert by.group(2) == "13:00"
    assert int(by.group(1)) == day.day
    assert "Nobody is on duty at this moment." in page
    assert "You do not have to wait for us." in page


def test_with_a_person_on_call_who_can_be_paged_a_student_is_promised_minutes(paged_app: Flask) -> None:
    # Given the same empty week, with somebody on call who can be paged
    carla = new_staff(paged_app, Role.COORDINATOR, "carla")
    set_hours(carla, **dict.fromkeys(DAYS, ""), on_call="1")

    # When a student writes something urgent
    student = new_student(paged_app)
    page = student.get(begin_thread(student, "At night", CRISIS)).text

    # Then the promise is the crisis clock
    assert re.search(r"in (9|10) minutes", page)


def test_a_professional_who_declines_gives_the_text_back_with_the_reason(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    # Given an escalation that waits
    begin_thread(anna, TITLE, BODY)
    item = escalate_next(maya)
    (escalation,) = waiting_escalations(nora)

    # When a professional declines without a reason
    assert post_form(nora, f"{escalation}/decline", {"reason": ""}, page=escalation).status_code == 422

    # And then with one
    reason = "This is about a lost key card; the porter can help."
    declined = post_form(nora, f"{escalation}/decline", {"reason": reason}, page=escalation)
    assert declined.status_code == 303

    # Then it waits no longer for professionals, and again for moderators, with the reason
    assert waiting_escalations(nora) == []
    assert take_next(maya) == item
    assert reason in maya.get(item).text


def test_at_crisis_the_screening_calls_a_professional_before_any_moderator(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    # When somebody writes that they may end their life, and no moderator has looked
    thread = begin_thread(anna, "At night", CRISIS)

    # Then a professional finds the text with what was found and by when to act
    (escalation,) = waiting_escalations(nora)
    page = nora.get(escalation).text
    assert 'data-band="crisis"' in page
    assert "What the screening found" in page
    assert "before anybody had read these words" in page

    # And its author reads that a counsellor was asked, and where an answer comes, and nothing that frightens
    own = anna.get(thread).text
    assert "We have asked a counsellor of our team to read it, too." in own
    assert "Nobody but you, our moderators and our counsellors can see it." in own
    for word in ("escalat", "crisis text", "alarm", "screening"):
        assert word not in own.split("<main", 1)[1].split("</main>", 1)[0].lower()

    # And a moderator reads that nobody has to escalate it again
    item = take_next(maya)
    assert "The screening has already called a professional" in maya.get(item).text

    # When the moderator adds what they know
    assert decide(maya, item, "keep_held", "escalate", **BRIEFING).status_code == 303

    # Then it is the same escalation, with both, and it is known whom to ask
    assert waiting_escalations(nora) == [escalation]
    page = nora.get(escalation).text
    assert BRIEFING["prompted_by"] in page
    assert "before anybody had read these words" in page
    assert "Maya" in page


def test_a_moderator_who_publishes_does_not_call_the_professional_off(
    anna: FlaskClient, maya: FlaskClient, nora: FlaskClient
) -> None:
    begin_thread(anna, "A song", CRISIS)
    item = take_next(maya)
    assert decide(maya, item, "publish").status_code == 303
    assert len(waiting_escalations(nora)) == 1
    assert "A professional acts by" in maya.get(item).text


def test_a_calm_text_tells_its_author_of_no_counsellor(anna: FlaskClient) -> None:
    page = anna.get(begin_thread(anna, "Keys", "Where is the library?")).text
    assert "We have asked a counsellor" not in page
    assert "Nobody but you and our moderators can see it." in page
