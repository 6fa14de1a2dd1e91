"""The institution's face: set by a coordinator, shown from a file, audited, and kept by backups."""

import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core import queries
from core.audit import verify_log
from core.channels import _send_email
from core.clock import utcnow
from core.db import db, transaction
from core.logos import read_logo
from core.paging import encode_cursor
from core.site import FILE, FOLDER, Look, bring_look_in_step, save_logo, save_look, site_of, write_look_file
from core.web import settings_of
from tests.conftest import MakeApp
from tests.core.test_logos import png, svg
from tests.people import add_staff_person, hidden_fields, join_as_student, post_form, sign_in_as

CAMPUS = Look(name="Campus Ear", short_name="Pages", accent="#00205b", lists_threads=True)


def set_look(app: Flask, look: Look) -> None:
    with app.app_context():
        with transaction():
            save_look(look, actor="command", now=utcnow())
        write_look_file(settings_of(app).data_dir)
        db.session.remove()


def look_file(app: Flask) -> Path:
    return settings_of(app).data_dir / FOLDER / FILE


def look_events(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    with app.app_context():
        found = [
            (event.actor, event.target, event.detail)
            for event in queries.all_audit_events()
            if event.kind == "look_changed"
        ]
        db.session.remove()
    return found


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in_as(client, add_staff_person(app, Role.COORDINATOR))
    return client


def save(client: FlaskClient, **fields: str) -> TestResponse:
    return post_form(client, "/admin/look", fields)


def send_logo(client: FlaskClient, body: bytes, name: str = "logo.png") -> TestResponse:
    fields = hidden_fields(client.get("/admin/look").text, action="/admin/look/logo")
    return client.post(
        "/admin/look/logo", data=fields | {"logo": (BytesIO(body), name)}, content_type="multipart/form-data"
    )


def test_a_new_installation_has_the_name_of_its_settings_and_a_neutral_one(make_app: MakeApp) -> None:
    app = make_app(STOA_SITE_NAME="Agora")
    page = app.test_client().get("/help").text
    assert "· Agora</title>" in page
    assert site_of(settings_of(app)).short_name == "Notes"
    assert not look_file(app).exists()


def test_what_a_coordinator_saves_is_on_every_page(coordinator: FlaskClient, client: FlaskClient) -> None:
    assert save(coordinator, name="Campus Ear", accent="00205B").status_code == 303
    page = client.get("/help").text
    assert "· Campus Ear</title>" in page
    assert re.search(r'class="site"[^>]*>.*Campus Ear</a>', page)
    assert 'name="accent"' in (again := coordinator.get("/admin/look").text)
    assert 'value="#00205b"' in again


def test_a_tab_says_the_neutral_name_where_the_institution_wants_it(
    coordinator: FlaskClient, client: FlaskClient
) -> None:
    save(coordinator, name="Campus Ear", short_name="Pages", has_neutral_tabs="y")
    page = client.get("/help").text
    assert "· Pages</title>" in page
    assert "Campus Ear</a>" in page


def test_pages_to_staff_and_authenticators_bear_the_name(
    app: Flask, coordinator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(coordinator, name="Campus Ear")
    sent: list[Any] = []
    server = type(
        "Server",
        (),
        {
            "__enter__": lambda self: self,
            "__exit__": lambda *_: None,
            "starttls": lambda *_, **__: None,
            "send_message": lambda _, m: sent.append(m),
        },
    )
    monkeypatch.setattr("smtplib.SMTP", lambda *_, **__: server())
    _send_email(replace(settings_of(app), smtp_host="mail.example"), "a text waits", "a@example")
    assert sent[0]["Subject"] == "Campus Ear: a text waits"


def test_each_change_is_a_line_in_the_audit_log(app: Flask, coordinator: FlaskClient) -> None:
    save(coordinator, name="Campus Ear", accent="#00205b")
    save(coordinator, name="Campus Ear", accent="#2a5d50")
    events = look_events(app)
    assert [(target, detail) for _actor, target, detail in events] == [
        ("site_setting:name", {"from": "", "to": "Campus Ear"}),
        ("site_setting:accent", {"from": "", "to": "#00205b"}),
        ("site_setting:accent", {"from": "#00205b", "to": "#2a5d50"}),
    ]
    assert {actor.split(":")[0] for actor, _target, _detail in events} == {"staff"}
    with app.app_context():
        assert verify_log(settings_of(app).data_dir) == []


def test_saving_what_is_there_already_changes_nothing(app: Flask, coordinator: FlaskClient) -> None:
    save(coordinator, name="Campus Ear")
    before = look_file(app).stat()
    save(coordinator, name="Campus Ear")
    assert len(look_events(app)) == 1
    assert look_file(app).stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"accent": "#ffcc00"}, ["By day, this colour on the foot of the page", "1.2", "4.5", "#7e6400"]),
        ({"accent_dark": "#001133"}, ["At night, this colour on", "4.5"]),
        ({"accent": "red"}, ["for example #2a5d50"]),
        ({"name": "n" * 61}, ["there is room for 60"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason_and_given_back(
    app: Flask, coordinator: FlaskClient, fields: dict[str, str], words: list[str]
) -> None:
    answer = save(coordinator, short_name="Pages", **fields)
    assert answer.status_code == 422
    assert [word for word in words if word not in answer.text] == []
    assert 'value="Pages"' in answer.text
    assert f'value="{next(iter(fields.values()))}"' in answer.text
    assert look_events(app) == []


def test_the_colour_that_a_refusal_proposes_is_taken(coordinator: FlaskClient) -> None:
    refused = save(coordinator, accent="#ff7700").text
    proposed = re.search(r"can be read is (#[0-9a-f]{6})", refused)
    assert proposed is not None
    assert save(coordinator, accent=proposed.group(1)).status_code == 303


def test_a_preview_keeps_nothing(app: Flask, coordinator: FlaskClient) -> None:
    answer = save(coordinator, accent="#7a0019", preview="1")
    assert answer.status_code == 200
    assert look_events(app) == []
    address = re.search(r'<img src="(/admin/look/preview.svg[^"]*)"', answer.text)
    assert address is not None
    picture = coordinator.get(address.group(1))
    assert picture.mimetype == "image/svg+xml"
    assert '#7a0019"' in picture.text


@pytest.mark.parametrize("query", ["", "accent=%22%3E%3Cscript%3E", "accent=ffcc00", "accent_dark=000"])
def test_a_preview_draws_only_what_can_be_read(coordinator: FlaskClient, query: str) -> None:
    picture = coordinator.get(f"/admin/look/preview.svg?{query}").text
    assert "script" not in picture
    assert '"#ffcc00"' not in picture
    assert '"#000000"' not in picture


def test_a_logo_stands_at_the_top_of_pages(coordinator: FlaskClient, client: FlaskClient) -> None:
    assert send_logo(coordinator, png()).status_code == 303
    top = re.search(
        r'class="site"[^>]*><img src="([^"]+/logo\.png)" alt="" width="40" height="20">', client.get("/").text
    )
    assert top is not None
    assert client.get(top.group(1)).data == png()


def test_a_logo_can_be_taken_away(app: Flask, coordinator: FlaskClient, client: FlaskClient) -> None:
    send_logo(coordinator, png())
    fields = hidden_fields(coordinator.get("/admin/look").text, action="/admin/look/logo")
    assert coordinator.post("/admin/look/logo", data=fields | {"remove": "1"}).status_code == 303
    assert "/logo.png" not in client.get("/").text
    assert [detail["kind"] for _actor, _target, detail in look_events(app)] == ["png", ""]


def test_a_name_does_not_make_a_logo(coordinator: FlaskClient) -> None:
    assert send_logo(coordinator, svg(), name="logo.png").status_code == 303
    assert "/logo.svg" in coordinator.get("/").text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (svg("<script>go()</script>"), "This SVG holds more than a drawing"),
        (b"GIF89a", "This is no PNG, WebP or SVG."),
        (png() + b"x", "This picture is damaged"),
        (b" " * 30_000, "It may have 20 kB."),
        (b"", "Please choose a picture."),
    ],
)
def test_a_logo_that_cannot_be_shown_is_refused_with_its_reason(
    app: Flask, coordinator: FlaskClient, body: bytes, words: str
) -> None:
    answer = send_logo(coordinator, body)
    assert answer.status_code == 422
    assert words in answer.text
    assert look_events(app) == []


