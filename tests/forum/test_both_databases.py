"""The forum's story on SQLite and on PostgreSQL: what a query means must not depend on which."""

import json
import threading
from datetime import timedelta
from pathlib import Path

from flask import Flask

from core.clock import utcnow
from core.db import db
from forum import queries
from forum.exporting import export_lines
from forum.importing import import_threads
from forum.indexing import check_index, rebuild_index
from forum.lifecycle import PostAct
from forum.retention import forget_old_texts
from tests.forum.texts import (
    act_on,
    long_thread,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)
from tests.people import hidden_fields, post_form


def test_a_thread_is_written_published_answered_and_read(both_databases: Flask) -> None:
    thread = published_thread(both_databases, title="Sleepless")
    write_reply(student(both_databases), thread, "You are not alone.")
    publish_everything(both_databases)
    page = both_databases.test_client().get(thread).text
    assert "Sleepless" in page
    assert "You are not alone." in page


def test_lists_and_threads_page_onwards(both_databases: Flask, tmp_path: Path) -> None:
    thread = long_thread(both_databases, tmp_path, answers=11)
    reader = both_databases.test_client()
    assert "A long thread" in reader.get("/").text
    onwards = reader.get(thread).text.split('rel="next" href="')[1].split('"')[0]
    assert reader.get(onwards).text.count("<article") == 2


def test_what_waits_what_is_like_it_and_feeds_are_the_same(both_databases: Flask) -> None:
    writer, reader = student(both_databases), both_databases.test_client()
    threads = [write_thread(writer, f"Thread {number}") for number in range(21)]
    publish_everything(both_databases)
    write_reply(student(both_databases), threads[0])
    publish_everything(both_databases)
    act_on(both_databases, threads[0], PostAct.HIDE, place=1)
    first = reader.get("/unanswered").text
    second = reader.get(first.split('rel="next" href="')[1].split('"')[0]).text
    assert first.count('<li class="row">') + second.count('<li class="row">') == 21
    both = {"academic-difficulties", "family-relationships"}
    with both_databases.app_context():
        ids = [category.id for category in queries.all_categories() if category.slug in both]
        db.session.remove()
    proposed = reader.get(f"/start?a={ids[0]}&a={ids[1]}").text
    assert proposed.count('<h3><a href="/t/') == 5
    assert reader.get("/c/academic-difficulties/feed.atom").text.count("<entry") == 20


def test_the_own_page_holds_the_texts_of_several_threads(both_databases: Flask) -> None:
    writer = student(both_databases)
    for number in (1, 2, 3):
        write_thread(writer, title=f"Thread {number}")
    page = writer.get("/me").text
    assert all(f"Thread {number}" in page for number in (1, 2, 3))


def test_the_index_follows(both_databases: Flask, tmp_path: Path) -> None:
    long_thread(both_databases, tmp_path, answers=11)
    with both_databases.app_context():
        assert rebuild_index() == 12
        assert check_index().is_clean
        db.session.remove()


def test_old_words_are_destroyed(both_databases: Flask) -> None:
    act_on(both_databases, write_thread(student(both_databases)), PostAct.WITHDRAW)
    with both_databases.app_context():
        assert forget_old_texts(utcnow() + timedelta(days=31), is_needed=lambda _ids: set()) == 1
        db.session.remove()


def test_an_export_comes_in_again_as_nothing_new(both_databases: Flask, tmp_path: Path) -> None:
    long_thread(both_databases, tmp_path, answers=3)
    published_thread(both_databases)
    file = tmp_path / "export.jsonl"
    with both_databases.app_context():
        file.write_text("\n".join(export_lines()))
        assert import_threads(file, now=utcnow()).added == 0
        db.session.remove()
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 2


def test_leaving_takes_everything_back(both_databases: Flask) -> None:
    writer = student(both_databases)
    thread = write_thread(writer)
    publish_everything(both_databases)
    assert post_form(writer, "/me/delete", {"posts": "withdraw"}).status_code == 303
    assert both_databases.test_client().get(thread).status_code == 404


def test_two_browsers_that_send_the_same_answer_at_once_create_it_once(both_databases: Flask) -> None:
    thread, writer = published_thread(both_databases), student(both_databases)
    data = hidden_fields(writer.get(f"{thread}/reply").text, f"{thread}/reply") | {"body": "Only once."}
    cookies = [
        (cookie.key, cookie.value)
        for cookie in (writer.get_cookie("stoa"), writer.get_cookie("stoa-form"))
        if cookie
    ]
    statuses: list[int] = []

    def send() -> None:
        browser = both_databases.test_client()
        for name, value in cookies:
            browser.set_cookie(name, value)
        statuses.append(browser.post(f"{thread}/reply", data=data).status_code)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [303, 303]
    assert len(post_ids(both_databases, thread)) == 2
