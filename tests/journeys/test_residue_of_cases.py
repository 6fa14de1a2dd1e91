"""A sentence that somebody put into a case, by any way, lies nowhere in the clear: not while the service
runs, not after the index was made anew, not in a backup, and not in what was logged or sent to pages.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.web import settings_of
from tests.conftest import MakeApp
from tests.faults.stage import build_stage
from tests.journeys.residue import find
from tests.journeys.sinks import HookSink, MailSink, serving
from tests.journeys.ways_into_a_case import WAYS, Scene, letter_of_the_student
from tests.people import run_outbox

# Letters that are written otherwise in JSON, in addresses and in bytes
SENTENCE = "a marzipan éléphant under the stairs"
WRITTEN = {"body", "hope"}  # fields without which the wandering would have found nothing


@pytest.fixture
def hook() -> Iterator[HookSink]:
    sink = HookSink()
    with serving(sink):
        yield sink


@pytest.fixture
def mail() -> Iterator[MailSink]:
    sink = MailSink()
    with serving(sink):
        yield sink


@pytest.fixture
def logging_app(logged: Path, make_app: MakeApp, hook: HookSink, mail: MailSink) -> Flask:
    """An application whose pages go out by mail and webhook, while everything is logged."""
    assert logged.exists()
    return make_app(**hook.settings(), **mail.settings())


def gone_every_way(app: Flask) -> Scene:
    scene = Scene(app, build_stage(app), {})
    for way in WAYS.values():
        way(scene, SENTENCE)
        run_outbox(app)
        if way is letter_of_the_student:
            assert SENTENCE in scene.stage.anna.get(scene.stage.conversation).text
    return scene


def command(app: Flask, *words: object) -> None:
    done = app.test_cli_runner().invoke(args=[str(word) for word in words])
    assert done.exit_code == 0, done.output


def test_a_sentence_of_a_case_lies_nowhere_in_the_clear(
    logging_app: Flask, logged: Path, hook: HookSink, mail: MailSink, tmp_path: Path
) -> None:
    # Given a sentence that went into a case by every way there is
    scene = gone_every_way(logging_app)
    kept, marks = settings_of(logging_app).data_dir, {"sentence": SENTENCE}
    typed = {name for shape, status in scene.sent.items() if status == 303 for name in shape[1:]}
    assert typed >= WRITTEN, scene.sent

    # Then it is not on the disk while the write-ahead log is alive
    assert (kept / "stoa.db-wal").stat().st_size > 10_000
    assert find(kept, marks) == []

    # Nor after the index was made anew, nor in a backup
    command(logging_app, "search", "rebuild")
    command(logging_app, "backup", "create", tmp_path / "backup" / "of-today")
    assert find(kept, marks) == []
    assert find(tmp_path / "backup", marks) == []

    # Nor under a new key
    command(logging_app, "keys", "rotate")
    assert find(kept, marks) == []

    # Nor in what was logged, and in what was sent to pages
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(logged, outside / "everything.log")
    (outside / "hooks").write_bytes(b"\n".join(body for _headers, body in hook.posts))
    (outside / "mails").write_text("\n".join(mail.letters))
    assert hook.posts
    assert find(outside, marks) == []
