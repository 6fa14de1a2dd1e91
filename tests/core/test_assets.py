"""The parts of a page: an address that changes with them, kept by browsers, small, the same for everybody."""

import gzip
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.assets import Assets, build_stylesheet, strip_styles
from core.clock import utcnow
from core.db import transaction
from core.logos import read_logo
from core.palette import palettes
from core.site import Look, Site, save_logo, save_look, write_look_file
from core.web import settings_of
from tests.conftest import MakeApp
from tests.core.test_logos import svg
from tests.people import add_staff_person, join_as_student, sign_in_as

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "static" / "stoa.css").read_text(encoding="utf-8")
PLAIN = Site("Stoa", "Notes", "Stoa")
GZIP = {"Accept-Encoding": "gzip"}
OWN = re.compile(r'(?:href|src)="(/s/[^"#]+)')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "static", tmp_path / "static"))


def set_look(app: Flask, look: Look) -> None:
    with app.app_context():
        with transaction():
            save_look(look, actor="command", now=utcnow())
        write_look_file(settings_of(app).data_dir)


def address_of(client: FlaskClient, name: str) -> str:
    found = [address for address in OWN.findall(client.get("/join").text) if address.endswith(f"/{name}")]
    assert found, f"the page does not name {name}"
    return found[0]


def stylesheet(client: FlaskClient) -> TestResponse:
    return client.get(address_of(client, "stoa.css"))


def test_whatever_a_page_names_is_there_and_kept_for_ever(client: FlaskClient) -> None:
    addresses = OWN.findall(client.get("/").text)
    assert addresses
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", address


def test_an_old_address_answers_with_what_is_there_now_and_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/s/0000000000/js/exit.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["js/no-such.js", "../app.py", "%2e%2e/app.py", "lucide-LICENSE.txt", "js", "", "logo.svg"]
)
def test_nothing_else_is_there(client: FlaskClient, name: str) -> None:
    assert client.get(f"/s/0000000000/{name}").status_code == 404


def test_what_a_script_imports_is_below_the_same_version(client: FlaskClient) -> None:
    base = address_of(client, "js/later.js").removesuffix("later.js")
    for script in (ROOT / "static" / "js").glob("*.js"):
        for name in re.findall(r'from "\./([a-z]+\.js)"', script.read_text(encoding="utf-8")):
            answer = client.get(base + name)
            assert "immutable" in answer.headers["Cache-Control"], f"{script.name} imports {name}"


def test_every_script_that_a_page_names_for_later_is_there() -> None:
    named = set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        named.update(*(words.split() for words in re.findall(r"block modules %\}([a-z ]*)\{%", text)))
        named.update(*(words.split() for words in re.findall(r'data-modules="([a-z ]*)', text)))
    assert "exit" in named
    assert [name for name in named if not (ROOT / "static" / "js" / f"{name}.js").is_file()] == []


def test_no_template_names_a_part_by_an_address_that_stays() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    assert [str(path) for path, text in texts.items() if re.search(r"url_for\(.static.", text)] == []


