"""The people of the journeys, each in a browser of their own."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.journeys.steps import (
    accept_escalation,
    begin_thread,
    escalate_next,
    new_staff,
    new_student,
    write_letter,
)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    """Somebody with nothing: no account, no cookie."""
    return app.test_client()


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    """A student."""
    return new_student(app)


@pytest.fixture
def ben(app: Flask) -> FlaskClient:
    """Another student."""
    return new_student(app)


@pytest.fixture
def maya(app: Flask) -> FlaskClient:
    """A peer moderator."""
    return new_staff(app, Role.MODERATOR, "maya")


@pytest.fixture
def nora(app: Flask) -> FlaskClient:
    """A professional."""
    return new_staff(app, Role.PROFESSIONAL, "nora")


@pytest.fixture
def carla(app: Flask) -> FlaskClient:
    """A coordinator."""
    return new_staff(app, Role.COORDINATOR, "carla")


@pytest.fixture
def case(anna: FlaskClient, maya: FlaskClient, nora: FlaskClient) -> str:
    """The address of Anna's case, for Nora, who wrote a first letter."""
    begin_thread(anna, "Empty", "I count the quinces in the bowl.")
    escalate_next(maya)
    address = accept_escalation(nora)
    write_letter(nora, address, "Good that you wrote.")
    return address


@pytest.fixture
def conversation(case: str) -> str:
    """The same, for Anna."""
    return f"/counsel/{case.rsplit('/', 1)[1]}"


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """A file that takes everything that anything logs, however small."""
    file = tmp_path / "everything.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    levels = {logger: logger.level for logger in loggers}
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    handler.close()
    for logger, level in levels.items():
        logger.setLevel(level)
