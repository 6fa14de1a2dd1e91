"""Keys of staff: from row to row, to the search, to what the keys are; off where somebody wants none.

WCAG 2.1.4: keys of a single letter can be switched off, and rest while somebody types.
"""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Browse

QUEUE = "/moderation/queue"

pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def queue(browse: Browse) -> Page:
    """The queue in front of a moderator."""
    page = browse("moderator")
    page.goto(QUEUE)
    return page


def row_in_focus(page: Page) -> int:
    """The place of the row that has the focus; -1 when none has."""
    rows = "[...document.querySelectorAll('[data-rows] > *')]"
    return int(page.evaluate(f"{rows}.findIndex(row => row.contains(document.activeElement))"))


def test_j_goes_to_the_next_row_and_k_to_the_one_before(queue: Page) -> None:
    places = []
    for key in "jjk":
        queue.keyboard.press(key)
        places.append(row_in_focus(queue))
    assert places == [0, 1, 0]


def test_enter_opens_the_row(queue: Page) -> None:
    queue.keyboard.press("j")
    with queue.expect_navigation():
        queue.keyboard.press("Enter")
    assert "/moderation/items/" in queue.url


def test_the_slash_goes_to_the_search_and_letters_are_letters_there(queue: Page) -> None:
    queue.keyboard.press("/")
    queue.keyboard.type("jk?")
    assert queue.locator(".search [name=q]").input_value() == "jk?"


def test_a_key_with_control_is_the_browsers(queue: Page) -> None:
    queue.keyboard.press("Alt+j")
    assert row_in_focus(queue) == -1


def test_the_question_mark_tells_the_keys(queue: Page) -> None:
    queue.keyboard.press("?")
    assert queue.locator("#keys[open] kbd").first.is_visible()


def test_keys_that_were_switched_off_do_nothing(queue: Page) -> None:
    queue.locator("#keys summary").click()
    queue.locator("#keys a").click()
    queue.keyboard.press("j")
    assert row_in_focus(queue) == -1


def test_without_script_the_list_of_keys_can_be_read(browse: Browse) -> None:
    page = browse("moderator", script=False)
    page.goto(QUEUE)
    page.locator("#keys summary").click()
    assert page.locator("#keys kbd").first.is_visible()
