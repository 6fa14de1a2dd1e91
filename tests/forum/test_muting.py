"""Muting a name within a thread: for this reader alone, and never out of reach."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from forum import muting
from tests.forum.texts import (
    names_on,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)
from tests.people import add_staff_person, hidden_fields, post_form, sign_in_as


def press_mute(browser: FlaskClient, thread: str, name: str, wanted: str = "on") -> int:
    page = browser.get(thread).text
    data = hidden_fields(page, f"{thread}/mute") | {"byline": name, "wanted": wanted}
    return browser.post(f"{thread}/mute", data=data).status_code


def folded(page: str) -> list[str]:
    """The names behind the quiet lines of a page."""
    return re.findall(r"<summary>You muted <bdi>([^<]*)</bdi> in this thread\.", page)


@pytest.fixture
def thread(app: Flask) -> str:
    """A thread with a reply by somebody else."""
    address = published_thread(app)
    write_reply(student(app), address, "A loud answer.")
    publish_everything(app)
    return address


def test_a_muted_name_folds_into_one_line_that_can_be_opened(app: Flask, thread: str) -> None:
    reader = student(app)
    name = names_on(reader.get(thread).text)[1]
    assert press_mute(reader, thread, name) == 303
    page = reader.get(thread).text
    assert folded(page) == [name]
    assert "A loud answer." in page.split("You muted")[1].split("</details>")[0]


def test_muting_comes_back_to_the_post(app: Flask, thread: str) -> None:
    reader, post = student(app), post_ids(app, thread)[1]
    name = names_on(reader.get(thread).text)[1]
    answer = post_form(reader, f"{thread}/mute", {"byline": name, "post": post}, page=thread)
    assert answer.location == f"{thread}#p-{post}"


def test_muting_can_be_stopped_from_the_line(app: Flask, thread: str) -> None:
    reader = student(app)
    name = names_on(reader.get(thread).text)[1]
    press_mute(reader, thread, name)
    assert f"Stop muting <bdi>{name}</bdi>" in reader.get(thread).text
    press_mute(reader, thread, name, "off")
    assert folded(reader.get(thread).text) == []


def test_nobody_else_sees_a_name_folded(app: Flask, client: FlaskClient, thread: str) -> None:
    reader = student(app)
    press_mute(reader, thread, names_on(reader.get(thread).text)[1])
    assert folded(client.get(thread).text) == folded(student(app).get(thread).text) == []


def test_a_muted_name_can_still_be_reported(app: Flask, thread: str) -> None:
    reader, post = student(app), post_ids(app, thread)[1]
    press_mute(reader, thread, names_on(reader.get(thread).text)[1])
    assert f'href="/p/{post}/report"' in reader.get(thread).text


def test_staff_can_be_muted_too(app: Flask, thread: str) -> None:
    moderator, reader = app.test_client(), student(app)
    sign_in_as(moderator, add_staff_person(app, Role.MODERATOR, alias="Niki"))
    write_reply(moderator, thread, "From a trained peer.")
    assert press_mute(reader, thread, "Niki") == 303
    assert folded(reader.get(thread).text) == ["Niki"]


def test_nobody_mutes_themselves(app: Flask) -> None:
    writer = student(app)
    own = write_thread(writer)
    publish_everything(app)
    (name,) = names_on(writer.get(own).text)
    answer = post_form(writer, f"{own}/mute", {"byline": name}, page="/me/delete")
    assert answer.status_code == 404


def test_a_name_that_is_not_there_is_not_kept(app: Flask, thread: str) -> None:
    assert press_mute(student(app), thread, "Somebody Else") == 404


def test_a_full_list_is_refused_with_a_sentence(
    app: Flask, monkeypatch: pytest.MonkeyPatch, thread: str
) -> None:
    monkeypatch.setattr(muting, "MUTED_AT_MOST", 1)
    reader = student(app)
    first, second = names_on(reader.get(thread).text)
    press_mute(reader, thread, first)
    assert press_mute(reader, thread, second) == 409


def test_a_muted_name_is_not_new_to_a_follower(app: Flask, thread: str) -> None:
    reader = student(app)
    post_form(reader, f"{thread}/follow", {"wanted": "on"}, page=thread)
    press_mute(reader, thread, names_on(reader.get(thread).text)[0])
    loud = student(app)
    write_reply(loud, thread)
    publish_everything(app)
    name = names_on(loud.get(thread).text)[-1]
    assert "1 new reply" in reader.get("/me").text
    post_form(reader, f"{thread}/mute", {"byline": name}, page="/me/delete")
    assert "1 new reply" not in reader.get("/me").text
