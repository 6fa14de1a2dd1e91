"""How `./run test` deals the files of tests to its workers: the dearest first.

pytest-xdist begins with the file that has the most tests. The dearest files have few: one of them came last,
and one worker had nothing to do while the other went through it. A file stays with one worker, for what its
tests share is made once.
"""

from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# About how long a test takes, where it is far from the rest: the first line that a file begins with counts.
SECONDS = {
    "tests/browser/test_every_page": 1.5,
    "tests/browser/test_weight": 1.5,
    "tests/browser/": 5.0,
    "tests/faults/test_ids": 20.0,
    "tests/faults/test_killed": 10.0,
    "tests/faults/": 2.0,
    "tests/journeys/": 1.0,
    "tests/moderation/test_never_stranded": 1.0,
    "tests/moderation/test_stays_in_sight": 10.0,
    "tests/moderation/test_phases": 0.01,
    "tests/moderation/test_screening": 0.01,
    "tests/permissions/": 0.02,
}
OTHERWISE = 0.2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> "DearestFirst":
    """Answer to pytest-xdist, which asks who deals."""
    return DearestFirst(config, log)


class DearestFirst(LoadFileScheduling):
    """Whoever is free gets the dearest file that is left."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        files: dict[str, dict[str, Any]] = self.workqueue
        self.workqueue.move_to_end(max(files, key=lambda file: cost(file, len(files[file]))), last=False)
        super()._assign_work_unit(node)


def cost(file: str, tests: int) -> float:
    """About how many seconds a file takes."""
    each = next((seconds for start, seconds in SECONDS.items() if file.startswith(start)), OTHERWISE)
    return each * tests