def test_an_asset_is_sent_packed_to_whoever_can_unpack_it(client: FlaskClient) -> None:
    address = address_of(client, "stoa.css")
    packed, plain = client.get(address, headers=GZIP), client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/s/0000000000/js/exit.js").headers["ETag"]
    again = client.get("/s/0000000000/js/exit.js", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_stylesheet_weighs_less_than_25_kb_and_is_the_only_one(client: FlaskClient) -> None:
    assert len(stylesheet(client).data) < 25_000
    assert len(re.findall(r'rel="stylesheet"', client.get("/").text)) == 1


def test_a_page_names_its_stylesheet_before_it_begins(client: FlaskClient) -> None:
    assert client.get("/join").headers["Link"] == f"<{address_of(client, 'stoa.css')}>; rel=preload; as=style"


def test_parts_of_pages_know_nobody(app: Flask, client: FlaskClient) -> None:
    sign_in_as(client, add_staff_person(app, Role.COORDINATOR))
    answer = stylesheet(client)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_parts_of_pages_need_no_database(app: Flask, client: FlaskClient) -> None:
    addresses = OWN.findall(client.get("/").text)
    data_dir = settings_of(app).data_dir
    (data_dir / "stoa.db").write_bytes(b"damaged")
    assert {client.get(address).status_code for address in addresses} == {200}
    assert client.get("/favicon.ico").status_code == 200
    assert client.get("/manifest.webmanifest").status_code == 200


def test_a_changed_script_gets_another_address_and_the_stylesheet_keeps_its_own(folder: Path) -> None:
    before = Assets(folder, watches=False).served(PLAIN).addresses
    with (folder / "js" / "exit.js").open("a") as script:
        script.write("// more\n")
    after = Assets(folder, watches=False).served(PLAIN).addresses
    assert before["js/exit.js"] != after["js/exit.js"]
    assert before["js/editor.js"] != after["js/editor.js"]  # it may import what changed
    assert before["stoa.css"] == after["stoa.css"]


@pytest.mark.parametrize(("watches", "shows"), [(True, True), (False, False)])
def test_a_file_that_changes_shows_at_once_to_whoever_works_on_it(
    folder: Path, watches: bool, shows: bool
) -> None:
    assets = Assets(folder, watches=watches)
    assets.served(PLAIN)
    (folder / "js" / "exit.js").write_text("let changed;\n")
    assert (assets.served(PLAIN).files["js/exit.js"].body == b"let changed;\n") is shows


def test_files_that_are_no_parts_of_pages_are_not_sent(folder: Path) -> None:
    (folder / "notes.txt").write_text("not ours to show")
    assert "notes.txt" not in Assets(folder, watches=False).served(PLAIN).files


def test_another_accent_is_another_stylesheet(app: Flask, client: FlaskClient) -> None:
    before = address_of(client, "stoa.css")
    set_look(app, Look(accent="#00205b"))
    assert address_of(client, "stoa.css") != before
    assert "--accent:#00205b" in stylesheet(client).text


def test_the_accent_comes_after_every_other_and_in_each_theme() -> None:
    sheet = build_stylesheet(SOURCE, accent="#00205b", accent_dark="#94bbfe")
    added = sheet.removeprefix(strip_styles(SOURCE))
    assert re.findall(r"(:root\S*)\{--accent:(#......)", added.replace("{:", "{ :")) == [
        (":root", "#00205b"),
        (":root:not([data-theme=light])", "#94bbfe"),
        (":root[data-theme=dark]", "#94bbfe"),
    ]


def test_an_accent_that_the_grounds_no_longer_bear_is_made_readable() -> None:
    assert "--accent:#ffcc00" not in build_stylesheet(SOURCE, accent="#ffcc00")


def test_without_an_accent_the_stylesheet_is_as_it_was_written() -> None:
    assert build_stylesheet(SOURCE) == strip_styles(SOURCE)


def test_stripping_leaves_every_word_that_means_something() -> None:
    written = """/* "a" */ @media (min-width: 2rem) { .a > .b::after , .c {
      content: "; /* } */ x" ; margin : 0 -1px; } }
    .d :is(a, b) { width: calc(1px + 2px); font: 1em/1.5 "A  B", 'C''D' }"""
    assert strip_styles(written) == (
        '@media (min-width: 2rem){.a > .b::after,.c{content:"; /* } */ x";margin : 0 -1px}}'
        ".d :is(a,b){width: calc(1px + 2px);font: 1em/1.5 \"A  B\",'C''D'}"
    ).replace('content:"', 'content: "')


def test_stripping_twice_is_stripping_once() -> None:
    assert strip_styles(strip_styles(SOURCE)) == strip_styles(SOURCE)
    assert palettes(strip_styles(SOURCE)) == palettes(SOURCE)


def test_a_logo_is_inert_even_as_a_page_of_its_own(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        with transaction():
            save_logo(read_logo(svg()), actor="command", now=utcnow())
        write_look_file(settings_of(app).data_dir)
    answer = client.get(address_of(client, "logo.svg"))
    assert answer.data == svg()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_visitors_page_is_sent_packed(client: FlaskClient) -> None:
    packed = client.get("/", headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == client.get("/").data


@pytest.mark.parametrize("page", ["/join", "/return", "/staff/login", "/report/status"])
def test_a_page_with_a_token_is_never_packed(client: FlaskClient, page: str) -> None:
    answer = client.get(page, headers=GZIP)
    assert "csrf_token" in answer.text
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("page", ["/", "/me", "/help", "/search?q=home"])
def test_a_students_page_is_never_packed(client: FlaskClient, page: str) -> None:
    join_as_student(client)
    assert "Content-Encoding" not in client.get(page, headers=GZIP).headers


@pytest.mark.parametrize("page", ["/", "/moderation/queue"])
def test_a_staff_page_is_never_packed(app: Flask, client: FlaskClient, page: str) -> None:
    sign_in_as(client, add_staff_person(app, Role.MODERATOR))
    assert "Content-Encoding" not in client.get(page, headers=GZIP).headers


def test_a_service_below_a_path_names_its_parts_there(make_app: MakeApp) -> None:
    page = make_app().test_client().get("/", environ_overrides={"SCRIPT_NAME": "/forum"}).text
    assert 'href="/forum/s/' in page
    assert 'href="/s/' not in page
