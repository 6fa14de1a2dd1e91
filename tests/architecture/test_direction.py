"""Which way words run, and in which language they are: pages, texts of people, and signs.

The languages of Stoa run from left to right, but a text in any page may not, and neither may the next
language. The stylesheet has logical properties only (`tests/architecture/test_stylesheet.py`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, g, render_template

from accounts.permissions import Role
from core.settings import LANGUAGES
from core.translations import extract_strings
from core.wording import page_direction
from tests.journeys import steps
from tests.people import join_as_student

ROOT = Path(__file__).resolve().parents[2]
MARK = "שלום, εδώ Αλκυόνη"
BODY = f"{MARK}. Ψάχνω κάποιον να μιλήσουμε."
# Signs that point to a side and stay as they are when a page runs the other way.
POINTING = re.compile(
    "[\u2190-\u21ff\u25b6\u25b8\u25ba\u25c0\u25c2\u25c4\u2794\u279c\u27a1\u2b05\u203a\u2039]"
)


@pytest.fixture
def pages(app: Flask) -> dict[str, str]:
    """Every page on which others meet the text of a student who writes in Greek, by a name."""
    alkyoni, reader = app.test_client(), app.test_client()
    alkyoni.environ_base["HTTP_ACCEPT_LANGUAGE"] = "el"
    join_as_student(alkyoni)
    maya = steps.new_staff(app, Role.MODERATOR, "maya")
    irida = steps.new_staff(app, Role.PROFESSIONAL, "irida")
    thread = steps.publish_thread(alkyoni, maya, MARK, BODY)
    alone = steps.publish_thread(alkyoni, maya, MARK, "Γεια.")
    steps.write_reply(alkyoni, thread, BODY)
    (held,) = steps.waiting_items(maya)
    item = steps.take(maya, held)
    steps.decide(maya, held, "publish", "escalate", **steps.BRIEFING)
    (escalation,) = steps.waiting_escalations(irida)
    first_look = irida.get(escalation).text
    case = steps.accept_escalation(irida)
    return {
        "home": reader.get("/").text,
        "category": reader.get(f"/c/{steps.TOPIC}").text,
        "thread": reader.get(thread).text,
        "thread without a reply": reader.get(alone).text,
        "unanswered": reader.get("/unanswered").text,
        "own": alkyoni.get("/me", headers={"Accept-Language": "en"}).text,
        "item": item,
        "unanswered, for moderators": maya.get("/moderation/unanswered").text,
        "escalation": first_look,
        "case": irida.get(f"{case}/forum").text,
    }


def with_parents(element: Element, parents: tuple[Element, ...] = ()) -> Iterator[tuple[str, list[Element]]]:
    """Each piece of text of a page, with the elements around it, the nearest first."""
    around = (element, *parents)
    if element.text:
        yield element.text, list(around)
    for child in element:
        yield from with_parents(child, around)
        if child.tail:
            yield child.tail, list(around)


def nearest(attribute: str, html: str, mark: str) -> list[str]:
    """For each place in the main part of a page where these words stand: the attribute nearest to it."""
    main = html5lib.parse(html, namespaceHTMLElements=False).find(".//main")
    assert main is not None
    return [
        next((one.get(attribute, "") for one in around if one.get(attribute)), "none")
        for text, around in with_parents(main)
        if mark in text
    ]


PAGES = (
    "home", "category", "thread", "thread without a reply", "unanswered", "own", "item",
    "unanswered, for moderators", "escalation", "case",
)  # fmt: skip


def test_every_page_shows_the_text(pages: dict[str, str]) -> None:
    assert [name for name in PAGES if not nearest("dir", pages[name], MARK)] == []


def test_what_people_wrote_runs_its_own_way(pages: dict[str, str]) -> None:
    assert {
        name: found for name in PAGES if set(found := nearest("dir", pages[name], MARK)) != {"auto"}
    } == {}


def test_what_people_wrote_says_its_language_on_a_page_in_another(pages: dict[str, str]) -> None:
    assert {name: found for name in PAGES if set(found := nearest("lang", pages[name], MARK)) != {"el"}} == {}


@pytest.mark.parametrize(
    ("language", "way"), [*((one, "ltr") for one in LANGUAGES), ("ar", "rtl"), ("he", "rtl")]
)
def test_a_page_runs_as_its_language_does(app: Flask, language: str, way: str) -> None:
    with app.test_request_context("/"):
        g.language = language
        assert page_direction() == way
        page = render_template("_layout/error.html", title="", explanation="")
    assert f'<html lang="{language}" dir="{way}"' in page


def test_no_sign_points_to_a_side_in_words_and_pages() -> None:
    paths = [
        *(ROOT / "templates").rglob("*.html"),
        ROOT / "static" / "stoa.css",
        *(ROOT / "static").rglob("*.js"),
    ]
    found = [
        str(path.relative_to(ROOT)) for path in paths if POINTING.search(path.read_text(encoding="utf-8"))
    ]
    found += [str(message.id) for message in extract_strings(ROOT) if POINTING.search(str(message.id))]
    assert found == []


def test_a_sign_that_points_is_found() -> None:
    assert POINTING.search("Back ←")
    assert not POINTING.search("«Ναι», « oui » — 1–2 …")
