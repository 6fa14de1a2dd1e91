"""The people of the tests, as browsers: they open a page, fill its form, and send it, with CSRF on."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from accounts.staffing import add_staff
from core import outbox
from core.clock import utcnow
from core.db import db

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')


def hidden_fields(page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a page's form: of the one with this action, else of the last that creates
    something.
    """
    forms = re.findall(r"<form[^>]*>.*?</form>", page, re.S)
    posting = [form for form in forms if 'method="post"' in form.split(">", 1)[0]]
    chosen = [
        form for form in posting if action and f'action="{html.escape(action)}"' in form.split(">", 1)[0]
    ]
    own = [form for form in posting if "submission_id" in form]
    form = (chosen or own or posting or [""])[-1]
    fields = (dict(ATTRIBUTE.findall(tag)) for tag in HIDDEN.findall(form))
    return {field["name"]: html.unescape(field.get("value", "")) for field in fields}


def post_form(
    client: FlaskClient, url: str, data: dict[str, Any], *, page: str | None = None, **options: Any
) -> TestResponse:
    """Open `page` (by default `url` itself), fill its form and send it to `url`."""
    opened = client.get(page or url)
    assert opened.status_code == 200, f"{page or url} answered {opened.status_code}"
    return client.post(url, data=hidden_fields(opened.text, action=url) | data, **options)


def join_as_student(client: FlaskClient) -> str:
    """Join, confirm two words, be signed in. Returns the six words."""
    assert post_form(client, "/join", {}).status_code == 303
    page = client.get("/join/words").text
    shown = re.search(r'<ol[^>]*translate="no"[^>]*>(.*?)</ol>', page, re.S)
    assert shown is not None, "the words are not shown"
    words = re.findall(r"<li>([a-z]+)</li>", shown.group(1))
    asked = [int(number) for number in re.findall(r'data-word="(\d)"', page)]
    typed = {"first": words[asked[0] - 1], "second": words[asked[1] - 1]}
    assert post_form(client, "/join/words", typed).status_code == 303
    return " ".join(words)


@dataclass(frozen=True)
class Credentials:
    """What a member of staff signs in with."""

    username: str
    password: str
    otp_secret: str
    staff_id: str


def add_staff_person(app: Flask, role: Role, *, username: str = "", alias: str = "") -> Credentials:
    """A staff account that need not change its password."""
    with app.app_context():
        new = add_staff(
            username or f"{role}-one",
            role=role,
            alias=alias or f"Alias of {username or role}",
            keep_password=True,
            actor="command",
            now=utcnow(),
        )
        return Credentials(new.staff.username, new.password, new.otp_secret, new.staff.id)


def code_of(who: Credentials, *, steps: int = 0) -> str:
    """A one-time code, of now or some steps later."""
    return pyotp.TOTP(who.otp_secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def sign_in_as(client: FlaskClient, who: Credentials, *, steps: int = 0) -> TestResponse:
    """Sign a member of staff in, with name, password and then the code.

    A code works once: a second time needs steps=1.
    """
    post_form(client, "/staff/login", {"username": who.username, "password": who.password})
    answer = post_form(client, "/staff/login", {"otp": code_of(who, steps=steps)})
    assert answer.status_code == 303, answer.text
    return answer


def run_outbox(app: Flask, *, seconds_later: float = 11) -> None:
    """Do what the background worker would do a little later."""
    with app.app_context():
        while outbox.drain(now=utcnow() + timedelta(seconds=seconds_later)):
            pass
        db.session.remove()
