"""Who is there when a sentence goes into a case, and what of it is looked for besides."""

from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.faults.stage import Stage
from tests.people import add_staff_person, sign_in_as


@dataclass
class Scene:
    """The stage, what was sent by whom, and what is typed where no sentence fits."""

    app: Flask
    stage: Stage
    sent: dict[tuple[str, ...], int] = field(default_factory=dict)
    number: str = "+30 2109 8765 4321"
    address: str = "quince.medlar@letters.example"
    colleagues: dict[str, tuple[FlaskClient, str]] = field(default_factory=dict)

    def colleague(self, name: str = "oren") -> tuple[FlaskClient, str]:
        """Another professional, who is signed in, and their id."""
        if name not in self.colleagues:
            browser = self.app.test_client()
            person = add_staff_person(self.app, Role.PROFESSIONAL, username=name, alias=name.title())
            sign_in_as(browser, person)
            self.colleagues[name] = browser, person.staff_id
        return self.colleagues[name]
