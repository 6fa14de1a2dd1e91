"""Ids, cursors and numbers that cannot be: every route that takes one answers with a page, and none fails."""

import base64
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from accounts.permissions import Role, may
from core.ids import PublicIdConverter
from tests.faults.stage import Stage
from tests.people import hidden_fields, post_form

BAD_IDS = [
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "-1",
    "0",
    "zzzzzzzzzzzzz",  # 13 letters of ours, above 62 bits
    "8000000000000",  # 2**63 as we write numbers
    "7zzzzzzzzzzzz",
    "1zzzzzzzzzzzz",  # the largest id that there could be
    "0000000000000",
    "000000000000O",
    "OOOOOOOOOOOOO",
    "%00%00%00%00%00%00%00%00%00%00%00%00%00",
    "%C3%A9" * 13,
    "../../../etc/p",
    "1' OR '1'='1' -",
    "a" * 3000,
]
BAD_CURSORS = [
    "x",
    "====",
    "%FF",
    "é" * 20,
    "A" * 5000,
    *(
        base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        for value in (
            [2**63],
            [-(2**63)],
            [2**64],
            [1.5],
            ["1"],
            [None],
            [True],
            [[1]],
            [1, 2],
            {"a": 1},
            5,
            "x",
            [],
        )
    ),
    base64.urlsafe_b64encode(b"[" * 3000).decode(),
    base64.urlsafe_b64encode(b"[1e999]").decode(),
    base64.urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode(),
]
FOUND_NOTHING = {303, 403, 404}
# Forms of buttons alone: pressed without one, they go back before they look for anything.
GO_BACK_FIRST = {
    "counselling.begin_case_form",
    "counselling.extend_live_room",
    "counselling.mark_live_stage",
    "forum.move_help_line",
}


def routes_with_ids(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Each route that takes an id, with each way to ask it."""
    for rule in app.url_map.iter_rules():
        if any(isinstance(converter, PublicIdConverter) for converter in rule._converters.values()):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def ask(browser: FlaskClient, token: str, method: str, address: str) -> int:
    if method == "GET":
        return browser.get(address).status_code
    typed = {"csrf_token": token, "step": "independent", "reason": "other", "body": "x", "conduct": "publish"}
    return browser.post(address, data=typed).status_code


def test_an_id_that_cannot_be_leads_nowhere_on_any_route(app: Flask, stage: Stage) -> None:
    """Those who may ask in turn, until one gets as far as the id that is not there, and one who may not."""
    visitor = app.test_client()
    people = {
        Role.VISITOR: (visitor, token_on(visitor, "/join")),
        Role.STUDENT: (stage.anna, token_on(stage.anna, "/me")),
        Role.MODERATOR: (stage.maya, token_on(stage.maya, "/moderation/queue")),
        Role.PROFESSIONAL: (stage.nora, token_on(stage.nora, "/counselling/")),
        Role.COORDINATOR: (stage.carla, token_on(stage.carla, "/admin/staff")),
    }
    routes = list(routes_with_ids(app))
    assert len(routes) > 25
    for rule, method in routes:
        permission = app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
        for turn, bad in enumerate(BAD_IDS):
            address = re.sub(r"<[^>]+>", bad, rule.rule)
            order = [*people][turn % len(people) :] + [*people][: turn % len(people)]
            turned_away = [who for who in order if not may(who, permission)][:1]
            statuses = {who: ask(*people[who], method, address) for who in turned_away}
            for who in (who for who in order if may(who, permission)):
                statuses[who] = ask(*people[who], method, address)
                if statuses[who] == 404:
                    break
            assert set(statuses.values()) <= FOUND_NOTHING, (method, address[:80], statuses)
            is_sent_back = statuses[who] == 303 and rule.endpoint in GO_BACK_FIRST
            assert statuses[who] == 404 or is_sent_back, (method, address[:80], statuses)


def token_on(browser: FlaskClient, page: str) -> str:
    return hidden_fields(browser.get(page).text)["csrf_token"]


def test_a_cursor_that_is_none_of_ours_leads_nowhere(app: Flask, stage: Stage) -> None:
    reader = app.test_client()
    lists = ("/", "/c/academic-difficulties", stage.thread, "/search?q=nobody")
    for cursor in BAD_CURSORS:
        for browser, address in [*((reader, address) for address in lists), (stage.anna, "/me")]:
            joined = f"{address}{'&' if '?' in address else '?'}after={cursor}"
            assert browser.get(joined).status_code in {200, 404, 503}, joined[:80]


@pytest.mark.parametrize("field", ["revision", "version"])
def test_a_number_in_a_hidden_field_that_cannot_be_decides_nothing(stage: Stage, field: str) -> None:
    fields = hidden_fields(stage.maya.get(stage.item).text, action=f"{stage.item}/decision")
    for number in ("-1", "0", "99", str(2**31), str(2**63), "9" * 400, "9" * 5000, "1e3", "x", ""):
        typed = {"conduct": "publish", "risk": "none", "message": "Do not lose me.", field: number}
        answer = stage.maya.post(f"{stage.item}/decision", data=fields | typed)
        assert answer.status_code in {409, 422}, number[:20]
        assert "Do not lose me." in answer.text, number[:20]
    assert 'data-status="held"' in stage.maya.get(stage.item).text


def test_a_number_that_cannot_be_is_given_back_to_a_coordinator(stage: Stage) -> None:
    for number in ("-1", str(2**31), str(2**63), "9" * 400, "9" * 5000, "1e3", "x", ""):
        clocks = post_form(stage.carla, "/admin/clocks", {"first_look_crisis": number})
        typed = {"slug": "new-topic", "name_en": "New topic", "place": number}
        place = post_form(stage.carla, "/admin/categories/new", typed)
        assert clocks.status_code == 422, number[:20]
        assert place.status_code == 422, number[:20]
        assert "New topic" in place.text


def test_any_question_to_the_search_gets_a_page(app: Flask) -> None:
    reader = app.test_client()
    for query in (
        "x" * 20_000,
        "%00",
        "AND AND",
        "(" * 500,
        "*" * 500,
        '"' * 99,
        "a:b",
        "[a TO b]",
        "\ud800",
    ):
        answer = reader.get("/search", query_string={"q": query.encode("utf-8", "surrogatepass")})
        assert answer.status_code in {200, 503}, query[:20]
        assert "</html>" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])
def test_no_address_and_no_method_makes_the_server_fail(app: Flask, method: str) -> None:
    reader = app.test_client()
    for path in ("/c/..%2f", "/language/xx", "/theme/../x", "/admin/texts/x/en", "/t/", "//", "/t//reply"):
        assert reader.open(path, method=method).status_code < 500, path
