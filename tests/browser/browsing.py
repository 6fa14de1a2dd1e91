"""Chromium, and how one reader's screen differs from another's: width, colours, script."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response

from tests.browser.site import Site

# The first is the same browser without the windows that nobody sees: it takes half the time for a page.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = (360, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 800
PATIENCE = 15  # seconds


@dataclass(frozen=True)
class Factors:
    """What differs between two readers of the same page."""

    width: int = 1280
    scheme: Literal["light", "dark"] = "light"
    script: bool = True

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{'script' if self.script else 'noscript'}"


EVERY_FACTOR = tuple(
    Factors(width, scheme, script)
    for width, scheme, script in itertools.product(WIDTHS, SCHEMES, (True, False))
)
# Four of the eight in which each pair of two factors' values still meets.
PAIRWISE = (
    Factors(360, "light", True),
    Factors(1280, "dark", True),
    Factors(360, "dark", False),
    Factors(1280, "light", False),
)


class ChromiumMissing(Exception):
    """There is no browser to look with."""


def chromium_path() -> str:
    """The system's Chromium: nothing is downloaded. Raises ChromiumMissing."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise ChromiumMissing("there is no Chromium: get it with `apt install chromium`")


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A browser, until the block ends. Raises ChromiumMissing."""
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
    try:
        yield browser
    finally:
        browser.close()


def context_of(
    browser: Browser,
    site: Site,
    who: str = "visitor",
    factors: Factors | None = None,
    *,
    language: str = "en-GB",
    script: bool | None = None,
) -> BrowserContext:
    """A browser of somebody, signed in where they are more than a visitor. Its addresses begin with `/`.

    `script` overrides the factors, for whoever turns the page's script off by other means.
    """
    factors = factors or Factors()
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": factors.width, "height": HEIGHT},
        color_scheme=factors.scheme,
        java_script_enabled=factors.script if script is None else script,
        locale=language,
        reduced_motion="no-preference",
    )
    context.set_default_timeout(PATIENCE * 1000)
    cookie = site.cookie_for(who)
    if cookie is not None:
        name, value = cookie
        context.add_cookies(
            [{"name": name, "value": value, "url": site.address, "httpOnly": True, "sameSite": "Lax"}]
        )
    return context


def wait_until(page: Page, is_so: Callable[[], bool], what: str) -> None:
    """Wait for something while the page goes on. Raises AssertionError when it does not come about."""
    give_up = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < give_up, f"waited in vain: {what}"
        page.wait_for_timeout(10)


def patient(page: Page) -> Page:
    """The page, whose `goto` now waits until the scripts have run: no test presses a key before anybody
    listens.
    """
    go = page.goto

    def go_and_wait(url: str, **options: Any) -> Response | None:
        answer = go(url, **options)
        page.wait_for_selector("html[data-ready], html:not(:has(script[data-modules]))", state="attached")
        return answer

    page.goto = go_and_wait  # type: ignore[method-assign]
    return page
