"""Every setting, in one place: read from STOA_...

environment variables or a `.env` file, checked at the start.

A value that would be unsafe in a live installation stops the start with a sentence (`UnsafeSettings`). What a
coordinator may change while Stoa runs (categories, clocks, hours, texts) is not here but in the database.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from core.refusals import StartRefused

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "el", "id")

E = TypeVar("E", bound=StrEnum)


class Mode(StrEnum):
    """What this process is for.

    `demo` has invented people and random staff passwords and listens on loopback only.
    """

    DEMO = "demo"
    LIVE = "live"
    TEST = "test"


class Join(StrEnum):
    """Who may join: anybody, whoever knows a shared word, or whoever holds a printed ticket."""

    OPEN = "open"
    CODE = "code"
    TICKET = "ticket"


class UnsafeSettings(StartRefused):
    """A setting is missing, malformed or unsafe; the message says which and what to write instead."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    The comment behind a field names its environment variable's meaning and default.
    """

    mode: Mode = Mode.LIVE  # STOA_MODE: demo or live
    data_dir: Path = ROOT / "var"  # STOA_DATA_DIR: holds everything
    keys_dir: Path = ROOT / "var" / "keys"  # STOA_KEYS_DIR: by default <data>/keys
    database_url: str = field(
        default="", repr=False
    )  # STOA_DATABASE_URL: by default SQLite in <data>/stoa.db
    redis_url: str = field(
        default="", repr=False
    )  # STOA_REDIS_URL: shared rate limits for several web processes
    hosts: tuple[str, ...] = (
        "127.0.0.1",
        "localhost",
        "[::1]",
    )  # STOA_HOSTS: the names this service answers to, by commas
    trusted_proxies: int = 0  # STOA_TRUSTED_PROXIES: how many reverse proxies stand in front
    web_processes: int = 1  # STOA_WEB_PROCESSES: SQLite allows one
    join: Join = Join.CODE  # STOA_JOIN: open, code or ticket; the demo's default is open
    join_code: str = field(default="", repr=False)  # STOA_JOIN_CODE: the shared word
    site_name: str = "Stoa"  # STOA_SITE_NAME
    leave_url: str = "https://www.wikipedia.org/"  # STOA_LEAVE_URL: where quick exit leads
    default_language: str = "en"  # STOA_DEFAULT_LANGUAGE
    metrics_token: str = field(
        default="", repr=False
    )  # STOA_METRICS_TOKEN: lets a scraper that is not on loopback read /metrics
    video_url_template: str = ""  # STOA_VIDEO_URL_TEMPLATE: a video room of your own server, with {room}
    smtp_host: str = ""  # STOA_SMTP_HOST: pages by e-mail need this, STOA_SMTP_FROM and STOA_PAGE_TO
    smtp_port: int = 587  # STOA_SMTP_PORT
    smtp_security: str = "starttls"  # STOA_SMTP_SECURITY: starttls, tls, or none (none only on loopback)
    smtp_username: str = ""  # STOA_SMTP_USERNAME
    smtp_password: str = field(default="", repr=False)  # STOA_SMTP_PASSWORD
    smtp_from: str = ""  # STOA_SMTP_FROM
    page_to: tuple[str, ...] = ()  # STOA_PAGE_TO: addresses of the people on call, by commas
    page_webhook_url: str = ""  # STOA_PAGE_WEBHOOK_URL
    page_webhook_secret: str = field(
        default="", repr=False
    )  # STOA_PAGE_WEBHOOK_SECRET: signs each page, 16 characters or more

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    `environment` replaces both the process environment and the `.env` file. Raises UnsafeSettings.
    """
    values = _read_environment() if environment is None else dict(environment)
    known = {f"STOA_{entry.name.upper()}" for entry in fields(Settings)}
    unknown = sorted(name for name in values if name.startswith("STOA_") and name not in known)
    if unknown:
        raise UnsafeSettings(f"unknown setting {unknown[0]}; the settings are listed in core/settings.py")
    mode = _choice(values, "STOA_MODE", Mode, Mode.LIVE)
    data_dir = Path(values.get("STOA_DATA_DIR") or ROOT / "var").expanduser().resolve()
    settings = Settings(
        mode=mode,
        data_dir=data_dir,
        keys_dir=Path(values.get("STOA_KEYS_DIR") or data_dir / "keys").expanduser().resolve(),
        database_url=_database_url(values.get("STOA_DATABASE_URL", ""), data_dir),
        redis_url=values.get("STOA_REDIS_URL", ""),
        hosts=_list(values, "STOA_HOSTS") or Settings.hosts,
        trusted_proxies=_number(values, "STOA_TRUSTED_PROXIES", 0),
        web_processes=_number(values, "STOA_WEB_PROCESSES", 1),
        join=_choice(values, "STOA_JOIN", Join, Join.CODE if mode is Mode.LIVE else Join.OPEN),
        join_code=values.get("STOA_JOIN_CODE", "").strip(),
        site_name=values.get("STOA_SITE_NAME", "").strip() or "Stoa",
        leave_url=values.get("STOA_LEAVE_URL", "") or Settings.leave_url,
        default_language=values.get("STOA_DEFAULT_LANGUAGE", "") or "en",
        metrics_token=values.get("STOA_METRICS_TOKEN", ""),
        video_url_template=values.get("STOA_VIDEO_URL_TEMPLATE", "").strip(),
        smtp_host=values.get("STOA_SMTP_HOST", ""),
        smtp_port=_number(values, "STOA_SMTP_PORT", 587),
        smtp_security=values.get("STOA_SMTP_SECURITY", "") or "starttls",
        smtp_username=values.get("STOA_SMTP_USERNAME", ""),
        smtp_password=values.get("STOA_SMTP_PASSWORD", ""),
        smtp_from=values.get("STOA_SMTP_FROM", ""),
        page_to=_list(values, "STOA_PAGE_TO"),
        page_webhook_url=values.get("STOA_PAGE_WEBHOOK_URL", ""),
        page_webhook_secret=values.get("STOA_PAGE_WEBHOOK_SECRET", ""),
    )
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Refuse what is unsafe or cannot work. Raises UnsafeSettings with the sentence to show."""
    if settings.default_language not in LANGUAGES:
        raise UnsafeSettings(f"STOA_DEFAULT_LANGUAGE must be one of {', '.join(LANGUAGES)}")
    if _host_of(settings.leave_url, schemes={"https", "http"}) is None:
        raise UnsafeSettings("STOA_LEAVE_URL must be an http or https address")
    if settings.join_code and not any(letter.isalnum() for letter in settings.join_code):
        raise UnsafeSettings("STOA_JOIN_CODE must hold letters or digits")
    if settings.is_demo and not all(is_loopback(host) for host in settings.hosts):
        raise UnsafeSettings(
            "the demo answers on loopback only: take STOA_HOSTS away, or start with --no-demo"
        )
    if settings.web_processes < 1:
        raise UnsafeSettings("STOA_WEB_PROCESSES must be 1 or more")
    if settings.web_processes > 1 and settings.uses_sqlite:
        raise UnsafeSettings(
            "SQLite serves one web process; for several, set STOA_DATABASE_URL to PostgreSQL and "
            "STOA_REDIS_URL"
        )
    if settings.web_processes > 1 and not settings.redis_url:
        raise UnsafeSettings("several web processes need STOA_REDIS_URL for the rate limits that they share")
    _check_video(settings)
    _check_channels(settings)


def _check_video(settings: Settings) -> None:
    """A room must be somebody's own: one place for its name, and behind the name of the server."""
    template = settings.video_url_template
    if not template:
        return
    if template.count("{room}") != 1 or "{" in template.replace("{room}", "") or not template.isprintable():
        raise UnsafeSettings("STOA_VIDEO_URL_TEMPLATE must hold {room} exactly once, and no other braces")
    host = _host_of(template, schemes={"https"})
    plain_host = _host_of(template, schemes={"http"})
    if host is None and not (plain_host and settings.mode is not Mode.LIVE and is_loopback(plain_host)):
        raise UnsafeSettings("STOA_VIDEO_URL_TEMPLATE must be an https address")
    if "{room}" in urlsplit(template).netloc or " " in template:
        raise UnsafeSettings("STOA_VIDEO_URL_TEMPLATE must hold {room} behind the name of the server")


