"""Every notice of moderation in every language: kind, easy to read, signed by the team, without a name."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from accounts import mailbox
from core import outbox
from core.db import db, transaction
from core.settings import LANGUAGES
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import decision_code
from moderation.appeals.outcomes import Answer, answer_appeal, ask_author
from moderation.appeals.sending import send_appeal
from moderation.decisions import NEEDS_REASON, TOLD, decide
from moderation.models import Conduct, Risk
from moderation.notes import write_from_team
from moderation.promises.lateness import run_out
from moderation.review_models import AppealState, SanctionKind
from moderation.sanctions import lift, set_sanction
from moderation.wording.kindness import blaming_words, look_over
from moderation.wording.reasons import ABOUT_OTHERS, DEFAULTS
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    new_moderator,
    new_student,
    staff,
    student,
)

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "moderation" / "notices"
THING = "0000000000001"
SIGNED = {
    "en": "The team of moderators",
    "el": "Η ομάδα των συντονιστών",
    "id": "Tim moderator",
}
NAMES = ("quollina", "zephyrine")


def facts_of_notices() -> Iterator[tuple[str, dict[str, Any]]]:
    """The template and the facts of each notice that an author can get."""
    for conduct in TOLD | {Conduct.DISMISS}:
        for key in DEFAULTS if conduct in NEEDS_REASON else [""]:
            for corrects in (True,) if conduct is Conduct.DISMISS else (False, True):
                cited = {"reason": key, "reason_version": 1, "corrects": corrects, "decision": THING}
                yield "decided", {"conduct": conduct.value, **cited}
    for state in ("asks", "upheld", "varied", "overturned"):
        for about in ({"decision": THING, "sanction": None}, {"decision": None, "sanction": THING}):
            yield "appeal", {"state": state, "words": "", **about}
    for step in SanctionKind:
        for key in ABOUT_OTHERS:
            for is_lifted in (False, True):
                cited = {"reason": key, "reason_version": 1, "message": "", "is_lifted": is_lifted}
                yield "sanction", {"step": step.value, "sanction": THING, **cited}
    for shows_help in (False, True):
        yield "late", {"look_by": NOON.isoformat(), "shows_help": shows_help}
    yield "team_wrote", {}


def said(name: str, facts: dict[str, Any]) -> str:
    """A notice as somebody reads it, sentence by sentence; a code is no word."""
    page = render_template_string(
        "{% include 'moderation/notices/' ~ name ~ '.html' %}",
        name=name,
        notice={"data": {"post": THING, "thread": THING, **facts}},
    )
    page = re.sub(r"<code.*?</code>|<form.*?</form>|<button.*?</button>", " ", page, flags=re.S)
    lines = re.sub(r"</p>|</li>", "\n", page)
    text = unescape(re.sub(r"<[^>]*>", " ", lines))
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def test_no_notice_is_left_out() -> None:
    assert {name for name, _ in facts_of_notices()} == {path.stem for path in TEMPLATES.iterdir()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_reads_kindly_in_its_own_language(app: Flask, language: str) -> None:
    with app.test_request_context("/"), force_locale(language):
        notices = [said(name, facts) for name, facts in facts_of_notices()]
    with app.test_request_context("/"), force_locale("en"):
        english = {line for name, facts in facts_of_notices() for line in said(name, facts).splitlines()}
    for notice in notices:
        assert blaming_words(notice) == [], notice
        assert notice.splitlines()[-1] == SIGNED[language]
        if language == "en":
            assert look_over(notice) == [], notice
        else:
            assert english.isdisjoint(notice.splitlines()), notice


def test_no_notice_and_no_mailbox_holds_who_of_the_staff_did_it(app: Flask) -> None:
    with app.app_context():
        ana, quollina, zephyrine = new_student(), *(new_moderator(name) for name in NAMES)
        every_notice(ana, quollina, zephyrine)
        entries = mailbox.notices(student(ana))
        db.session.rollback()
        names = {*NAMES, quollina, zephyrine, staff(quollina).alias}
    kinds = {entry["kind"] for entry in entries}
    assert kinds == {f"moderation.{path.stem}" for path in TEMPLATES.iterdir()}
    with app.test_request_context("/"):
        told = [said(entry["kind"].split(".")[1], entry["data"]) for entry in entries]
    for name in names:
        assert name.lower() not in str([entries, told]).lower()


def every_notice(author: str, first: str, second: str) -> None:
    """An author gets a notice of every kind, from two moderators."""
    held = claimed(begin_thread(author), by=first)
    with transaction():
        run_out(item(held.id), now=NOON)
    settle()
    with transaction():
        what = choice(item(held.id), Conduct.NOT_HERE, Risk.REACH_OUT, reason="hurts_someone")
        decision = decide(item(held.id), what, actor=staff(first), now=NOON)
        code = decision_code(decision.id)
    with transaction():
        write_from_team(item(held.id), "We think of you.", actor=staff(first), now=NOON)
    with transaction():
        lock_author_of(held.id)
        step = {"reason": "hurts_someone", "ends_at": NOON + timedelta(days=1)}
        set_sanction(item(held.id), SanctionKind.SLOW_MODE, actor=staff(first), now=NOON, **step)  # type: ignore[arg-type]
    settle()
    with transaction():
        lock_author_of(held.id)
        (sanction,) = appeal_queries.sanctions_of_item(held.id)
        lift(sanction, post_item=item(held.id), actor=staff(first), now=NOON)
    with transaction():
        send_appeal(code, "It was a joke.", now=NOON + MINUTE)
    for asks in (True, False):
        taken = claimed(held.post_id, by=second, now=NOON + MINUTE)
        seen = {"claim": taken.claim_token or "", "version": taken.version}
        with transaction():
            lock_author_of(held.id)
            one, actor = item(held.id), staff(second)
            if asks:
                ask_author(one, "Which one?", actor=actor, now=NOON + MINUTE, **seen)  # type: ignore[arg-type]
            else:
                written = Answer(AppealState.OVERTURNED, "Thank you.", **seen)  # type: ignore[arg-type]
                answer_appeal(one, written, actor=actor, now=NOON + MINUTE)
    settle()


def settle() -> None:
    """What waits to be told leaves."""
    while outbox.drain(now=NOON + timedelta(seconds=80)):
        pass
