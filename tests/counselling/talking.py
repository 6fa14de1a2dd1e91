"""A student and a professional who talk live, each with a browser."""

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts import queries as account_queries
from accounts.permissions import Role
from accounts.websessions import find_session
from core.clock import utcnow
from tests.counselling.people import make_case
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

SCRIPT = {"Stoa-Script": "1"}


@dataclass(frozen=True)
class Talk:
    """A student and a professional in one case, each with a browser."""

    student: FlaskClient
    maya: FlaskClient
    case_id: str

    @property
    def own(self) -> str:
        """The student's address of the talk."""
        return f"/counsel/{self.case_id}/live"

    @property
    def room(self) -> str:
        """The professional's."""
        return f"/counselling/cases/{self.case_id}/live"

    def ask(self) -> None:
        assert post_form(self.student, self.own, {}).status_code == 303

    def open(self, **agreed: str) -> TestResponse:
        return post_form(self.maya, self.room, {"who": "professional", "minutes": "30", "line": ""} | agreed)

    def say(
        self, who: FlaskClient, text: str, sent_id: str, *, headers: dict[str, str] | None = None
    ) -> TestResponse:
        place = self.own if who is self.student else self.room
        fields = hidden_fields(who.get(place).text) | {"body": text, "submission_id": sent_id}
        return who.post(f"{place}/lines", data=fields, headers=SCRIPT if headers is None else headers)


def new_talk(app: Flask) -> Talk:
    """A case of a student's that Maya has taken. Nobody has asked to talk live."""
    student, maya = app.test_client(), app.test_client()
    join_as_student(student)
    cookie = student.get_cookie("stoa")
    assert cookie is not None
    credentials = add_staff_person(app, Role.PROFESSIONAL, username="maya", alias="Maya of the centre")
    with app.app_context():
        session = find_session(cookie.value, now=utcnow())
        assert session is not None
        account = account_queries.account(session.person)
        owner = account_queries.staff_member(credentials.staff_id)
        assert account is not None
        case_id = make_case(account, owner).id
    sign_in_as(maya, credentials)
    return Talk(student, maya, case_id)
