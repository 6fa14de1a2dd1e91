"""Whatever is typed, or sent by what is no browser: a clear answer, a safe page, and the text given back."""

import html
import re
from urllib.parse import quote

import html5lib
import pytest
from flask import Flask

from tests.faults.stage import Stage, Writing, writings
from tests.journeys.steps import begin_thread, decide_next, new_student, take_next
from tests.people import hidden_fields, post_form

NEW = "/c/academic-difficulties/new"
NOTHING_TO_SEE = [
    "",
    " ",
    "\n\t \r\n",
    "\u200b\u200d\ufeff",
    "\u202e\u2066\u2069",
    "\u00a0\u2003\u3000",
    "\u2800",
]
SCRIPTS = """<script>alert(1)</script> <img src=x onerror=alert(1)> <svg/onload=alert(1)> </div></article>
<h1>x</h1> <a href="javascript:alert(1)">a</a> <iframe src=/></iframe> <style>*{display:none}</style>
<form action=//evil>
[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](java\tscript:alert(1)) [d](&#106;avascript:alert(1))
[e](javascript&colon;alert(1)) [f](data:text/html,<script>alert(1)</script>) [g](vbscript:x)
[h](  javascript:x)
[i](<javascript:alert(1)>) <javascript:alert(1)> [j](\x01javascript:alert(1)) [k](jav&#x0A;ascript:alert(1))
[l](//evil.example) [m](/leave) ![n](https://evil.example/pixel.png) [o](file:///etc/passwd)
[p](javascript\u200b:alert(1)) [q][r]

[r]: javascript:alert(1) "title"

javascript:alert(1) and https://good.example/page"onclick="alert(1)
`<script>` {{ 7 * 7 }} {% raw %} %(name)s \u202egnp.exe\u2066
"""


def send(writing: Writing, text: str) -> tuple[int, str]:
    """Write this into a form. Gives status and page."""
    answer = post_form(
        writing.writer, writing.address, writing.other | {writing.field: text}, page=writing.page
    )
    return answer.status_code, html.unescape(answer.text)


def test_what_is_over_long_is_refused_in_every_form_with_the_text_given_back(stage: Stage) -> None:
    for name, writing in writings(stage).items():
        text = f"{name} begins " + "ä" * writing.limit
        status, page = send(writing, text)
        assert status == 422, name
        assert text in page, f"{name}: the text is lost"
        assert f"there is room for {writing.limit}" in page, name


def test_what_shows_nothing_is_refused_where_something_must_be_written(stage: Stage) -> None:
    for name, writing in writings(stage).items():
        for text in NOTHING_TO_SEE if not writing.is_optional else []:
            status, page = send(writing, text)
            assert status == 422, (name, text)
            assert 'id="errors"' in page, (name, text)


@pytest.mark.parametrize(
    "bad", [b"kept%20%FF%FE%C0%80%ED%A0%80", b"kept \xff\xfe\xc0\x80"], ids=["quoted", "raw"]
)
def test_bytes_that_are_no_text_are_refused_in_every_form(stage: Stage, bad: bytes) -> None:
    for name, writing in writings(stage).items():
        fields = hidden_fields(writing.writer.get(writing.page).text, action=writing.address) | writing.other
        parts = [f"{quote(key)}={quote(value)}" for key, value in fields.items() if key != writing.field]
        answer = writing.writer.post(
            writing.address,
            data="&".join([*parts, f"{writing.field}="]).encode() + bad,
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 422, name
        assert "Please type them again." in answer.text, name
        assert "kept" in answer.text, name


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%FF%FE",
        "/search?q=%00",
        "/search?q=%ED%A0%80",
        "/t/%FF",
        "/c/%FF%00",
        "/?after=%FF",
        "/%FF",
    ],
)
def test_bytes_that_are_no_text_in_an_address_get_a_page(app: Flask, address: str) -> None:
    answer = app.test_client().get(address)
    assert answer.status_code in {200, 404, 503}
    assert "</html>" in answer.text


