"""A process that is killed while words are taken out of a text: they are gone wholly, or wholly there with
the proposal still open; and an older backup brings them back to nobody.
"""

import json
from pathlib import Path

import pytest
from flask import Flask

from core.db import db, empty_write_ahead_log
from core.web import settings_of
from forum.tombstones import FILE
from moderation.review_models import Proposal, ProposalState
from tests.conftest import StartAgain, settings_for
from tests.faults.dying import AFTER_THE_LEASE, killed_at
from tests.faults.killed_redacting import BACKUP, NAME
from tests.people import run_outbox

GONE = ["after a redaction", "before a tombstone is written", "after a tombstone was written"]


def files_with_the_name(app: Flask) -> list[str]:
    """Where the name stands on the disk, but for what a restore has put aside."""
    with app.app_context():
        db.session.remove()
        assert empty_write_ahead_log()
    paths = settings_of(app).data_dir.rglob("*")
    files = [path for path in paths if path.is_file() and "before-restore" not in str(path)]
    return [path.name for path in files if NAME.casefold() in path.read_text("latin-1").casefold()]


def state_of_proposal(app: Flask) -> ProposalState:
    with app.app_context():
        state = db.session.query(Proposal).one().state
        db.session.remove()
    return state


def tombstones(directory: Path) -> list[str]:
    """The posts that the file names."""
    file = directory / FILE
    return [json.loads(line)["post"] for line in file.read_text().splitlines()] if file.exists() else []


def test_a_redaction_that_was_not_committed_took_nothing_and_can_be_done_again(
    directory: Path, start_again: StartAgain
) -> None:
    # Given a process that was killed inside the transaction
    killed_at("killed_redacting", "inside the commit of a redaction", directory)

    # Then the text is whole, the proposal waits, and nothing at the next start takes the words by itself
    app = start_again(settings_for(directory))
    run_outbox(app, seconds_later=AFTER_THE_LEASE)
    assert NAME in app.test_client().get("/").text
    assert state_of_proposal(app) is ProposalState.OPEN
    assert tombstones(directory) == []


@pytest.mark.parametrize("point", GONE)
def test_a_redaction_that_was_committed_is_finished_at_the_next_start(
    directory: Path, start_again: StartAgain, point: str
) -> None:
    # Given a process that was killed behind the transaction
    (post_id,) = killed_at("killed_redacting", point, directory)

    # When the service runs again
    app = start_again(settings_for(directory))
    run_outbox(app, seconds_later=AFTER_THE_LEASE)

    # Then the words are in no byte of database, log and index, and the restores to come are told
    assert files_with_the_name(app) == []
    assert state_of_proposal(app) is ProposalState.DONE
    assert set(tombstones(directory)) == {post_id}


def test_an_older_backup_brings_nothing_back_although_the_process_was_killed(
    directory: Path, start_again: StartAgain
) -> None:
    # Given a process that was killed before a tombstone was written, and a backup from before it
    killed_at("killed_redacting", "after a redaction", directory)

    # When it is restored before anything else runs
    app = start_again(settings_for(directory))
    told = app.test_cli_runner().invoke(args=["backup", "restore", str(directory.parent / BACKUP)])
    assert told.exit_code == 0, told.output

    # Then the words are not back
    restored = start_again(settings_for(directory))
    assert files_with_the_name(restored) == []
    assert "covered by the team" in restored.test_client().get("/").text
