"""The whole story from a marked address, browser, passphrase and words, and then a search for each of them in
everything that Stoa keeps: database, write-ahead log, search index, texts, anchor, heartbeat, logs.
"""

import base64
import shutil
import sqlite3
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from core import worker
from core.clock import utcnow
from core.db import db
from core.web import settings_of
from tests.conftest import MakeApp
from tests.journeys.residue import find
from tests.journeys.sinks import HookSink
from tests.journeys.steps import (
    accept_escalation,
    answer_letter,
    begin_thread,
    decide_next,
    escalate_next,
    path_of,
    post_ids,
    take_next,
    write_letter,
    write_reply,
)
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

ADDRESS, PROXY = "203.0.113.77", "198.51.100.7"
AGENT = "Mozilla/5.0 (Pimpernel; Zanzibar 7)"
NEXT_DAY = timedelta(hours=25)


class Marks(NamedTuple):
    """What must be found nowhere, by what it is."""

    address: str = ADDRESS
    agent: str = "Pimpernel"
    held_title: str = "Heliotrope at the window"
    held_text: str = "the marzipan elephant under the stairs"
    kept_draft: str = "a gooseberry that was never sent"
    old_wording: str = "the first vermilion wording"
    hidden_text: str = "a cruel turpentine remark"
    note: str = "reported by the lavender room"
    message: str = "please leave the obsidian name out"
    prompted_by: str = "the xylophone is silent again"
    already_said: str = "that the trombone is on its way"
    first_letter: str = "a letter about cinnamon and clocks"
    answer: str = "an answer about saffron and doors"
    agreed: str = "to meet at the tangerine bench"
    summary: str = "closed with a peppermint smile"
    hope: str = "hoping for a quiet chrysanthemum"


MARKS = Marks()


@pytest.fixture
def proxied(logged: Path, make_app: MakeApp, hook: HookSink) -> Flask:
    """An application behind one proxy, with somebody to page, while everything is logged."""
    assert logged.exists()
    return make_app(STOA_TRUSTED_PROXIES="1", **hook.settings())


