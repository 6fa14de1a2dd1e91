"""What every answer shares: headers, cookies, language."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.db import db
from core.settings import ROOT
from core.web import LARGEST_REQUEST, settings_of
from tests.conftest import MakeApp
from tests.people import add_staff_person, join_as_student, post_form, sign_in_as

VISITOR_PAGES = ["/", "/help", "/privacy", "/rules", "/search?q=home", "/c/family", "/no-such-page"]
FORMS_FOR_THE_SIGNED_OUT = ["/join", "/return", "/staff/login", "/report/status"]


class HttpsBrowser(FlaskClient):
    """A browser on https that sends what our Referrer-Policy lets it send."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", "https://localhost")
        kwargs["headers"] = {"Referer": "https://localhost/join"} | dict(kwargs.get("headers") or {})
        return super().open(*args, **kwargs)


@pytest.fixture
def https(app: Flask) -> FlaskClient:
    app.test_client_class = HttpsBrowser
    return app.test_client()


def student_page(client: FlaskClient) -> TestResponse:
    join_as_student(client)
    return client.get("/me")


def staff_page(app: Flask, client: FlaskClient) -> TestResponse:
    sign_in_as(client, add_staff_person(app, Role.MODERATOR))
    return client.get("/moderation/queue")


HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("page", [*VISITOR_PAGES, *FORMS_FOR_THE_SIGNED_OUT, "/static/stoa.css", "/healthz"])
def test_every_answer_has_the_security_headers(client: FlaskClient, page: str) -> None:
    with client.get(page) as answer:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("page", [*VISITOR_PAGES, *FORMS_FOR_THE_SIGNED_OUT, "/static/stoa.css"])
def test_the_policy_allows_nothing_but_our_own(client: FlaskClient, page: str) -> None:
    with client.get(page) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    sources = {source for rule in policy.split("; ") for source in rule.split(" ")[1:]}
    assert sources <= {"'none'", "'self'"}


def test_a_students_page_has_them_too(client: FlaskClient) -> None:
    answer = student_page(client)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_visitors_page_may_be_kept_but_is_asked_for_again(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-cache"


def test_a_students_page_is_kept_nowhere(client: FlaskClient) -> None:
    assert student_page(client).headers["Cache-Control"] == "no-store"


def test_the_forum_as_a_student_sees_it_is_kept_nowhere(client: FlaskClient) -> None:
    join_as_student(client)
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_a_staff_page_is_kept_nowhere(app: Flask, client: FlaskClient) -> None:
    assert staff_page(app, client).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", FORMS_FOR_THE_SIGNED_OUT)
def test_a_page_with_a_token_in_it_is_kept_nowhere(client: FlaskClient, page: str) -> None:
    first, second = client.get(page), client.get(page)
    assert "csrf_token" in first.text
    assert [first.headers["Cache-Control"], second.headers["Cache-Control"]] == ["no-store", "no-store"]


def test_the_new_words_are_kept_nowhere(client: FlaskClient) -> None:
    post_form(client, "/join", {})
    assert client.get("/join/words").headers["Cache-Control"] == "no-store"


def test_a_page_differs_by_cookie_and_language(client: FlaskClient) -> None:
    assert {"Cookie", "Accept-Language"} <= set(client.get("/").headers["Vary"].split(", "))


@pytest.mark.parametrize("page", VISITOR_PAGES)
def test_a_visitors_page_sets_no_cookie(client: FlaskClient, page: str) -> None:
    assert "Set-Cookie" not in client.get(page).headers


@pytest.mark.parametrize("page", VISITOR_PAGES)
def test_a_visitors_page_holds_no_token_and_no_form_but_the_search(client: FlaskClient, page: str) -> None:
    text = client.get(page).text
    assert "csrf_token" not in text
    assert set(re.findall(r"<form[^>]*action=\"([^\"]*)\"", text)) == {"/search"}
    assert 'method="post"' not in text


def cookies(answer: TestResponse) -> dict[str, set[str]]:
    """The cookies that an answer sets: their names, and what is said of each."""
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        name, *words = header.split("; ")
        found[name.split("=")[0]] = set(words)
    return found


def joined(client: FlaskClient) -> TestResponse:
    return post_form(client, "/join", {})


def test_over_https_the_session_cookie_belongs_to_this_host_alone(https: FlaskClient) -> None:
    assert cookies(joined(https))["__Host-stoa"] == {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}


def test_over_loopback_http_the_session_cookie_has_a_plain_name(client: FlaskClient) -> None:
    assert cookies(joined(client))["stoa"] == {"HttpOnly", "SameSite=Lax", "Path=/"}


def test_the_form_cookie_is_as_strict(https: FlaskClient) -> None:
    assert cookies(https.get("/join"))["__Host-stoa-form"] == {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}


def test_staff_have_a_cookie_of_their_own(app: Flask, https: FlaskClient) -> None:
    answer = sign_in_as(https, add_staff_person(app, Role.MODERATOR))
    assert cookies(answer)["__Host-stoa-staff"] == {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}


def test_a_phone_of_ones_own_keeps_the_cookie_for_thirty_days(client: FlaskClient) -> None:
    words = join_as_student(client)
    post_form(client, "/logout", {}, page="/me")
    answer = post_form(client, "/return", {"passphrase": words, "own_device": "y"})
    assert "Max-Age=2592000" in cookies(answer)["stoa"]


@pytest.mark.parametrize("address", ["/language/el", "/theme/dark", "/country/GR"])
def test_a_choice_sets_its_own_cookie_and_no_other(https: FlaskClient, address: str) -> None:
    set_by = cookies(https.get(address))
    assert len(set_by) == 1
    (words,) = set_by.values()
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= words


def test_posting_over_https_works_with_the_referrer_that_we_allow(https: FlaskClient) -> None:
    assert joined(https).status_code == 303


def test_over_https_browsers_are_told_to_stay_there(https: FlaskClient) -> None:
    assert "max-age" in https.get("/").headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("asks_for", "chose", "language"),
    [
        ("", "", "en"),
        ("el-GR,el;q=0.9", "", "el"),
        ("id", "", "id"),
        ("xx", "", "en"),
        ("el", "id", "id"),
        ("el", "../../etc", "el"),
    ],
)
def test_a_page_speaks_the_readers_language(
    client: FlaskClient, asks_for: str, chose: str, language: str
) -> None:
    client.set_cookie("lang", chose)
    headers = {"Accept-Language": asks_for}
    assert f'<html lang="{language}"' in client.get("/help", headers=headers).text


