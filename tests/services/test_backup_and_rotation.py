"""Backups and the change of the key of cases: what was saved before opens with the key of then, what is saved
after with the new one, and nothing is saved in between.
"""

import shutil
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from accounts.permissions import Role
from app import create_app
from core.db import db, transaction
from core.keychange import keys_held_still, make_new_key
from core.keys import CASE, EARLIER_CASE
from core.settings import load_settings
from core.web import settings_of
from counselling import queries
from counselling.messages import write_letter
from counselling.sealing import open_letter
from tests.conftest import StartAgain, restarted
from tests.counselling.people import NOON, add_staff_row, add_student, make_case

WORDS = "You are not alone."


@pytest.fixture
def case_id(app: Flask) -> str:
    """A case with a letter."""
    with app.app_context():
        nora = add_staff_row(Role.PROFESSIONAL, "nora")
        case = make_case(add_student(), nora)
        with transaction():
            write_letter(case, WORDS, author=nora, now=NOON)
        found = case.id
        db.session.remove()
    return found


def run(app: Flask, *words: object) -> Result:
    """Type a command."""
    with app.app_context():
        db.session.remove()
    return app.test_cli_runner().invoke(args=[str(word) for word in words])


def done(app: Flask, *words: object) -> str:
    answer = run(app, *words)
    assert answer.exit_code == 0, answer.output
    return answer.output


def refused(app: Flask, *words: object) -> str:
    answer = run(app, *words)
    assert answer.exit_code == 1, answer.output
    return answer.output


def letter(app: Flask, case_id: str) -> str:
    """What is read."""
    with app.app_context():
        case = queries.case(case_id)
        assert case is not None
        words = open_letter(case, queries.messages(case_id)[0])
        db.session.remove()
    return words


def test_a_backup_of_before_is_refused_with_the_new_key_and_says_what_to_do(
    app: Flask, case_id: str, tmp_path: Path
) -> None:
    assert case_id
    done(app, "backup", "create", tmp_path / "before")
    done(app, "keys", "rotate")
    sentence = refused(app, "backup", "restore", tmp_path / "before")
    assert "The key of cases was changed since this backup was made" in sentence
    assert f"Copy it to {settings_of(app).keys_dir / EARLIER_CASE}" in sentence
    assert "Nothing was restored" in sentence


def test_with_the_key_of_then_beside_the_new_one_it_comes_back(
    app: Flask, case_id: str, tmp_path: Path, start_again: StartAgain
) -> None:
    # Given a backup, a copy of the keys of then, and a change of the key
    done(app, "backup", "create", tmp_path / "before")
    keys_dir = settings_of(app).keys_dir
    shutil.copytree(keys_dir, tmp_path / "kept")
    done(app, "keys", "rotate")

    # When somebody does what the sentence says
    shutil.copy(tmp_path / "kept" / CASE, keys_dir / EARLIER_CASE)
    done(app, "backup", "restore", tmp_path / "before")
    again = restarted(app, start_again)
    assert letter(again, case_id) == WORDS
    assert "it goes on" in run(again, "keys", "rotate").output

    # Then everything can be read with the new key alone
    assert not (keys_dir / EARLIER_CASE).exists()
    assert letter(restarted(again, start_again), case_id) == WORDS


def test_a_backup_with_its_own_key_says_that_it_has_it(app: Flask, case_id: str, tmp_path: Path) -> None:
    assert case_id
    done(app, "backup", "create", "--with-keys", tmp_path / "before")
    done(app, "keys", "rotate")
    assert "it is in the backup, as keys/case" in refused(app, "backup", "restore", tmp_path / "before")


def test_a_backup_of_before_with_its_keys_comes_back_on_a_new_machine(
    app: Flask, case_id: str, tmp_path: Path, start_again: StartAgain
) -> None:
    done(app, "backup", "create", "--with-keys", tmp_path / "before")
    done(app, "keys", "rotate")
    other = create_app(load_settings({"STOA_MODE": "test", "STOA_DATA_DIR": str(tmp_path / "other")}))
    done(other, "backup", "restore", tmp_path / "before")
    assert letter(restarted(other, start_again), case_id) == WORDS


@pytest.mark.parametrize("more", [[], ["--with-keys"]])
def test_a_backup_of_after_comes_back(
    app: Flask, case_id: str, tmp_path: Path, start_again: StartAgain, more: list[str]
) -> None:
    done(app, "keys", "rotate")
    done(app, "backup", "create", *more, tmp_path / "after")
    done(app, "backup", "restore", tmp_path / "after")
    assert letter(restarted(app, start_again), case_id) == WORDS


def test_no_backup_is_made_while_the_key_changes(app: Flask, case_id: str, tmp_path: Path) -> None:
    assert case_id
    with keys_held_still(settings_of(app).data_dir):
        sentence = refused(app, "backup", "create", tmp_path / "meanwhile")
    assert "the keys are being changed" in sentence
    assert not (tmp_path / "meanwhile").exists()


def test_no_backup_is_made_of_half_a_change(app: Flask, case_id: str, tmp_path: Path) -> None:
    assert case_id
    make_new_key(settings_of(app).keys_dir)
    assert "begun and not ended" in refused(app, "backup", "create", tmp_path / "half")


def test_nothing_is_restored_while_the_key_changes(app: Flask, case_id: str, tmp_path: Path) -> None:
    assert case_id
    done(app, "backup", "create", tmp_path / "backup")
    with keys_held_still(settings_of(app).data_dir):
        assert "the keys are being changed" in refused(app, "backup", "restore", tmp_path / "backup")