@pytest.mark.parametrize("value", ["\xff\xfe", "AAAA", "A" * 4000, "%00", '"', "=" * 44])
@pytest.mark.parametrize("name", ["stoa", "stoa-staff", "stoa-form", "lang", "theme"])
def test_a_broken_cookie_is_no_cookie(app: Flask, name: str, value: str) -> None:
    browser = app.test_client()
    assert browser.get("/", headers={"Cookie": f"{name}={value}"}).status_code == 200
    assert browser.get(NEW, headers={"Cookie": f"{name}={value}"}).status_code == 200


def test_nothing_that_is_typed_becomes_part_of_a_page(app: Flask, stage: Stage) -> None:
    # Given a published thread of every script, link and sign that was ever tried
    author = new_student(app)
    thread = begin_thread(author, "<script>alert(1)</script> \u202eTitle {{ 7 * 7 }}", SCRIPTS)
    decide_next(stage.maya, "publish")
    assert take_next(stage.maya) != thread
    decide_next(stage.maya, "publish")

    # When it is read in every room
    for browser, address in (
        (app.test_client(), thread),
        (app.test_client(), "/"),
        (author, "/me"),
        (author, thread),
    ):
        page = browser.get(address).text
        tree = html5lib.parse(page, namespaceHTMLElements=False)

        # Then no element, no attribute and no link came from it
        scripts = [node.get("src", "inline") for node in tree.iter("script")]
        assert all(source.startswith("/s/") for source in scripts), address
        for node in tree.iter():
            assert not any(name.startswith("on") or name == "style" for name in node.attrib), address
        allowed = re.compile(r"(https?://|mailto:|tel:|/(?!/)|#)")
        assert all(allowed.match(node.get("href", "")) for node in tree.iter("a")), address
        words = [node for node in tree.iter("div") if "words" in node.get("class", "")]
        inside = [child for node in words for child in node.iter()]
        assert not {child.tag for child in inside} & {"img", "iframe", "style", "svg", "form", "script", "h1"}
        links = {child.get("href", "") for child in inside if child.tag == "a"}
        assert links <= {"https://good.example/page%22onclick=%22alert(1)", "https://evil.example/pixel.png"}
        assert "\u202e" not in page
        assert "49" not in "".join(text for node in words for text in node.itertext())


def test_a_text_with_marks_that_turn_it_around_is_taken_without_them(app: Flask) -> None:
    author = new_student(app)
    page = author.get(begin_thread(author, "A\u202eb", "left\u202e right\u2066 \u200bmiddle\ufeff")).text
    assert not set("\u202e\u2066\u200b\ufeff") & set(page)
    assert "left right middle" in page


@pytest.mark.parametrize("sign", [">", "> ", "- ", "1. ", "[", "*", "`", "((", "![](", "<b>", "&#62;"])
def test_twenty_thousand_nested_signs_are_refused_and_eight_thousand_taken_at_once(
    app: Flask, sign: str
) -> None:
    author = new_student(app)
    too_many = post_form(author, NEW, {"title": "Deep", "body": sign * 20_000 + "bottom"})
    fitting = post_form(author, NEW, {"title": "Deep", "body": sign * (7_990 // len(sign)) + "bottom"})
    assert too_many.status_code == 422
    assert html.escape(sign * 20_000 + "bottom", quote=False) in too_many.text.replace("&#39;", "'")
    assert fitting.status_code == 303
    assert author.get(fitting.headers["Location"]).status_code == 200


def test_a_request_that_is_too_large_is_refused_in_words(app: Flask) -> None:
    author = new_student(app)
    fields = hidden_fields(author.get(NEW).text, action=NEW)
    answer = author.post(NEW, data=fields | {"title": "Large", "body": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "Go back in your browser: what you wrote is still there." in answer.text


@pytest.mark.parametrize(
    "fields", [{"title": "x"}, {"body": "x"}, {}, {"title": "x", "body": "x", "warnings": "volcano"}]
)
def test_a_form_with_fields_missing_or_unknown_is_shown_again(app: Flask, fields: dict[str, str]) -> None:
    assert post_form(new_student(app), NEW, fields).status_code == 422


def test_a_preview_refuses_what_sending_would_refuse(app: Flask) -> None:
    answer = post_form(new_student(app), NEW, {"title": "x", "body": "y" * 8001, "preview": "1"})
    assert answer.status_code == 422
    assert "y" * 8001 in answer.text
