"""Leaving quickly: by hand, by keys, without script; and nothing of anybody comes back afterwards.

The harmless page is a little server of this test's own on loopback. Chromium keeps whole pages for Back, as
people's browsers do: playwright would turn that off.
"""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect

from accounts.models import WebSession
from core.db import db
from tests.browser.browsing import FLAGS, Factors, chromium_path, context_of, patient
from tests.browser.site import Site, served_demo

PRIVATE = {"student": "/me", "moderator": "/moderation/queue", "coordinator": "/admin/staff"}
# As Chromium does by now: even what is `no-store` may come back whole, until a cookie changes.
KEEPS_PAGES = (
    "--enable-features=CacheControlNoStoreEnterBackForwardCache:level/restore-unless-http-only-cookie-change"
)
SIGNED_IN = {
    "student": "You are in, without a name",
    "moderator": "You are here as",
    "coordinator": "You are here as",
}

OpenPage = Callable[..., Page]


class Harmless(BaseHTTPRequestHandler):
    """The page that an institution sends people to."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>Weather</title><p>Sunny tomorrow."
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_facts: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def harmless() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Harmless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def place(harmless: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served demo that people leave for the harmless page."""
    with served_demo(tmp_path_factory.mktemp("exit") / "data", STOA_LEAVE_URL=harmless) as site:
        yield site


