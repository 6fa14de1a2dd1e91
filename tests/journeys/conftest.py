"""The people of the journeys, each in a browser of their own."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.journeys.steps import new_staff, new_student


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
