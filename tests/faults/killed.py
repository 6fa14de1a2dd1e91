"""A process that lives the beginning of a story and is killed by SIGKILL at a given point of it.

`python -m tests.faults.killed POINT DATA_DIRECTORY [SETTING=VALUE …]` prints the six words of the student
and dies. Nothing is tidied up, no buffer is written, no lock is given back.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import forum.views.writing
from accounts.permissions import Role
from app import create_app
from core import outbox
from tests.conftest import settings_for
from tests.journeys.steps import begin_thread, decide_next, new_staff
from tests.people import join_as_student, run_outbox

TITLE, BODY = "Lost", "Where is the library?"
URGENT = "I want to die and I do not know whom to tell."


def die(*_facts: Any, **_more: Any) -> NoReturn:
    """No exception, no handler, no goodbye."""
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still here")


def main(point: str, directory: str, *settings: str) -> None:
    app = create_app(settings_for(Path(directory), **dict(setting.split("=", 1) for setting in settings)))
    anna = app.test_client()
    print(join_as_student(anna), flush=True)
    maya = new_staff(app, Role.MODERATOR, "maya")
    points: dict[str, Callable[[], None]] = {
        "inside the commit of a text": lambda: setattr(forum.views.writing, "remember_result", die),
        "after a decision": lambda: None,
        "inside the delivery of a notice": lambda: setattr(outbox, "_delete", die),
        "after a page was sent": lambda: setattr(outbox, "_delete", die),
    }
    points[point]()
    begin_thread(anna, TITLE, URGENT if "page" in point else BODY)
    if "page" not in point:
        decide_next(maya, "publish")
    if point != "after a decision":
        run_outbox(app)
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
