"""Somebody is excluded by two people, told why, and comes back because a fourth person looked again."""

import re

from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.cast import item_id_of
from tests.journeys.steps import begin_thread, decide_next, new_staff, post_ids, take, waiting_items
from tests.people import hidden_fields, post_form, run_outbox

CODE = re.compile(r'<code translate="no">([0-9a-z-]{19})<')
PROPOSALS = "/moderation/proposals"
WHY = "We asked three times for kinder words."


def test_an_exclusion_goes_its_whole_way(app: Flask, anna: FlaskClient, maya: FlaskClient) -> None:
    # Given a text that maya did not publish for what it does to others
    noor, tom, lina = (new_staff(app, Role.MODERATOR, name) for name in ("noor", "tom", "lina"))
    begin_thread(anna, "Soup", "You are all fools.")
    decide_next(maya, "not_here", reason="hurts_someone")
    run_outbox(app)
    (post,) = post_ids(anna.get("/me").text)
    with app.app_context():
        item = f"/moderation/items/{item_id_of(post)}"

    # When noor proposes to exclude its author, then nothing holds yet, and noor alone cannot approve it
    typed = {"step": "exclusion", "reason": "hurts_someone", "message": WHY}
    assert post_form(noor, f"{item}/sanction", typed, page=item).status_code == 303
    assert "data-step" not in anna.get("/me").text
    address, shown = proposal_on(tom.get(PROPOSALS).text)
    assert "/approve" not in noor.get(PROPOSALS).text
    alone = post_form(noor, f"{address}/approve", {"shown": shown}, page=PROPOSALS)
    assert alone.status_code == 409
    assert "data-step" not in anna.get("/me").text

    # And tom is shown what would be done and why, and says yes
    page = tom.get(PROPOSALS).text
    assert "Exclude the author of a text for good" in page
    assert WHY in page
    assert "Some words could hurt another person here." in page
    assert post_form(tom, f"{address}/approve", {}, page=PROPOSALS).status_code == 303
    run_outbox(app)

    # Then the author is told what, why and how to ask for another look, and no name
    mine = anna.get("/me").text
    step = mine.split('data-step="exclusion"')[1]
    assert "You cannot post here any more" in step
    assert WHY in step
    assert not {"maya", "noor", "tom", "lina"} & set(re.findall(r"[a-z]+", mine.lower()))
    code = CODE.search(step)
    assert code is not None

    # And a post is refused kindly: nothing is lost, help and a counsellor are a click away
    refused = post_form(anna, "/c/adjustment-difficulties/new", {"title": "Hello", "body": "A calm day."})
    assert refused.status_code == 403
    assert "A calm day." in refused.text
    assert 'href="/help"' in refused.text
    assert 'href="/counsel"' in refused.text
    assert anna.get("/counsel/request").status_code == 200

    # When they ask for another look, then nobody who judged is offered it
    assert post_form(anna, "/appeal", {"code": code.group(1), "body": "It was a joke."}).status_code == 200
    assert [waiting_items(one) for one in (maya, noor, tom, lina)] == [[], [], [], [item]]

    # And lina takes it back, in words
    fields = hidden_fields(take(lina, item), action=f"{item}/appeal")
    answer = {"outcome": "overturned", "reply": "You are right, thank you."}
    assert lina.post(f"{item}/appeal", data=fields | answer).status_code == 303
    run_outbox(app)

    # Then the author is told, and can write again
    mine = anna.get("/me").text
    assert "You are right, thank you." in mine
    assert "This is over, sooner than we said:" in mine
    assert "data-step" not in mine
    begin_thread(anna, "Hello", "A calm day.")


def proposal_on(page: str) -> tuple[str, str]:
    """The address of the only open proposal, and the hash of what it shows."""
    address = re.search(r'action="(/moderation/proposals/[0-9a-z]{13})/approve"', page)
    shown = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert address is not None
    assert shown is not None
    return address.group(1), shown.group(1)
