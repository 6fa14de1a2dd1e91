"""The key files: made once, closed to others, never overwritten; and what is left when they are away."""

import re
import shutil
from pathlib import Path

import pyotp
import pytest
from flask import Flask

from accounts.permissions import Role
from accounts.queries import all_staff
from accounts.staffing import add_staff
from core import queries
from core.clock import utcnow
from core.db import transaction
from core.installation import prepare_data_directory, remember_keys
from core.keys import (
    CASE,
    EARLIER_CASE,
    LASTING,
    ROOTS,
    KeysMissing,
    KeysUnfit,
    load_keys,
    make_keys,
    require_keys,
)
from core.web import settings_of
from tests.conftest import MakeApp, settings_for, upgraded_app
from tests.core.conftest import StartAgain

PUBLIC_PAGES = ["/", "/help", "/privacy", "/healthz"]


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def app_without_keys(make_app: MakeApp, start_again: StartAgain) -> Flask:
    """Stoa started on a database whose key files were taken away."""
    settings = settings_of(make_app())
    shutil.rmtree(settings.keys_dir)
    return start_again(settings)


def test_only_the_owner_may_enter_the_directory(keys_dir: Path) -> None:
    assert keys_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ROOTS)
def test_only_the_owner_may_read_a_key(keys_dir: Path, name: str) -> None:
    assert (keys_dir / name).stat().st_mode & 0o777 == 0o600


