"""Whoever is killed while they change the key of cases leaves every letter readable, by everybody who was at
work and by everybody who comes, and the change goes on when it is begun again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.permissions import Role
from core.db import db, transaction
from core.keychange import is_change_unfinished
from core.keys import load_keys
from core.settings import ROOT
from core.web import settings_of
from counselling import queries
from counselling.messages import write_letter
from counselling.rotating import rotate_keys
from counselling.sealing import open_letter
from tests.conftest import MakeApp, StartAgain
from tests.counselling.people import NOON, add_staff_row, add_student, make_case
from tests.faults.dying import killed_at
from tests.faults.killed_rotating import POINTS

CASES = 5
NOT_BEGUN = {
    "before anything",
    "before the key has its second name",
    "before there is a new key",
    "before the new key is in its place",
}


def write_case(body: str) -> str:
    """Another case of Nora's with one letter. Gives its id."""
    nora = account_queries.staff_by_username("nora")
    assert nora is not None
    case = make_case(add_student(), nora)
    with transaction():
        write_letter(case, body, author=nora, now=NOON)
    return case.id


@pytest.fixture
def at_work(make_app: MakeApp) -> Flask:
    """A process that was at work before the key changed, and that nobody tells anything."""
    app = make_app()
    with app.app_context():
        add_staff_row(Role.PROFESSIONAL, "nora")
        for number in range(CASES):
            write_case(f"Letter {number}")
        db.session.remove()
    return app


def letters(app: Flask) -> list[str]:
    """Everything that this process can read."""
    with app.app_context():
        found = [
            open_letter(case, letter)
            for nora in [account_queries.staff_by_username("nora")]
            if nora is not None
            for case in queries.open_cases_of_owner(nora.id)
            for letter in queries.messages(case.id)
        ]
        db.session.remove()
    return sorted(found)


@pytest.mark.parametrize("point", POINTS)
def test_everything_can_be_read_and_the_change_goes_on(
    at_work: Flask, start_again: StartAgain, point: str
) -> None:
    # Given five letters, and a change of the key that was killed
    settings = settings_of(at_work)
    earlier = load_keys(settings.keys_dir).case
    assert earlier is not None
    killed_at("killed_rotating", point, settings.data_dir)
    expected = [f"Letter {number}" for number in range(CASES)]

    # Then who was at work reads everything, and who comes now
    assert letters(at_work) == expected
    newcomer = start_again(settings)
    assert letters(newcomer) == expected

    # And a case that either of them opens now, the other reads
    for number, app in enumerate((at_work, newcomer)):
        with app.app_context():
            write_case(f"New {number}")
            db.session.remove()
    expected += ["New 0", "New 1"]
    assert letters(at_work) == letters(newcomer) == expected

    # When the change is begun again
    with newcomer.app_context():
        done = rotate_keys(
            settings.keys_dir, data_dir=settings.data_dir, now=NOON, tell=lambda _sentence: None
        )
        db.session.remove()

    # Then it ends, and goes on where it was, everything can be read, and nothing is left of the earlier key
    assert done.was_resumed is (point not in NOT_BEGUN)
    assert not done.unreadable
    for app in (at_work, newcomer, start_again(settings)):
        assert letters(app) == expected
    assert not is_change_unfinished(settings.keys_dir)
    assert not [path for path in settings.keys_dir.iterdir() if earlier.hex() in path.read_text()]
    assert len(list(settings.keys_dir.iterdir())) == 5


def flask_keys_rotate(directory: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rotate", *more],
        cwd=ROOT,
        env=os.environ | {"STOA_MODE": "test", "STOA_DATA_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_says_what_it_did(at_work: Flask) -> None:
    killed_at("killed_rotating", "between two batches", settings_of(at_work).data_dir)
    done = flask_keys_rotate(settings_of(at_work).data_dir, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"rewrapped": CASES - 2, "was_resumed": True, "unreadable": []}
    assert "A change was begun before: it goes on." in done.stderr
    assert len(letters(at_work)) == CASES


def test_a_directory_of_keys_that_is_not_there_is_told_in_a_sentence(at_work: Flask) -> None:
    settings = settings_of(at_work)
    settings.keys_dir.rename(settings.data_dir / "elsewhere")
    done = flask_keys_rotate(settings.data_dir)
    assert done.returncode != 0
    assert "Stoa is running without its key files" in done.stderr
    assert "Traceback" not in done.stderr
