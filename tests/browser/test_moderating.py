"""A moderator at work in a browser: through a full queue by keys alone, without script, and beside a
colleague who wants the same text.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core.clock import utcnow
from core.db import transaction
from forum import posting
from moderation import queries
from moderation.claims import claim
from moderation.models import Conduct
from moderation.stints import end_stint
from moderation.wellbeing import own_setting
from tests.browser.conftest import Browse
from tests.browser.hands import Keys, Pointer
from tests.browser.site import Site
from tests.browser.stage import Director, item_of, staff

QUEUE = "/moderation/queue"
NEXT = 'main form[action$="/queue/next"] button'
NOT_LED_ON = "/queue/next"
DECIDE = "#decision button.primary"
BACK = f'main a.button[href="{QUEUE}"]'
MOST_ROUNDS = 90

Write = Callable[..., list[str]]


@pytest.fixture
def write(site: Site) -> Write:
    """A function that lets a student write texts that wait. Gives the ids of their items."""
    site.do(lambda: site.join_once("thirty"))

    def write(how_many: int, *, of: str) -> list[str]:
        with transaction():
            director = Director(site)
            posts = [
                director.begin(
                    "thirty", f"{of} {number}", f"The {of} of day {number} was long, and I was alone."
                )
                for number in range(how_many)
            ]
            return [item_of(post).id for post in posts]

    return lambda how_many, *, of: site.do(lambda: write(how_many, of=of))


def come_anew(site: Site) -> None:
    """Two moderators have nothing in hand from an earlier test, and have slept since."""

    def come() -> None:
        for who in ("moderator", "colleague"):
            with transaction():
                end_stint(staff(who), now=utcnow())
                own_setting(staff(who)).rested_until = None

    site.do(come)


@pytest.fixture(autouse=True)
def rested(site: Site) -> Iterator[None]:
    """What somebody read in one test asks for no pause in the next one."""
    come_anew(site)
    yield
    come_anew(site)


def conduct_of(site: Site, item_id: str) -> Conduct | None:
    """What was decided last about an item."""
    return site.do(lambda: next((one.conduct for one in queries.decisions_of(item_id)), None))


def press(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait until that one listens."""
    with page.expect_navigation():
        page.keyboard.press(key)
    page.wait_for_selector("html[data-ready]", state="attached")


def take_in_hand(page: Page, item_id: str) -> None:
    """Open a text and take it; the decision is there then."""
    page.goto(f"/moderation/items/{item_id}")
    with page.expect_navigation():
        page.locator('main form[action$="/claim"] button').first.click()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator(DECIDE)).to_be_visible()


def pause(page: Page, site: Site) -> None:
    """Somebody who read much is asked to rest: they sleep, and go back to the queue."""
    come_anew(site)
    Keys(page).follow(BACK)
    page.wait_for_selector("html[data-ready]", state="attached")


def item_at(page: Page) -> str:
    return page.url.split("?")[0].rsplit("/", 1)[1]


def test_a_person_works_through_thirty_texts_by_keys_alone(browse: Browse, site: Site, write: Write) -> None:
    mine = write(30, of="evening")
    page = browse("moderator")
    page.goto(QUEUE)
    expected: dict[str, Conduct] = {}
    for _ in range(MOST_ROUNDS):
        if len(expected) == len(mine):
            break
        press(page, "n")
        if page.url.endswith(NOT_LED_ON):
            pause(page, site)
            continue
        item = item_at(page)
        if item not in mine:  # a text of another test: let it go by
            page.keyboard.press("s")
            press(page, "Enter")
            continue
        if len(expected) % 10 == 3:
            for key in ("l", "Space", "Enter"):
                page.keyboard.press(key)
            expected[item] = Conduct.PUBLISH_WITH_WARNINGS
        elif len(expected) % 10 == 6:
            for key in ("c", "Space", "ArrowDown", "Enter"):
                page.keyboard.press(key)
            expected[item] = Conduct.ASK_CHANGE
        else:
            page.keyboard.press("p")
            expected[item] = Conduct.PUBLISH
        press(page, "Enter")
    assert {item: conduct_of(site, item) for item in mine} == expected


def test_no_key_alone_sends_anything(browse: Browse, site: Site, write: Write) -> None:
    (item,) = write(1, of="morning")
    page = browse("moderator")
    take_in_hand(page, item)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for key in "jktplchse?":
        page.keyboard.press(key)
        page.locator("h1").click()  # out of the field that the key may have led to
    assert (sent, conduct_of(site, item)) == ([], None)


def test_letters_are_letters_where_somebody_writes(browse: Browse, write: Write) -> None:
    (item,) = write(1, of="noon")
    page = browse("moderator")
    take_in_hand(page, item)
    page.keyboard.press("h")
    page.keyboard.type("please help")
    assert page.locator("#hold-reason").input_value() == "please help"


