"""The stage for what goes wrong."""

from pathlib import Path

import pytest
from flask import Flask

from core.web import settings_of
from tests.conftest import MakeApp, put_away
from tests.faults.stage import Stage, build_stage
from tests.journeys.sinks import HookSink, MailSink


@pytest.fixture
def stage(app: Flask) -> Stage:
    return build_stage(app)


@pytest.fixture
def directory(make_app: MakeApp) -> Path:
    """The data directory of an installation that nobody runs."""
    app = make_app()
    put_away(app)
    return settings_of(app).data_dir


@pytest.fixture
def channels(mail: MailSink, hook: HookSink) -> dict[str, str]:
    """Settings by which pages reach both."""
    return mail.settings() | hook.settings()
