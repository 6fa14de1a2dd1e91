"""Settings: a value that is unsafe, misspelt or impossible stops the start with a sentence."""

import io
import tokenize
from dataclasses import fields
from pathlib import Path

import pytest

from core import settings as module
from core.settings import Join, Mode, Settings, UnsafeSettings, is_loopback, load_settings

MAIL = {
    "STOA_SMTP_HOST": "mail.example.edu",
    "STOA_SMTP_FROM": "stoa@example.edu",
    "STOA_PAGE_TO": "a@example.edu",
}
SECRET = "sixteen letters!"


def test_nothing_set_is_a_live_service_on_loopback_that_asks_for_a_word() -> None:
    settings = load_settings({})
    assert (settings.mode, settings.join) == (Mode.LIVE, Join.CODE)
    assert all(is_loopback(host) for host in settings.hosts)


def test_the_demo_is_open_to_join() -> None:
    assert load_settings({"STOA_MODE": "demo"}).join is Join.OPEN


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"STOA_MODE": "production"}, "STOA_MODE"),
        ({"STOA_JOIN": "anybody"}, "STOA_JOIN"),
        ({"STOA_JOIN": "code", "STOA_JOIN_CODE": "---"}, "STOA_JOIN_CODE"),
        ({"STOA_DEFAULT_LANGUAGE": "de"}, "STOA_DEFAULT_LANGUAGE"),
        ({"STOA_LEAVE_URL": "javascript:alert(1)"}, "STOA_LEAVE_URL"),
        ({"STOA_LEAVE_URL": "http://["}, "STOA_LEAVE_URL"),
        ({"STOA_LEAVE_URL": "https://"}, "STOA_LEAVE_URL"),
        ({"STOA_DATABASE_URL": "mysql://localhost/stoa"}, "STOA_DATABASE_URL"),
        ({"STOA_TRUSTED_PROXIES": "one"}, "STOA_TRUSTED_PROXIES"),
        ({"STOA_TRUSTED_PROXIES": "-1"}, "STOA_TRUSTED_PROXIES"),
        ({"STOA_WEB_PROCESSES": "0"}, "STOA_WEB_PROCESSES"),
        ({"STOA_WEB_PROCESSES": "2"}, "SQLite"),
        ({"STOA_WEB_PROCESSES": "2", "STOA_DATABASE_URL": "postgresql://localhost/stoa"}, "STOA_REDIS_URL"),
        ({"STOA_MODE": "demo", "STOA_HOSTS": "stoa.example.edu"}, "loopback"),
        ({"STOA_MODE": "demo", "STOA_HOSTS": "localhost, 0.0.0.0"}, "loopback"),
        ({"STOA_MODE": "demo", "STOA_HOSTS": "localhost.example.edu"}, "loopback"),
        ({"STOA_VIDEO_URL_TEMPLATE": "https://meet.example.edu/room"}, "exactly once"),
        ({"STOA_VIDEO_URL_TEMPLATE": "https://meet.example.edu/{room}/{room}"}, "exactly once"),
        ({"STOA_VIDEO_URL_TEMPLATE": "https://meet.example.edu/{room}/{name}"}, "exactly once"),
        ({"STOA_VIDEO_URL_TEMPLATE": "http://meet.example.edu/{room}"}, "https"),
        ({"STOA_VIDEO_URL_TEMPLATE": "http://127.0.0.1/{room}"}, "https"),
        ({"STOA_VIDEO_URL_TEMPLATE": "javascript:{room}"}, "https"),
        ({"STOA_MODE": "demo", "STOA_VIDEO_URL_TEMPLATE": "http://meet.example.edu/{room}"}, "https"),
        ({"STOA_VIDEO_URL_TEMPLATE": "https://{room}.example.edu/"}, "behind"),
        ({"STOA_SMTP_SECURITY": "ssl"}, "STOA_SMTP_SECURITY"),
        (MAIL | {"STOA_SMTP_SECURITY": "none"}, "loopback"),
        ({"STOA_SMTP_HOST": "mail.example.edu"}, "STOA_SMTP_FROM"),
        (MAIL | {"STOA_PAGE_TO": " , "}, "STOA_PAGE_TO"),
        (MAIL | {"STOA_SMTP_PORT": "0"}, "STOA_SMTP_PORT"),
        (MAIL | {"STOA_SMTP_PORT": "65536"}, "STOA_SMTP_PORT"),
        ({"STOA_PAGE_WEBHOOK_URL": "http://chat.example.edu/x", "STOA_PAGE_WEBHOOK_SECRET": SECRET}, "https"),
        ({"STOA_PAGE_WEBHOOK_URL": "file:///etc/passwd", "STOA_PAGE_WEBHOOK_SECRET": SECRET}, "https"),
        ({"STOA_PAGE_WEBHOOK_URL": "https://", "STOA_PAGE_WEBHOOK_SECRET": SECRET}, "STOA_PAGE_WEBHOOK_URL"),
        ({"STOA_PAGE_WEBHOOK_URL": "https://[", "STOA_PAGE_WEBHOOK_SECRET": SECRET}, "STOA_PAGE_WEBHOOK_URL"),
        ({"STOA_PAGE_WEBHOOK_URL": "https://chat.example.edu/x"}, "STOA_PAGE_WEBHOOK_SECRET"),
        (
            {"STOA_PAGE_WEBHOOK_URL": "https://chat.example.edu/x", "STOA_PAGE_WEBHOOK_SECRET": "too short"},
            "16 characters",
        ),
    ],
)
def test_an_unsafe_value_stops_the_start_with_a_sentence(environment: dict[str, str], told: str) -> None:
    with pytest.raises(UnsafeSettings, match=told):
        load_settings(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {"STOA_MODE": "demo", "STOA_HOSTS": "localhost,127.0.0.1,[::1],127.1.2.3"},
        {"STOA_VIDEO_URL_TEMPLATE": "https://meet.example.edu/rooms/{room}?lang=en"},
        {"STOA_MODE": "demo", "STOA_VIDEO_URL_TEMPLATE": "http://127.0.0.1:8443/{room}"},
        MAIL | {"STOA_SMTP_HOST": "127.0.0.1", "STOA_SMTP_SECURITY": "none"},
        {"STOA_PAGE_WEBHOOK_URL": "http://127.0.0.1:9/x", "STOA_PAGE_WEBHOOK_SECRET": SECRET},
        {
            "STOA_WEB_PROCESSES": "4",
            "STOA_DATABASE_URL": "postgres://localhost/stoa",
            "STOA_REDIS_URL": "redis://localhost",
        },
    ],
)
def test_a_safe_value_starts(environment: dict[str, str]) -> None:
    assert isinstance(load_settings(environment), Settings)


