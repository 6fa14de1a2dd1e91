"""The ways in: what this is, where to start, what to do about somebody else, and what they leave behind."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.db import db, transaction
from core.web import READING_COOKIE
from forum import queries
from forum.entries import AREAS, Company, fitting_topics, offered_areas
from forum.models import Category, Thread
from forum.sight import Sight, write_choices
from tests.cast import NOON
from tests.forum.texts import (
    id_of,
    plans_of,
    published_thread,
    statements_of,
    student,
    write_reply,
    write_thread,
)
from tests.forum.texts import publish_everything as publish

ENTRIES = ("/welcome", "/worried", "/start", "/start?a=1&a=3&w=2", "/start?w=3", "/unanswered", "/counsel")
ALONE, TOO_MUCH = "1", "3"


def topic_id(app: Flask, slug: str) -> str:
    with app.app_context():
        found = queries.category_by_slug(slug)
        assert found is not None
        db.session.remove()
    return found.id


def main_of(page: str) -> str:
    """What a page says, without its frame."""
    found = re.search(r"<main.*?</main>", page, re.S)
    assert found is not None
    return found.group()


def titles_on(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/t/[^"]*"[^>]*>([^<]*)</a>', page)


def close_topic(app: Flask, slug: str) -> None:
    with app.app_context(), transaction():
        category = queries.category_by_slug(slug)
        assert category is not None
        category.closed_at = NOON


@pytest.mark.parametrize("path", ENTRIES)
def test_a_way_in_sets_no_cookie_and_holds_no_token(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in answer.text


@pytest.mark.parametrize("path", ENTRIES)
def test_a_way_in_asks_at_most_four_times_and_writes_nothing(
    app: Flask, client: FlaskClient, path: str
) -> None:
    published_thread(app)
    with statements_of(app) as seen:
        client.get(path)
    assert len(seen) <= 4
    assert all(statement.lstrip().upper().startswith("SELECT") for statement, _ in seen)


@pytest.mark.parametrize("path", ["/start?a=1&a=3&w=2", "/feed.atom", "/c/health-and-self/feed.atom"])
def test_no_way_in_reads_a_whole_table_of_texts_or_sorts_one(
    app: Flask, client: FlaskClient, path: str
) -> None:
    published_thread(app)
    with statements_of(app) as seen:
        client.get(path)
    plans = plans_of(app, seen)
    assert plans
    assert [
        step
        for step in plans
        if re.match(r"SCAN (posts|threads|post_revisions)\b(?!.*USING)|USE TEMP B-TREE", step)
    ] == []


@pytest.mark.parametrize("path", [path for path in ENTRIES if path != "/unanswered"])
def test_every_way_in_leads_to_help(client: FlaskClient, path: str) -> None:
    assert 'href="/help"' in main_of(client.get(path).text)


@pytest.mark.parametrize("path", ["/start", "/worried", "/welcome", "/unanswered", "/help"])
def test_the_first_page_leads_a_visitor_in(client: FlaskClient, path: str) -> None:
    assert f'href="{path}"' in main_of(client.get("/").text)


def test_somebody_who_is_in_is_not_greeted_as_new(app: Flask) -> None:
    assert 'href="/welcome"' not in student(app).get("/").text


def test_the_second_page_of_what_is_new_repeats_no_ways_in(client: FlaskClient) -> None:
    assert 'href="/worried"' not in main_of(client.get("/?after=WzFd").text)


def test_the_welcome_says_five_things_and_leads_on(client: FlaskClient) -> None:
    page = main_of(client.get("/welcome").text)
    assert page.count("<dd>") == 5
    for path in ("/", "/start", "/join", "/counsel", "/help", "/privacy"):
        assert f'href="{path}"' in page


def test_who_is_worried_may_write_ask_a_counsellor_or_call(client: FlaskClient) -> None:
    page = main_of(client.get("/worried").text)
    for path in ("/c/social-relationships/new", "/counsel", "/help"):
        assert f'href="{path}"' in page


def test_who_is_worried_is_led_to_a_topic_that_takes_threads(app: Flask, client: FlaskClient) -> None:
    close_topic(app, "social-relationships")
    assert 'href="/c/health-and-self/new"' in client.get("/worried").text


def test_the_worry_guide_says_when_to_call_before_what_to_say(client: FlaskClient) -> None:
    page = client.get("/worried").text
    assert page.index("Call at once if") < page.index("Ask, directly and calmly.")


def test_a_ticked_topic_leads_there(app: Flask, client: FlaskClient) -> None:
    page = main_of(client.get(f"/start?a={topic_id(app, 'career-and-work')}&w=1").text)
    assert 'href="/c/career-and-work/new"' in page
    assert 'href="/c/career-and-work"' in page


def test_at_most_two_topics_are_proposed(client: FlaskClient) -> None:
    page = main_of(client.get("/start?a=1&a=2&a=3&a=4&w=1").text)
    assert len(set(re.findall(r'href="/c/([a-z-]+)/new"', page))) == 2


@pytest.mark.parametrize(
    ("company", "first"),
    [
        (Company.STUDENTS, "/c/social-relationships/new"),
        (Company.PEER, "/c/social-relationships/new"),
        (Company.COUNSELLOR, "/counsel"),
        (Company.READING, "/c/social-relationships"),
    ],
)
def test_the_way_that_somebody_asked_for_stands_first(
    client: FlaskClient, company: Company, first: str
) -> None:
    page = main_of(client.get(f"/start?a={ALONE}&w={company}").text)
    ways = re.findall(r'<h[23]><a href="(/c[^"]*)"', page)
    assert ways[0] == first


def test_to_whom_everything_is_too_much_help_is_shown_first(client: FlaskClient) -> None:
    page = main_of(client.get(f"/start?a={TOO_MUCH}&w=1").text)
    assert page.index('href="/help"') < page.index('href="/c/')


def test_threads_like_theirs_are_in_their_language_first_then_answered_ones(
    app: Flask, client: FlaskClient
) -> None:
    writer, reader = student(app), student(app)
    answered = write_thread(writer, "Answered", topic="social-relationships")
    write_thread(writer, "Alone", topic="social-relationships")
    greek = write_thread(writer, "Greek", topic="social-relationships")
    publish(app)
    write_reply(reader, answered)
    publish(app)
    with app.app_context(), transaction():
        thread = db.session.get(Thread, id_of(greek))
        assert thread is not None
        thread.language = "el"
    page = client.get(f"/start?a={topic_id(app, 'social-relationships')}", headers={"Accept-Language": "en"})
    assert titles_on(page.text) == ["Answered", "Alone", "Greek"]


def test_no_more_than_five_threads_are_proposed(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    for number in range(6):
        write_thread(writer, f"Thread {number}", topic="social-relationships")
    publish(app)
    assert len(titles_on(client.get(f"/start?a={ALONE}").text)) == 5


def test_what_a_reader_keeps_out_of_sight_is_not_proposed(app: Flask, client: FlaskClient) -> None:
    thread = write_thread(student(app), "Hard to read", topic="social-relationships")
    publish(app)
    with app.app_context(), transaction():
        row = db.session.get(Thread, id_of(thread))
        assert row is not None
        row.warnings = ["loss"]
    assert titles_on(client.get(f"/start?a={ALONE}").text) == ["Hard to read"]
    client.set_cookie(READING_COOKIE, write_choices({"loss": Sight.OUT}))
    assert titles_on(client.get(f"/start?a={ALONE}").text) == []


def test_a_thread_that_readers_may_not_see_is_not_proposed(app: Flask, client: FlaskClient) -> None:
    write_thread(student(app), "Held", topic="social-relationships")
    assert "Held" not in client.get(f"/start?a={ALONE}").text


@pytest.mark.parametrize("query", ["a=zz&w=9", "a=", "w=", "a=0000000000000", "x=1"])
def test_an_answer_that_means_nothing_leads_somewhere_all_the_same(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/start?{query}")
    assert answer.status_code == 200
    assert 'href="/"' in main_of(answer.text) or "<form" in main_of(answer.text)


def test_what_was_ticked_stands_in_the_address_without_words(client: FlaskClient) -> None:
    page = main_of(client.get("/start").text)
    values = re.findall(r'<input type="(?:checkbox|radio)" name="[aw]" value="([^"]*)"', page)
    assert len(values) > 8
    assert all(re.fullmatch(r"\d|[0-9a-z]{13}", value) for value in values)


def test_the_title_of_the_answer_tells_nothing_of_what_was_ticked(client: FlaskClient) -> None:
    titles = {
        re.findall(r"<title>(.*?)</title>", client.get(f"/start{query}").text)[0]
        for query in ("", "?a=3&w=3", "?a=1&w=1")
    }
    assert len(titles) == 1


def test_no_cache_keeps_what_somebody_ticked(client: FlaskClient) -> None:
    assert client.get("/start?a=3&w=3").headers["Cache-Control"] == "no-store"
    assert client.get("/start").headers["Cache-Control"] == "no-cache"


def test_gunicorn_writes_no_line_about_what_was_asked_for() -> None:
    settings = Path(__file__).resolve().parents[2] / "deploy" / "gunicorn.conf.py"
    assert re.search(r"^accesslog = None$", settings.read_text(encoding="utf-8"), re.M)


def test_a_closed_topic_is_not_offered(app: Flask, client: FlaskClient) -> None:
    close_topic(app, "health-and-self")
    assert topic_id(app, "health-and-self") not in client.get("/start").text


def test_an_area_whose_topics_are_gone_is_not_offered() -> None:
    only = [Category(slug="career-and-work", names={}, descriptions={})]
    assert offered_areas(only) == []


def test_a_ticked_topic_weighs_more_than_one_that_an_area_points_to() -> None:
    topics = [
        Category(id=f"000000000000{place}", slug=slug, names={}, descriptions={})
        for place, slug in enumerate(("social-relationships", "adjustment-difficulties", "career-and-work"))
    ]
    chosen = fitting_topics([ALONE, topics[2].id], topics)
    assert [topic.slug for topic in chosen] == ["career-and-work", "social-relationships"]


def test_every_area_leads_to_topics_of_a_new_installation(app: Flask) -> None:
    with app.app_context():
        slugs = {category.slug for category in queries.all_categories()}
        db.session.remove()
    assert {slug for area in AREAS for slug in area.slugs} <= slugs


def test_crisis_help_leads_to_what_to_do_about_somebody_else(client: FlaskClient) -> None:
    assert 'href="/worried"' in main_of(client.get("/help").text)
