"""A student who brings somebody into a live talk, each with a browser."""

import html
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from counselling.trusted import queries
from counselling.trusted.models import TrustedPerson
from tests.counselling.talking import SCRIPT, Talk
from tests.people import hidden_fields, post_form

JOINED = "/counsel/joined"


@dataclass(frozen=True)
class Bringing:
    """A talk that goes on, and the student's sister, who has been let in by her link."""

    talk: Talk
    sister: FlaskClient
    person_id: str
    link: str

    def say(self, text: str, sent_id: str, *, headers: dict[str, str] | None = None) -> TestResponse:
        fields = hidden_fields(self.sister.get(JOINED).text, action=f"{JOINED}/lines")
        fields |= {"body": text, "submission_id": sent_id}
        return self.sister.post(
            f"{JOINED}/lines", data=fields, headers=SCRIPT if headers is None else headers
        )


def asked_by_page(browser: FlaskClient, path: str) -> Any:
    """What an open page of theirs is answered."""
    return browser.get(f"{JOINED}/{path}").json


def ask_for(talk: Talk, name: str = "my sister") -> str:
    """The student asks for somebody. Returns their id."""
    people = f"{talk.own}/people"
    assert post_form(talk.student, people, {"name": name}).status_code == 303
    found = re.findall(r'id="person-([0-9a-z]{13})"', talk.student.get(people).text)
    return str(found[-1])


def decide(talk: Talk, person_id: str, act: str, **words: str) -> TestResponse:
    """The professional says yes or no, or sends somebody out."""
    place = f"{talk.room}/people"
    return post_form(talk.maya, f"{place}/{person_id}/{act}", dict(words), page=place)


def link_for(talk: Talk, person_id: str) -> str:
    """The path of the link that the student can pass on."""
    page = talk.student.get(f"{talk.own}/people").text
    found = re.search(rf'id="link-{person_id}"[^>]*>([^<]*)<', page)
    assert found is not None, "there is no link"
    address = html.unescape(found.group(1))
    assert address.startswith("http://localhost/")
    return address.removeprefix("http://localhost")


def come_in(browser: FlaskClient, link: str) -> TestResponse:
    """Open a link and press its button."""
    return post_form(browser, link, {})


def approved_link(talk: Talk, name: str = "my sister") -> tuple[str, str]:
    """Somebody who was asked for and approved: their id, and their link."""
    person_id = ask_for(talk, name)
    assert decide(talk, person_id, "approve").status_code == 303
    return person_id, link_for(talk, person_id)


def bring(app: Flask, talk: Talk, name: str = "my sister") -> Bringing:
    """Bring somebody into a talk that goes on."""
    person_id, link = approved_link(talk, name)
    browser = app.test_client()
    assert come_in(browser, link).status_code == 303
    return Bringing(talk, browser, person_id, link)


def row_of(person_id: str) -> TrustedPerson:
    found = queries.trusted_person(person_id)
    assert found is not None
    return found
