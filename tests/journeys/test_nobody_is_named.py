"""What students and visitors get holds no name of staff, no word of a reporter, and no fact of a case that is
not their own: every page that they can reach, after a story in which all of these had a part.
"""

import re
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Staff
from accounts.permissions import GRANTS, Role
from core.db import db
from counselling.models import Case
from moderation.models import Escalation, QueueItem
from tests.journeys import steps
from tests.people import hidden_fields, post_form, run_outbox
from tests.wandering import read_pages

STAFF = {"zephyrine": Role.MODERATOR, "thorgrim": Role.MODERATOR, "melisande": Role.PROFESSIONAL}
REPORTED = "the lavender room saw this"
LETTER, SUMMARY = "A letter about cinnamon.", "Closed with a peppermint smile."
BRIEFED = "the xylophone is silent again"
NOTE = "We read it in the tangerine room."
REPLY = "We looked at it with saffron eyes."


class Story(NamedTuple):
    """Who met what: the author, another student, and a visitor."""

    app: Flask
    ana: FlaskClient
    ben: FlaskClient
    visitor: FlaskClient


@pytest.fixture
def story(app: Flask) -> Story:
    """Texts decided in every way, a report, an appeal that was answered, and a case that was closed."""
    ana, ben, visitor = steps.new_student(app), steps.new_student(app), app.test_client()
    zephyrine, thorgrim, melisande = (steps.new_staff(app, role, name) for name, role in STAFF.items())

    public = steps.publish_thread(ana, zephyrine, "Stays", "I know nobody here.")
    steps.begin_thread(ana, "Comes back", "My name is Somebody.", personal="leave")
    steps.decide_next(zephyrine, "ask_change", reason="names_self")
    steps.begin_thread(ana, "Answered", "I am so tired of it all.")
    steps.decide_next(zephyrine, "publish", "reach_out", note=NOTE)

    (post,) = steps.post_ids(visitor.get(public).text)
    typed = {"reason": "attacks_someone", "note": REPORTED}
    assert post_form(ben, f"/p/{post}/report", typed).status_code == 200
    steps.decide_next(zephyrine, "dismiss")

    steps.begin_thread(ana, "Not here", "The canteen soup is a crime.")
    steps.decide_next(zephyrine, "not_here", reason="hurts_someone")
    run_outbox(app)
    appeal(ana, thorgrim)

    steps.begin_thread(ana, "Handed over", "I do not know how to go on.")
    steps.escalate_next(thorgrim, prompted_by=BRIEFED)
    case = steps.accept_escalation(melisande)
    steps.write_letter(melisande, case, LETTER)
    assert post_form(melisande, f"{case}/close", {"summary": SUMMARY}, page=case).status_code == 303
    run_outbox(app)
    return Story(app, ana, ben, visitor)


def appeal(author: FlaskClient, judge: FlaskClient) -> None:
    """Ask for another look with the code that is shown, and let somebody else answer."""
    code = re.search(r'<code translate="no">([0-9a-z-]{19})<', author.get("/me").text)
    assert code is not None, "no code is shown"
    assert post_form(author, "/appeal", {"code": code[1], "body": "It was a joke."}).status_code == 200
    item = steps.take_next(judge)
    page = judge.get(item).text
    fields = hidden_fields(page, action=f"{item}/appeal")
    answered = judge.post(f"{item}/appeal", data=fields | {"outcome": "upheld", "reply": REPLY})
    assert answered.status_code == 303, answered.text


def pages_of(browser: FlaskClient, role: Role) -> str:
    """All that somebody of this role can reach, and what they can take along."""
    views = browser.application.view_functions

    def wanted(endpoint: str) -> bool:
        return getattr(views.get(endpoint), "permission", None) in GRANTS[role]

    pages = read_pages(browser, wanted, of_a_kind=8)
    files = [browser.get(address).text for address in ("/me/export", "/feed.atom")]
    return "\n".join([*pages.values(), *files]).casefold()


def named_staff(app: Flask) -> list[str]:
    """Names and ids of those who worked in the story, and the ids of what they worked on."""
    with app.app_context():
        items = [item.id for item in db.session.query(QueueItem)]
        escalations = [escalation.id for escalation in db.session.query(Escalation)]
        people = [person.id for person in db.session.query(Staff)]
        db.session.remove()
    return [*STAFF, *items, *escalations, *people]


def found_in(page: str, words: list[str]) -> list[str]:
    return [word for word in words if word.casefold() in page]


def test_an_author_learns_no_name_of_staff_and_no_word_of_a_reporter(story: Story) -> None:
    page = pages_of(story.ana, Role.STUDENT)
    # What is theirs is there: so this looked where it would stand.
    assert found_in(page, [NOTE, REPLY, LETTER, SUMMARY]) == [NOTE, REPLY, LETTER, SUMMARY]
    # A counsellor signs the letters with the alias under which students meet them; nobody else is named.
    assert found_in(page, [*named_staff(story.app), REPORTED, BRIEFED]) == ["melisande"]


def test_others_learn_nothing_of_what_was_done_and_nothing_of_a_case(story: Story) -> None:
    with story.app.app_context():
        cases = [case.id for case in db.session.query(Case)]
        db.session.remove()
    private = [NOTE, REPLY, LETTER, SUMMARY, BRIEFED, REPORTED, "soup", "my name is somebody", *cases]
    for browser, role in ((story.ben, Role.STUDENT), (story.visitor, Role.VISITOR)):
        page = pages_of(browser, role)
        assert "i know nobody here." in page
        assert found_in(page, [*named_staff(story.app), *private]) == []
