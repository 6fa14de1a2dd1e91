"""Whoever comes here is tired or afraid: what the pages say in English is easy to read.

Grades are those of Flesch and Kincaid: the years of school that a text asks for (J. P. Kincaid, R. P.
Fishburne, R. L. Rogers and B. S. Chissom, Derivation of New Readability Formulas for Navy Enlisted Personnel,
1975). Only whole sentences count, and only ours: what people wrote, and labels of a word or two, would make
a page look easier than it is. Syllables are counted by syllapy, which reads its list of words from its own
package.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
import syllapy
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import GRANTS, Role
from core.clock import utcnow
from core.db import db, transaction
from core.translations import PLACEHOLDER, extract_strings
from counselling.encounters import record_encounter
from counselling.live.cut_off import CutOff
from counselling.live.models import LiveSession
from counselling.live.sessions import invite_or_open
from counselling.models import Case, Outcome
from counselling.trusted.inviting import approve_person, ask_for_person
from counselling.trusted.names import link_of
from demo.loader import load_demo
from moderation.models import QueueItem
from tests.browser.case_records import write_down
from tests.conftest import put_away, upgraded_app
from tests.counselling.bringing import JOINED, come_in
from tests.journeys import steps
from tests.people import post_form, run_outbox
from tests.wandering import LEFT_ALONE, endpoint_of, read_pages

ROOT = Path(__file__).resolve().parents[2]
HARDEST_PAGE = 8.0
HARDEST_SENTENCE = 12.0
MOST_WORDS = 25
FEWEST_WORDS = 8  # of a sentence whose own grade says something: one long word makes a short one look hard

WORD = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*|\d[\d.,:]*")
SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
BLOCKS = {
    *("p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "td", "th", "label", "legend", "summary", "caption"),
    *("button", "div", "section", "nav", "form", "fieldset", "article", "header", "footer", "details"),
    *("blockquote", "main"),
}
PASSED_OVER = {"script", "style", "svg", "template", "textarea", "select", "time"}

# What only staff open, though a visitor may.
NOT_FOR_STUDENTS = {"accounts.sign_in_staff", "demo.show_styleguide"}
NO_SENTENCES = {"counselling.download_appointment"}  # a file for a calendar
DECISIONS: dict[str, dict[str, str]] = {
    "Stays": {"conduct": "publish"},
    "Comes back": {"conduct": "ask_change", "reason": "names_self", "message": "Thank you."},
    "Not here": {"conduct": "not_here", "reason": "advert"},
    "Answered": {"conduct": "publish", "risk": "reach_out", "note": "Thank you. How are you today?"},
    "Hidden": {"conduct": "keep_held", "risk": "escalate", **steps.BRIEFING},
}


def words_of(text: str) -> list[str]:
    return WORD.findall(text)


def syllables_of(word: str) -> int:
    plain = re.sub(r"['’]s?$", "", word)
    return max(1, sum(int(syllapy.count(part.replace("’", "'"))) for part in plain.split("-")))


def grade_of(sentences: list[str]) -> float:
    """The Flesch-Kincaid grade of some sentences."""
    words = [word for sentence in sentences for word in words_of(sentence)]
    syllables = sum(map(syllables_of, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def sentences_of(text: str) -> list[str]:
    """The whole sentences of a text; what has no end is a label."""
    pieces = SENTENCE_END.split(" ".join(text.split()))
    return [piece for piece in pieces if len(words_of(piece)) > 2 and re.search(r"[.!?:;]['\"”’)]*$", piece)]


def is_a_persons_words(element: Element, *, inside: str) -> bool:
    """Whether a person wrote this, and not we: posts, letters, titles.

    House rules and crisis help are no post: everybody must be able to read them.
    """
    if "words" in element.get("class", "").split():
        return inside in {"article", "letter"}
    return element.get("dir") == "auto"


def blocks_of(element: Element) -> Iterator[str]:
    """The text of a page, one piece for each block."""
    said: list[str] = []

    def gather(one: Element, inside: str = "") -> Iterator[str]:
        tag = one.tag if isinstance(one.tag, str) else "!"
        inside = tag if tag == "article" else one.get("class", "") if tag == "li" and not inside else inside
        if tag not in PASSED_OVER | {"!"} and not is_a_persons_words(one, inside=inside):
            if tag in BLOCKS and said:
                yield "".join(said)
                said.clear()
            said.append(one.text or "")
            for child in one:
                yield from gather(child, inside)
            if tag in BLOCKS and said:
                yield "".join(said)
                said.clear()
        said.append(one.tail or "")

    yield from gather(element)
    yield "".join(said)


def page_sentences(html: str) -> list[str]:
    """Our own sentences in the main part of a page."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    main = tree.find(".//main")
    assert main is not None
    return [sentence for block in blocks_of(main) for sentence in sentences_of(block)]


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo, so that every page has something on it."""
    app = upgraded_app(tmp_path_factory.mktemp("reading") / "data", STOA_MODE="demo")
    with app.app_context():
        app.extensions["stoa_first_start"]()
        load_demo(app.config["STOA"], now=utcnow())
        db.session.remove()
    yield app
    put_away(app)


@pytest.fixture(scope="module")
def student(forum: Flask) -> FlaskClient:
    """A student with texts in several states, a notice, and a counsellor who has written."""
    student = steps.new_student(forum)
    ines = steps.new_staff(forum, Role.PROFESSIONAL, "ines")
    for turn, (title, decision) in enumerate(DECISIONS.items()):
        steps.begin_thread(student, title, "I want to end it all tonight.")
        item = newest_item(forum)
        rested = steps.new_staff(forum, Role.MODERATOR, f"wanda-{turn}")
        steps.take(rested, item)
        assert steps.decide(rested, item, **decision).status_code == 303
    while steps.waiting_escalations(ines):
        steps.write_letter(ines, steps.accept_escalation(ines), "Good morning.")
    steps.begin_thread(student, "Waits", "I cannot find my way around yet.")
    own = re.search(r"/counsel/([0-9a-z]{13})/card", student.get("/counsel").text)
    assert own is not None
    with forum.app_context():
        case = db.session.get_one(Case, own.group(1))
        assert case.owner is not None
        with transaction():
            write_down({}, case, actor=case.owner, now=utcnow())
            record_encounter(
                case, marks={}, agreed="", outcome=Outcome.NEXT_SESSION, actor=case.owner, now=utcnow()
            )
        db.session.remove()
    talk = f"/counsel/{own.group(1)}/live"
    assert post_form(student, talk, {}, page=talk).status_code == 303
    run_outbox(forum)
    return student


def newest_item(app: Flask) -> str:
    with app.app_context():
        item = db.session.query(QueueItem).order_by(QueueItem.waiting_since.desc()).first()
        assert item is not None
        return f"/moderation/items/{item.id}"


def is_for_students(app: Flask, endpoint: str) -> bool:
    view = app.view_functions.get(endpoint)
    permission = getattr(view, "permission", None)
    if getattr(view, "is_asked_by_pages", False):  # what only scripts read
        return False
    return (
        endpoint not in NOT_FOR_STUDENTS | NO_SENTENCES | LEFT_ALONE
        and permission in GRANTS[Role.STUDENT] | GRANTS[Role.VISITOR]
    )


def refused_pages(browser: FlaskClient) -> dict[str, str]:
    """What is said when something does not work."""
    return {
        "/nothing": browser.get("/nothing").text,
        "/return, wrong words": post_form(browser, "/return", {"passphrase": "one two"}).text,
        "/appeal": browser.get("/appeal").text,
        "/report/status, no such code": post_form(browser, "/report/status", {"code": "none"}).text,
    }


def brought_pages(app: Flask) -> dict[str, str]:
    """What somebody reads whom a student brings into a live talk: behind the link, and inside."""
    with app.app_context():
        session = db.session.query(LiveSession).order_by(LiveSession.asked_at.desc()).first()
        assert session is not None
        with transaction():
            case = db.session.get_one(Case, session.case_id)
            assert case.owner is not None
            person = ask_for_person(case, "my sister", now=utcnow())
            approve_person(case, person, actor=case.owner, now=utcnow())
            link = f"/counsel/join/{link_of(case, person)}"
            invite_or_open(case, CutOff(), actor=case.owner, now=utcnow())
        db.session.remove()
    browser = app.test_client()
    invitation = browser.get(link).text
    assert come_in(browser, link).status_code == 303
    return {link: invitation, JOINED: browser.get(JOINED).text, f"{link}?used": browser.get(link).text}


@pytest.fixture(scope="module")
def pages(forum: Flask, student: FlaskClient) -> dict[str, str]:
    """Every page that a visitor or a student meets; empty for what leads to another."""
    visitor = forum.test_client()

    def wanted(endpoint: str) -> bool:
        return is_for_students(forum, endpoint)

    return {
        **{f"visitor {address}": page for address, page in read_pages(visitor, wanted).items()},
        **{f"student {address}": page for address, page in read_pages(student, wanted).items()},
        **{f"refused {address}": page for address, page in refused_pages(visitor).items()},
        **{f"brought {address}": page for address, page in brought_pages(forum).items()},
    }


def verdict(address: str, sentences: list[str]) -> str:
    """The grade of a page, and which sentences make it so."""
    worst = sorted(sentences, key=lambda sentence: grade_of([sentence]), reverse=True)[:4]
    lines = [f"  {grade_of([sentence]):.1f} {sentence}" for sentence in worst]
    return "\n".join([f"{address} has grade {grade_of(sentences):.1f}:", *lines])


def test_every_page_of_students_can_be_read_with_eight_years_of_school(pages: dict[str, str]) -> None:
    said = {address: page_sentences(page) for address, page in pages.items() if page}
    hard = [
        verdict(address, sentences)
        for address, sentences in said.items()
        if sentences and grade_of(sentences) > HARDEST_PAGE
    ]
    assert not hard, "\n".join(hard)


def test_from_every_page_of_students_a_counsellor_is_one_step_away(pages: dict[str, str]) -> None:
    own = {address: page for address, page in pages.items() if page and not address.startswith("brought ")}
    assert len(own) > 50
    assert [address for address, page in own.items() if 'href="/counsel"' not in page] == []


def test_every_kind_of_page_was_asked_for(forum: Flask, pages: dict[str, str]) -> None:
    asked = {endpoint_of(forum, address.split(" ", 1)[1]) for address in pages}
    assert [
        rule.endpoint
        for rule in forum.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and is_for_students(forum, rule.endpoint)
        and rule.endpoint not in asked
    ] == []


def test_no_sentence_of_ours_is_long_or_hard() -> None:
    hard = []
    for message in extract_strings(ROOT):
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            hard += [f"{grade_of([one]):.1f} {one}" for one in hard_sentences(PLACEHOLDER.sub("it", text))]
    assert not hard, "\n".join(hard)


def hard_sentences(text: str) -> list[str]:
    """Sentences of a text that are too long, or too hard by themselves."""
    pieces = [piece for piece in SENTENCE_END.split(text) if words_of(piece)]
    return [
        piece
        for piece in pieces
        if len(words_of(piece)) > MOST_WORDS
        or (len(words_of(piece)) >= FEWEST_WORDS and grade_of([piece]) > HARDEST_SENTENCE)
    ]


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("The cat sat on the mat.", 0.39 * 6 + 11.8 * 6 / 6 - 15.59),
        ("You are not alone. Somebody listens to you.", 0.39 * 8 / 2 + 11.8 * 12 / 8 - 15.59),
    ],
)
def test_a_grade_is_that_of_the_formula(text: str, grade: float) -> None:
    assert grade_of(sentences_of(text)) == pytest.approx(grade)


def test_a_hard_page_is_found() -> None:
    page = "<main><p>Institutional authorisation procedures necessitate considerable deliberation.</p></main>"
    assert grade_of(page_sentences(page)) > HARDEST_PAGE


def test_a_long_sentence_is_found() -> None:
    assert hard_sentences("We go on " * 9)


def test_what_people_wrote_and_labels_do_not_count() -> None:
    page = """<main><h1>Topics</h1><article><h3>Fox</h3><div class="words">It is necessary.</div></article>
    <a dir="auto">Considerable deliberation.</a><p>You are <b>not</b> alone.</p></main>"""
    assert page_sentences(page) == ["You are not alone."]
