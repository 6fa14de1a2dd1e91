"""What is refused, and the pages that say so: in words, with crisis help, and with what was typed."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from accounts import guard, queries
from core.web import LARGEST_REQUEST
from tests.conftest import MakeApp
from tests.people import hidden_fields, join_as_student, post_form

TYPED = "What I typed <& must not be lost"
SHOWN = "What I typed &lt;&amp; must not be lost"


def category(client: FlaskClient) -> str:
    """The address of some category."""
    found = re.search(r'href="(/c/[a-z-]+)"', client.get("/").text)
    assert found is not None
    return found.group(1)


def test_a_post_from_another_site_is_refused_whatever_it_carries(client: FlaskClient) -> None:
    answer = post_form(client, "/join", {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_post_from_our_own_page_is_taken(client: FlaskClient, site: str) -> None:
    assert post_form(client, "/join", {}, headers={"Sec-Fetch-Site": site}).status_code == 303


@pytest.mark.parametrize("page", ["/", "/join", "/no-such-page", "/static/stoa.css"])
def test_a_foreign_host_is_refused_with_a_page(client: FlaskClient, page: str) -> None:
    answer = client.get(page, base_url="https://evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "host", ["stoa.example.edu", "[2001:db8::1]", "[2001:db8::1]:8000", "192.0.2.1:8000"]
)
def test_plain_http_is_for_loopback_alone(make_app: MakeApp, host: str) -> None:
    bare = re.sub(r":\d+$", "", host) if not host.endswith("]") else host
    client = make_app(STOA_HOSTS=f"localhost,{bare}").test_client()
    assert client.get("/", base_url=f"http://{host}").status_code == 400
    assert client.get("/", base_url=f"https://{host}").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_plain_http_on_loopback_is_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", base_url=f"http://{host}").status_code == 200


def test_a_proxy_that_is_not_trusted_cannot_claim_https(make_app: MakeApp) -> None:
    client = make_app(STOA_HOSTS="stoa.example.edu").test_client()
    answer = client.get("/", base_url="http://stoa.example.edu", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 400


def test_a_proxy_that_is_trusted_can(make_app: MakeApp) -> None:
    client = make_app(STOA_HOSTS="stoa.example.edu", STOA_TRUSTED_PROXIES="1").test_client()
    answer = client.get("/", base_url="http://stoa.example.edu", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 200


def test_what_is_too_large_is_answered_with_a_page(client: FlaskClient) -> None:
    client.get("/join")
    answer = client.post("/join", data={"code": "x" * (LARGEST_REQUEST + 1)})
    assert answer.status_code == 413
    assert "/help" in answer.text


def test_a_request_that_never_ends_is_answered_with_a_page(client: FlaskClient) -> None:
    answer = client.post(
        "/join",
        input_stream=io.BytesIO(b"x" * (LARGEST_REQUEST + 1)),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code in {400, 413}
    assert "/help" in answer.text


@pytest.mark.parametrize(
    "page", ["/%ff", "/t/%ff", "/search?q=%ff%fe", "/search?%ff=%ff", "/c/%00", "/search?q=%00"]
)
def test_an_address_that_is_no_text_is_answered_with_a_page(client: FlaskClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code in {200, 400, 404, 503}  # 503: the index of a new forum may not be there yet
    assert "</html>" in answer.text


def test_letters_that_did_not_arrive_are_told_and_the_rest_comes_back(client: FlaskClient) -> None:
    address = category(client) + "/new"
    fields = hidden_fields(client.get(address).text, action=address) | {"title": "A marked title"}
    parts = [(name.encode(), value.encode()) for name, value in fields.items()] + [(b"body", b"broken \xff")]
    body = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part for part in parts
    )
    answer = client.post(
        address, data=body + b"--cut--\r\n", content_type="multipart/form-data; boundary=cut"
    )
    assert answer.status_code == 422
    assert "A marked title" in answer.text


@pytest.mark.parametrize("body", [b"body=%ff%fe", b"body=\xff", b"\xff=\xff", b"=&&=%", b"\0"])
def test_a_form_that_is_no_text_is_answered_with_a_page(client: FlaskClient, body: bytes) -> None:
    address = category(client) + "/new"
    answer = client.post(address, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "/help" in answer.text


@pytest.mark.parametrize("token", [None, "", "stolen", "IjEi.aaaa.bbbb"])
def test_without_our_token_nothing_is_done_and_the_text_comes_back(
    client: FlaskClient, token: str | None
) -> None:
    address = category(client) + "/new"
    client.get(address)
    fields = {"title": "Home", "body": TYPED} | ({} if token is None else {"csrf_token": token})
    answer = client.post(address, data=fields)
    assert answer.status_code == 400
    assert SHOWN in answer.text


def test_a_token_of_another_browser_is_foreign(app: Flask, client: FlaskClient) -> None:
    address = category(client) + "/new"
    client.get(address)
    theirs = hidden_fields(app.test_client().get(address).text, action=address)["csrf_token"]
    answer = client.post(address, data={"title": "Home", "body": TYPED, "csrf_token": theirs})
    assert answer.status_code == 400
    assert SHOWN in answer.text


@pytest.mark.parametrize("field", ["password", "passphrase", "otp", "csrf_token", "submission_id"])
def test_a_secret_is_not_given_back(client: FlaskClient, field: str) -> None:
    answer = client.post("/return", data={field: "a-marked-secret", "next": "/me"})
    assert answer.status_code == 400
    assert "a-marked-secret" not in answer.text


def test_a_form_may_stay_open_for_days(app: Flask, client: FlaskClient) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None
    assert post_form(client, "/join", {}).status_code == 303


def test_the_wrong_way_to_ask_is_answered_with_a_page(client: FlaskClient) -> None:
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert "/help" in answer.text


@pytest.fixture
def broken(app: Flask) -> FlaskClient:
    """A browser of a Stoa with a page that fails."""

    def fail() -> str:
        raise RuntimeError("a marked secret of ours")

    app.add_url_rule("/broken", view_func=fail, methods=["GET", "POST"])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def test_our_own_fault_is_answered_with_a_page_that_tells_nothing(broken: FlaskClient) -> None:
    answer = broken.get("/broken")
    assert answer.status_code == 500
    assert "/help" in answer.text
    assert "marked" not in answer.text


def test_our_own_fault_gives_the_text_back(broken: FlaskClient) -> None:
    fields = hidden_fields(broken.get("/join").text)
    answer = broken.post("/broken", data=fields | {"body": TYPED})
    assert answer.status_code == 500
    assert SHOWN in answer.text


def database_away(*_args: object, **_kwargs: object) -> None:
    raise OperationalError("SELECT", {}, Exception("database is locked"))


def test_a_database_that_is_away_is_answered_with_a_page_that_says_later(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "account_by_lookup", database_away)
    answer = post_form(client, "/return", {"passphrase": "one two three four five six"})
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "/help" in answer.text


def test_a_clock_that_cannot_be_moved_on_closes_no_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    join_as_student(client)
    monkeypatch.setattr(guard, "needs_touch", lambda *_args, **_kwargs: True)
    monkeypatch.setattr(guard, "touch", database_away)
    assert client.get("/me").status_code == 200


def test_a_signed_in_person_gets_that_page_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    join_as_student(client)
    monkeypatch.setattr(queries, "web_session", database_away)
    answer = client.get("/me")
    assert answer.status_code == 503
    assert "/help" in answer.text