def _check_channels(settings: Settings) -> None:
    if settings.smtp_security not in {"starttls", "tls", "none"}:
        raise UnsafeSettings("STOA_SMTP_SECURITY must be starttls, tls or none")
    if not 0 < settings.smtp_port < 65536:
        raise UnsafeSettings("STOA_SMTP_PORT must be a port: 1 to 65535")
    if settings.smtp_host and settings.smtp_security == "none" and not is_loopback(settings.smtp_host):
        raise UnsafeSettings("STOA_SMTP_SECURITY=none is allowed only to a mail server on loopback")
    if settings.smtp_host and not (settings.smtp_from and settings.page_to):
        raise UnsafeSettings("STOA_SMTP_HOST needs STOA_SMTP_FROM and STOA_PAGE_TO")
    if settings.page_webhook_url:
        plain_host = _host_of(settings.page_webhook_url, schemes={"http"})
        is_encrypted = _host_of(settings.page_webhook_url, schemes={"https"}) is not None
        if not is_encrypted and not is_loopback(plain_host or ""):
            raise UnsafeSettings("STOA_PAGE_WEBHOOK_URL must be https, or http on loopback")
        if len(settings.page_webhook_secret) < 16:
            raise UnsafeSettings("STOA_PAGE_WEBHOOK_SECRET must have 16 characters or more")


def _host_of(address: str, *, schemes: set[str]) -> str | None:
    """The host of a web address, or None when it has none or another scheme."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return (parts.hostname or None) if parts.scheme in schemes else None


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    bare = host.strip("[]")
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _read_environment() -> dict[str, str]:
    from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    return from_file | dict(os.environ)


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'stoa.db'}"
    for prefix in ("postgresql://", "postgres://"):
        if given.startswith(prefix):
            return "postgresql+psycopg://" + given.removeprefix(prefix)
    if not given.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise UnsafeSettings("STOA_DATABASE_URL must be an SQLite or PostgreSQL address")
    return given


def _choice(values: Mapping[str, str], name: str, kind: type[E], default: E) -> E:
    raw = values.get(name, "").strip()
    if not raw:
        return default
    try:
        return kind(raw)
    except ValueError as error:
        raise UnsafeSettings(f"{name} must be one of: {', '.join(kind)}") from error


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    raw = values.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdecimal():
        raise UnsafeSettings(f"{name} must be a whole number")
    return int(raw)


def _list(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip())
