"""A process that changes the key of cases and is killed by SIGKILL at a given point of it.

`python -m tests.faults.killed_rotating POINT DATA_DIRECTORY`. Nothing is tidied up, no buffer is written, no
lock is given back.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import create_app
from core import keychange
from core.clock import utcnow
from core.web import settings_of
from counselling import rotating
from tests.conftest import settings_for
from tests.faults.killed import die

BATCH = 2


def after(times: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """Do it so many times, and die when it is to be done again."""
    left = [times]

    def done_or_dead(*facts: Any, **more: Any) -> Any:
        if not left[0]:
            die()
        left[0] -= 1
        return real(*facts, **more)

    return done_or_dead


def die_with_the_draft_written(path: Path, content: bytes) -> None:
    (path.parent / f".{path.name}.draft").write_bytes(content)
    die()


def die_while_it_is_overwritten(directory: Path) -> None:
    os.fsync = die
    REAL_DESTROY(directory)


def die_when_it_is_overwritten(directory: Path) -> None:
    Path.unlink = die  # type: ignore[method-assign]
    REAL_DESTROY(directory)


REAL_DESTROY = keychange.destroy_earlier_key
POINTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "before anything": (rotating, "make_new_key", die),
    "before the key has its second name": (keychange, "_keep_as", die),
    "before there is a new key": (keychange, "write_whole", die),
    "before the new key is in its place": (keychange, "write_whole", die_with_the_draft_written),
    "before the database knows": (rotating, "_use_for_new_cases", die),
    "inside the commit of that": (rotating.core_queries, "installation", die),
    "before the first batch": (rotating, "_rewrap_some", die),
    "inside a batch": (rotating, "rewrap", after(1, rotating.rewrap)),
    "between two batches": (rotating, "_rewrap_some", after(1, rotating._rewrap_some)),
    "after the last batch": (rotating, "record_event", die),
    "before the earlier key is destroyed": (rotating, "destroy_earlier_key", die),
    "while it is overwritten": (rotating, "destroy_earlier_key", die_while_it_is_overwritten),
    "before its file is away": (rotating, "destroy_earlier_key", die_when_it_is_overwritten),
}


def main(point: str, directory: str) -> None:
    app = create_app(settings_for(Path(directory)))
    rotating.BATCH = BATCH
    where, name, what = POINTS[point]
    setattr(where, name, what)
    settings = settings_of(app)
    with app.app_context():
        rotating.rotate_keys(settings.keys_dir, data_dir=settings.data_dir, now=utcnow(), tell=print)


if __name__ == "__main__":
    main(*sys.argv[1:])