def test_a_decision_is_taken_back_by_one_key(browse: Browse, site: Site, write: Write) -> None:
    (item,) = write(1, of="night")
    page = browse("moderator")
    take_in_hand(page, item)
    page.keyboard.press("p")
    press(page, "Enter")
    press(page, "u")
    assert conduct_of(site, item) is Conduct.KEEP_HELD


def test_ten_texts_without_script(browse: Browse, site: Site, write: Write) -> None:
    mine = write(10, of="walk")
    hand = Pointer(browse("moderator", script=False))
    hand.open(QUEUE)
    done = 0
    for _ in range(MOST_ROUNDS):
        if done == len(mine):
            break
        hand.follow(NEXT)
        if item_at(hand.tab) not in mine:
            hand.follow('main form[action$="/skip"] button')
            continue
        hand.choose("conduct", "publish")
        hand.follow(DECIDE)
        done += 1
    assert {conduct_of(site, item) for item in mine} == {Conduct.PUBLISH}


def test_two_want_one_text_and_the_second_keeps_what_they_typed(
    browse: Browse, site: Site, write: Write
) -> None:
    (item,) = write(1, of="letter")
    page, colleague = browse("moderator"), browse("colleague")

    # Given a moderator who types for so long that a colleague takes the text and decides
    take_in_hand(page, item)
    page.keyboard.press("c")
    page.locator('[name="reason"]').nth(1).check()
    page.locator('[name="message"]').fill("Thank you for this letter.")

    def lapse() -> None:
        with transaction():
            held = queries.item(item, locked=True)
            assert held is not None
            held.claim_ends_at = utcnow() - timedelta(minutes=1)

    site.do(lapse)
    take_in_hand(colleague, item)
    colleague.keyboard.press("p")
    press(colleague, "Enter")

    # When the first one sends their decision
    with page.expect_navigation() as going:
        page.locator(DECIDE).click()

    # Then they read what the colleague did, and their own words are there
    assert going.value.status == 409
    expect(page.locator("main")).to_contain_text("published")
    assert "Thank you for this letter." in page.content()
    assert conduct_of(site, item) is Conduct.PUBLISH


def test_an_open_list_tells_what_came_and_what_was_taken(browse: Browse, site: Site, write: Write) -> None:
    (item,) = write(1, of="lake")
    page = browse("moderator")
    page.goto(QUEUE)
    rows = "[...document.querySelectorAll('[data-rows] > tr')].map(row => row.id)"
    before = page.evaluate(rows)
    write(2, of="river")

    def take() -> None:
        with transaction():
            waiting = queries.item(item, locked=True)
            assert waiting is not None
            claim(waiting, actor=staff("colleague"), now=utcnow())

    site.do(take)
    expect(page.locator("#news")).to_have_text("New texts: 2")
    expect(page.locator(f"#item-{item} [data-says]")).to_have_text("A colleague has it")
    assert page.evaluate(rows) == before


def test_a_list_without_a_stream_asks_again_and_again(browse: Browse, write: Write) -> None:
    page = browse("moderator")
    page.route("**/moderation/queue/events*", lambda route: route.fulfill(status=204))
    page.clock.install()
    with page.expect_response("**/moderation/queue/state*"):
        page.goto(QUEUE)
    write(1, of="valley")
    with page.expect_response("**/moderation/queue/state*"):
        page.clock.run_for(10_000)
    expect(page.locator("#news")).to_have_text("New texts: 1")


def test_a_row_that_was_taken_back_is_marked_and_stays(browse: Browse, site: Site, write: Write) -> None:
    (item,) = write(1, of="hill")
    page = browse("moderator")
    page.goto(QUEUE)

    def withdraw() -> None:
        with transaction():
            found = queries.item(item, locked=True)
            assert found is not None
            posting.withdraw(found.post, now=utcnow())

    site.do(withdraw)
    expect(page.locator(f"#item-{item}[data-gone]")).to_have_count(1)


@pytest.mark.parametrize(("minutes", "is_counted_down"), [(9, False), (2, True)])
def test_the_time_is_counted_down_in_its_last_three_minutes_only(
    browse: Browse, site: Site, write: Write, minutes: int, is_counted_down: bool
) -> None:
    (item,) = write(1, of=f"wood of {minutes}")

    def take() -> None:
        with transaction():
            waiting = queries.item(item, locked=True)
            assert waiting is not None
            claim(waiting, actor=staff("moderator"), now=utcnow())
            waiting.claim_ends_at = utcnow() + timedelta(minutes=minutes)

    site.do(take)
    page = browse("moderator")
    page.goto(f"/moderation/items/{item}")
    assert (page.locator("#claim[data-soon]").count() == 1) is is_counted_down
