"""Fixtures of the kernel's tests."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app import create_app
from core.db import db
from core.settings import Settings

StartAgain = Callable[[Settings], Flask]


@pytest.fixture
def start_again() -> Iterator[StartAgain]:
    """A function that starts another application on settings (a data directory) that exist already."""
    started: list[Flask] = []

    def start(settings: Settings) -> Flask:
        app = create_app(settings)
        started.append(app)
        return app

    yield start
    for app in started:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def on_both(both_databases: Flask) -> Iterator[Flask]:
    """Inside an application on each database in turn."""
    with both_databases.app_context():
        yield both_databases


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """Inside an application on SQLite."""
    with app.app_context():
        yield app