def test_a_directory_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    make_keys(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_each_key_is_32_random_bytes(keys_dir: Path) -> None:
    texts = {(keys_dir / name).read_text() for name in ROOTS}
    assert len(texts) == len(ROOTS)
    assert all(re.fullmatch(r"[0-9a-f]{64}\n", text) for text in texts)


def test_keys_are_never_overwritten(keys_dir: Path) -> None:
    before = {name: (keys_dir / name).read_text() for name in ROOTS}
    with pytest.raises(KeysUnfit, match="never overwrites"):
        make_keys(keys_dir)
    assert {name: (keys_dir / name).read_text() for name in ROOTS} == before


def test_where_one_key_is_left_none_is_made(keys_dir: Path) -> None:
    for name in ROOTS[1:]:
        (keys_dir / name).unlink()
    with pytest.raises(KeysUnfit):
        make_keys(keys_dir)
    assert [path.name for path in keys_dir.iterdir()] == [ROOTS[0]]


@pytest.mark.parametrize("name", LASTING)
def test_a_missing_key_is_named(keys_dir: Path, name: str) -> None:
    (keys_dir / name).unlink()
    with pytest.raises(KeysMissing, match=f"keys/{name} cannot be read"):
        load_keys(keys_dir)


@pytest.mark.parametrize("name", ROOTS)
def test_who_needs_all_of_them_is_told_which_is_missing(keys_dir: Path, name: str) -> None:
    (keys_dir / name).unlink()
    with pytest.raises(KeysMissing, match=f"keys/{name} cannot be read"):
        require_keys(keys_dir)


def test_without_the_key_of_cases_the_others_are_there(keys_dir: Path) -> None:
    (keys_dir / CASE).unlink()
    keys = load_keys(keys_dir)
    assert keys.server
    assert keys.case_keys == ()
    with pytest.raises(KeysMissing):
        assert keys.fingerprint


@pytest.mark.parametrize(
    "content",
    [b"", b"short", b"zz" * 32, b"ab" * 31, b"ab" * 33, b"\xff\xfe" * 32, b"\0" * 64],
    ids=["empty", "short", "no hex", "31 bytes", "33 bytes", "no text", "zeros of a crash"],
)
def test_a_damaged_key_is_named(keys_dir: Path, content: bytes) -> None:
    (keys_dir / "audit").write_bytes(content)
    with pytest.raises(KeysUnfit, match="keys/audit is damaged"):
        load_keys(keys_dir)


def test_a_keyring_shows_no_key(keys_dir: Path) -> None:
    assert (keys_dir / "server").read_text().strip()[:8] not in repr(load_keys(keys_dir))


def test_the_fingerprint_tells_two_sets_apart(keys_dir: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "others")
    assert load_keys(keys_dir).fingerprint != load_keys(tmp_path / "others").fingerprint


@pytest.mark.parametrize("name", ROOTS)
def test_the_fingerprint_tells_one_changed_key(keys_dir: Path, name: str) -> None:
    before = load_keys(keys_dir).fingerprint
    (keys_dir / name).write_text("ab" * 32)
    assert load_keys(keys_dir).fingerprint != before


def test_keys_of_another_database_stop_the_start(make_app: MakeApp, start_again: StartAgain) -> None:
    settings = settings_of(make_app())
    shutil.rmtree(settings.keys_dir)
    make_keys(settings.keys_dir)
    with pytest.raises(KeysUnfit, match="belong to another database"):
        start_again(settings)


def test_keys_of_another_database_stop_the_start_even_without_the_key_of_cases(
    make_app: MakeApp, start_again: StartAgain
) -> None:
    settings = settings_of(make_app())
    shutil.rmtree(settings.keys_dir)
    make_keys(settings.keys_dir)
    (settings.keys_dir / CASE).unlink()
    with pytest.raises(KeysUnfit, match="belong to another database"):
        start_again(settings)


def test_another_key_of_cases_stops_the_start_and_says_where_the_old_one_goes(
    make_app: MakeApp, start_again: StartAgain
) -> None:
    settings = settings_of(make_app())
    (settings.keys_dir / CASE).write_text("ab" * 32)
    with pytest.raises(KeysUnfit, match=r"as `case\.old`, start, and run `flask keys rotate`"):
        start_again(settings)


def test_the_key_of_cases_that_fits_is_enough_as_the_earlier_one(
    make_app: MakeApp, start_again: StartAgain
) -> None:
    settings = settings_of(make_app())
    (settings.keys_dir / CASE).rename(settings.keys_dir / EARLIER_CASE)
    (settings.keys_dir / CASE).write_text("ab" * 32)
    assert start_again(settings).test_client().get("/").status_code == 200


def test_an_upgrade_notes_the_lasting_keys_of_an_older_database(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        with transaction():
            row = queries.installation(locked=True)
            assert row is not None
            row.lasting_fingerprint = None
        remember_keys(app)
        assert queries.lasting_fingerprint() == load_keys(settings_of(app).keys_dir).lasting_fingerprint


def test_an_upgrade_notes_nothing_of_keys_that_do_not_fit(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        with transaction():
            row = queries.installation(locked=True)
            assert row is not None
            row.lasting_fingerprint = None
            row.keys_fingerprint = "0123456789abcdef"
        remember_keys(app)
        assert queries.lasting_fingerprint() is None


def test_an_upgrade_makes_no_new_keys_for_a_database_that_had_some(make_app: MakeApp) -> None:
    app = make_app()
    settings = settings_of(app)
    shutil.rmtree(settings.keys_dir)
    with app.app_context():
        prepare_data_directory(settings)
    assert not settings.keys_dir.exists()


def test_an_empty_directory_that_a_container_mounted_gets_keys(tmp_path: Path) -> None:
    (tmp_path / "data" / "keys").mkdir(parents=True)
    upgraded_app(tmp_path / "data")
    assert load_keys(settings_for(tmp_path / "data").keys_dir).fingerprint


@pytest.mark.parametrize("page", PUBLIC_PAGES)
def test_without_keys_the_forum_still_reads(app_without_keys: Flask, page: str) -> None:
    assert app_without_keys.test_client().get(page).status_code == 200


def test_without_keys_readyz_says_so(app_without_keys: Flask) -> None:
    answer = app_without_keys.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "keys" in answer.text


def test_without_the_key_of_cases_readyz_says_so(make_app: MakeApp, start_again: StartAgain) -> None:
    settings = settings_of(make_app())
    (settings.keys_dir / CASE).unlink()
    answer = start_again(settings).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "keys" in answer.text


def test_without_keys_a_password_is_answered_with_a_page_that_says_later(app_without_keys: Flask) -> None:
    client = app_without_keys.test_client()
    form = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/return").text)
    assert form is not None
    answer = client.post("/return", data={"csrf_token": form.group(1), "passphrase": "one two three"})
    assert answer.status_code == 503
    assert "/help" in answer.text


def test_without_keys_what_must_be_sealed_is_refused(app_without_keys: Flask) -> None:
    with app_without_keys.app_context(), pytest.raises(KeysMissing):
        add_staff("maya", role=Role.MODERATOR, actor="command", now=utcnow())


def test_without_keys_nothing_is_written_in_the_clear_instead(
    app_without_keys: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = pyotp.random_base32()
    monkeypatch.setattr(pyotp, "random_base32", lambda: marked)
    with app_without_keys.app_context():
        with pytest.raises(KeysMissing):
            add_staff("maya", role=Role.MODERATOR, actor="command", now=utcnow())
        assert not all_staff()
    files = [path for path in settings_of(app_without_keys).data_dir.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if marked.encode() in path.read_bytes()]


def test_without_keys_a_refusal_tells_no_secret(
    app_without_keys: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = pyotp.random_base32()
    monkeypatch.setattr(pyotp, "random_base32", lambda: marked)
    with app_without_keys.app_context(), pytest.raises(KeysMissing) as refused:
        add_staff("maya", role=Role.MODERATOR, actor="command", now=utcnow())
    assert marked not in str(refused.value)
