"""Visitors who read get a shorter stylesheet: nothing on such a page may need a rule that was left out."""

import re
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from core.assets import NOT_FOR_READING, READING_SHEET, build_stylesheet, without_layers
from core.clock import utcnow
from demo.loader import load_demo
from tests.conftest import MakeApp
from tests.people import join_as_student

STYLES = build_stylesheet((Path(__file__).parents[2] / "static" / "stoa.css").read_text(encoding="utf-8"))
SHORTER = without_layers(STYLES, NOT_FOR_READING)
# Elements that only the left-out rules dress.
ELEMENTS = {"table", "textarea", "select", "fieldset", "legend", "label"}
PAGES = ("/", "/search?q=exam", "/help", "/worried", "/unanswered", "/rules")


@pytest.fixture
def demo(make_app: MakeApp) -> Flask:
    app = make_app(STOA_MODE="demo")
    with app.app_context():
        load_demo(app.config["STOA"], now=utcnow())
    return app


def classes_of(styles: str) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", styles)))


def undressed(page: str) -> set[str]:
    """The elements and classes of a page that only the left-out rules dress."""
    left_out = classes_of(STYLES) - classes_of(SHORTER)
    found = set()
    for node in html5lib.parse(page, namespaceHTMLElements=False).iter():
        found |= ({node.tag} & ELEMENTS if isinstance(node.tag, str) else set()) | (
            set(node.get("class", "").split()) & left_out
        )
    return found


def test_no_page_that_a_visitor_reads_needs_a_rule_that_was_left_out(demo: Flask) -> None:
    visitor = demo.test_client()
    home = visitor.get("/").text
    links = {*re.findall(r'href="(/c/[a-z-]+)"', home), *re.findall(r'href="(/t/\w+)"', home)}
    for address in [*PAGES, *sorted(links)]:
        page = visitor.get(address).text
        assert READING_SHEET in page, address
        assert undressed(page) == set(), address


def test_what_needs_a_left_out_rule_is_found() -> None:
    assert undressed('<p class="choices">') == {"choices"}
    assert undressed("<table></table>") == {"table"}


def test_who_writes_or_is_signed_in_gets_the_whole_stylesheet(demo: Flask) -> None:
    student = demo.test_client()
    join_as_student(student)
    for browser, address in ((student, "/"), (demo.test_client(), "/join"), (demo.test_client(), "/start")):
        answer = browser.get(address)
        assert READING_SHEET not in answer.text, address
        assert "stoa.css" in answer.headers["Link"], address


def test_the_shorter_stylesheet_is_fetched_before_the_page_has_arrived(demo: Flask) -> None:
    assert READING_SHEET in demo.test_client().get("/").headers["Link"]
