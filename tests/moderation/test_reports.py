"""Reports: the same queue, a code that tells the state, and nothing of who reported."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from accounts.permissions import Role
from core.db import db, transaction
from core.refusals import Missing
from moderation import queries
from moderation.bands import Band
from moderation.claims import claim, release_lapsed
from moderation.decisions import SomethingNew, decide
from moderation.models import Conduct, ItemState, ReasonKind, Report, ReportReason, ReportState
from moderation.promises.models import Wait
from moderation.reading import taken_back
from moderation.reports import file_report, forget_old_reports, report_state, withdraw_report
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    choice,
    claimed,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
)
from tests.journeys import steps
from tests.people import hidden_fields, post_form


def published_and_decided() -> tuple[str, str]:
    """A published post whose item is decided, and the moderator."""
    maya = new_moderator()
    post_id = begin_thread(new_student())
    decided(post_id, by=maya)
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


def take_back(code: str) -> ReportState:
    with transaction():
        return withdraw_report(code, now=NOON + 2 * MINUTE)


def test_a_text_that_waits_only_for_a_report_waits_no_longer_when_it_is_taken_back(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        code = report(post_id)

        assert take_back(code) is ReportState.WITHDRAWN
        again = item(item_id_of(post_id))
        assert (again.state, again.is_open) == (ItemState.DECIDED, False)
        assert queries.open_reasons(again.id) == []
        assert len(queries.decisions_of(again.id)) == 1


def test_taking_a_report_back_counts_no_wait(app: Flask) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])
        before = [(wait.minutes, wait.count) for wait in db.session.query(Wait)]
        take_back(code)

        assert [(wait.minutes, wait.count) for wait in db.session.query(Wait)] == before


def test_taking_back_twice_is_the_same_as_once(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        code = report(post_id)
        take_back(code)
        version = item(item_id_of(post_id)).version

        assert take_back(code) is ReportState.WITHDRAWN
        assert item(item_id_of(post_id)).version == version


def test_another_report_keeps_the_text_in_the_queue_and_its_band(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        code = report(post_id)
        report(post_id, ReportReason.SPAM)
        take_back(code)

        again = item(item_id_of(post_id))
        assert (again.state, again.band) == (ItemState.WAITING, Band.AMBER)
        assert [reason.note for reason in queries.open_reasons(again.id)] == ["spam"]


def test_words_of_danger_keep_the_text_before_moderators(app: Flask) -> None:
    with app.app_context():
        post_id, _ = published_and_decided()
        code = report(post_id, ReportReason.WORRIES_ME, note="she says she is going to kill herself tonight")

        assert take_back(code) is ReportState.WITHDRAWN
        again = item(item_id_of(post_id))
        assert again.state is ItemState.WAITING
        assert len(queries.open_reasons(again.id)) == 1


def test_whoever_has_begun_to_read_finishes(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        code = report(post_id)
        held = claimed(post_id, by=maya, now=NOON + MINUTE)

        assert take_back(code) is ReportState.WITHDRAWN
        assert item(held.id).claimed_by == maya
        with transaction():
            what = choice(item(held.id), Conduct.DISMISS)
            decide(item(held.id), what, actor=staff(maya), now=NOON + 3 * MINUTE)
        assert report_state(code) is ReportState.WITHDRAWN


@pytest.mark.parametrize("comes_first", ["report", "claim"])
def test_whoever_reads_a_text_is_told_that_its_report_was_taken_back(app: Flask, comes_first: str) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        first = report(post_id)
        held = claimed(post_id, by=maya, now=NOON + MINUTE)
        code = first if comes_first == "report" else report(post_id, ReportReason.SPAM)
        seen = choice(item(held.id), Conduct.DISMISS)
        take_back(code)

        with pytest.raises(SomethingNew), transaction():
            decide(item(held.id), seen, actor=staff(maya), now=NOON + 3 * MINUTE)
        assert len(taken_back(queries.open_reasons(held.id))) == 1


def test_the_page_of_a_text_says_that_a_report_was_taken_back(app: Flask) -> None:
    ana, maya = steps.new_student(app), steps.new_staff(app, Role.MODERATOR, "maya")
    thread = steps.publish_thread(ana, maya, "Soup", "The soup is cold.")
    post_id = steps.post_ids(ana.get(thread).text)[0]
    sent = post_form(app.test_client(), f"/p/{post_id}/report", {"reason": "spam"})
    code = re.search(r"(?:[0-9a-z]{4}-){3}[0-9a-z]{4}", sent.text)
    assert code is not None
    found = steps.take_next(maya)
    assert "taken back by the reader" not in maya.get(found).text

    with app.app_context(), transaction():
        withdraw_report(code.group(), now=NOON)

    assert "taken back by the reader" in maya.get(found).text


def test_a_text_stays_with_whoever_still_types_when_their_time_is_over(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        report(post_id)
        held = claimed(post_id, by=maya, now=NOON + MINUTE)
        code = report(post_id, ReportReason.SPAM)
        with transaction():
            release_lapsed(item(held.id), now=NOON + 12 * MINUTE)
        take_back(code)

        assert len(queries.open_reasons(held.id)) == 2


def test_a_report_that_came_while_somebody_reads_stays_with_them(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        report(post_id)
        held = claimed(post_id, by=maya, now=NOON + MINUTE)
        take_back(report(post_id, ReportReason.SPAM))

        assert item(held.id).state is ItemState.CLAIMED
        assert len(queries.open_reasons(held.id)) == 2


def test_what_is_decided_stays_done(app: Flask) -> None:
    with app.app_context():
        post_id, maya = published_and_decided()
        code = report(post_id)
        decided(post_id, Conduct.DISMISS, by=maya, now=NOON + MINUTE)

        assert take_back(code) is ReportState.DONE


def test_taking_back_and_taking_the_text_at_once_leave_one_of_both_worlds(both_databases: Flask) -> None:
    with both_databases.app_context():
        post_id, maya = published_and_decided()
        code = report(post_id)
        db.session.remove()

    def read() -> None:
        with transaction():
            claim(item(item_id_of(post_id)), actor=staff(maya), now=NOON + 2 * MINUTE)

    at_once(both_databases, [lambda: take_back(code), read, lambda: take_back(code)])

    with both_databases.app_context():
        again = item(item_id_of(post_id))
        open_reasons = len(queries.open_reasons(again.id))
        assert report_state(code) is ReportState.WITHDRAWN
        assert (again.state, open_reasons) in {(ItemState.DECIDED, 0), (ItemState.CLAIMED, 1)}


def test_a_reader_takes_a_report_back_and_the_code_stands_in_no_address(app: Flask) -> None:
    with app.app_context():
        code = report(published_and_decided()[0])
        db.session.remove()
    reader = app.test_client()
    page = post_form(reader, "/report/status", {"code": code})
    answer = reader.post("/report/withdraw", data=hidden_fields(page.text, action="/report/withdraw"))

    assert (answer.status_code, answer.location) == (303, "/report/status")
    assert "You have taken your report back" in reader.get("/report/status").text
    assert 'data-state="withdrawn"' in post_form(reader, "/report/status", {"code": code}).text


def test_a_guessed_code_takes_nothing_back(app: Flask) -> None:
    with app.app_context():
        report(published_and_decided()[0])
        db.session.remove()
    reader = app.test_client()
    answer = post_form(reader, "/report/withdraw", {"code": "0000-0000-0000-0000"}, page="/report/status")

    assert answer.status_code == 422
    with app.app_context():
        assert db.session.query(Report).one().state is ReportState.RECEIVED
