"""What an author is told: thanks first, signed by the team, no name, no blame, and nothing is ever taken back
without a word.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from accounts import mailbox
from core import outbox
from core.db import db, transaction
from core.settings import LANGUAGES
from core.text import plain_text
from forum.posting import edit, write_draft
from moderation.decisions import NEEDS_REASON, TOLD, undo
from moderation.models import Conduct, Decision
from moderation.queue import reopen
from moderation.wording.kindness import blaming_words, look_over
from moderation.wording.reasons import DEFAULTS
from tests.cast import (
    NOON,
    begin_thread,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)

POST = "0000000000001"


def notices(language: str) -> Iterator[str]:
    """Every notice of a decision with every reason, and that the team has written, as somebody reads it."""
    for conduct in TOLD:
        for key in DEFAULTS if conduct in NEEDS_REASON else [""]:
            for corrects in (False, True):
                facts = {"post": POST, "conduct": conduct.value, "reason": key, "corrects": corrects}
                yield said(language, "decided", facts | {"reason_version": 1})
    yield said(language, "team_wrote", {"post": POST})


def said(language: str, name: str, facts: dict[str, object]) -> str:
    with force_locale(language):
        page = render_template_string(
            "{% include 'moderation/notices/' ~ name ~ '.html' %}", name=name, notice={"data": facts}
        )
    return plain_text(unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split())))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_reads_kindly_and_is_signed_by_the_team(app: Flask, language: str) -> None:
    with app.test_request_context("/"), force_locale(language):
        signature = said(language, "team_wrote", {"post": POST})[-12:]
        told = list(notices(language))
    for notice in told:
        assert blaming_words(notice) == [], notice
        assert notice.endswith(signature)
        if language == "en":
            assert look_over(notice) == [], notice
            assert notice.startswith("Thank you")


def told(account_id: str) -> list[tuple[str, bool]]:
    """(conduct, whether it corrects) of each notice, the oldest first."""
    entries = reversed(mailbox.notices(student(account_id)))
    return [(entry["data"]["conduct"], entry["data"]["corrects"]) for entry in entries]


def deliver() -> None:
    """The ten seconds are over."""
    while outbox.drain(now=NOON + timedelta(seconds=11)):
        pass


def open_again(post_id: str) -> None:
    with transaction():
        reopen(item(item_id_of(post_id)), now=NOON)


def test_a_decision_taken_back_in_time_tells_nothing(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana)
        decided(post_id, Conduct.NOT_HERE, by=maya, reason="other")
        with transaction():
            undo(item(item_id_of(post_id)), actor=staff(maya), now=NOON)
        deliver()
        assert told(ana) == []


def test_a_later_reversal_adds_a_correction_and_the_notice_stays(app: Flask) -> None:
    with app.app_context():
        ana, maya, niki = new_student(), new_moderator(), new_moderator("niki")
        post_id = begin_thread(ana)
        decided(post_id, Conduct.PUBLISH, by=maya, now=NOON - timedelta(seconds=2))
        deliver()
        open_again(post_id)
        decided(post_id, Conduct.HIDE, by=maya, reason="other", now=NOON - timedelta(seconds=1))
        deliver()  # which asks for the second look as well
        decided(post_id, Conduct.PUBLISH, by=niki)
        deliver()
        assert told(ana) == [("publish", False), ("hide", False), ("publish", True)]


def test_a_change_that_was_asked_for_and_made_is_no_correction(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana)
        decided(post_id, Conduct.ASK_CHANGE, by=maya, reason="other")
        deliver()
        with transaction():
            edit(post(post_id), write_draft("Better.", language="en"), author=student(ana), now=NOON)
        decided(post_id, Conduct.PUBLISH, by=maya)
        deliver()
        assert told(ana) == [("ask_change", False), ("publish", False)]


def test_a_notice_holds_no_name_and_no_words_of_the_text(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        post_id = begin_thread(ana, "Her name is Somebody.")
        decided(post_id, Conduct.ASK_CHANGE, by=maya, reason="names_someone", marked=("Somebody",))
        decision = db.session.query(Decision).one()
        assert decision.marks == [{"part": "body", "start": 12, "end": 20}]
        deliver()
        (entry,) = mailbox.notices(student(ana))
        assert "Maya" not in str(entry)
        assert maya not in str(entry)
        assert "Somebody" not in str(entry)
