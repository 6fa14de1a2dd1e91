"""Days, lengths of time and counted things, as each language says them (by CLDR)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, render_template_string
from flask.ctx import RequestContext
from flask_babel import ngettext

from core.web import day
from insight.views import month_name
from moderation.views.words import clock, length_of_time

A_DAY = date(2026, 5, 3)


def reading(app: Flask, language: str) -> RequestContext:
    return app.test_request_context("/", headers={"Accept-Language": language})


@pytest.mark.parametrize(
    ("language", "words"), [("en", "3 May 2026"), ("el", "3 Μαΐου 2026"), ("id", "3 Mei 2026")]
)
def test_a_day_is_named_in_the_readers_language(app: Flask, language: str, words: str) -> None:
    with reading(app, language):
        assert day(A_DAY) == words


@pytest.mark.parametrize(("language", "words"), [("en", "3 May"), ("el", "3 Μαΐ"), ("id", "3 Mei")])
def test_staff_read_day_and_time(app: Flask, language: str, words: str) -> None:
    with reading(app, language):
        told = clock(datetime(2026, 5, 3, 12, 30, tzinfo=UTC))
        assert told.startswith(words)
        assert told.endswith("12:30")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "May 2026"), ("el", "Μάιος 2026"), ("id", "Mei 2026")]
)
def test_a_month_by_itself_is_named_as_one_names_it(app: Flask, language: str, words: str) -> None:
    with reading(app, language):
        assert month_name(date(2026, 5, 1)) == words


@pytest.mark.parametrize(
    ("language", "one", "three"),
    [("en", "1 hour", "3 hours"), ("el", "1 ώρα", "3 ώρες"), ("id", "1 jam", "3 jam")],
)
def test_a_length_of_time_has_its_plural(app: Flask, language: str, one: str, three: str) -> None:
    with reading(app, language):
        assert length_of_time(timedelta(hours=1)) == one
        assert length_of_time(timedelta(hours=3)) == three


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ["0 replies", "1 reply", "2 replies", "21 replies"]),
        ("el", ["0 απαντήσεις", "1 απάντηση", "2 απαντήσεις", "21 απαντήσεις"]),
        ("id", ["0 balasan", "1 balasan", "2 balasan", "21 balasan"]),
    ],
)
def test_what_is_counted_has_the_forms_of_the_language(app: Flask, language: str, forms: list[str]) -> None:
    with reading(app, language):
        counted = [
            render_template_string('{{ ngettext("%(num)s reply", "%(num)s replies", n) }}', n=number)
            for number in (0, 1, 2, 21)
        ]
        by_rules = [ngettext("%(num)s reply", "%(num)s replies", number) for number in (0, 1, 2, 21)]
    assert counted == forms
    assert by_rules == forms


@pytest.mark.parametrize(("language", "monday"), [("en", "Monday"), ("el", "Δευτέρα"), ("id", "Senin")])
def test_a_week_day_is_named_in_the_readers_language(app: Flask, language: str, monday: str) -> None:
    with reading(app, language):
        assert render_template_string('{{ _("Monday") }}') == monday
