"""A process in which two people take words out of a text, and that is killed by SIGKILL in the middle of it.

`python -m tests.faults.killed_redacting POINT DATA_DIRECTORY` prints the post's id and dies.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import forum.tombstones
from app import create_app
from core import outbox
from core.db import db, transaction
from forum.covering import CoverKind
from forum.lifecycle import PostAct, move_post
from moderation.gatekeeper import Gatekeeper
from moderation.proposals import proposing
from moderation.proposals import queries as proposal_queries
from moderation.proposals.masking import redaction
from tests.cast import NOON, begin_thread, item, item_id_of, new_moderator, new_student, post, staff
from tests.conftest import settings_for
from tests.faults.killed import die
from tests.people import run_outbox

NAME, BACKUP = "Quillifax", "backup"
BODY = f"{NAME} shouts all night."


def main(point: str, directory: str) -> None:
    app = create_app(settings_for(Path(directory)))
    with app.app_context():
        post_id = begin_thread(new_student(), BODY, title=f"About {NAME}")
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=NOON)
        db.session.remove()
    run_outbox(app)
    made = app.test_cli_runner().invoke(args=["backup", "create", str(Path(directory).parent / BACKUP)])
    assert made.exit_code == 0, made.output
    print(post_id, flush=True)
    points: dict[str, Callable[[], None]] = {
        "inside the commit of a redaction": lambda: setattr(Gatekeeper, "words_taken_out", die),
        "after a redaction": lambda: None,
        "before a tombstone is written": lambda: setattr(forum.tombstones, "append_line", die),
        "after a tombstone was written": lambda: setattr(outbox, "_delete", die),
    }
    points[point]()
    with app.app_context():
        take_out(post_id)
        db.session.remove()
    if "tombstone" in point:
        run_outbox(app)
    die()


def take_out(post_id: str) -> None:
    """One proposes, another agrees."""
    maya, noor = new_moderator("maya"), new_moderator("noor")
    with transaction():
        act = redaction(item(item_id_of(post_id)), NAME, CoverKind.NAME, reason="It names somebody.")
        proposal_id = proposing.propose(act, actor=staff(maya), now=NOON).id
    with transaction():
        found = proposal_queries.proposal(proposal_id, locked=True)
        assert found is not None
        proposing.approve(found, found.act_hash.hex(), actor=staff(noor), now=NOON)


if __name__ == "__main__":
    main(*sys.argv[1:])
