"""Trying the line before a talk, in a browser: what the page says of a good line, and of each that is not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

Browse = Callable[..., Page]


def verdict(page: Page) -> Locator:
    """The sentences that are shown."""
    return page.locator("#check [data-verdict]:visible")


@pytest.fixture
def own_check(stage: dict[str, str]) -> str:
    return f"/counsel/{stage['own_case']}/connection"


def test_a_good_line_is_told_on_both_sides(browse: Browse, own_check: str) -> None:
    for who, address in (("student", own_check), ("professional", "/counselling/connection")):
        page = browse(who, width=360)
        page.goto(address)
        expect(verdict(page).first).to_contain_text("You can talk live.")
        expect(page.get_by_text("show at once")).to_be_visible()


def test_only_the_professional_gets_a_figure(browse: Browse) -> None:
    page = browse("professional")
    page.goto("/counselling/connection")
    expect(page.locator("[data-verdict=figures]")).to_contain_text("milliseconds")


@pytest.mark.parametrize(
    "instead",
    [
        {"status": 204},
        {"content_type": "text/event-stream", "body": "".join(f"id: {n}\ndata: {n}\n\n" for n in (1, 2, 3))},
    ],
    ids=["no place for a stream", "somebody in between holds it back"],
)
def test_without_a_stream_messages_come_a_little_later(
    browse: Browse, own_check: str, instead: dict[str, str]
) -> None:
    page = browse("student", width=360)
    page.route("**/connection/events", lambda route: route.fulfill(**instead))  # type: ignore[arg-type]
    page.goto(own_check)
    expect(page.get_by_text("New messages show after a few seconds.")).to_be_visible()


def only(method: str) -> Callable[[Route], None]:
    """Let requests of this kind fail, and no others."""
    return lambda route: route.abort() if route.request.method == method else route.continue_()


def test_a_line_that_takes_nothing_is_told(browse: Browse, own_check: str) -> None:
    page = browse("student", width=360)
    page.route("**/connection/try", only("POST"))
    page.goto(own_check)
    expect(page.get_by_text("what you send does not arrive")).to_be_visible()


def test_a_line_that_is_down_is_told_with_whom_to_call(browse: Browse, own_check: str) -> None:
    page = browse("student", width=360)
    page.route("**/connection/try", lambda route: route.abort())
    page.goto(own_check)
    expect(verdict(page)).to_contain_text("Nothing gets through right now.")
    expect(page.get_by_role("main").get_by_role("link", name="Help now")).to_be_visible()


def test_a_line_that_loses_some_of_it_is_poor(browse: Browse, own_check: str) -> None:
    page = browse("student", width=360)
    sent: list[str] = []

    def lose_one(route: Route) -> None:
        sent.append(route.request.method)
        route.abort() if sent.count("POST") == 1 and sent[-1] == "POST" else route.continue_()

    page.route("**/connection/try", lose_one)
    page.goto(own_check)
    expect(page.get_by_text("Your line is poor right now.")).to_be_visible()


def test_without_script_the_server_tells_the_time(browse: Browse, own_check: str) -> None:
    page = browse("student", width=360, script=False)
    page.goto(own_check)
    page.get_by_role("link", name="Ask the server for the time").click()
    expect(page.get_by_text("The server answered at")).to_be_visible()
