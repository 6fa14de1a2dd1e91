"""A student who asked for a counsellor and the professional who took their case, each at a browser."""

import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from tests.people import add_staff_person, join_as_student, post_form, sign_in_as


@dataclass
class Pair:
    """The two sides of one case."""

    app: Flask
    student: FlaskClient
    maya: FlaskClient
    case_id: str

    @property
    def case(self) -> str:
        """Where the professional works on it."""
        return f"/counselling/cases/{self.case_id}"

    @property
    def own(self) -> str:
        """Where the student finds it."""
        return f"/counsel/{self.case_id}"

    def begin_form(self, kind: str) -> str:
        """Maya begins a form. Its address."""
        begun = self.maya.post(f"{self.case}/forms", data=self.token(f"{self.case}/forms") | {"kind": kind})
        assert begun.status_code == 303, begun.text
        return begun.headers["Location"]

    def token(self, page: str) -> dict[str, str]:
        """What every form of Maya's carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.maya.get(page).text)
        assert found is not None
        return {"csrf_token": found.group(1)}

    def fill(self, address: str, **fields: str) -> TestResponse:
        """Maya fills in a form of her own and sends it."""
        return post_form(self.maya, address, fields)


def begin_case(app: Flask) -> Pair:
    """A student asks, and Maya takes the case."""
    student, maya = app.test_client(), app.test_client()
    join_as_student(student)
    sent = post_form(student, "/counsel/request", {"body": "I would like to talk."})
    case_id = sent.headers["Location"].split("#")[0].rsplit("/", 1)[1]
    sign_in_as(maya, add_staff_person(app, Role.PROFESSIONAL, username="maya", alias="Maya of the centre"))
    taken = post_form(maya, f"/counselling/cases/{case_id}/take", {}, page="/counselling/")
    assert taken.status_code == 303, taken.text
    return Pair(app, student, maya, case_id)


def colleague(app: Flask, name: str = "oren") -> FlaskClient:
    """Another professional, who is signed in."""
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.PROFESSIONAL, username=name, alias=name.title()))
    return browser
