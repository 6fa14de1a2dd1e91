"""Bring a browser to a page of the list, and note on the way what the page asked for and complained about."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Request, Response, Route
from playwright.sync_api import Page as Tab
from werkzeug.exceptions import (
    InternalServerError,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
)

from tests.browser.browsing import Factors, context_of
from tests.browser.pages import Act, Page
from tests.browser.site import Site
from tests.browser.stage import keep_claims

FAILURES = {
    413: RequestEntityTooLarge,
    429: TooManyRequests,
    500: InternalServerError,
    503: ServiceUnavailable,
}


@dataclass
class Visit:
    """A page that somebody has open, and what was heard of it."""

    page: Page
    who: str
    factors: Factors
    tab: Tab
    devtools: CDPSession
    status: int = 0
    html: str = ""
    requests: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note what the console says."""
        if message.type in ("error", "warning"):
            self.said.append((message.text, message.location.get("url", "")))

    def all_complaints(self) -> list[str]:
        """What was complained of, but for the browser's own line about a status that we expect.

        The editor's script asks the server before it lets the page go there: the line comes once for each.
        """
        status = f"status of {self.page.status} "
        wrong = [
            f"the console says: {text}"
            for text, address in self.said
            if not (text.startswith("Failed to load") and status in text and address in self.documents)
        ]
        return [*self.complaints, *wrong]

    def hear_issue(self, event: dict[str, Any]) -> None:
        """Note what the browser reports of the content security policy, with script or without."""
        issue = event["issue"]
        if issue["code"] == "ContentSecurityPolicyIssue":
            details = issue["details"]["contentSecurityPolicyIssueDetails"]
            blocked = details.get("blockedURL", details.get("contentSecurityPolicyViolationType"))
            self.complaints.append(f"the policy forbids {blocked} ({details['violatedDirective']})")

    def note(self, request: Request) -> None:
        self.requests.append(request.url)
        if request.is_navigation_request():
            self.documents.append(request.url)

    def arrive(self, answer: Response | None) -> None:
        """Keep the status and the HTML of the page as it was sent."""
        assert answer is not None, f"{self.page.name} did not load"
        self.tab.wait_for_load_state("load")
        self.status, self.html = answer.status, answer.text()

    def allow_script(self) -> None:
        """Let a page that was loaded without script be asked things. Its own scripts did not run."""
        self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": False})


@contextmanager
def visited(
    browser: Browser,
    site: Site,
    ids: dict[str, str],
    page: Page,
    who: str,
    factors: Factors,
    *,
    broken: Callable[[str], str] | None = None,
) -> Iterator[Visit]:
    """Somebody opens a page and does what leads to its state; the block has it before them.

    `broken` spoils the HTML on its way, for the tests of the checks.
    """
    keep_claims(site, ids)
    # Script is turned off for the page alone, and not for the browser: axe runs in the page afterwards.
    context = context_of(browser, site, who, factors, script=True)
    try:
        tab = context.new_page()
        devtools = context.new_cdp_session(tab)
        visit = Visit(page, who, factors, tab, devtools)
        listen(visit)
        if page.failure:
            show_failure(visit, site, page.failure)
        if broken is not None:
            spoil(visit, broken)
        if page.first:
            tab.goto(page.first)
        visit.arrive(tab.goto(page.address.format_map(ids)))
        for act in page.acts:
            take_act(visit, act, ids)
        yield visit
    finally:
        context.close()


def listen(visit: Visit) -> None:
    visit.devtools.send("Emulation.setScriptExecutionDisabled", {"value": not visit.factors.script})
    visit.devtools.on("Audits.issueAdded", visit.hear_issue)
    visit.devtools.send("Audits.enable")
    visit.tab.on("console", visit.hear)
    visit.tab.on("request", visit.note)
    visit.tab.on("pageerror", lambda error: visit.complaints.append(f"a script failed: {error}"))


def take_act(visit: Visit, act: Act, ids: dict[str, str]) -> None:
    """Fill in and press, in a closed `details` too."""
    tab = visit.tab
    for selector, text in act.fill.items():
        tab.locator(selector).first.fill(text.format_map(ids))
    for selector in act.check:
        tab.locator(selector).first.evaluate("element => { element.checked = true }")
    button = tab.locator(act.press).first
    if act.action:
        button.evaluate("(element, action) => { element.form.action = action }", act.action.format_map(ids))
    for selector, text in act.stale.items():
        button.evaluate(
            "(element, [selector, text]) => { element.form.querySelector(selector).value = text }",
            [selector, text],
        )
    send = "element => { element.form.requestSubmit(element) }"
    if act.appears and visit.factors.script:
        button.evaluate(send)
        tab.locator(act.appears).first.wait_for()
        return
    with tab.expect_navigation() as going:
        button.evaluate(send)
    visit.arrive(going.value)


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Let this logger say nothing for a while: a failure that a test brings about is no news."""
    logger = logging.getLogger(name)
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False


def show_failure(visit: Visit, site: Site, status: int) -> None:
    """Answer an address with the application's own page for a failure that no address brings about."""

    def render() -> tuple[str, dict[str, str]]:
        with quiet("stoa"), site.app.test_request_context("/failure"):
            answer = site.app.make_response(site.app.handle_user_exception(FAILURES[status]()))
            answer = site.app.process_response(answer)
            return answer.get_data(as_text=True), dict(answer.headers)

    body, headers = site.do(render)

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, headers=headers)

    visit.tab.route("**/failure/*", answer)


def spoil(visit: Visit, broken: Callable[[str], str]) -> None:
    """Let the page come with other HTML than was sent, and with the same headers."""

    def answer(route: Route) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        sent = route.fetch()
        route.fulfill(response=sent, body=broken(sent.text()))

    visit.tab.route("**/*", answer)