@pytest.fixture(scope="module")
def keeping_browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with its cache of whole pages."""
    browser = playwright.chromium.launch(
        executable_path=chromium_path(),
        args=[*FLAGS, KEEPS_PAGES],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture
def open_page(keeping_browser: Browser, place: Site) -> Iterator[OpenPage]:
    """A function that opens a browser of somebody and gives its page."""
    opened: list[BrowserContext] = []

    def open_one(who: str = "student", *, script: bool = True) -> Page:
        context = context_of(keeping_browser, place, who, Factors(script=script))
        opened.append(context)
        page = context.new_page()
        return patient(page) if script else page

    yield open_one
    for context in opened:
        context.close()


def sessions_of(place: Site) -> int:
    return place.do(lambda: db.session.query(WebSession).count())


def cookies_of(page: Page) -> set[str]:
    return {cookie.get("name", "") for cookie in page.context.cookies()}


def expect_gone(page: Page, harmless: str) -> None:
    page.wait_for_url(harmless)
    expect(page.get_by_text("Sunny tomorrow.")).to_be_visible()


def focus_by_tab(page: Page) -> str:
    page.keyboard.press("Tab")
    return str(page.evaluate("document.activeElement.id"))


def stop_the_clock(page: Page) -> None:
    """From here on no time passes on the page but by `page.clock`, however busy the machine is."""
    page.clock.install()
    page.clock.pause_at(datetime(2060, 1, 1, tzinfo=UTC))


# The ways out


@pytest.mark.parametrize(("who", "path"), [("visitor", "/"), ("visitor", "/help"), *PRIVATE.items()])
def test_the_first_tab_leads_to_the_way_out_and_enter_takes_it(
    open_page: OpenPage, harmless: str, who: str, path: str
) -> None:
    page = open_page(who)
    page.goto(path)
    assert focus_by_tab(page) == "exit"
    page.keyboard.press("Enter")
    expect_gone(page, harmless)


@pytest.mark.parametrize(
    "keys",
    [["Escape"] * 2, ["Escape"] * 5, ["Shift"] * 3, ["Shift"] * 6],
    ids=["Escape twice", "Escape in a panic", "Shift three times", "Shift in a panic"],
)
def test_keys_lead_away_and_sign_out(
    open_page: OpenPage, place: Site, harmless: str, keys: list[str]
) -> None:
    page = open_page("student")
    page.goto("/me")
    stop_the_clock(page)
    before = sessions_of(place)
    for key in keys:
        page.keyboard.press(key)
    expect_gone(page, harmless)
    assert cookies_of(page) == set()
    assert sessions_of(place) == before - 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_the_link_leads_away_signs_out_and_clears(
    open_page: OpenPage, place: Site, harmless: str, script: bool
) -> None:
    page = open_page("student", script=script)
    page.goto("/language/el")
    page.goto("/me")
    before = sessions_of(place)
    page.locator("#exit").click()
    expect_gone(page, harmless)
    assert cookies_of(page) == set()
    assert sessions_of(place) == before - 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_two_quick_clicks_are_one(open_page: OpenPage, harmless: str, script: bool) -> None:
    page = open_page("student", script=script)
    page.goto("/me")
    page.locator("#exit").dblclick()
    expect_gone(page, harmless)
    assert cookies_of(page) == set()


@pytest.mark.parametrize(
    "presses",
    [
        ["Escape"],
        ["Shift", "Shift"],
        ["Escape", "Shift", "Shift", "Escape"],
        ["Escape", "a", "Escape"],
        ["Shift+A", "Shift+B", "Shift+C", "Shift+D"],
        ["Shift+Tab", "Shift+Tab", "Shift+Tab"],
    ],
    ids=" ".join,
)
def test_what_is_typed_for_another_reason_leaves_nobody_standing_outside(
    open_page: OpenPage, presses: list[str]
) -> None:
    page = open_page("student")
    page.goto("/c/family-relationships/new")
    stop_the_clock(page)
    page.locator("#body").focus()
    for press in presses:
        page.keyboard.press(press)
    assert_still_here(page)


@pytest.mark.parametrize("held", ["Alt", "Control", "Meta"])
def test_changing_the_keyboards_language_leaves_nobody_standing_outside(
    open_page: OpenPage, held: str
) -> None:
    page = open_page("student")
    page.goto("/c/family-relationships/new")
    stop_the_clock(page)
    page.keyboard.down(held)
    for _ in range(4):
        page.keyboard.press("Shift")
    page.keyboard.up(held)
    assert_still_here(page)


def test_marking_text_with_shift_and_clicks_leaves_nobody_standing_outside(open_page: OpenPage) -> None:
    page = open_page("student")
    page.goto("/privacy")
    stop_the_clock(page)
    for place in ("h1", "main p", "main h2"):
        page.locator(place).first.click(modifiers=["Shift"])
    assert_still_here(page)


def test_an_escape_that_empties_the_search_does_not_count(open_page: OpenPage) -> None:
    page = open_page("student")
    page.goto("/")
    stop_the_clock(page)
    page.locator("input[type=search]").fill("library")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert_still_here(page)


def test_escapes_that_are_far_apart_do_not_count(open_page: OpenPage) -> None:
    page = open_page("student")
    page.goto("/me")
    stop_the_clock(page)
    page.keyboard.press("Escape")
    page.clock.run_for(2100)
    page.keyboard.press("Escape")
    assert_still_here(page)


def assert_still_here(page: Page) -> None:
    """Leaving blanks the page before anything else, in the very handler of the key."""
    assert page.evaluate("document.documentElement.hidden") is False
    expect(page.locator("#exit")).to_be_visible()


# Afterwards


def nothing_of(page: Page, who: str) -> None:
    """There is a page, and it belongs to nobody."""
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(SIGNED_IN[who])
    expect(page.locator("body")).not_to_contain_text("Sign out")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize("who", sorted(PRIVATE))
def test_back_forward_and_reload_show_nothing_of_whoever_left(
    open_page: OpenPage, harmless: str, who: str, script: bool
) -> None:
    # Given somebody who went through public and private pages
    page = open_page(who, script=script)
    visited = ["/", PRIVATE[who], "/privacy", PRIVATE[who]]
    for path in visited:
        page.goto(path)
        expect(page.locator("body")).to_contain_text("Sign out")

    # When they leave
    page.locator("#exit").click()
    expect_gone(page, harmless)

    # Then whoever goes back, as far as it goes, and reloads, finds nothing of theirs
    if script:
        visited.pop()  # the page that they left has lost its place
    for _ in visited:
        page.go_back(wait_until="commit")
        nothing_of(page, who)
        page.reload()
        nothing_of(page, who)

    # And nor does whoever goes forward again
    for _ in visited[1:]:
        page.go_forward(wait_until="commit")
        nothing_of(page, who)


def test_the_page_that_was_left_has_lost_its_place(open_page: OpenPage, harmless: str) -> None:
    page = open_page("student")
    page.goto("/privacy")
    page.goto("/me")
    page.locator("#exit").click()
    expect_gone(page, harmless)
    page.go_back(wait_until="commit")
    expect(page.locator("h1")).to_have_text("Who learns what")


def two_windows(page: Page) -> Page:
    """Another window of the same browser. In the first, a page of the student's lies a step back."""
    page.goto("/c/family-relationships/new")
    page.locator("#body").fill("What I had begun to write.")
    page.goto("/privacy")
    other = page.context.new_page()
    other.goto("/me")
    return other


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_what_the_browser_kept_whole_in_another_window_is_not_shown(
    open_page: OpenPage, harmless: str, script: bool
) -> None:
    page = open_page("student", script=script)
    other = two_windows(page)
    other.locator("#exit").click()
    expect_gone(other, harmless)
    page.go_back(wait_until="commit")
    nothing_of(page, "student")
    assert "What I had begun" not in page.locator("#body").input_value()


