"""Writing with script: nothing is lost when the line drops, the browser dies or a button is pressed twice,
and nothing is kept that shall not be.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.browsing import wait_until
from tests.browser.site import Site

Browse = Callable[..., Page]

NEW = "/c/family-relationships/new"
BODY = "They have not spoken since June."
KEPT = re.compile("Kept as a draft until")


def begin(page: Page, body: str = BODY, *, title: str = "My parents do not speak") -> None:
    """Open the editor and type."""
    page.goto(NEW)
    page.get_by_label("Title").fill(title)
    page.get_by_label("Your text", exact=True).fill(body)


def type_more(page: Page) -> None:
    """Press real keys: a browser asks before it leaves a page only when somebody has touched it."""
    page.get_by_label("Your text", exact=True).press_sequentially(" More.")


def text_in(page: Page) -> str:
    return page.get_by_label("Your text", exact=True).input_value()


def state_of(page: Page) -> Locator:
    return page.locator("#editor-state")


def test_a_text_is_kept_while_it_is_typed_and_survives_the_browser(browse: Browse) -> None:
    # Given a student whose browser dies while they write
    page = browse("who types")
    begin(page)
    expect(state_of(page)).to_have_text(KEPT)
    page.context.close()

    # When they come back
    again = browse("who types")
    again.goto(NEW)

    # Then the text stands there
    assert text_in(again) == BODY
    expect(again.get_by_text("This is your draft of")).to_be_visible()


def test_a_text_is_kept_at_once_when_the_page_goes_out_of_sight(browse: Browse) -> None:
    # Given a student who goes on before the pause after which a draft is kept
    page = browse("who looks elsewhere")
    begin(page)
    page.goto("/help")

    # Then the text is kept all the same, as soon as the server has taken what was sent on the way out
    def is_there() -> bool:
        page.goto(NEW)
        return text_in(page) == BODY

    wait_until(page, is_there, "the text that was typed")


def test_do_not_keep_takes_back_what_was_kept_and_sends_no_text_any_more(browse: Browse) -> None:
    # Given a text that was kept
    page = browse("who wants nothing kept")
    begin(page)
    expect(state_of(page)).to_have_text(KEPT)

    # When "do not keep" is ticked, and more is typed
    with page.expect_request("**/drafts") as asked:
        page.get_by_label("Do not keep a draft").check()
    expect(state_of(page)).to_have_text("This draft is not kept.")
    assert "spoken" not in (asked.value.post_data or "")
    later: list[str] = []
    page.on("request", lambda request: later.append(request.url))
    type_more(page)
    page.wait_for_timeout(4000)  # longer than the pause after which a draft is kept

    # Then nothing left the page, and nothing is there the next time
    assert later == []
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(NEW)
    assert text_in(page) == ""


def test_a_text_that_is_sent_into_a_dead_line_stays_and_goes_when_the_line_is_back(browse: Browse) -> None:
    # Given a line that drops while somebody writes
    page = browse("on a train")
    begin(page)
    page.context.set_offline(True)

    # When they press Send
    page.get_by_role("button", name="Send").click()

    # Then the page says so and holds the text
    expect(state_of(page)).to_have_text(re.compile("The line is down. Your text is still here"))
    assert text_in(page) == BODY

    # When the line is back and they press again
    page.context.set_offline(False)
    expect(state_of(page)).to_have_text(re.compile("The line is back"))
    page.get_by_role("button", name="Send").click()

    # Then the text has arrived
    page.wait_for_url("**/t/*")
    expect(page.get_by_text(BODY)).to_be_visible()

    # And no draft of it is left
    page.goto(NEW)
    assert text_in(page) == ""


def test_a_preview_into_a_dead_line_loses_nothing(browse: Browse) -> None:
    page = browse("on a train")
    begin(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Preview").click()
    expect(state_of(page)).to_have_text(re.compile("Your text is still here"))
    assert text_in(page) == BODY


def test_a_forum_that_is_busy_takes_nothing_away(browse: Browse) -> None:
    page = browse("at rush hour")
    begin(page)
    page.route(f"**{NEW}", lambda route: route.fulfill(status=503, body="Closed for a moment"))
    page.get_by_role("button", name="Send").click()
    expect(state_of(page)).to_have_text(re.compile("cannot take it right now"))
    assert text_in(page) == BODY


def test_two_presses_send_once(browse: Browse) -> None:
    # Given a slow line
    page = browse("with a nervous finger")
    begin(page)
    sent: list[str] = []

    def slowly(route: Route) -> None:
        sent.append(route.request.method)
        route.continue_()

    page.route(f"**{NEW}", slowly)

    # When Send is pressed twice
    page.get_by_role("button", name="Send").dblclick()
    page.wait_for_url("**/t/*")

    # Then it was sent once
    assert sent == ["POST"]


def test_what_may_show_who_they_are_is_shown_before_sending_and_asked_at_sending(browse: Browse) -> None:
    # When a student types their address
    page = browse("who says too much")
    begin(page, "Write to me: anna@mail.example")

    # Then it is shown marked below the form
    expect(page.locator("#personal-hint mark")).to_have_text("anna@mail.example")

    # When they send it all the same
    page.get_by_role("button", name="Send", exact=True).click()

    # Then they are asked, and the question has the focus
    expect(page.locator("#personal")).to_be_focused()

    # When they take it out and send what is left
    page.get_by_role("button", name="Take it out").click()
    expect(page.get_by_text("The words are out")).to_be_visible()
    assert text_in(page) == "Write to me: […]"
    page.get_by_role("button", name="Send", exact=True).click()

    # Then it has arrived
    page.wait_for_url("**/t/*")
    expect(page.get_by_text("Write to me: […]")).to_be_visible()


def test_an_answer_below_a_thread_appears_there(browse: Browse, site: Site) -> None:
    # Given a student at a thread of the demo
    page = browse("who answers")
    page.goto("/c/family-relationships")
    page.locator("main .row h2 a, main .row h3 a").first.click()
    page.wait_for_url("**/t/*")

    # When they answer below it
    page.get_by_label("Your text", exact=True).fill("You are not alone with this.")
    page.get_by_role("button", name="Send", exact=True).click()

    # Then the page shows it, and its form is empty again
    expect(page.get_by_role("article").get_by_text("You are not alone with this.")).to_be_visible()
    assert text_in(page) == ""
    assert site.address in page.url


@pytest.mark.parametrize("who", ["visitor", "who must go"])
def test_leaving_quickly_is_never_asked_about_and_keeps_nothing_more(
    browse: Browse, site: Site, who: str
) -> None:
    # Given a text that nobody has kept yet
    page = browse(who)
    page.route(lambda url: not url.startswith(site.address), lambda route: route.fulfill(body="Sunny."))
    begin(page)
    type_more(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    kept: list[str] = []
    page.on("request", lambda request: kept.append(request.url) if "/drafts" in request.url else None)

    # When they leave quickly
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Sunny.")).to_be_visible()

    # Then no question stood in the way, and no text went out after them
    assert asked == []
    assert kept == []


def test_a_visitors_unsent_text_is_asked_about_before_it_is_lost(browse: Browse) -> None:
    page = browse("visitor")
    begin(page)
    page.get_by_label("Your text", exact=True).press_sequentially(
        " More."
    )  # browsers ask after a real key only
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/rules")
    assert asked == ["beforeunload"]


def test_nothing_is_put_into_the_storage_of_the_browser(browse: Browse) -> None:
    page = browse("on a shared computer")
    begin(page)
    expect(state_of(page)).to_have_text(KEPT)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_topics_open_by_themselves_when_one_is_ticked(browse: Browse) -> None:
    page = browse("who warns", script=False)
    begin(page)
    topics = page.locator("details", has=page.get_by_label("death and loss"))
    assert topics.get_attribute("open") is None
    topics.locator("summary").click()
    page.get_by_label("death and loss").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("death and loss")).to_be_checked()
    expect(page.get_by_label("death and loss")).to_be_visible()
