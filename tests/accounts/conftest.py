"""Fixtures of the tests of accounts: a clock that a test can move, and people who are in."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock as real
from core.db import db
from tests.people import join_as_student


class Clock:
    """The time that every module of ours sees."""

    def __init__(self) -> None:
        self.now = real.utcnow()

    def __call__(self) -> datetime:
        return self.now

    def move(self, **steps: float) -> None:
        self.now += timedelta(**steps)


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is moved."""
    assert app.extensions
    moved, shown = Clock(), real.utcnow
    for name, module in list(sys.modules.items()):
        if name != real.__name__ and getattr(module, "utcnow", None) is shown:
            monkeypatch.setattr(module, "utcnow", moved)
    return moved


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """Inside an application on SQLite, in a request: refusals are sentences in somebody's language."""
    with app.test_request_context():
        yield app
        db.session.remove()


@pytest.fixture
def student(app: Flask) -> FlaskClient:
    """The browser of a student who is in."""
    browser = app.test_client()
    join_as_student(browser)
    return browser
