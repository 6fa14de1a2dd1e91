"""Reports: the same queue, a code that tells the state, and nothing of who reported."""

from collections.abc import Callable

import pytest
from flask import Flask

from core.db import db, transaction
from core.refusals import Missing
from moderation import queries
from moderation.bands import Band
from moderation.decisions import decide
from moderation.models import Conduct, ItemState, ReasonKind, Report, ReportReason, ReportState
from moderation.reports import file_report, forget_old_reports, report_state
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
)


def published_and_decided() -> tuple[str, str]:
    """A published post whose item is decided, and the moderator."""
    maya = new_moderator()
    post_id = begin_thread(new_student())
    held = claimed(post_id, by=maya)
    with transaction():
        decide(item(held.id), choice(held), actor=staff(maya), now=NOON)
    return post_id, maya


def report(post_id: str, reason: ReportReason = ReportReason.ATTACKS_SOMEONE, note: str = "") -> str:
    with transaction():
        return file_report(post(post_id), reason=reason, note=note, now=NOON + MINUTE)


def test_a_report_puts_the_text_into_the_same_item_again(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        item_id = item_id_of(post_id)
        report(post_id, note="it names my flatmate")

        again = item(item_id)
        assert (again.state, again.band) == (ItemState.WAITING, Band.AMBER)
        (reason,) = queries.open_reasons(item_id)
        assert reason.kind is ReasonKind.REPORT
        assert reason.note == "attacks_someone: it names my flatmate"


def test_the_code_shows_received_then_looked_at_then_done(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        code = report(post_id)
        assert report_state(code) is ReportState.RECEIVED
        held = claimed(post_id, by=maya, now=NOON + MINUTE)
        assert report_state(code) is ReportState.LOOKED_AT
        with transaction():
            what = choice(held, Conduct.HIDE, reason="hurts_someone")
            decide(item(held.id), what, actor=staff(maya), now=NOON + MINUTE)
        assert report_state(code) is ReportState.DONE


@pytest.mark.parametrize(
    "change", [str.upper, lambda code: code.replace("-", " "), lambda code: f" {code}\n"]
)
def test_a_code_is_read_however_it_is_typed(app: Flask, change: Callable[[str], str]) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])

        assert report_state(change(code)) is ReportState.RECEIVED


def test_a_guessed_code_is_no_report(app: Flask) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])
        wrong = ("0" if code[0] != "0" else "1") + code[1:]

        with pytest.raises(Missing):
            report_state(wrong)


def test_the_code_is_not_kept(app: Flask) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])
        row = db.session.query(Report).one()

        assert code.replace("-", "").encode() not in row.code_hash
        assert len(row.code_hash) == 32


def test_words_of_danger_in_a_note_raise_the_band(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        report(
            post_id, ReportReason.WORRIES_ME, note="she wrote me that she is going to kill herself tonight"
        )

        assert item(item_id_of(post_id)).rank <= Band.RED.rank


def test_reports_are_kept_for_a_year(app: Flask) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])
        forget_old_reports(NOON.replace(year=2027, month=2))
        assert report_state(code) is ReportState.RECEIVED
        forget_old_reports(NOON.replace(year=2027, month=4))
        with pytest.raises(Missing):
            report_state(code)
