"""The page of one item says why it stands where it stands."""

from flask import Flask

from accounts.permissions import Role
from moderation.screening import explain
from moderation.views.words import why_raised
from tests.cast import begin_thread, item_id_of, new_student
from tests.people import add_staff_person, sign_in_as


def test_what_the_marked_words_may_mean_stands_on_the_page_in_the_moderators_language(app: Flask) -> None:
    with app.app_context():
        item_id = item_id_of(begin_thread(new_student(), "I am going to kill myself tonight."))
    maya = app.test_client()
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR, username="maya"))

    page = maya.get(f"/moderation/items/{item_id}").text
    greek = maya.get(f"/moderation/items/{item_id}", headers={"Accept-Language": "el"}).text

    assert explain("suicide_intent_with_time", "en") in page
    assert explain("suicide_intent_with_time", "el") in greek


def test_a_mark_of_an_older_list_says_nothing_and_breaks_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert why_raised([{"key": "a key that is gone"}]) == []
