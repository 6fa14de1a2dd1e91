"""What every answer shares: headers, cookies, language, CSRF."""

import gzip
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import Babel, format_date
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from core.assets import ENDPOINTS as ASSET_ENDPOINTS
from core.assets import STYLESHEET, Assets, asset, assets_of_request, icon, stylesheet
from core.failures import install_failures
from core.forms import fresh_submission_id
from core.ids import PublicIdConverter
from core.requests import StoaRequest
from core.robots import mark_for_robots, may_be_listed
from core.settings import LANGUAGES, Settings, is_loopback
from core.site import site
from core.wording import current_language, install_wording

LARGEST_REQUEST = 1024 * 1024
LANGUAGE_COOKIE, THEME_COOKIE, COUNTRY_COOKIE, READING_COOKIE = "lang", "theme", "country", "reading"
KEYS_COOKIE = "keys"
CHOICE_COOKIES = (LANGUAGE_COOKIE, THEME_COOKIE, COUNTRY_COOKIE, READING_COOKIE, KEYS_COOKIE)
THEMES = ("light", "dark")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

PACKED_KINDS = frozenset({"text/html", "application/atom+xml", "text/plain"})
PACKED_FROM, PACKING_LEVEL = 1_000, 5

csrf = CSRFProtect()


def settings_of(app: Flask) -> Settings:
    """The settings that `app` was made with."""
    settings: Settings = app.config["STOA"]
    return settings


class FormCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, used only for forms: a random CSRF value and the token of a kept text.

    It says nothing of who somebody is.
    """

    def get_cookie_name(self, _app: Flask) -> str:
        return cookie_name("form")

    def get_cookie_secure(self, _app: Flask) -> bool:
        return request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """A part of a page sets no cookie and differs by none, or browsers would fetch all of it again after
        signing in.
        """
        if not is_part_of_pages():
            super().save_session(app, session, response)


def cookie_name(what: str = "") -> str:
    """`__Host-stoa-…` over HTTPS, `stoa-…` over plain loopback HTTP, where browsers refuse the prefix."""
    name = f"stoa-{what}" if what else "stoa"
    return f"__Host-{name}" if request.is_secure else name


def init_web(app: Flask, settings: Settings) -> None:
    """Install everything of this module on `app`."""
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        BABEL_DEFAULT_LOCALE=settings.default_language,
        BABEL_TRANSLATION_DIRECTORIES=str(app.root_path) + "/locale",
    )
    app.request_class = StoaRequest
    app.session_interface = FormCookie()
    app.url_map.converters["public_id"] = PublicIdConverter
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    csrf.init_app(app)
    Babel(app, locale_selector=choose_language)
    install_wording(app)
    app.extensions["stoa_assets"] = Assets(
        Path(app.root_path) / "static", watches=settings.is_demo or app.debug
    )
    app.add_template_global(asset, "asset")
    app.add_template_global(stylesheet, "stylesheet")
    app.add_template_global(icon, "drawn_icon")
    app.add_template_global(may_be_listed, "may_be_listed")
    app.before_request(refuse_foreign_requests)
    app.after_request(add_headers)
    install_failures(app)
    app.add_template_filter(day, "day")
    app.context_processor(_shared_context)


def _shared_context() -> dict[str, Any]:
    settings = settings_of(current_app)
    colours = assets_of_request()
    return {
        "settings": settings,
        "site": site(),
        "bar_colours": {"light": colours.day["surface"], "dark": colours.night["surface"]},
        "is_demo": settings.is_demo,
        "lang": current_language(),
        "theme": request.cookies.get(THEME_COOKIE) if request.cookies.get(THEME_COOKIE) in THEMES else "",
        "languages": LANGUAGES,
        "submission_id": fresh_submission_id,
    }


def choose_language() -> str:
    """The reader's own choice, else what the browser asks for, else the installation's default."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or settings_of(current_app).default_language


def day(value: date | None) -> str:
    """A day in the reader's language. Readers see days, never times."""
    return _day_in(current_language(), value) if value else ""


@lru_cache(maxsize=4_000)
def _day_in(_language: str, value: date) -> str:
    """Remembered for each language: a page names few days, and many of them again and again."""
    return format_date(value, "d MMMM y")


def refuse_foreign_requests() -> None:
    """Only our own names are answered, and by plain HTTP only loopback; a POST that another site sent is
    refused whatever it carries.

    Flask's TRUSTED_HOSTS knows no IPv6 address, and leaves its error page without the means to make a link.
    """
    name = host_name(request.host)
    if name not in {host_name(known) for known in settings_of(current_app).hosts}:
        abort(400)
    if not request.is_secure and not is_loopback(name):
        abort(400)
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def host_name(host: str) -> str:
    """A Host header without its port and, for an IPv6 address, without its brackets."""
    host = host.lower()
    return host[1:].split("]")[0] if host.startswith("[") else host.split(":")[0]


def add_headers(response: Response) -> Response:
    """Security headers on everything; `no-store` on what a signed-in person gets, `no-cache` on visitors'
    pages.
    """
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint == "core.show_asset" and response.status_code < 400:
        return response  # no document: the other headers would only make it slower to arrive
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if is_part_of_pages() and response.status_code < 400:
        return response
    mark_for_robots(response)
    if response.mimetype == "text/html":
        # Fetched while the page is still on its way: on a slow line it shows a twentieth of a second sooner.
        headers["Link"] = f"<{asset(g.get('sheet', STYLESHEET))}>; rel=preload; as=style"
    # The cookie of a form's token is set after this; a token in the page tells of it.
    has_token = "csrf_token" in g
    private = bool(g.get("private")) or request.method == "POST" or has_token or "Set-Cookie" in headers
    headers["Cache-Control"] = "no-store" if private else "no-cache"
    headers.add("Vary", "Cookie, Accept-Language")
    if not private:
        pack(response)
    return response


def is_part_of_pages() -> bool:
    """Whether a stylesheet, a script or a picture is asked for: the same for everybody."""
    return request.endpoint in ASSET_ENDPOINTS


def pack(response: Response) -> None:
    """Send a visitor's page shorter. Never what a signed-in person gets, and no page with a token: from the
    length of a packed page that repeats what was asked, its secrets can be guessed (BREACH).
    """
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or response.mimetype not in PACKED_KINDS or response.is_streamed:
        return
    body = response.get_data()
    if len(body) < PACKED_FROM or not request.accept_encodings["gzip"]:
        return
    response.set_data(gzip.compress(body, PACKING_LEVEL, mtime=0))
    response.content_encoding = "gzip"
    tag, _is_weak = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
