"""Feeds: valid Atom that says no more than the pages do, and nothing of people."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.db import db, transaction
from forum.feeds import ATOM, Feed, FeedEntry, write_feed
from forum.lifecycle import PostAct
from forum.models import Thread
from tests.forum.texts import (
    TOPIC,
    act_on,
    id_of,
    long_thread,
    publish_everything,
    published_thread,
    student,
    write_reply,
    write_thread,
)

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FEEDS = ("/feed.atom", f"/c/{TOPIC}/feed.atom")


def feed_at(client: FlaskClient, path: str = "/feed.atom", **headers: str) -> ElementTree.Element:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.data)


def texts(element: ElementTree.Element, path: str) -> list[str]:
    names = "/".join(f"{{{ATOM}}}{name}" for name in path.split("/"))
    return [found.text or "" for found in element.findall(names)]


def warn(app: Flask, thread: str, warning: str) -> None:
    with app.app_context(), transaction():
        found = db.session.get(Thread, id_of(thread))
        assert found is not None
        found.warnings = [warning]


def an_entry(title: str = "A title", words: str = "Some words.") -> FeedEntry:
    day = date(2026, 3, 4)
    return FeedEntry("0123456789abc", title, "http://localhost/t/0123456789abc", "en", day, day, words)


def a_feed(*entries: FeedEntry) -> Feed:
    return Feed("n", "T", "S", "en", "http://localhost/feed.atom", "http://localhost/", entries)


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_what_the_standard_asks_for(app: Flask, client: FlaskClient, path: str) -> None:
    published_thread(app)
    feed = feed_at(client, path)
    assert feed.tag == f"{{{ATOM}}}feed"
    for element in (feed, *feed.findall(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            (text,) = texts(element, name)
            assert text
        assert texts(element, "id")[0].startswith("urn:uuid:")
        links = element.findall(f"{{{ATOM}}}link")
        assert [link.get("href") for link in links if link.get("rel") == "alternate"]


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_without_threads_is_a_feed_all_the_same(client: FlaskClient, path: str) -> None:
    feed = feed_at(client, path)
    assert texts(feed, "entry/id") == []
    assert texts(feed, "updated") == ["1970-01-01T00:00:00Z"]


def test_a_feed_says_where_it_is_and_which_page_it_follows(client: FlaskClient) -> None:
    links = feed_at(client, f"/c/{TOPIC}/feed.atom").findall(f"{{{ATOM}}}link")
    assert {link.get("rel"): link.get("href") for link in links} == {
        "self": f"http://localhost/c/{TOPIC}/feed.atom",
        "alternate": f"http://localhost/c/{TOPIC}",
    }


def test_an_entry_leads_to_its_thread(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    (link,) = feed_at(client).findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    assert link.get("href") == f"http://localhost{thread}"


def test_a_feed_says_days_and_no_times(app: Flask, client: FlaskClient) -> None:
    published_thread(app)
    feed = feed_at(client)
    days = [*texts(feed, "updated"), *texts(feed, "entry/updated"), *texts(feed, "entry/published")]
    assert len(days) == 3
    assert set(days) == {f"{datetime.now(UTC).date().isoformat()}T00:00:00Z"}


def test_no_author_but_the_site_is_named(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    feed = feed_at(client)
    assert texts(feed, "author/name") == ["Stoa"]
    assert texts(feed, "entry/author") == []
    byline = re.search(r'<header class="byline">\s*<h\d>([^<]*)<', client.get(thread).text)
    assert byline is not None
    assert byline.group(1) not in client.get("/feed.atom").text


def test_an_entry_shows_how_a_text_begins_without_markdown(app: Flask, client: FlaskClient) -> None:
    published_thread(app, body="I **cannot** sleep.\n\n" + "And so on. " * 60)
    (summary,) = texts(feed_at(client), "entry/summary")
    assert summary.startswith("I cannot sleep. And so on.")
    assert len(summary) <= 200


def test_no_word_of_a_text_with_a_warning_is_shown(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app, body="Something hard to read.")
    warn(app, thread, "loss")
    feed = feed_at(client)
    assert texts(feed, "entry/summary") == ["Speaks of: death and loss"]
    assert "hard to read" not in client.get("/feed.atom").text


def test_an_entry_says_its_language_and_the_feed_the_readers(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    warn(app, thread, "loss")
    feed = feed_at(client, **{"Accept-Language": "el"})
    (entry,) = feed.findall(f"{{{ATOM}}}entry")
    summary = entry.find(f"{{{ATOM}}}summary")
    assert summary is not None
    assert (feed.get(XML_LANG), entry.get(XML_LANG), summary.get(XML_LANG)) == ("el", "en", "el")


def test_a_topics_feed_holds_its_own_threads_alone(app: Flask, client: FlaskClient) -> None:
    published_thread(app, title="About exams")
    assert texts(feed_at(client, f"/c/{TOPIC}/feed.atom"), "entry/title") == ["About exams"]
    assert texts(feed_at(client, "/c/family-relationships/feed.atom"), "entry/title") == []


def test_the_thread_with_the_newest_post_stands_first(app: Flask, client: FlaskClient) -> None:
    writer = student(app)
    older = write_thread(writer, "Older")
    publish_everything(app)
    write_thread(writer, "Newer")
    publish_everything(app)
    write_reply(student(app), older)
    publish_everything(app)
    assert texts(feed_at(client), "entry/title") == ["Older", "Newer"]


def test_a_held_thread_is_in_no_feed(app: Flask, client: FlaskClient) -> None:
    write_thread(student(app), "Held")
    assert texts(feed_at(client), "entry/title") == []


@pytest.mark.parametrize("act", [PostAct.HIDE, PostAct.REMOVE, PostAct.WITHDRAW])
def test_what_leaves_the_forum_leaves_the_feed_at_the_next_request(
    app: Flask, client: FlaskClient, act: PostAct
) -> None:
    first = published_thread(app, title="First")
    published_thread(app, title="Second")
    tag = client.get("/feed.atom").headers["ETag"]
    act_on(app, first, act)
    answer = client.get("/feed.atom", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert texts(ElementTree.fromstring(answer.data), "entry/title") == ["Second"]


@pytest.mark.parametrize("path", FEEDS)
def test_who_has_the_feed_already_gets_no_second_copy(app: Flask, client: FlaskClient, path: str) -> None:
    published_thread(app)
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_day_cannot_say_that_nothing_has_changed(app: Flask, client: FlaskClient) -> None:
    published_thread(app)
    answer = client.get("/feed.atom", headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers


def test_the_feed_of_an_unknown_topic_is_not_there(client: FlaskClient) -> None:
    assert client.get("/c/no-such-topic/feed.atom").status_code == 404


@pytest.mark.parametrize(("page", "feed"), [("/", FEEDS[0]), (f"/c/{TOPIC}", FEEDS[1])])
def test_a_page_names_its_feed_for_programs_and_for_people(client: FlaskClient, page: str, feed: str) -> None:
    text = client.get(page).text
    assert re.search(rf'<link rel="alternate" type="application/atom\+xml" [^>]*href="{feed}">', text)
    assert f'<a href="{feed}">' in text


def test_a_feed_holds_a_few_threads_and_not_all(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    long_thread(app, tmp_path, answers=3)
    assert len(texts(feed_at(client), "entry/id")) == 1


def test_an_id_stays_when_the_thread_changes(app: Flask, client: FlaskClient) -> None:
    thread = published_thread(app)
    before = texts(feed_at(client), "entry/id")
    write_reply(student(app), thread)
    publish_everything(app)
    assert texts(feed_at(client), "entry/id") == before


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_a_sign_that_xml_cannot_hold_does_not_break_the_feed(sign: str) -> None:
    feed = ElementTree.fromstring(write_feed(a_feed(an_entry(f"a{sign}b", f"c{sign}d"))))
    assert texts(feed, "entry/title") == ["ab"]
    assert texts(feed, "entry/summary") == ["cd"]


def test_markup_in_a_text_stays_text() -> None:
    hostile = "</summary><script>alert(1)</script>&amp;<![CDATA[x]]>"
    feed = ElementTree.fromstring(write_feed(a_feed(an_entry(hostile, hostile))))
    assert texts(feed, "entry/title") == [hostile]
    assert texts(feed, "entry/summary") == [hostile]


def test_a_text_without_words_has_no_summary() -> None:
    assert texts(ElementTree.fromstring(write_feed(a_feed(an_entry(words="")))), "entry/summary") == []
