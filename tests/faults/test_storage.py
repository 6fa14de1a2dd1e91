"""What Stoa stands on fails: index, disk, directory, keys, database. Reading and crisis help go on as far as
they can, nothing typed is lost, and what cannot go on says so in words.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from accounts.permissions import Role
from app import create_app
from core.db import db
from core.keys import KeysUnfit, make_keys
from core.settings import LANGUAGES, ROOT
from core.web import settings_of
from tests.conftest import MakeApp, StartAgain, put_away, restarted
from tests.faults.stage import Stage, build_stage, writings
from tests.journeys.steps import begin_thread, new_staff, new_student, publish_thread
from tests.people import hidden_fields, post_form, run_outbox

NEW = "/c/academic-difficulties/new"
HELP = {"body": "Call **10306**, day and night.", "owner": "Centre", "reviewed_on": "2026-01-31"}


def directory_of(app: Flask) -> Path:
    return settings_of(app).data_dir


@contextmanager
def every_connection(app: Flask, pragma: str) -> Iterator[None]:
    """Let each connection to the database begin with this, for a while."""

    def begin(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    with app.app_context():
        engine = db.engine
        engine.dispose()
    event.listen(engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(engine, "connect", begin)
        engine.dispose()


def pages_of(app: Flask) -> int:
    with app.app_context():
        count = db.session.execute(text("PRAGMA page_count")).scalar_one()
        db.session.remove()
    return int(count)


# The search index


@pytest.mark.parametrize("harm", ["missing", "a file in its place", "garbage inside"])
def test_without_a_search_index_the_search_says_so_and_everything_else_goes_on(app: Flask, harm: str) -> None:
    # Given a forum whose search index is gone or broken
    anna, maya, reader = new_student(app), new_staff(app, Role.MODERATOR, "maya"), app.test_client()
    publish_thread(anna, maya, "Before", "Counting pomegranates.")
    run_outbox(app)
    assert "Before" in reader.get("/search?q=pomegranates").text
    folder = directory_of(app) / "search"
    app.extensions["stoa_search"].close()
    if harm == "garbage inside":
        for file in folder.rglob("*"):
            if file.is_file():
                file.write_bytes(b"garbage")
    else:
        shutil.rmtree(folder)
    if harm == "a file in its place":
        folder.write_text("in the way")

    # When somebody searches
    answer = reader.get("/search?q=pomegranates")

    # Then they are told, with their word kept, and help is one step away
    assert answer.status_code == 503
    assert "The search does not work at the moment" in answer.text
    assert 'value="pomegranates"' in answer.text

    # And posting and deciding go on
    thread = publish_thread(anna, maya, "After", "Counting tangerines.")
    assert reader.get(thread).status_code == 200
    run_outbox(app)

    # When the index is made anew
    if folder.is_file():
        folder.unlink()
    rebuilt = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert rebuilt.exit_code == 0, rebuilt.output

    # Then both texts are found
    run_outbox(app, seconds_later=3600)
    assert "Before" in reader.get("/search?q=pomegranates").text
    assert "After" in reader.get("/search?q=tangerines").text


# The disk


@pytest.mark.parametrize("disk", ["full", "read-only"])
def test_a_disk_that_takes_nothing_loses_no_text_and_closes_no_page(app: Flask, disk: str) -> None:
    # Given a student with a long text, and a public thread
    anna, maya, reader = new_student(app), new_staff(app, Role.MODERATOR, "maya"), app.test_client()
    thread = publish_thread(anna, maya, "Before", "Where is the library?")
    fields = hidden_fields(anna.get(NEW).text, action=NEW)
    words = [f"{number}: " + "A long night. " * 500 for number in range(20)]
    pragma = f"max_page_count={pages_of(app)}" if disk == "full" else "query_only=ON"

    # When the disk is full, or can only be read
    refused = None
    with every_connection(app, pragma):
        for number, body in enumerate(words):
            typed = fields | {"title": "Long", "body": body, "submission_id": f"form {number}"}
            answer = anna.post(NEW, data=typed)
            if answer.status_code != 303:
                refused = typed
                break

        # Then the text is refused in words, and given back
        assert refused is not None, "there was always room"
        assert answer.status_code == 503
        assert refused["body"].strip() in answer.text
        assert answer.headers["Retry-After"]

        # And everybody can still read, and get help
        for address in ("/", thread, "/help", "/rules", "/privacy", "/c/academic-difficulties"):
            assert reader.get(address).status_code == 200, address
        assert anna.get("/me").status_code == 200

    # When there is room again, and the same form is sent once more
    sent = anna.post(NEW, data=refused)

    # Then the text is there, once
    assert sent.status_code == 303
    assert refused["body"][:20] in anna.get(sent.headers["Location"]).text


def test_a_disk_that_takes_nothing_loses_nothing_that_staff_wrote(app: Flask) -> None:
    # Given everybody with a filled form, on a disk that can only be read
    stage = build_stage(app)
    forms = [
        (name, one, hidden_fields(one.writer.get(one.page).text, action=one.address))
        for name, one in writings(stage).items()
    ]
    with every_connection(app, "query_only=ON"):
        for name, one, fields in forms:
            # When they send it
            words = f"What {name} said."
            answer = one.writer.post(one.address, data=fields | one.other | {one.field: words})

            # Then it is refused in words, and given back
            assert answer.status_code == 503, name
            assert words in answer.text, name


# The data directory


def flask_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env=os.environ | {"STOA_MODE": "test"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_data_directory_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    # Given a path that leads through a file
    (tmp_path / "file").write_text("")
    result = flask_command("db", "upgrade", STOA_DATA_DIR=str(tmp_path / "file" / "data"))

    # Then the start says which directory and why, without a traceback
    assert result.returncode != 0
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


# The keys


def same_browser(browser: FlaskClient, app: Flask) -> FlaskClient:
    """The browser after the restart, with the cookies that it had."""
    moved = app.test_client()
    for name in ("stoa", "stoa-staff", "stoa-form"):
        cookie = browser.get_cookie(name)
        if cookie is not None:
            moved.set_cookie(name, cookie.value)
    return moved


def test_keys_that_do_not_fit_the_database_stop_the_start_and_change_nothing(app: Flask) -> None:
    # Given an installation whose key files were swapped for others
    put_away(app)
    keys = settings_of(app).keys_dir
    shutil.rmtree(keys)
    make_keys(keys)
    before = (directory_of(app) / "stoa.db").read_bytes()

    # Then it does not start, and says what to do
    with pytest.raises(KeysUnfit, match="Put back the keys"):
        create_app(settings_of(app))
    assert (directory_of(app) / "stoa.db").read_bytes() == before

    # And a command says so in a sentence
    result = flask_command("audit", "verify", STOA_DATA_DIR=str(directory_of(app)))
    assert result.returncode != 0
    assert "the key files belong to another database" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("harm", [b"", b"not hex", b"ab" * 31, b"\xff" * 64])
def test_a_damaged_key_stops_the_start(app: Flask, harm: bytes) -> None:
    put_away(app)
    (settings_of(app).keys_dir / "server").write_bytes(harm)
    with pytest.raises(KeysUnfit, match="is damaged"):
        create_app(settings_of(app))


def test_without_the_keys_everybody_reads_and_nobody_loses_a_text(
    app: Flask, stage: Stage, start_again: StartAgain
) -> None:
    # Given an installation that lost its key files, where somebody had written help
    post_form(stage.carla, "/admin/texts/crisis_help/en", HELP)
    begin_thread(stage.anna, "Held", "Nobody has read this.")
    shutil.rmtree(settings_of(app).keys_dir)
    without = restarted(app, start_again)
    reader, anna, maya = (
        without.test_client(),
        same_browser(stage.anna, without),
        same_browser(stage.maya, without),
    )

    # Then readers read what is published, and find help
    for browser in (reader, anna):
        for address in ("/", "/c/adjustment-difficulties", stage.thread, "/rules", "/privacy"):
            assert browser.get(address).status_code == 200, address
        assert "I know nobody here." in browser.get(stage.thread).text
        assert "10306" in browser.get("/help").text

    # And what is private is closed for a moment, in words, for each of them
    for browser, address in ((anna, "/me"), (anna, stage.conversation), (maya, stage.item)):
        assert browser.get(address).status_code in {303, 404, 503}, address

    # And whoever sends a text, or wants to come in, is told so and has it back
    answer = f"{stage.thread}/reply"
    for browser, address, page in ((reader, NEW, NEW), (anna, NEW, NEW), (anna, answer, stage.thread)):
        sent = post_form(browser, address, {"title": "Now", "body": "Do not lose me."}, page=page)
        assert sent.status_code in {303, 503}
        after = sent.text if sent.status_code == 503 else browser.get(address).text
        assert "Do not lose me." in after, address
    assert post_form(reader, "/return", {"passphrase": "one two three four five six"}).status_code == 503
    assert post_form(reader, "/join", {}).status_code == 503
    assert post_form(reader, "/staff/login", {"username": "maya", "password": "x" * 12}).status_code in {
        422,
        503,
    }

    # And nothing of it was written in the clear
    data = b"".join(path.read_bytes() for path in directory_of(app).rglob("*") if path.is_file())
    assert b"Do not lose me." not in data


# The database


@pytest.fixture
def without_database(app: Flask, start_again: StartAgain) -> Flask:
    """An installation with crisis help in English whose database file is gone, restarted."""
    carla = new_staff(app, Role.COORDINATOR, "carla")
    post_form(carla, "/admin/texts/crisis_help/en", HELP)
    put_away(app)
    for file in directory_of(app).glob("stoa.db*"):
        file.unlink()
    return restarted(app, start_again)


def test_crisis_help_shows_when_the_database_is_gone(without_database: Flask) -> None:
    for language in LANGUAGES:
        answer = without_database.test_client().get("/help", headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert "<strong>10306</strong>" in answer.text


def test_without_the_database_a_page_says_so_and_gives_the_text_back(without_database: Flask) -> None:
    reader = without_database.test_client()
    for address in ("/", "/c/academic-difficulties", "/t/0123456789abc", "/search?q=library", NEW):
        answer = reader.get(address)
        assert answer.status_code == 503, address
        assert 'href="/help"' in answer.text
    assert reader.get("/privacy").status_code == 200
    token = hidden_fields(reader.get("/join").text).get("csrf_token", "")
    answer = reader.post(NEW, data={"csrf_token": token, "title": "Now", "body": "Do not lose me."})
    assert answer.status_code == 503
    assert "Do not lose me." in answer.text


def test_a_database_that_is_no_database_does_not_close_crisis_help(
    app: Flask, start_again: StartAgain
) -> None:
    # Given an installation whose database was overwritten
    carla = new_staff(app, Role.COORDINATOR, "carla")
    post_form(carla, "/admin/texts/crisis_help/en", HELP)
    put_away(app)
    for file in directory_of(app).glob("stoa.db*"):
        file.write_bytes(b"this is no database" * 1000)
    broken = restarted(app, start_again)

    # Then help shows, and the rest is closed in words
    assert "10306" in broken.test_client().get("/help").text
    assert broken.test_client().get("/").status_code == 503


def test_the_help_that_is_shown_is_the_one_that_was_written_last(make_app: MakeApp) -> None:
    # Given a help file that could not be written when the text was saved
    app = make_app()
    carla = new_staff(app, Role.COORDINATOR, "carla")
    folder = directory_of(app) / "help"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")

    # When a coordinator saves the text
    answer = post_form(carla, "/admin/texts/crisis_help/en", HELP)

    # Then readers have it all the same, from the database, and the coordinator is told
    assert answer.status_code in {303, 500, 503}
    assert "10306" in app.test_client().get("/help").text
