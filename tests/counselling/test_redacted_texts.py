"""A professional reads a text as it stands: nothing that two people took out of it lies in a case."""

from flask import Flask

from core.db import transaction
from counselling.showing import view_escalation
from forum import queries as forum_queries
from forum.covering import CoverKind, find_words, redact
from moderation import queries as moderation_queries
from tests.counselling.people import NOON, add_student, escalate_post, write_post


def test_words_that_were_taken_out_are_gone_from_what_a_professional_reads(app: Flask) -> None:
    with app.app_context():
        post = write_post(add_student(), body="My flatmate is sleepless for weeks.")
        escalation = escalate_post(post)
        with transaction():
            locked = forum_queries.post(post.id, locked=True)
            assert locked is not None
            redact(locked, find_words(locked, "sleepless for weeks"), CoverKind.OTHER, now=NOON)
        again = moderation_queries.escalation(escalation.id)
        assert again is not None

        assert "sleepless" not in view_escalation(again).html
        assert "sleepless" not in again.prompted_by
