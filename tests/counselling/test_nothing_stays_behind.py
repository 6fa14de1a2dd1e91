"""What a browser keeps of counselling: no page, title, address or storage holds a word of a case."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_plus as unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import db
from core.settings import ROOT
from counselling import queries
from counselling.sealing import pseudonym_of
from tests.counselling.addresses import addresses_of_counselling
from tests.faults.stage import Stage, build_stage
from tests.journeys.scene import Scene
from tests.journeys.steps import write_letter
from tests.journeys.ways_into_a_case import WAYS
from tests.people import hidden_fields, post_form

WORDS = ("marzipan", "turpentine", "chrysanthemum", "xylophone")
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
ADDRESS = re.compile(r'(?:href|action|src)="([^"]*)"')
STORES = re.compile(
    r"\b(localStorage|sessionStorage|indexedDB|caches|cookieStore|document\.cookie|serviceWorker)\b"
)
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))


@pytest.fixture
def stage(app: Flask) -> Stage:
    """Letters from both sides, something agreed, and something that was asked for."""
    built = build_stage(app)
    write_letter(built.nora, built.case, f"Here is {WORDS[0]}.")
    talk, case = built.conversation, built.case
    assert post_form(built.anna, f"{talk}/messages", {"body": WORDS[1]}, page=talk).status_code == 303
    agreed = {"agreed": WORDS[2]}
    assert post_form(built.nora, f"{case}/encounters", agreed, page=f"{case}/record").status_code == 303
    return built


def answers(app: Flask, stage: Stage) -> Iterator[tuple[str, TestResponse]]:
    """Every address of counselling, opened and sent to, by a student and a professional: whose case it is,
    and strangers to it.
    """
    ids = {"case_id": stage.case.split("/")[-1], "escalation_id": stage.escalation.split("/")[-1]}
    tokens = {
        "anna": hidden_fields(stage.anna.get(stage.conversation).text),
        "nora": hidden_fields(stage.nora.get(stage.case).text),
    }
    for address in addresses_of_counselling(app, **ids):
        for name, browser in {"anna": stage.anna, "nora": stage.nora}.items():
            if address.method == "GET":
                yield f"{name} opens {address.endpoint}", opened(browser, address.path)
            else:
                sent = browser.post(address.path, data=tokens[name] | {"body": WORDS[3]})
                yield f"{name} sends to {address.endpoint}", sent


def opened(browser: FlaskClient, path: str) -> TestResponse:
    """An answer that does not end by itself is looked at and left."""
    answer = browser.get(path, buffered=False)
    if not answer.is_streamed or answer.mimetype != "text/event-stream":
        answer.get_data()
    else:
        answer.close()
    return answer


def test_no_browser_may_store_an_answer_of_counselling(app: Flask, stage: Stage) -> None:
    wrong = [
        what for what, answer in answers(app, stage) if answer.headers.get("Cache-Control") != "no-store"
    ]
    assert wrong == []


def test_no_title_no_address_and_no_cookie_holds_a_word_of_a_case(app: Flask, stage: Stage) -> None:
    words = {*WORDS, name_in(app, stage)}
    for what, answer in answers(app, stage):
        places = [answer.headers.get("Location", ""), *answer.headers.getlist("Set-Cookie")]
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            places += TITLE.findall(page) + ADDRESS.findall(page)
        told = [
            place for place in map(html.unescape, places) if any(word in unquote(place) for word in words)
        ]
        assert told == [], what


def test_nothing_that_went_in_by_any_way_is_in_a_title_an_address_or_a_cookie(app: Flask) -> None:
    scene = Scene(app, build_stage(app))
    for name, way in WAYS.items():
        if not name.startswith(("every form", "the summary")):
            way(scene, f"a {WORDS[0]} clock on the stairs")
    seen = 0
    for what, answer in answers(app, scene.stage):
        page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        seen += WORDS[0] in page
        places = [*answer.headers.values(), *TITLE.findall(page), *ADDRESS.findall(page)]
        told = [one for one in map(html.unescape, places) if WORDS[0] in unquote(one)]
        assert told == [], what
    assert seen > 10


def name_in(app: Flask, stage: Stage) -> str:
    """The name that the student has in the case."""
    with app.app_context():
        case = queries.case(stage.case.split("/")[-1])
        assert case is not None
        name = pseudonym_of(case)
        db.session.remove()
    assert name in stage.nora.get(stage.case).text
    return name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_keeps_anything_in_the_browser(script: Path) -> None:
    assert STORES.findall(script.read_text(encoding="utf-8")) == []


def test_every_script_of_a_page_of_counselling_is_one_of_those(app: Flask, stage: Stage) -> None:
    found = set()
    for _what, answer in answers(app, stage):
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            found |= {path.rsplit("/", 1)[-1] for path in re.findall(r'<script[^>]*src="([^"]*)"', page)}
            assert "<script>" not in page
    assert found
    assert found <= {path.name for path in SCRIPTS}