def test_pages_show_the_look_while_the_database_is_away(app: Flask, client: FlaskClient) -> None:
    set_look(app, CAMPUS)
    (settings_of(app).data_dir / "stoa.db").write_bytes(b"damaged")
    assert "· Campus Ear</title>" in client.get("/privacy").text


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"name": "Campus Ear", "logo": {"ending": "png"}}', '{"logo": 3}']
)
def test_pages_go_on_with_a_damaged_file(app: Flask, client: FlaskClient, content: str) -> None:
    look_file(app).parent.mkdir()
    look_file(app).write_text(content)
    assert "· Stoa</title>" in client.get("/help").text


def test_the_file_is_brought_in_step_at_the_start(app: Flask) -> None:
    set_look(app, CAMPUS)
    look_file(app).write_text(json.dumps({"name": "An older name"}))
    bring_look_in_step(app)
    assert site_of(settings_of(app)).look == CAMPUS


def test_a_start_without_tables_leaves_the_file_alone(app: Flask) -> None:
    set_look(app, CAMPUS)
    with app.app_context():
        db.engine.dispose()
    (settings_of(app).data_dir / "stoa.db").unlink()
    bring_look_in_step(app)
    assert site_of(settings_of(app)).look == CAMPUS


def test_the_file_is_whole_or_as_it_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    set_look(app, CAMPUS)
    monkeypatch.setattr("core.files.os.fsync", _no_space)
    with pytest.raises(OSError, match="no space"):
        set_look(app, replace(CAMPUS, name="Another"))
    assert site_of(settings_of(app)).name == "Campus Ear"
    assert [path.name for path in look_file(app).parent.iterdir()] == [FILE]