def test_a_misspelt_name_stops_the_start_and_is_repeated() -> None:
    with pytest.raises(UnsafeSettings, match="STOA_HOST;"):
        load_settings({"STOA_HOST": "stoa.example.edu"})


def test_names_of_others_are_left_alone() -> None:
    assert load_settings({"PATH": "/bin", "SECRET_KEY": "x"}).mode is Mode.LIVE


def test_keys_lie_in_the_data_directory_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings({"STOA_DATA_DIR": str(tmp_path)}).keys_dir == tmp_path / "keys"


def test_a_postgresql_address_gets_our_driver() -> None:
    assert (
        load_settings({"STOA_DATABASE_URL": "postgres://a@b/c"}).database_url == "postgresql+psycopg://a@b/c"
    )


@pytest.mark.parametrize(
    "name", ["STOA_JOIN_CODE", "STOA_METRICS_TOKEN", "STOA_SMTP_PASSWORD", "STOA_PAGE_WEBHOOK_SECRET"]
)
def test_a_secret_is_not_in_what_a_log_would_show_of_the_settings(name: str) -> None:
    assert "a marked secret of ours" not in repr(load_settings({name: "a marked secret of ours"}))


def test_the_password_of_the_database_is_not_in_what_a_log_would_show() -> None:
    settings = load_settings({"STOA_DATABASE_URL": "postgresql://stoa:marked@localhost/stoa"})
    assert "marked" not in repr(settings)


def comments() -> str:
    source = Path(module.__file__).read_text()
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join(token.string for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("field", [entry.name for entry in fields(Settings)])
def test_every_setting_is_explained_where_it_is_declared(field: str) -> None:
    assert f"STOA_{field.upper()}" in comments()