def test_quick_exit_leads_away_and_clears(client: FlaskClient) -> None:
    join_as_student(client)
    answer = client.get("/leave")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://www.wikipedia.org/"
    assert "cookies" in answer.headers["Clear-Site-Data"]
    assert client.get("/me").status_code == 303


@pytest.mark.parametrize("harm", ["away", "damaged"])
@pytest.mark.parametrize("cookie", ["stoa", "stoa-staff"])
def test_quick_exit_leads_away_and_clears_without_the_database(app: Flask, cookie: str, harm: str) -> None:
    browser = app.test_client()
    browser.set_cookie(cookie, "A" * 43 + "=")
    break_database(app, harm)
    answer = browser.get("/leave")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://www.wikipedia.org/"
    assert "cookies" in answer.headers["Clear-Site-Data"]
    assert browser.get_cookie(cookie) is None


@pytest.mark.parametrize("page", ["/", "/help", "/no-such-page"])
def test_a_damaged_database_closes_no_page_without_words(app: Flask, page: str) -> None:
    browser = app.test_client()
    browser.set_cookie("stoa", "A" * 43 + "=")
    break_database(app, "damaged")
    answer = browser.get(page)
    assert answer.status_code in {200, 404, 503}
    assert 'href="tel:112"' in answer.text


def break_database(app: Flask, harm: str) -> None:
    """Take the database away, or write over it."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    for part in settings_of(app).data_dir.glob("stoa.db*"):
        part.unlink()
    if harm == "damaged":
        (settings_of(app).data_dir / "stoa.db").write_bytes(b"this is no database" * 1000)


@pytest.mark.parametrize("page", [*VISITOR_PAGES, *FORMS_FOR_THE_SIGNED_OUT])
def test_the_way_out_comes_first_for_who_goes_by_keyboard(client: FlaskClient, page: str) -> None:
    body = client.get(page).text.split("<body", 1)[1]
    first = re.search(
        r"<(?:a|button|input|select|textarea|summary|details|[a-z]+[^>]*tabindex)\b[^>]*>", body
    )
    assert first is not None
    assert 'href="/leave"' in first.group()


def test_no_page_changes_the_order_of_the_keyboard() -> None:
    for template in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r'tabindex="[1-9]', template.read_text(encoding="utf-8")), template


def test_only_the_page_of_somebody_signed_in_is_kept_blank(client: FlaskClient) -> None:
    assert "data-signed-in" not in client.get("/").text
    post_form(client, "/join", {})
    assert "data-signed-in" in client.get("/join/words").text


@pytest.mark.parametrize("page", ["/", "/join", "/no-such-page"])
def test_the_note_beside_the_way_out_says_what_stays(client: FlaskClient, page: str) -> None:
    note = client.get(page).text.split('id="exit-note">')[1].split("<")[0]
    assert note == "Signs you out. Public pages may load again, and your history may stay."


REFUSALS: dict[str, tuple[Callable[[FlaskClient], TestResponse], int]] = {
    "missing": (lambda client: client.get("/no-such-page"), 404),
    "not this way": (lambda client: client.post("/help"), 405),
    "no token": (lambda client: client.post("/join", data={}), 400),
    "foreign": (lambda client: client.get("/", base_url="https://evil.example"), 400),
    "sent by another site": (
        lambda client: post_form(client, "/join", {}, headers={"Sec-Fetch-Site": "cross-site"}),
        403,
    ),
    "too large": (lambda client: client.post("/join", data={"code": "x" * (LARGEST_REQUEST + 1)}), 413),
    "a fault of ours": (lambda client: client.get("/"), 500),
    "too fast": (
        lambda client: [post_form(client, "/return", {"passphrase": ""}) for _ in range(21)][-1],
        429,
    ),
}


@pytest.mark.parametrize("refusal", sorted(REFUSALS))
def test_every_refusal_says_whom_to_call(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    if refusal == "a fault of ours":
        monkeypatch.setattr("forum.queries.all_categories", lambda: 1 / 0)
    ask, status = REFUSALS[refusal]
    answer = ask(client)
    assert answer.status_code == status
    assert answer.text.count('href="tel:112"') == 1
    assert re.search(r"<h1>[^<]+</h1>\s*<p class=\"lead\">[^<]+</p>", answer.text)


def test_metrics_are_for_loopback(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 404


@pytest.mark.parametrize(("sent", "status"), [("the right token", 200), ("another", 404), ("", 404)])
def test_metrics_are_for_those_who_hold_the_token(make_app: MakeApp, sent: str, status: int) -> None:
    client = make_app(STOA_METRICS_TOKEN="the right token").test_client()
    answer = client.get(
        "/metrics",
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
        headers={"Authorization": f"Bearer {sent}"},
    )
    assert answer.status_code == status