def _no_space(_handle: int) -> None:
    raise OSError("no space left")


def test_the_look_is_in_a_backup_and_comes_back(app: Flask, tmp_path: Path) -> None:
    set_look(app, CAMPUS)
    with app.app_context():
        with transaction():
            save_logo(read_logo(png()), actor="command", now=utcnow())
        write_look_file(settings_of(app).data_dir)
        db.session.remove()
    run = app.test_cli_runner().invoke
    assert run(args=["backup", "create", str(tmp_path / "backup")]).exit_code == 0
    set_look(app, Look(name="After"))
    with app.app_context():
        db.session.remove()
    answer = run(args=["backup", "restore", str(tmp_path / "backup")])
    assert answer.exit_code == 0, answer.output
    face = site_of(settings_of(app))
    assert (face.look, face.logo) == (CAMPUS, read_logo(png()))


# What search engines may list.

ALWAYS = ["/", "/help", "/rules", "/privacy", "/welcome"]
NEVER = [
    "/search?q=home",
    "/join",
    "/return",
    "/staff/login",
    "/report/status",
    f"/?after={encode_cursor(9)}",
    "/no-such-page",
]
WITH_THREADS = ["/c/family-relationships", "/feed.atom"]


def is_kept_out(client: FlaskClient, page: str) -> set[bool]:
    """Whether the header says so, and, on a page, its head: one answer, or the two differ."""
    answer = client.get(page)
    told = {answer.headers.get("X-Robots-Tag") == "noindex"}
    if answer.mimetype == "text/html" and answer.status_code == 200:
        told.add('<meta name="robots" content="noindex">' in answer.text)
    return told


@pytest.mark.parametrize("page", ALWAYS)
def test_what_says_what_this_is_may_be_listed(client: FlaskClient, page: str) -> None:
    assert is_kept_out(client, page) == {False}


