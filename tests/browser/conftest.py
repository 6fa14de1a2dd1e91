"""What a browser test may ask for: a served demo, a Chromium, and a page of somebody.

Each worker of pytest-xdist has a server and a browser of its own, made once.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.browsing import ChromiumMissing, Factors, chromium_path, context_of, launched, patient
from tests.browser.site import Site, served_demo
from tests.browser.stage import set_stage
from tests.conftest import REQUIRE_ALL

Browse = Callable[..., Page]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, served."""
    with served_demo(tmp_path_factory.mktemp("browser") / "data") as site:
        yield site


@pytest.fixture(scope="session")
def stage(site: Site) -> dict[str, str]:
    """Texts, items and cases in every state that a page shows: their ids by name."""
    return set_stage(site)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers: one for all tests of a process, since it allows no second one.

    Where the system has no Chromium, the test is skipped with what it lacks.
    """
    try:
        chromium_path()
    except ChromiumMissing as missing:
        if REQUIRE_ALL:
            raise
        pytest.skip(str(missing))
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture
def browse(chromium: Browser, site: Site) -> Iterator[Browse]:
    """A function that opens a browser of somebody and gives its page: browse("student", width=360).

    Who: a role, or a name of `tests/browser/site.py`; then `width`, `scheme`, `script`, and `language` as the
    browser asks for it. Addresses begin with `/`: page.goto("/help").
    """
    opened: list[BrowserContext] = []

    def open_page(who: str = "visitor", *, language: str = "en-GB", **factors: object) -> Page:
        context = context_of(chromium, site, who, Factors(**factors), language=language)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        return patient(page) if factors.get("script", True) else page

    yield open_page
    for context in opened:
        context.close()
