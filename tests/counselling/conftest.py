"""The people of counselling: a student who wrote, and two professionals."""

from collections.abc import Iterator

import pytest
from flask import Flask

from accounts.models import Account, Staff
from accounts.permissions import Role
from counselling.models import Case
from moderation.models import Escalation
from tests.counselling.people import add_staff_row, add_student, escalate_post, make_case, write_post
from tests.counselling.talking import Talk, new_talk


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """Inside the application, as the worker is."""
    with app.app_context():
        yield app


@pytest.fixture
def maya(inside: Flask) -> Staff:  # noqa: ARG001 (a person is added inside the application)
    """A professional."""
    return add_staff_row(Role.PROFESSIONAL, "maya")


@pytest.fixture
def oren(inside: Flask) -> Staff:  # noqa: ARG001
    """Another professional."""
    return add_staff_row(Role.PROFESSIONAL, "oren")


@pytest.fixture
def student(inside: Flask) -> Account:  # noqa: ARG001
    """A student."""
    return add_student()


@pytest.fixture
def escalation(student: Account) -> Escalation:
    """An escalated post of the student."""
    return escalate_post(write_post(student))


@pytest.fixture
def case(student: Account, maya: Staff) -> Case:
    """A case of the student that Maya has."""
    return make_case(student, maya)


@pytest.fixture
def talk(app: Flask) -> Talk:
    """A case of a student's that Maya has. Nobody has asked to talk live."""
    return new_talk(app)


@pytest.fixture
def open_talk(talk: Talk) -> Talk:
    """They talk."""
    talk.ask()
    assert talk.open().status_code == 303
    return talk
