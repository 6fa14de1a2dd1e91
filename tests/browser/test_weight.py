"""What a page costs somebody who pays for every megabyte: bytes over the wire, headers included.

A first visit has an empty cache; at the second the browser keeps what it was allowed to keep. Bytes do not
depend on the machine, so this is a test; times are measured by `./run bench`.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.browsing import Factors, context_of, patient, wait_until
from tests.browser.pages import PAGES, Page
from tests.browser.site import Site

FIRST, SECOND = 60_000, 20_000
LATER = {"EventSource", "Fetch"}  # what scripts ask for, as the browser names it
# The first reader of each page, and the student, whose pages carry the most. The living page of the design
# has every part of the house at once, and is never served to the public.
ADDRESSES = [
    (page, who)
    for page in PAGES
    if not page.acts and not page.failure and page.address != "/styleguide"
    for who in page.who
    if who in (page.who[0], "student")
]


def bytes_of(context: BrowserContext, address: str) -> int:
    """What comes over the wire until a page and its scripts are there.

    What the scripts ask for afterwards, as long as the page is open, is left out: how often that is depends
    on how long somebody looks, and on whether there was a stream for them.
    """
    tab = patient(context.new_page())
    devtools = context.new_cdp_session(tab)
    underway: set[str] = set()
    sizes: list[float] = []

    def begin(event: dict[str, Any]) -> None:
        if event["type"] not in LATER:
            underway.add(event["requestId"])

    def end(event: dict[str, Any]) -> None:
        if event["requestId"] in underway:
            underway.remove(event["requestId"])
            sizes.append(float(event.get("encodedDataLength", 0)))

    devtools.on("Network.requestWillBeSent", begin)
    devtools.on("Network.loadingFinished", end)
    devtools.on("Network.loadingFailed", end)
    devtools.send("Network.enable")
    tab.goto(address)
    tab.wait_for_load_state("load")
    wait_until(tab, lambda: not underway, f"the last answers for {address}")
    tab.close()
    return int(sum(sizes))


@pytest.mark.parametrize(
    ("page", "who"), ADDRESSES, ids=lambda value: value.name if isinstance(value, Page) else str(value)
)
def test_a_page_is_light(chromium: Browser, site: Site, stage: dict[str, str], page: Page, who: str) -> None:
    address = page.address.format_map(stage)
    context = context_of(chromium, site, who, Factors(360))
    try:
        first, second = bytes_of(context, address), bytes_of(context, address)
    finally:
        context.close()
    assert first > 3_000, f"{page.name} ({page.address}) came with {first} bytes: nothing was measured"
    assert (first <= FIRST, second <= SECOND) == (True, True), (
        f"{page.name} ({page.address}) as {who}: {first} bytes at a first visit (at most {FIRST}), "
        f"{second} at a second (at most {SECOND})"
    )