def test_words_that_were_typed_before_leaving_are_in_no_form_afterwards(
    open_page: OpenPage, harmless: str
) -> None:
    page = open_page("student", script=False)
    page.goto("/c/family-relationships/new")
    page.locator("#body").fill("What I had begun to write.")
    page.locator("input[type=search]").fill("What I looked for")
    page.locator("#exit").click()
    expect_gone(page, harmless)
    page.go_back(wait_until="commit")
    nothing_of(page, "student")
    assert page.locator("#body").input_value() == ""
    assert page.locator("input[type=search]").input_value() == ""


def test_what_the_browser_kept_whole_is_shown_to_whoever_is_still_here(open_page: OpenPage) -> None:
    page = open_page("student")
    two_windows(page)
    page.go_back(wait_until="commit")
    expect(page.locator("#body")).to_be_visible()
    expect(page.locator("#body")).to_have_value("What I had begun to write.")
    assert "…" not in page.title()


def test_a_page_that_comes_back_after_its_reader_left_is_loaded_anew(open_page: OpenPage) -> None:
    # Given a page that the browser keeps for Back, although its reader has left
    page = open_page("student")
    page.goto("/me")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert page.evaluate("document.documentElement.hidden") is True
    page.context.clear_cookies()

    # When it comes back
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    # Then it is the door, and not the page
    page.wait_for_url(re.compile(r"/return\?"))
    nothing_of(page, "student")


# A line that is slow, and a server that is not there


def hold(page: Page) -> list[Route]:
    """Let the way out wait for an answer that does not come."""
    held: list[Route] = []
    page.route("**/leave", lambda route: held.append(route))
    return held


def test_while_the_server_is_slow_the_page_is_blank_at_once(open_page: OpenPage) -> None:
    page = open_page("student")
    page.goto("/me")
    stop_the_clock(page)
    hold(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.evaluate("getComputedStyle(document.documentElement).display") == "none"
    assert page.title() == "…"


def test_a_server_that_does_not_answer_keeps_nobody(open_page: OpenPage, harmless: str) -> None:
    page = open_page("student")
    page.goto("/me")
    stop_the_clock(page)
    hold(page)
    page.locator("#exit").click()
    page.clock.run_for(2100)
    expect_gone(page, harmless)


def test_a_server_that_is_gone_keeps_nobody(open_page: OpenPage, harmless: str) -> None:
    page = open_page("student")
    page.goto("/me")
    page.route("**/leave", lambda route: route.abort("connectionrefused"))
    page.locator("#exit").click()
    expect_gone(page, harmless)


def test_no_other_place_learns_where_somebody_came_from(open_page: OpenPage, harmless: str) -> None:
    page = open_page("student")
    page.goto("/me")
    with page.expect_request(harmless) as asked:
        page.locator("#exit").click()
    assert not asked.value.all_headers().get("referer")