@pytest.mark.parametrize("page", [*WITH_THREADS, *NEVER])
def test_what_people_wrote_asks_to_be_left_out(client: FlaskClient, page: str) -> None:
    assert is_kept_out(client, page) == {True}


@pytest.mark.parametrize("page", WITH_THREADS)
def test_a_coordinator_may_open_threads(app: Flask, client: FlaskClient, page: str) -> None:
    set_look(app, CAMPUS)
    assert is_kept_out(client, page) == {False}


@pytest.mark.parametrize("page", NEVER)
def test_some_pages_are_never_opened(app: Flask, client: FlaskClient, page: str) -> None:
    set_look(app, CAMPUS)
    assert is_kept_out(client, page) == {True}


@pytest.mark.parametrize("page", [*ALWAYS, *WITH_THREADS, "/me"])
def test_nothing_that_a_student_gets_may_be_listed(app: Flask, client: FlaskClient, page: str) -> None:
    set_look(app, CAMPUS)
    join_as_student(client)
    assert is_kept_out(client, page) == {True}


def disallowed(client: FlaskClient) -> list[re.Pattern[str]]:
    """The rules of /robots.txt, by RFC 9309: a rule is the beginning of a path, * stands for anything."""
    lines = client.get("/robots.txt").text.splitlines()
    rules = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    return [re.compile(re.escape(rule).replace(r"\*", ".*")) for rule in rules]


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/help",
        "/welcome",
        "/c/family-relationships",
        "/t/0000000000001",
        "/p/0000000000001",
        "/feed.atom",
        "/s/0/stoa.css",
    ],
)
def test_what_must_be_read_to_be_left_out_is_not_forbidden(client: FlaskClient, page: str) -> None:
    assert not any(rule.match(page) for rule in disallowed(client))


@pytest.mark.parametrize(
    "page",
    [
        "/admin/look",
        "/moderation/queue",
        "/counselling/",
        "/counsel",
        "/insight/",
        "/staff/login",
        "/search?q=a",
        "/me",
        "/me/export",
        "/leave",
        "/t/0000000000001/reply",
        "/p/0000000000001/report",
        "/c/family-relationships/new",
    ],
)
def test_machines_are_told_to_stay_out_of_rooms(client: FlaskClient, page: str) -> None:
    assert any(rule.match(page) for rule in disallowed(client))


# What a telephone and a tab show.


def test_the_manifest_says_nothing_of_what_this_is(app: Flask, client: FlaskClient) -> None:
    set_look(app, replace(CAMPUS, short_name=""))
    answer = client.get("/manifest.webmanifest")
    facts = answer.get_json(force=True)
    assert answer.mimetype == "application/manifest+json"
    assert (facts["name"], facts["short_name"], facts["start_url"]) == ("Notes", "Notes", "/")
    assert facts["display"] == "browser"
    assert not {"Campus Ear", "Stoa"} & set(re.findall(r"[A-Z]\w+(?: [A-Z]\w+)?", answer.text))
    for picture in facts["icons"]:
        assert client.get(urlsplit(picture["src"]).path).mimetype == picture["type"]


def test_the_institution_chooses_the_name_on_a_telephone(app: Flask, client: FlaskClient) -> None:
    set_look(app, CAMPUS)
    assert client.get("/manifest.webmanifest").get_json(force=True)["short_name"] == "Pages"


def test_the_picture_that_browsers_ask_for_is_there_for_everybody(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/x-icon")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("theme", "count"), [("", 2), ("light", 1), ("dark", 1)])
def test_the_bar_of_the_browser_has_the_colour_of_the_theme(
    client: FlaskClient, theme: str, count: int
) -> None:
    if theme:
        client.set_cookie("theme", theme)
    metas = re.findall(r'<meta name="theme-color" content="#[0-9a-f]{6}"([^>]*)>', client.get("/").text)
    assert len(metas) == count
    assert all(("media" in meta) is (count == 2) for meta in metas)