def browser(app: Flask) -> FlaskClient:
    """The marked browser at the marked address, behind the proxy."""
    made = app.test_client()
    made.environ_base |= {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": ADDRESS, "HTTP_USER_AGENT": AGENT}
    return made


def staff(app: Flask, role: Role, name: str) -> FlaskClient:
    made = browser(app)
    sign_in_as(made, add_staff_person(app, role, username=name, alias=name.title()))
    return made


def let_the_worker_run(app: Flask, *, later: timedelta = timedelta(seconds=11)) -> None:
    """All that the worker does, as it does it, a little later or the next day."""
    with app.app_context():
        for beat in range(3):
            worker.run_once(now=utcnow() + later + timedelta(seconds=beat))
        worker.beat(settings_of(app).data_dir)
        db.session.remove()


def live_through_everything(app: Flask) -> list[str]:
    """The story, with every private word in it. Gives the passphrase's words in the forms that are typed."""
    anna, maya, nora = browser(app), staff(app, Role.MODERATOR, "maya"), staff(app, Role.PROFESSIONAL, "nora")

    # A visitor writes, and never sends it
    post_form(browser(app), "/c/health-and-self/new", {"title": "Never", "body": MARKS.kept_draft})

    # Anna joins, goes, and comes back with her words; somebody mistypes them
    words = join_as_student(anna)
    post_form(anna, "/logout", {}, page="/me")
    post_form(anna, "/return", {"passphrase": words + "x"})
    assert post_form(anna, "/return", {"passphrase": words.upper()}).status_code == 303

    # She writes what is sent back, edits it, and what is escalated
    changed = begin_thread(anna, "Changed", f"There was {MARKS.old_wording}.")
    decide_next(maya, "ask_change", reason="names_someone", message=MARKS.message)
    (post,) = post_ids(anna.get(changed).text)
    post_form(anna, f"/p/{post}/edit", {"title": "Changed", "body": "There was another wording."})
    decide_next(maya, "publish")
    begin_thread(anna, MARKS.held_title, f"I feel hopeless about {MARKS.held_text}.")
    escalate_next(maya, prompted_by=MARKS.prompted_by, already_said=MARKS.already_said)

    # A cruel reply is published, reported by a reader, hidden
    write_reply(anna, changed, f"It was {MARKS.hidden_text}.")
    decide_next(maya, "publish")
    let_the_worker_run(app)
    cruel = post_ids(browser(app).get(changed).text)[1]
    post_form(browser(app), f"/p/{cruel}/report", {"reason": "attacks_me", "note": MARKS.note})
    decide_next(maya, "hide", reason="hurts_someone")

    # Nora accepts and they write to each other; an encounter, an outcome, a summary
    case = accept_escalation(nora)
    write_letter(nora, case, MARKS.first_letter)
    answer_letter(anna, MARKS.answer)
    encounter = {"outcome": "resolved", "agreed": MARKS.agreed, "stage_introduction": "done"}
    assert post_form(nora, f"{case}/encounters", encounter, page=case).status_code == 303
    assert post_form(nora, f"{case}/close", {"summary": MARKS.summary}, page=case).status_code == 303
    asked = post_form(anna, "/counsel/request", {"body": MARKS.answer, "hope": MARKS.hope})
    assert asked.status_code == 303, asked.text

    # Every page is opened again, and what is wrong is asked for too
    let_the_worker_run(app)
    for who, addresses in {
        anna: ("/me", "/counsel", "/me/export", path_of(asked), f"/search?q={MARKS.held_text}", "/p/nothing"),
        maya: ("/moderation/queue", "/moderation/unanswered", take_next(maya)),
        nora: ("/counselling/", case),
    }.items():
        for address in addresses:
            who.get(address)
    anna.post("/c/health-and-self/new", data={"title": MARKS.held_title, "body": MARKS.held_text})
    anna.post("/c/health-and-self/new", data=b"\xff" * 100, content_type="multipart/form-data; boundary=x")
    anna.post(f"{case}/messages", data=hidden_fields(anna.get("/me").text) | {"body": MARKS.answer})
    return [words, words.replace(" ", ""), words.replace(" ", "-"), words.upper(), *pairs_of(words)]


def pairs_of(words: str) -> list[str]:
    """Neighbouring words as they could lie in a list."""
    single = words.split()
    return [f'{first}", "{second}' for first, second in pairwise(single)]


def test_nothing_of_who_somebody_is_or_wrote_in_private_lies_anywhere(
    proxied: Flask, logged: Path, hook: HookSink
) -> None:
    # Given a story with every kind of private word, told from a marked address and browser
    passphrase = live_through_everything(proxied)

    # And everything that Stoa keeps, while it runs, with all that was logged and paged
    kept = settings_of(proxied).data_dir
    shutil.copy(logged, kept / "everything.log")
    (kept / "paged").write_bytes(b"\n".join(body for _headers, body in hook.posts))
    files = {
        path.relative_to(kept).parts[0]: path.stat().st_size for path in kept.rglob("*") if path.is_file()
    }
    assert files.keys() >= {"search", "audit.anchor", "worker.heartbeat"}
    assert min(files["stoa.db"], files["stoa.db-wal"], files["everything.log"]) > 10_000
    assert hook.posts, "nobody was paged"

    # Then none of it is to be found, in any spelling
    marks = MARKS._asdict() | {f"passphrase {number}": words for number, words in enumerate(passphrase)}
    was_public = {"hidden_text": marks.pop("hidden_text")}
    assert find(kept, marks) == []

    # And what was public for a while and was hidden is gone as well, once the worker has tidied up
    let_the_worker_run(proxied, later=NEXT_DAY)
    assert find(kept, was_public) == []


def test_what_is_published_is_found_so_that_the_search_of_this_test_works(proxied: Flask) -> None:
    # Given a published text
    anna, maya = browser(proxied), staff(proxied, Role.MODERATOR, "maya")
    join_as_student(anna)
    begin_thread(anna, "Open", "A published nasturtium.")
    decide_next(maya, "publish")
    let_the_worker_run(proxied)

    # Then it is found where it lies in the clear, in the database and in the index
    places = find(settings_of(proxied).data_dir, {"published": "nasturtium"})
    assert any("in stoa.db" in place for place in places)
    assert any("in search/" in place for place in places)


@pytest.mark.parametrize("prefix", [b"", b"a", b"ab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_planted_mark_is_found_in_every_spelling(tmp_path: Path, encoding: str, prefix: bytes) -> None:
    data = prefix + MARKS.held_text.encode(encoding) + b"and more"
    as_hex, as_base64 = data.hex().encode(), base64.b64encode(data)
    for number, planted in enumerate(
        (data, as_hex, as_hex.upper(), as_base64, as_base64.translate(bytes.maketrans(b"+/", b"-_")))
    ):
        file = tmp_path / f"{number}" / "deep" / "file"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"\0\1" + planted)
        assert find(tmp_path / f"{number}", {"mark": MARKS.held_text}), planted


def test_a_mark_in_a_row_of_the_write_ahead_log_is_found(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "stoa.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE texts (body TEXT)")
    connection.execute("INSERT INTO texts VALUES (?)", (MARKS.held_text,))
    connection.commit()
    places = find(tmp_path, {"mark": MARKS.held_text})
    connection.close()
    assert any("stoa.db-wal" in place for place in places)
