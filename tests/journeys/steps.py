"""The steps that the journeys are made of. Each is what one person does at one page, with CSRF on."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

TOPIC = "adjustment-difficulties"
POST_ID = re.compile(r'<article id="p-([0-9a-z]{13})"')
NAME = re.compile(r'<header class="byline">\s*<h\d[^>]*>([^<]*)</h\d>')
BRIEFING = {
    "esc_band": "red",
    "prompted_by": "Says that nothing will ever get better.",
    "already_said": "That we have read it and that somebody comes.",
    "thoughts": "yes",
    "plan": "no",
    "means": "unknown",
    "timeframe": "unknown",
}


def new_student(app: Flask) -> FlaskClient:
    """Somebody who has just joined, in a browser of their own."""
    browser = app.test_client()
    join_as_student(browser)
    return browser


def new_staff(app: Flask, role: Role, name: str) -> FlaskClient:
    """A member of staff who has just signed in, in a browser of their own."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, role, username=name, alias=name.title()))
    return browser


def begin_thread(author: FlaskClient, title: str, body: str, *, topic: str = TOPIC, **more: str) -> str:
    """Begin a thread. Gives its address."""
    sent = post_form(author, f"/c/{topic}/new", {"title": title, "body": body, **more})
    assert sent.status_code == 303, sent.text
    return path_of(sent)


def write_reply(author: FlaskClient, thread: str, body: str) -> TestResponse:
    """Answer in a thread, from the form below it."""
    sent = post_form(author, f"{thread}/reply", {"body": body}, page=thread)
    assert sent.status_code == 303, sent.text
    return sent


def path_of(answer: TestResponse) -> str:
    """Where an answer leads, without the place in the page."""
    return answer.headers["Location"].split("#")[0].split("?")[0]


def post_ids(page: str) -> list[str]:
    """The posts of a page, in their order."""
    return POST_ID.findall(page)


def names_on(page: str) -> list[str]:
    """Who wrote the posts of a page, in their order."""
    return NAME.findall(page)


def take_next(moderator: FlaskClient) -> str:
    """Take the next item. Gives its address."""
    return path_of(post_form(moderator, "/moderation/queue/next", {}, page="/moderation/queue"))


def waiting_items(moderator: FlaskClient) -> list[str]:
    """The items of the queue, as addresses, in their order."""
    page = moderator.get("/moderation/queue").text
    return [f"/moderation/items/{item}" for item in re.findall(r'<tr id="item-([0-9a-z]{13})"', page)]


def take(moderator: FlaskClient, item: str) -> str:
    """Take this item. Gives its page."""
    assert post_form(moderator, f"{item}/claim", {}, page=item).status_code == 303
    return moderator.get(item).text


def decide(moderator: FlaskClient, item: str, conduct: str, risk: str = "none", **more: Any) -> TestResponse:
    """Decide about an item that is in one's hands."""
    typed = {"conduct": conduct, "risk": risk, **more}
    return post_form(moderator, f"{item}/decision", typed, page=item)


def decide_next(moderator: FlaskClient, conduct: str, risk: str = "none", **more: Any) -> str:
    """Take the next item and decide about it. Gives its address."""
    item = take_next(moderator)
    decided = decide(moderator, item, conduct, risk, **more)
    assert decided.status_code == 303, decided.text
    return item


def publish_thread(author: FlaskClient, moderator: FlaskClient, title: str, body: str, **where: str) -> str:
    """A thread that everybody can read. Gives its address."""
    thread = begin_thread(author, title, body, **where)
    decide_next(moderator, "publish")
    return thread


def escalate_next(moderator: FlaskClient, **briefing: str) -> str:
    """Take the next item, keep it held and hand it to a professional. Gives the item's address."""
    return decide_next(moderator, "keep_held", "escalate", **(BRIEFING | briefing))


def waiting_escalations(professional: FlaskClient) -> list[str]:
    """The escalations that wait, as addresses, in their order, each once however often it is offered."""
    page = professional.get("/counselling/").text
    return list(dict.fromkeys(re.findall(r'href="(/counselling/escalations/[0-9a-z]{13})"', page)))


def accept_escalation(professional: FlaskClient) -> str:
    """Accept the escalation that waits longest. Gives the address of its case."""
    escalation = waiting_escalations(professional)[0]
    accepted = post_form(professional, f"{escalation}/accept", {}, page=escalation)
    assert accepted.status_code == 303, accepted.text
    return path_of(accepted)


def write_letter(professional: FlaskClient, case: str, body: str) -> None:
    """A letter from the professional to the student."""
    assert post_form(professional, f"{case}/messages", {"body": body}, page=case).status_code == 303


def answer_letter(student: FlaskClient, body: str) -> None:
    """A letter from the student to the professional, from the page of their conversation."""
    page = student.get("/counsel").text
    found = re.search(r'action="(/counsel/[0-9a-z]{13}/messages)"', page)
    assert found is not None, "there is nobody to write to"
    sent = student.post(found.group(1), data=hidden_fields(page, action=found.group(1)) | {"body": body})
    assert sent.status_code == 303


def get_code(student: FlaskClient, conversation: str) -> str:
    """A student asks for the code of their conversation. Gives the code."""
    shown = post_form(student, f"{conversation}/code", {}, page=f"{conversation}/reach")
    found = re.search(r'id="return-code"[^>]*>([0-9a-z-]{19})<', shown.text)
    assert found is not None
    return found.group(1)


def come_back(app: Flask, code: str) -> FlaskClient:
    """Somebody comes with the code of a conversation, in a browser of their own."""
    browser = app.test_client()
    came = post_form(browser, "/counsel/return", {"code": code})
    assert came.status_code == 303, came.text
    return browser


CASE_ROOMS = ("", "/record", "/forum", "/closing")


def read_case(professional: FlaskClient, case: str) -> str:
    """All that a professional reads in the rooms of a case, one after the other."""
    answers = [professional.get(case + room) for room in CASE_ROOMS]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return "".join(answer.text for answer in answers)
