"""Hard topics: closed by default, out of sight or open at once by a reader's own choice."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.clock import utcnow
from core.db import db, transaction
from forum.importing import import_threads
from forum.indexing import rebuild_index
from forum.models import Post, Warning
from forum.sight import Sight, read_choices, sight_of, write_choices
from tests.forum.texts import TOPIC, post_ids, publish_everything, student
from tests.people import post_form

LOSS = f"t{list(Warning).index(Warning.LOSS) + 1}"
ABUSE = f"t{list(Warning).index(Warning.ABUSE) + 1}"


def choose(browser: FlaskClient, **letters: str) -> None:
    assert browser.get("/reading/choose", query_string=letters).status_code == 303


@pytest.fixture
def writer(app: Flask) -> FlaskClient:
    return student(app)


@pytest.fixture
def thread(app: Flask, writer: FlaskClient) -> str:
    """A thread that speaks of loss, with an answer that speaks of nothing hard and one that speaks of
    abuse.
    """
    typed = {"title": "The empty chair", "body": "Grandfather's chair is empty.", "warnings": ["loss"]}
    sent = post_form(writer, f"/c/{TOPIC}/new", typed)
    publish_everything(app)
    address = str(sent.location).split("#")[0]
    other = student(app)
    post_form(other, f"{address}/reply", {"body": "I am with you."})
    publish_everything(app)
    post_form(other, f"{address}/reply", {"body": "Somebody shouted at me.", "warnings": ["abuse"]})
    publish_everything(app)
    return address


def test_a_hard_text_is_closed_until_it_is_opened(client: FlaskClient, thread: str) -> None:
    page = client.get(thread).text
    assert re.search(r'<details class="veil">\s*<summary>This text speaks of: death and loss', page)
    assert "<details open" not in page


def test_the_choice_lives_in_a_cookie_of_its_own_that_ends_with_the_window(client: FlaskClient) -> None:
    header = client.get("/reading/choose", query_string={LOSS: "x"}).headers["Set-Cookie"]
    assert re.match(r"reading=c{6}xcc; HttpOnly; Path=/; SameSite=Lax$", header)


def test_the_page_of_choices_sets_nothing_by_itself(client: FlaskClient) -> None:
    answer = client.get("/reading")
    assert "Set-Cookie" not in answer.headers
    assert 'method="post"' not in answer.text
    assert "csrf_token" not in answer.text


def test_the_page_shows_what_was_chosen(client: FlaskClient) -> None:
    choose(client, **{LOSS: "x"})
    page = client.get("/reading").text
    assert "Your choice is kept" in page
    chosen = page.split(f'id="{LOSS}"')[1].split("</select>")[0]
    assert '<option value="x" selected>' in chosen


def test_a_choice_can_be_forgotten(client: FlaskClient) -> None:
    choose(client, **{LOSS: "x"})
    choose(client)
    assert client.get_cookie("reading") is None


def test_leaving_quickly_forgets_the_choice(client: FlaskClient) -> None:
    choose(client, **{LOSS: "x"})
    client.get("/leave")
    assert client.get_cookie("reading") is None


def test_another_site_cannot_choose(client: FlaskClient) -> None:
    answer = client.get("/reading/choose", query_string={LOSS: "o"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.get_cookie("reading") is None


def test_the_address_of_a_choice_names_no_topic(client: FlaskClient) -> None:
    names = re.findall(r'<select id="\w+" name="(\w+)"', client.get("/reading").text)
    assert names == [f"t{number}" for number in range(1, 10)]


def test_a_topic_can_be_open_at_once(client: FlaskClient, thread: str) -> None:
    choose(client, **{LOSS: "o"})
    opening = client.get(thread).text.split("</article>")[0]
    assert "chair is empty" in opening
    assert "This text speaks of" not in opening


def test_of_a_thread_out_of_sight_no_word_is_sent(client: FlaskClient, thread: str) -> None:
    choose(client, **{LOSS: "x"})
    page = client.get(thread).text
    assert [word for word in ("empty chair", "chair is empty", "I am with you") if word in page] == []
    assert "This thread speaks of: death and loss" in page


def test_such_a_thread_can_be_shown_once(client: FlaskClient, thread: str) -> None:
    choose(client, **{LOSS: "x"})
    link = re.search(r'href="([^"]*show=[^"]*)"', client.get(thread).text)
    assert link is not None
    assert "chair is empty" in client.get(link.group(1)).text
    assert "chair is empty" not in client.get(thread).text


def test_of_a_post_out_of_sight_no_word_is_sent(client: FlaskClient, thread: str) -> None:
    choose(client, **{ABUSE: "x"})
    page = client.get(thread).text
    assert "I am with you" in page
    assert "shouted" not in page
    assert "Out of your sight. This text speaks of: abuse." in page


def test_such_a_post_can_be_shown_once(app: Flask, client: FlaskClient, thread: str) -> None:
    choose(client, **{ABUSE: "x"})
    post = post_ids(app, thread)[2]
    assert f'show={post}#p-{post}"' in client.get(thread).text
    assert "shouted" in client.get(thread, query_string={"show": post}).text


def test_ones_own_text_is_never_out_of_sight(writer: FlaskClient, thread: str) -> None:
    choose(writer, **{LOSS: "x"})
    assert "chair is empty" in writer.get(thread).text


@pytest.mark.parametrize("path", ["/", f"/c/{TOPIC}", "/search?q=chair", "/unanswered"])
def test_lists_leave_it_out_and_say_how_many(
    app: Flask, client: FlaskClient, path: str, tmp_path: Path
) -> None:
    import_marked(app, tmp_path)
    assert "The empty chair" in client.get(path).text
    choose(client, **{LOSS: "x"})
    page = client.get(path).text
    assert "The empty chair" not in page
    assert "1 thread is left out, as you chose." in page
    assert 'href="/reading"' in page


def import_marked(app: Flask, folder: Path) -> None:
    """One public thread that speaks of loss, and that nobody has answered."""
    line = {"id": "chair", "title": "The empty chair", "category": TOPIC, "lang": "en", "body": "His chair."}
    file = folder / "marked.jsonl"
    file.write_text(json.dumps(line | {"answers": []}))
    with app.app_context():
        import_threads(file, now=utcnow())
        with transaction():
            post = db.session.scalars(select(Post).where(Post.import_key == "chair")).one()
            post.warnings = post.thread.warnings = ["loss"]
        rebuild_index()
        db.session.remove()


@pytest.mark.parametrize("cookie", ["", "zzz", "x" * 400, "\u20ac", "ccccccccc"])
def test_a_cookie_that_cannot_be_read_chooses_nothing_wrong(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("reading", cookie)
    assert client.get("/reading").status_code == 200


def test_a_choice_comes_back_as_it_was_written() -> None:
    choices = {"loss": Sight.OUT, "health": Sight.OPEN}
    assert read_choices(write_choices(choices)) == choices


@pytest.mark.parametrize(
    ("warnings", "sight"),
    [
        (["abuse"], Sight.CLOSED),
        (["health"], Sight.OPEN),
        (["loss"], Sight.OUT),
        (["health", "abuse"], Sight.CLOSED),
        (["health", "loss"], Sight.OUT),
    ],
)
def test_the_strictest_topic_decides(warnings: list[str], sight: Sight) -> None:
    assert sight_of(warnings, {"loss": Sight.OUT, "health": Sight.OPEN}) is sight
