"""The page of one item says why it stands where it stands."""

from collections.abc import Iterator

import pytest
from flask import Flask

from accounts.permissions import Role
from moderation.bands import Band
from moderation.forms import BAND_NAMES, REPORT_NAMES
from moderation.models import QueueReason, ReasonKind, ReportReason
from moderation.pages import BAND_WORDS, page_sentence
from moderation.screening.explanations import explain_key
from moderation.triage import SCREENING_FAILED
from moderation.views.words import noted, why_raised
from tests.cast import NOON, begin_thread, item_id_of, new_student
from tests.conftest import MakeApp
from tests.people import add_staff_person, sign_in_as


def test_what_the_marked_words_may_mean_stands_on_the_page_in_the_moderators_language(app: Flask) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student(), "I am going to kill myself tonight."))
    maya = app.test_client()
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR, username="maya"))

    page = maya.get(f"/moderation/items/{item_id}").text
    greek = maya.get(f"/moderation/items/{item_id}", headers={"Accept-Language": "el"}).text

    assert explain_key("suicide_intent_with_time", "en") in page
    assert explain_key("suicide_intent_with_time", "el") in greek


def test_a_mark_of_an_older_list_says_nothing_and_breaks_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert why_raised([{"key": "a key that is gone"}]) == []


@pytest.fixture
def in_greek(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "el"}):
        yield


@pytest.mark.usefixtures("in_greek")
def test_what_a_reader_chose_when_reporting_is_told_in_the_moderators_language() -> None:
    said, written = noted(QueueReason(kind=ReasonKind.REPORT, note="worries_me: please look: today"))
    assert said == str(REPORT_NAMES[ReportReason.WORRIES_ME])
    assert "worried" not in said
    assert written == "please look: today"


@pytest.mark.usefixtures("in_greek")
def test_a_report_without_a_note_says_what_was_chosen() -> None:
    assert noted(QueueReason(kind=ReasonKind.REPORT, note="spam")) == (
        str(REPORT_NAMES[ReportReason.SPAM]),
        "",
    )


def test_a_screening_that_failed_is_told_in_a_sentence(app: Flask) -> None:
    with app.test_request_context("/"):
        said, written = noted(QueueReason(kind=ReasonKind.RISK_SIGNAL, note=SCREENING_FAILED))
    assert said == "The words could not be checked. Please read them with care."
    assert written == ""


def test_what_a_professional_wrote_when_declining_is_theirs(app: Flask) -> None:
    with app.test_request_context("/"):
        assert noted(QueueReason(kind=ReasonKind.SECOND_LOOK, note="spam: no")) == ("", "spam: no")


def test_a_page_to_the_person_on_call_is_in_the_installations_language(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BAND_WORDS, Band.RED, BAND_NAMES[Band.RED])
    app = make_app(STOA_DEFAULT_LANGUAGE="el")
    with app.app_context():
        assert "Κόκκινο" in page_sentence("item", Band.RED, NOON)
