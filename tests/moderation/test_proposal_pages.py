"""The pages: covering words from the page of a text, and answering what a colleague proposed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core.clock import utcnow
from core.db import db, transaction
from forum import queries as forum_queries
from forum.lifecycle import PostAct, move_post
from forum.models import PostStatus
from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.queue import add_reason
from moderation.review_models import Proposal, ProposalState
from tests.cast import begin_thread, item, item_id_of, new_student, post, staff
from tests.people import Credentials, add_staff_person, hidden_fields, post_form, sign_in_as

BODY = "My flatmate Zebedee shouts all night."
WORDS = {"words": "Zebedee", "kind": "name"}


@pytest.fixture
def maya(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="maya")


@pytest.fixture
def noor(app: Flask) -> Credentials:
    return add_staff_person(app, Role.MODERATOR, username="noor")


@pytest.fixture
def text(app: Flask) -> tuple[str, str]:
    """A published text: (post, item)."""
    with app.app_context():
        post_id = begin_thread(new_student(), BODY, now=utcnow())
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=utcnow())
        return post_id, item_id_of(post_id)


def browser_of(app: Flask, who: Credentials) -> FlaskClient:
    browser = app.test_client()
    sign_in_as(browser, who)
    return browser


def act_on(browser: FlaskClient, item_id: str, act: str, fields: dict[str, str]) -> int:
    page = f"/moderation/items/{item_id}"
    return post_form(browser, f"{page}/{act}", fields, page=page).status_code


def body_of(app: Flask, post_id: str) -> str:
    with app.app_context():
        return forum_queries.revision(post_id, 1).body or ""


def answer(browser: FlaskClient, address: str, **fields: str) -> int:
    opened = browser.get("/moderation/proposals").text
    return browser.post(address, data=hidden_fields(opened, action=address) | fields).status_code


def the_proposal(app: Flask) -> Proposal:
    with app.app_context():
        found = db.session.query(Proposal).one()
        db.session.expunge(found)
        return found


def test_words_are_masked_and_unmasked_from_the_page_of_a_text(
    app: Flask, maya: Credentials, text: tuple[str, str]
) -> None:
    browser = browser_of(app, maya)
    assert act_on(browser, text[1], "mask", WORDS) == 303
    assert "Zebedee" not in body_of(app, text[0])
    assert act_on(browser, text[1], "unmask", {}) == 303
    assert body_of(app, text[0]) == BODY


@pytest.mark.parametrize("act", ["mask", "redact", "lower"])
def test_what_is_missing_is_said_and_what_was_typed_comes_back(
    app: Flask, maya: Credentials, text: tuple[str, str], act: str
) -> None:
    browser = browser_of(app, maya)
    with app.app_context(), transaction():
        add_reason(item(text[1]), ReasonKind.RISK_SIGNAL, Band.RED, now=utcnow())
    page = f"/moderation/items/{text[1]}"
    typed = {"words": "Zebedee", "reason": "It names a person."}
    again = post_form(browser, f"{page}/{act}", typed, page=page)

    assert again.status_code == 422
    assert ("It names a person." if act == "lower" else "Zebedee") in again.text


def test_two_people_redact_words_by_the_pages(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str]
) -> None:
    first, second = browser_of(app, maya), browser_of(app, noor)
    assert act_on(first, text[1], "redact", WORDS | {"reason": "It names a person."}) == 303
    proposal = the_proposal(app)
    assert "Zebedee" in second.get("/moderation/proposals").text
    assert "Yes, do exactly this" not in first.get("/moderation/proposals").text
    assert answer(second, f"/moderation/proposals/{proposal.id}/approve") == 303

    assert "Zebedee" not in body_of(app, text[0])
    assert the_proposal(app).state is ProposalState.DONE


def test_a_hash_of_something_else_does_nothing(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str]
) -> None:
    act_on(browser_of(app, maya), text[1], "redact", WORDS | {"reason": "It names a person."})
    address = f"/moderation/proposals/{the_proposal(app).id}/approve"

    assert answer(browser_of(app, noor), address, shown="00" * 32) == 409
    assert body_of(app, text[0]) == BODY


def test_the_one_who_proposed_it_takes_it_back(app: Flask, maya: Credentials, text: tuple[str, str]) -> None:
    browser = browser_of(app, maya)
    act_on(browser, text[1], "redact", WORDS | {"reason": "It names a person."})
    assert answer(browser, f"/moderation/proposals/{the_proposal(app).id}/refuse") == 303

    assert the_proposal(app).state is ProposalState.REFUSED
    assert body_of(app, text[0]) == BODY


def test_an_emergency_is_done_and_every_page_of_a_colleague_says_so_until_it_is_reviewed(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str]
) -> None:
    first, second = browser_of(app, maya), browser_of(app, noor)
    act_on(first, text[1], "redact", WORDS | {"reason": "It is being read now.", "at_once": "y"})
    assert "Zebedee" not in body_of(app, text[0])
    alarm = "A colleague did something alone"
    assert alarm in second.get("/moderation/queue").text
    assert alarm not in first.get("/moderation/queue").text
    address = f"/moderation/proposals/{the_proposal(app).id}/review"
    assert answer(second, address, words="It was right.") == 303
    assert alarm not in second.get("/moderation/queue").text


@pytest.mark.parametrize("words", ["It was right. " * 100, " "], ids=["too long", "blank"])
def test_a_review_that_does_not_fit_comes_back_with_what_was_typed_and_the_act_waits_on(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str], words: str
) -> None:
    act_on(browser_of(app, maya), text[1], "redact", WORDS | {"reason": "A name.", "at_once": "y"})
    browser, act = browser_of(app, noor), the_proposal(app).id
    address = f"/moderation/proposals/{act}/review"
    fields = hidden_fields(browser.get("/moderation/proposals").text, action=address)

    again = browser.post(address, data=fields | {"words": words})

    assert again.status_code == 422
    assert f'href="#review-{act}-words"' in again.text
    assert f">\r\n{words}</textarea>" in again.text
    assert the_proposal(app).reviewed_at is None


def test_a_review_that_a_colleague_was_quicker_with_is_refused_and_given_back(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str]
) -> None:
    act_on(browser_of(app, maya), text[1], "redact", WORDS | {"reason": "A name.", "at_once": "y"})
    browser, address = browser_of(app, noor), f"/moderation/proposals/{the_proposal(app).id}/review"
    fields = hidden_fields(browser.get("/moderation/proposals").text, action=address)
    tom = browser_of(app, add_staff_person(app, Role.MODERATOR, username="tom"))
    assert answer(tom, address, words="It was right.") == 303

    late = browser.post(address, data=fields | {"words": "Too many words. " * 100})

    assert late.status_code == 409
    assert "Too many words. Too many words." in late.text


def test_a_double_click_proposes_once(app: Flask, maya: Credentials, text: tuple[str, str]) -> None:
    browser, page = browser_of(app, maya), f"/moderation/items/{text[1]}"
    address = f"{page}/redact"
    fields = (
        hidden_fields(browser.get(page).text, action=address) | WORDS | {"reason": "A name.", "at_once": "y"}
    )
    assert [browser.post(address, data=fields).status_code for _ in range(2)] == [303, 303]
    with app.app_context():
        assert db.session.query(Proposal).count() == 1


def test_whoever_recused_from_an_author_sees_no_proposal_about_them(
    app: Flask, maya: Credentials, noor: Credentials, text: tuple[str, str]
) -> None:
    act_on(browser_of(app, maya), text[1], "redact", WORDS | {"reason": "It names a person."})
    with app.app_context(), transaction():
        item(text[1]).excluded = [noor.staff_id]
    browser = browser_of(app, noor)
    assert "Zebedee" not in browser.get("/moderation/proposals").text
    assert answer(browser, f"/moderation/proposals/{the_proposal(app).id}/approve") == 404


def test_one_tap_hides_a_text_and_leads_back_to_the_queue(
    app: Flask, maya: Credentials, text: tuple[str, str]
) -> None:
    browser = browser_of(app, maya)
    assert act_on(browser, text[1], "protect", {"act": "hide"}) == 303
    with app.app_context():
        assert post(text[0]).status is PostStatus.HIDDEN


def test_two_coordinators_give_a_role_by_the_page(app: Flask, maya: Credentials) -> None:
    cleo, dora = (add_staff_person(app, Role.COORDINATOR, username=name) for name in ("cleo", "dora"))
    fields = {"username": "maya", "role": "professional", "reason": "She has her degree now."}
    first, second = browser_of(app, cleo), browser_of(app, dora)
    sent = post_form(first, "/moderation/proposals/roles", fields, page="/moderation/proposals")
    assert sent.status_code == 303
    assert answer(second, f"/moderation/proposals/{the_proposal(app).id}/approve") == 303
    with app.app_context():
        assert staff(maya.staff_id).role is Role.PROFESSIONAL
