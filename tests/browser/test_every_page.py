"""Every page × role, loaded in a real browser, and everything that must be true of each.

By default each is loaded once, and the other factors (width, colours, script) are dealt out so that each pair
of their values comes up again and again over the pages. `./run test --full` loads the whole product.
"""

import os
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from accounts.permissions import Role, may
from tests.browser.browsing import EVERY_FACTOR, PAIRWISE, Factors
from tests.browser.checks import all_that_is_wrong
from tests.browser.pages import NO_PAGES, PAGES, AnyId, Page, endpoint_of
from tests.browser.site import Site
from tests.browser.visiting import visited

FULL = os.environ.get("EVERY_FACTOR") == "1"


def visits() -> Iterator[tuple[Page, str, Factors]]:
    """Every load. Over the whole product the factors change slowest, so that no form is sent too often."""
    found = [(page, who) for page in PAGES for who in page.who]
    if FULL:
        yield from ((page, who, factors) for factors in EVERY_FACTOR for page, who in found)
    else:
        yield from ((page, who, PAIRWISE[turn % len(PAIRWISE)]) for turn, (page, who) in enumerate(found))


def name_of(value: object) -> str:
    return value.name if isinstance(value, Page) else str(value)


@pytest.mark.parametrize(("page", "who", "factors"), list(visits()), ids=name_of)
def test_a_page_is_as_it_must_be(
    chromium: Browser, site: Site, stage: dict[str, str], page: Page, who: str, factors: Factors
) -> None:
    with visited(chromium, site, stage, page, who, factors) as visit:
        wrong = all_that_is_wrong(visit)
    told = "\n  ".join(dict.fromkeys(wrong))
    assert not wrong, f"{page.name} ({page.address}) as {who}, {factors}:\n  {told}"


# Whoever came with a code meets the pages of a visitor, and those of one conversation, as its student does.
FOR_RETURNERS = {"counselling.show_conversation", "counselling.set_reach_back"}
# Whoever came by a link into one talk is a visitor everywhere else.
FOR_TRUSTED = {"counselling.show_joined_talk", "counselling.join_talk", "counselling.show_talk_over"}
ONLY = {Role.RETURNER: FOR_RETURNERS, Role.TRUSTED: FOR_TRUSTED}
# Who leads changes with the hour: a professional meets this page as the lead, or not at all.
BY_THE_HOUR = {("counselling.move_cases", Role.PROFESSIONAL)}


def test_no_page_and_no_role_is_forgotten(site: Site) -> None:
    listed = {(endpoint_of(site.app, page, AnyId()), who.split()[-1]) for page in PAGES for who in page.who}
    missing = [
        f"{rule.endpoint} ({rule.rule}) as {role}"
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
        for role in Role
        if (role not in ONLY or rule.endpoint in ONLY[role])
        and may(role, site.app.view_functions[rule.endpoint].permission)  # type: ignore[attr-defined]
        and (rule.endpoint, role) not in listed | BY_THE_HOUR
    ]
    assert not missing, "add to tests/browser/pages.py:\n" + "\n".join(missing)


@pytest.mark.parametrize("endpoint", sorted(NO_PAGES))
def test_what_is_said_to_be_no_page_is_none(site: Site, stage: dict[str, str], endpoint: str) -> None:
    (rule, *_) = site.app.url_map.iter_rules(endpoint)
    known = {
        "filename": "stoa.css", "name": "stoa.css", "version": "1", "slug": stage["topic"], "lang": "el",
        "theme": "dark", "code": "GR", "keys": "off", "case_id": stage["open_talk"],
        "appointment_id": "0000000000001",
    }  # fmt: skip
    address = site.app.url_map.bind("127.0.0.1").build(
        endpoint, {name: known[name] for name in rule.arguments}
    )
    for who in ("visitor", "student", "coordinator"):
        with browser_of(site, who).get(address) as answer:
            is_led_on_or_refused = 300 <= answer.status_code < 500
            assert is_led_on_or_refused or answer.mimetype != "text/html", f"{address} shows {who} a page"


def browser_of(site: Site, who: str) -> FlaskClient:
    client = site.app.test_client()
    cookie = site.cookie_for(who)
    if cookie is not None:
        client.set_cookie(*cookie)
    return client
