"""An appeal goes its whole way, also after the account is gone, and a step is felt and lifted."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.cast import item_id_of
from tests.journeys.steps import begin_thread, decide_next, new_staff, post_ids, take, waiting_items
from tests.people import hidden_fields, post_form, run_outbox

CODE = re.compile(r'<code translate="no">([0-9a-z-]{19})<')
TEXT, WHY = "The canteen soup is a crime.", "It was a joke about soup."


@pytest.fixture
def tom(app: Flask) -> FlaskClient:
    """A peer moderator who has decided nothing yet."""
    return new_staff(app, Role.MODERATOR, "tom")


def refused_text(author: FlaskClient, moderator: FlaskClient) -> tuple[str, str]:
    """A text that is not published. Gives its thread and the code that its author is shown."""
    thread = begin_thread(author, "Soup", TEXT)
    decide_next(moderator, "not_here", reason="hurts_someone")
    run_outbox(author.application)
    found = CODE.search(author.get("/me").text)
    assert found is not None, "no code is shown"
    return thread, found.group(1)


def look(browser: FlaskClient, code: str, **typed: str) -> str:
    """Open the page of appeals with a code. Gives what it shows."""
    shown = post_form(browser, "/appeal", {"code": code, **typed})
    assert shown.status_code == 200, shown.text
    return shown.text


def state_of(page: str) -> str:
    found = re.search(r'id="appeal-state" data-state="(\w+)"', page)
    assert found is not None, page
    return found.group(1)


def send_answer(moderator: FlaskClient, item: str, **typed: str) -> None:
    page = moderator.get(item).text
    fields = hidden_fields(page, action=f"{item}/appeal")
    answered = moderator.post(f"{item}/appeal", data=fields | typed)
    assert answered.status_code == 303, answered.text


def test_an_appeal_goes_its_whole_way_after_the_account_is_gone(
    anna: FlaskClient, maya: FlaskClient, tom: FlaskClient, reader: FlaskClient
) -> None:
    # Given somebody whose text was refused, and who then disappears
    thread, code = refused_text(anna, maya)
    gone = post_form(anna, "/me/delete", {"posts": "keep"})
    assert gone.status_code == 303, gone.text

    # When they ask for another look from any browser, with nothing but the code
    assert state_of(look(reader, code, body=WHY)) == "sent"

    # Then whoever decided is not offered the appeal
    (item,) = waiting_items(tom)
    assert item not in waiting_items(maya)

    # When somebody else takes it
    assert WHY in take(tom, item)
    assert state_of(look(reader, code)) == "accepted"

    # And asks something, which the code shows and answers
    send_answer(tom, item, question="Who cooked it?")
    assert "Who cooked it?" in look(reader, code)
    assert "Nobody: it was a tin." in look(reader, code, answer="Nobody: it was a tin.")

    # And takes the decision back, in words
    take(tom, item)
    send_answer(tom, item, outcome="overturned", reply="You are right, thank you.")

    # Then readers see the text, and the code shows the answer, and no name of staff
    assert TEXT in reader.get(thread).text
    page = look(reader, code.upper())
    assert state_of(page) == "overturned"
    assert "You are right, thank you." in page
    assert "maya" not in page.lower()
    assert "tom" not in re.sub(r"<[^>]*>", " ", page).lower().split()


def test_an_appeal_sent_twice_is_one_and_the_author_is_told(
    anna: FlaskClient, maya: FlaskClient, tom: FlaskClient
) -> None:
    # Given somebody who appeals, and presses the button again
    _, code = refused_text(anna, maya)
    look(anna, code, body=WHY)
    assert state_of(look(anna, code, body="Once more.")) == "sent"

    # When the decision stays
    (item,) = waiting_items(tom)
    page = take(tom, item)
    assert "Once more." not in page
    send_answer(tom, item, outcome="upheld", reply="We read it twice.")
    run_outbox(anna.application)

    # Then the author finds the reply among their news
    assert "We read it twice." in anna.get("/me").text


def test_a_wrong_code_gets_one_answer_and_what_was_typed_back(reader: FlaskClient) -> None:
    tried = post_form(reader, "/appeal", {"code": "0000-0000-0000-0000", "body": WHY})

    assert tried.status_code == 422
    assert WHY in tried.text
    assert "We know no decision with this code." in tried.text
    assert "code=" not in (tried.headers.get("Location") or "") + reader.get("/appeal").request.url


def test_guessing_is_braked(reader: FlaskClient) -> None:
    fields = hidden_fields(reader.get("/appeal").text)
    answers = [
        reader.post("/appeal", data=fields | {"code": f"{number:016}"}).status_code for number in range(21)
    ]
    assert answers[-1] == 429
    assert set(answers[:20]) == {422}


def test_an_answer_without_words_comes_back_with_what_was_chosen(
    anna: FlaskClient, maya: FlaskClient, tom: FlaskClient
) -> None:
    _, code = refused_text(anna, maya)
    look(anna, code, body=WHY)
    (item,) = waiting_items(tom)
    page = take(tom, item)
    fields = hidden_fields(page, action=f"{item}/appeal")

    sent = tom.post(f"{item}/appeal", data=fields | {"outcome": "upheld"})

    assert sent.status_code == 422
    assert 'value="upheld" checked' in sent.text


def test_a_paused_author_keeps_their_text_and_every_way_to_help(
    anna: FlaskClient, maya: FlaskClient, tom: FlaskClient
) -> None:
    # Given an author who is paused
    _, _ = refused_text(anna, maya)
    item = decided_item(maya, anna)
    page = maya.get(item).text
    fields = hidden_fields(page, action=f"{item}/sanction")
    typed = {"step": "pause", "reason": "hurts_someone", "days": "2", "message": "Please be kind."}
    assert maya.post(f"{item}/sanction", data=fields | typed).status_code == 303
    run_outbox(anna.application)

    # Then they see what, why and a code of its own
    mine = anna.get("/me").text
    assert 'data-step="pause"' in mine
    assert "Some words could hurt another person here." in mine
    assert "Please be kind." in mine
    assert "maya" not in mine.lower()

    # When they write
    sent = post_form(anna, "/c/adjustment-difficulties/new", {"title": "Hello", "body": "A calm day."})

    # Then nothing is posted, the text is there to be kept, and help and counsellors are a click away
    assert sent.status_code == 403
    assert "A calm day." in sent.text
    assert 'href="/help"' in sent.text
    assert 'href="/counsel"' in sent.text

    # And a text in danger is taken all the same
    danger = post_form(
        anna,
        "/c/adjustment-difficulties/new",
        {"title": "Tonight", "body": "I am going to kill myself tonight."},
    )
    assert danger.status_code == 303

    # When another moderator takes the second look, and ends the pause
    lifts = re.search(r'action="(/moderation/sanctions/[0-9a-z]{13}/lift)"', take(tom, item))
    assert lifts is not None
    assert post_form(tom, lifts.group(1), {}, page=item).status_code == 303

    # Then they can write again
    begin_thread(anna, "Hello", "A calm day.")


def decided_item(moderator: FlaskClient, author: FlaskClient) -> str:
    """The item of the author's only text, from the database: a decided one stands in no list."""
    (post,) = post_ids(author.get("/me").text)
    with moderator.application.app_context():
        return f"/moderation/items/{item_id_of(post)}"
