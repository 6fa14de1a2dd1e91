"""A student writes, a moderator decides, readers read."""

import re

from flask import Flask

from accounts.permissions import Role
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, run_outbox, sign_in_as

TITLE, BODY = (
    "I feel out of place here",
    "Everybody seems to know each other already, and I *dread* the evenings.",
)


def test_a_held_thread_is_published_by_a_moderator(app: Flask) -> None:
    # Given a student who has joined and a moderator
    student, maya, reader = app.test_client(), app.test_client(), app.test_client()
    join_as_student(student)
    sign_in_as(maya, add_staff_person(app, Role.MODERATOR, username="maya", alias="Maya"))

    # When the student begins a thread
    sent = post_form(student, "/c/adjustment-difficulties/new", {"title": TITLE, "body": BODY})

    # Then it waits, and only they and moderators see it
    assert sent.status_code == 303
    address = sent.headers["Location"]
    assert 'data-status="held"' in student.get(address).text
    assert TITLE in student.get("/me").text
    assert reader.get(address).status_code == 404
    assert TITLE not in reader.get("/").text

    # When the moderator takes the next item and publishes it
    taken = post_form(maya, "/moderation/queue/next", {}, page="/moderation/queue")
    item = taken.headers["Location"]
    page = maya.get(item).text
    assert BODY.split(",")[0] in page
    decided = maya.post(
        f"{item}/decision",
        data=hidden_fields(page, action=f"{item}/decision") | {"conduct": "publish", "risk": "none"},
    )

    # Then readers read it, under a pseudonym, with its day and no time
    assert decided.status_code == 303
    shown = reader.get(address)
    assert 'data-status="published"' in shown.text
    assert "<em>dread</em>" in shown.text
    assert TITLE in reader.get("/").text
    assert "Set-Cookie" not in shown.headers
    (post,) = re.findall(r"<article.*?</article>", shown.text, re.S)
    assert not re.search(r"\d\d:\d\d", post)

    # And the student is told
    run_outbox(app)
    assert "can now be read by everybody" in student.get("/me").text
