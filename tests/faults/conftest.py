"""The stage for what goes wrong."""

import pytest
from flask import Flask

from tests.faults.stage import Stage, build_stage


@pytest.fixture
def stage(app: Flask) -> Stage:
    return build_stage(app)
