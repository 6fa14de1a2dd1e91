"""What a reader with nothing may see, and what it costs."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.indexing import rebuild_index
from forum.lifecycle import PostAct
from tests.forum.texts import (
    TOPIC,
    act_on,
    long_thread,
    names_on,
    plans_of,
    post_ids,
    publish_everything,
    published_thread,
    statements_of,
    student,
    write_reply,
    write_thread,
)


def test_the_home_page_shows_topics_and_what_is_new(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="Lost before the exam")
    page = client.get("/").text
    assert "Academic difficulties" in page
    assert "Lost before the exam" in page


def test_a_topic_shows_its_own_threads_alone(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="Lost before the exam")
    assert "Lost before the exam" in client.get(f"/c/{TOPIC}").text
    assert "Lost before the exam" not in client.get("/c/family-relationships").text


def test_an_unknown_topic_is_not_there(client: FlaskClient) -> None:
    assert client.get("/c/no-such-topic").status_code == 404


def test_topics_have_names_in_the_readers_language(client: FlaskClient) -> None:
    assert "Δυσκολίες στις σπουδές" in client.get("/", headers={"Accept-Language": "el"}).text


def test_every_post_is_an_article_with_id_and_status(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    (post,) = post_ids(app, thread)
    assert f'<article id="p-{post}" data-status="published">' in client.get(thread).text


def test_readers_see_the_day_and_no_time(app: Flask, client: FlaskClient) -> None:
    times = re.findall(r'<time datetime="([^"]*)"', client.get(published_thread(app)).text)
    assert times
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", time) for time in times)


@pytest.mark.parametrize(
    "path", ["/", f"/c/{TOPIC}", "thread", "/search?q=sleep", "/help", "/rules", "/privacy"]
)
def test_a_visitors_page_holds_no_form_but_the_search_and_sets_no_cookie(
    app: Flask, client: FlaskClient, path: str
) -> None:
    thread = published_thread(app)
    answer = client.get(thread if path == "thread" else path)
    assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in answer.text
    assert 'method="post"' not in answer.text


@pytest.mark.parametrize(
    "path", ["/", f"/c/{TOPIC}", "thread", "/search?q=sleep", "/help", "/rules", "/privacy"]
)
def test_a_visitors_page_asks_the_database_at_most_four_times_and_writes_nothing(
    app: Flask, client: FlaskClient, path: str, tmp_path: Path
) -> None:
    thread = long_thread(app, tmp_path, answers=11)
    with statements_of(app) as seen:
        client.get(thread if path == "thread" else path)
    assert len(seen) <= 4
    assert all(statement.lstrip().upper().startswith("SELECT") for statement, _ in seen)


@pytest.mark.parametrize("path", ["/", f"/c/{TOPIC}", "thread", "/search?q=answer", "/me", "/me/export"])
def test_no_page_reads_a_whole_table_of_texts_or_sorts_one(app: Flask, path: str, tmp_path: Path) -> None:
    thread, reader = long_thread(app, tmp_path, answers=11), student(app)
    write_reply(reader, thread)
    with app.app_context():
        rebuild_index()
    with statements_of(app) as seen:
        assert reader.get(thread if path == "thread" else path).status_code == 200
    plans = plans_of(app, seen)
    assert plans
    assert [
        step for step in plans if re.match(r"SCAN (posts|threads|post_revisions)|USE TEMP B-TREE", step)
    ] == []


def test_a_thread_of_twelve_posts_has_two_pages(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    thread = long_thread(app, tmp_path, answers=11)
    first = client.get(thread).text
    onwards = re.search(r'rel="next" href="([^"]*)"', first)
    assert onwards is not None
    second = client.get(onwards.group(1)).text
    assert (first.count("<article"), second.count("<article")) == (10, 2)


def test_a_posts_address_leads_to_the_page_that_holds_it(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    thread = long_thread(app, tmp_path, answers=11)
    last = post_ids(app, thread)[-1]
    answer = client.get(f"/p/{last}", follow_redirects=True)
    assert f'id="p-{last}"' in answer.text


def test_a_posts_address_still_holds_it_after_earlier_ones_were_hidden(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    thread = long_thread(app, tmp_path, answers=11)
    act_on(app, thread, PostAct.HIDE, place=3)
    last = post_ids(app, thread)[-1]
    assert f'id="p-{last}"' in client.get(f"/p/{last}", follow_redirects=True).text


@pytest.mark.parametrize("cursor", ["x", "e30", "WzFd" * 40, "WyJ4Il0"])
def test_a_cursor_that_is_none_of_ours_is_not_there(client: FlaskClient, cursor: str) -> None:
    assert client.get(f"/?after={cursor}").status_code == 404


@pytest.mark.parametrize("path", ["/t/{}", "/p/{}"])
@pytest.mark.parametrize("number", ["0000000000000", "fzzzzzzzzzzzz", "zzzzzzzzzzzzz", "9223372036854775808"])
def test_ids_of_nothing_and_beyond_every_limit_are_not_there(
    client: FlaskClient, path: str, number: str
) -> None:
    assert client.get(path.format(number)).status_code == 404


def test_another_students_held_thread_answers_exactly_as_a_missing_one(app: Flask) -> None:
    thread = write_thread(student(app))
    stranger = student(app)
    assert stranger.get(thread).text == stranger.get("/t/0000000000000").text


def test_a_held_reply_is_in_no_page_of_a_visitor(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread, "A secret sentence.")
    held = post_ids(app, thread)[-1]
    assert "A secret sentence" not in client.get(thread).text
    assert client.get(f"/p/{held}").status_code == 404


def test_a_hidden_opening_post_closes_the_thread_to_readers(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    act_on(app, thread, PostAct.HIDE)
    assert client.get(thread).status_code == 404
    assert "Awake all night" not in client.get("/").text


def test_one_student_has_two_names_in_two_threads(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    threads = [write_thread(writer, f"Thread {number}") for number in (1, 2)]
    publish_everything(app)
    assert names_on(client.get(threads[0]).text) != names_on(client.get(threads[1]).text)


def test_a_text_with_markdown_and_html_is_shown_safely(app: Flask, client: FlaskClient) -> None:
    page = client.get(published_thread(app, body="**Loud** <script>alert(1)</script>")).text
    assert "<strong>Loud</strong>" in page
    assert "<script>alert" not in page
