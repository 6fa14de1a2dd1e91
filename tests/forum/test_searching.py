"""Search: what is published is found, and nothing else, whatever the index still holds."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.clock import utcnow
from core.db import db
from core.web import settings_of
from forum.indexing import check_index, index_posts, rebuild_index, search_index
from forum.lifecycle import PostAct
from forum.views.searching import excerpt_around
from tests.forum.texts import (
    act_on,
    let_edit_pass,
    long_thread,
    post_ids,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)
from tests.people import post_form, run_outbox


def found_in_index(app: Flask, word: str) -> list[str]:
    with app.app_context():
        ids = search_index().search(word, limit=50).ids
        db.session.remove()
    return ids


def test_a_published_text_is_found(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="Awake all night", body="Counting pomegranates.")
    run_outbox(app)
    assert "Awake all night" in client.get("/search?q=pomegranate").text


def test_a_held_text_is_not_found_by_anybody(app: Flask) -> None:
    published_thread(app)
    writer = student(app)
    write_thread(writer, body="Counting pomegranates.")
    run_outbox(app)
    assert "No text here has all these words." in writer.get("/search?q=pomegranate").text


def test_a_hidden_text_is_not_found_even_before_the_index_knows(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app, body="Counting pomegranates.")
    run_outbox(app)
    act_on(app, thread, PostAct.HIDE)
    assert "No text here has all these words." in client.get("/search?q=pomegranate").text


def test_a_hidden_text_leaves_the_index_with_its_bytes(app: Flask) -> None:
    thread = published_thread(app, body="Counting pomegranates.")
    run_outbox(app)
    act_on(app, thread, PostAct.HIDE)
    run_outbox(app)
    folder = settings_of(app).data_dir / "search"
    assert found_in_index(app, "pomegranate") == []
    assert not any(b"pomegranat" in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_hiding_an_opening_post_takes_its_replies_out_and_unhiding_brings_them_back(app: Flask) -> None:
    thread = published_thread(app)
    write_reply(student(app), thread, "Counting pomegranates.")
    publish_everything(app)
    run_outbox(app)
    assert len(found_in_index(app, "pomegranate")) == 1
    act_on(app, thread, PostAct.HIDE)
    run_outbox(app)
    assert found_in_index(app, "pomegranate") == []
    act_on(app, thread, PostAct.UNHIDE)
    run_outbox(app)
    assert len(found_in_index(app, "pomegranate")) == 1


def test_an_edit_that_passed_replaces_the_old_words(app: Flask) -> None:
    writer = student(app)
    thread = write_thread(writer, body="Counting pomegranates.")
    publish_everything(app)
    run_outbox(app)
    (post,) = post_ids(app, thread)
    post_form(writer, f"/p/{post}/edit", {"body": "Counting tangerines."})
    let_edit_pass(app, post)
    run_outbox(app)
    assert found_in_index(app, "pomegranate") == []
    assert found_in_index(app, "tangerine") == [post]


def test_indexing_twice_changes_nothing(app: Flask) -> None:
    thread = published_thread(app, body="Counting pomegranates.")
    run_outbox(app)
    (post,) = post_ids(app, thread)
    with app.app_context():
        for _ in range(2):
            index_posts([{"post": post}], utcnow())
    assert found_in_index(app, "pomegranate") == [post]


def test_a_missing_index_says_so_and_names_no_texts(app: Flask, client: FlaskClient) -> None:
    published_thread(app)
    shutil.rmtree(settings_of(app).data_dir / "search", ignore_errors=True)
    answer = client.get("/search?q=sleep")
    assert answer.status_code == 503
    assert "The search does not work at the moment" in answer.text


def test_a_missing_index_is_made_anew_by_the_next_change(app: Flask) -> None:
    published_thread(app, body="Counting pomegranates.")
    run_outbox(app)
    shutil.rmtree(settings_of(app).data_dir / "search")
    published_thread(app, body="Counting tangerines.")
    run_outbox(app)
    assert len(found_in_index(app, "pomegranate")) == 1


def test_a_rebuild_holds_everything_that_is_published(app: Flask, tmp_path: Path) -> None:
    long_thread(app, tmp_path, answers=11)
    with app.app_context():
        count, drift = rebuild_index(), check_index()
        db.session.remove()
    assert count == 12
    assert drift.is_clean


def test_the_check_names_what_is_missing(app: Flask, tmp_path: Path) -> None:
    thread = long_thread(app, tmp_path, answers=2)
    with app.app_context():
        rebuild_index()
        search_index().remove_many([post_ids(app, thread)[0]])
        missing = check_index().missing
        db.session.remove()
    assert len(missing) == 1


def test_the_search_pages_onwards(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    long_thread(app, tmp_path, answers=14)
    with app.app_context():
        rebuild_index()
        db.session.remove()
    first = client.get("/search?q=answer").text
    assert first.count('<li class="row">') == 10
    onwards = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(onwards).text.count('<li class="row">') == 4


def test_a_text_with_warnings_is_found_without_its_words(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    post_form(
        writer,
        "/c/health-and-self/new",
        {"title": "Hard", "body": "Counting pomegranates.", "warnings": ["loss"]},
    )
    publish_everything(app)
    run_outbox(app)
    page = client.get("/search?q=pomegranates").text
    assert "Speaks of: death and loss" in page
    assert "Counting" not in page


@pytest.mark.parametrize("query", ["", " ", '"', "*", "a" * 5000, "(((", "AND OR NOT", "\u0000", "ÿ" * 300])
def test_any_query_gets_an_answer(app: Flask, client: FlaskClient, query: str) -> None:
    with app.app_context():
        rebuild_index()
        db.session.remove()
    assert client.get("/search", query_string={"q": query}).status_code == 200


def test_an_excerpt_begins_and_ends_between_words_around_the_word_sought() -> None:
    body = "before " * 60 + "**pomegranate** " + "after " * 60
    excerpt = excerpt_around(body, "Pomegranate")
    assert " pomegranate " in excerpt
    assert set(excerpt.split()) == {"…", "before", "pomegranate", "after"}


def test_a_short_text_is_its_own_excerpt() -> None:
    assert excerpt_around("Only this.", "nothing") == "Only this."
