"""The pages on which a decision of an assisted moderator is answered: what does not fit is said, and nothing
that a senior typed is lost.
"""

import html
import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Step
from accounts.permissions import Role
from core.clock import utcnow
from core.db import transaction
from moderation.access import locked_item
from moderation.models import ItemState
from moderation.proposals.confirming import decide_or_propose, send_back
from moderation.proposals.reading import locked_proposal
from moderation.review_models import Proposal, ProposalState
from moderation.team.pairs import pair
from tests.cast import begin_thread, choice, claimed, item, new_moderator, new_student, staff
from tests.people import Credentials, add_staff_person, hidden_fields, sign_in_as

TOO_LONG = "The name is their own. " * 50


@dataclass(frozen=True)
class Waiting:
    """A decision of Iris that waits for Maya, her senior."""

    item_id: str
    proposal_id: str

    @property
    def page(self) -> str:
        return f"/moderation/items/{self.item_id}"

    @property
    def address(self) -> str:
        return f"/moderation/proposals/{self.proposal_id}/send-back"


@pytest.fixture
def maya(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="maya")


@pytest.fixture
def waiting(app: Flask, maya: Credentials) -> Waiting:
    with app.app_context():
        iris, now = new_moderator("iris", step=Step.ASSISTED), utcnow()
        with transaction():
            pair(staff(iris), buddy="", senior=maya.staff_id, actor=staff(iris), now=now)
        held = claimed(begin_thread(new_student(), now=now), by=iris, now=now)
        with transaction():
            made = decide_or_propose(locked_item(held.id), choice(held), actor=staff(iris), now=now)
            assert isinstance(made, Proposal)
            return Waiting(held.id, made.id)


@pytest.fixture
def browser(app: Flask, maya: Credentials) -> FlaskClient:
    """Maya's."""
    client = app.test_client()
    sign_in_as(client, maya)
    return client


def form_on(browser: FlaskClient, waiting: Waiting) -> dict[str, str]:
    """The hidden fields of the form that sends the decision back."""
    return hidden_fields(browser.get(waiting.page).text, action=waiting.address)


def what_became_of(app: Flask, waiting: Waiting) -> tuple[ProposalState, str | None, ItemState]:
    with app.app_context():
        found = locked_proposal(waiting.proposal_id)
        assert found is not None
        return found.state, found.review, item(waiting.item_id).state


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (TOO_LONG, f"This is {len(TOO_LONG.strip())} characters long; there is room for 1000."),
        ("", "Please fill this in."),
        (" \n ", "Please fill this in."),
    ],
    ids=["too long", "empty", "blank"],
)
def test_words_that_do_not_fit_come_back_on_the_page_of_the_text_and_nothing_is_done(
    app: Flask, browser: FlaskClient, waiting: Waiting, words: str, said: str
) -> None:
    answer = browser.post(waiting.address, data=form_on(browser, waiting) | {"words": words})

    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert said in page
    typed = re.search(r'<textarea[^>]*id="send-back-words"[^>]*>\r?\n?(.*?)</textarea>', page, re.S)
    assert typed is not None
    assert typed.group(1) == words
    assert what_became_of(app, waiting) == (ProposalState.OPEN, None, ItemState.ON_HOLD)


def test_the_form_that_came_back_is_open_and_can_be_sent(
    app: Flask, browser: FlaskClient, waiting: Waiting
) -> None:
    again = browser.post(waiting.address, data=form_on(browser, waiting) | {"words": TOO_LONG}).text
    assert "<details open><summary>Send it back" in again
    fields = hidden_fields(again, action=waiting.address)
    assert browser.post(waiting.address, data=fields | {"words": "Their own."}).status_code == 303
    assert what_became_of(app, waiting) == (ProposalState.REFUSED, "Their own.", ItemState.WAITING)


@pytest.mark.parametrize("words", [TOO_LONG, "The name is their own."])
def test_what_was_typed_about_a_decision_that_is_over_comes_back_with_the_refusal(
    app: Flask, browser: FlaskClient, waiting: Waiting, maya: Credentials, words: str
) -> None:
    fields = form_on(browser, waiting)
    with app.app_context(), transaction():
        found = locked_proposal(waiting.proposal_id)
        assert found is not None
        send_back(found, "In another window.", actor=staff(maya.staff_id), now=utcnow())

    answer = browser.post(waiting.address, data=fields | {"words": words})

    assert answer.status_code == 409
    assert words.strip() in answer.text


def test_words_about_a_decision_that_somebody_must_not_answer_are_refused_whole(
    app: Flask, waiting: Waiting
) -> None:
    tom = app.test_client()
    sign_in_as(tom, add_staff_person(app, Role.MODERATOR, username="tom"))
    fields = hidden_fields(tom.get("/moderation/queue").text)
    answer = tom.post(waiting.address, data=fields | {"words": TOO_LONG})
    assert answer.status_code == 403
    assert "Send it back" not in answer.text
