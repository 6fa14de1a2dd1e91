"""Following a thread: what is new, where it leads, and that nobody else can tell."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts import keeping
from accounts.models import Account
from core.crypto import CannotUnseal, new_key
from core.db import DatabaseBusy, db, transaction
from forum import following
from forum.lifecycle import PostAct
from tests import cast
from tests.forum.texts import (
    act_on,
    id_of,
    long_thread,
    post_ids,
    publish_everything,
    published_thread,
    statements_of,
    student,
    write_reply,
    write_thread,
)
from tests.people import post_form


def press_follow(browser: FlaskClient, thread: str, wanted: str = "on") -> int:
    return post_form(browser, f"{thread}/follow", {"wanted": wanted}, page=thread).status_code


def followed_on(page: str) -> str:
    """The list of followed threads at "Mine", as words."""
    found = re.search(r'<section id="follows">.*?</section>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group()).split()) if found else ""


def answer(app: Flask, thread: str, *, times: int = 1) -> None:
    """Replies by others, published."""
    for _ in range(times):
        write_reply(student(app), thread)
    publish_everything(app)


def blobs_of(app: Flask) -> list[bytes | None]:
    with app.app_context():
        found = list(db.session.scalars(select(Account.follows)))
        db.session.remove()
    return found


def test_a_followed_thread_tells_at_mine_how_much_is_new(app: Flask) -> None:
    thread, reader = published_thread(app, title="Sleepless"), student(app)
    assert press_follow(reader, thread) == 303
    assert "Sleepless" in followed_on(reader.get("/me").text)
    assert "Nothing new" in followed_on(reader.get("/me").text)
    answer(app, thread, times=2)
    assert "2 new replies" in followed_on(reader.get("/me").text)


def test_the_link_leads_to_the_first_new_reply(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    answer(app, thread, times=2)
    first_new = post_ids(app, thread)[1]
    assert f'href="/p/{first_new}"' in reader.get("/me").text


def test_opening_the_thread_moves_the_mark(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    answer(app, thread)
    assert "New since you were last here" in reader.get(thread).text
    assert "Nothing new" in followed_on(reader.get("/me").text)
    assert "New since you were last here" not in reader.get(thread).text


def test_a_page_that_shows_nothing_new_moves_nothing(app: Flask, tmp_path: Path) -> None:
    thread, reader = long_thread(app, tmp_path, answers=11), student(app)
    press_follow(reader, thread)
    answer(app, thread)
    reader.get(thread)
    assert "1 new reply" in followed_on(reader.get("/me").text)


def test_opening_writes_only_when_there_is_something_new(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    with statements_of(app) as seen:
        reader.get(thread)
    assert [one for one, _ in seen if not one.lstrip().upper().startswith("SELECT")] == []


def test_a_page_is_shown_although_the_mark_cannot_be_moved(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    answer(app, thread)

    def busy(*_: object, **__: object) -> None:
        raise DatabaseBusy

    monkeypatch.setattr("forum.views.threads.mark_seen", busy)
    assert reader.get(thread).status_code == 200


def test_stopping_takes_the_thread_off_the_list(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    press_follow(reader, thread, "off")
    assert followed_on(reader.get("/me").text) == ""


def test_following_twice_keeps_the_mark_where_it_was(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    answer(app, thread)
    post_form(reader, f"{thread}/follow", {"wanted": "on"}, page="/me/delete")
    assert "1 new reply" in followed_on(reader.get("/me").text)


def test_ones_own_replies_are_not_new(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    write_reply(reader, thread)
    publish_everything(app)
    assert "Nothing new" in followed_on(reader.get("/me").text)


def test_a_hidden_reply_is_not_counted(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    answer(app, thread)
    act_on(app, thread, PostAct.HIDE, place=1)
    assert "Nothing new" in followed_on(reader.get("/me").text)


def test_whoever_begins_a_thread_follows_it(app: Flask) -> None:
    writer = student(app)
    thread = write_thread(writer, title="Sleepless")
    publish_everything(app)
    answer(app, thread)
    assert "Sleepless" in followed_on(writer.get("/me").text)
    assert "1 new reply" in followed_on(writer.get("/me").text)


def test_an_answer_follows_nothing(app: Flask) -> None:
    thread, writer = published_thread(app), student(app)
    write_reply(writer, thread)
    publish_everything(app)
    assert followed_on(writer.get("/me").text) == ""


def test_a_thread_that_is_closed_to_readers_drops_out_quietly(app: Flask) -> None:
    thread, reader = published_thread(app, title="Sleepless"), student(app)
    press_follow(reader, thread)
    act_on(app, thread, PostAct.HIDE)
    page = reader.get("/me")
    assert page.status_code == 200
    assert "Sleepless" not in page.text


def test_a_thread_that_one_may_not_read_cannot_be_followed(app: Flask) -> None:
    held = write_thread(student(app))
    assert post_form(student(app), f"{held}/follow", {"wanted": "on"}, page="/me/delete").status_code == 404


def test_a_full_list_is_refused_with_a_sentence(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FOLLOWED_AT_MOST", 1)
    reader = student(app)
    first, second = published_thread(app), published_thread(app)
    press_follow(reader, first)
    refused = post_form(reader, f"{second}/follow", {"wanted": "on"}, page=second)
    assert refused.status_code == 409
    assert "there is no room for more" in refused.text


def test_a_thread_that_is_gone_makes_room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FOLLOWED_AT_MOST", 1)
    reader = student(app)
    first, second = published_thread(app), published_thread(app)
    press_follow(reader, first)
    act_on(app, first, PostAct.HIDE)
    assert press_follow(reader, second) == 303


def test_the_list_is_the_same_size_whatever_is_in_it(app: Flask) -> None:
    with app.app_context():
        person, key = cast.new_student(), new_key()
        sizes = set()
        for count in (0, 1, 100):
            entries = [{"thread": "0" * 13, "seen": 10_000} for _ in range(count)]
            with transaction():
                keeping.write_kept(cast.student(person), "follows", entries, key=key)
            sizes.add(len(cast.student(person).follows or b""))
        db.session.remove()
    assert len(sizes) == 1


def test_no_other_key_opens_the_list(app: Flask) -> None:
    with app.app_context():
        person = cast.new_student()
        with transaction():
            keeping.write_kept(cast.student(person), "follows", [{"thread": "x", "seen": 1}], key=new_key())
        account = cast.student(person)
        with pytest.raises(CannotUnseal):
            keeping.read_kept(account, "follows", key=new_key())
        db.session.remove()


def test_the_database_does_not_say_what_is_followed(app: Flask) -> None:
    thread, reader = published_thread(app), student(app)
    press_follow(reader, thread)
    assert [blob for blob in blobs_of(app) if blob and id_of(thread).encode() in blob] == []
    assert len([blob for blob in blobs_of(app) if blob]) == 2  # whoever began it follows it too


def test_without_the_data_key_nothing_is_kept_in_any_other_way() -> None:
    with pytest.raises(keeping.OwnKeyAway):
        keeping.own_key(None)


def test_a_visitor_sees_nothing_of_following(app: Flask, client: FlaskClient) -> None:
    assert "/follow" not in client.get(published_thread(app)).text


def test_it_is_the_same_on_both_databases(both_databases: Flask) -> None:
    thread, reader = published_thread(both_databases), student(both_databases)
    press_follow(reader, thread)
    answer(both_databases, thread, times=3)
    assert "3 new replies" in followed_on(reader.get("/me").text)
