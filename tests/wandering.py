"""Following links as somebody would who looks at everything: each kind of page within their reach."""

import re
from collections import Counter
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# What would sign out, or change how every other page looks.
LEFT_ALONE = frozenset(
    {"accounts.leave", "accounts.choose_country", "accounts.choose_language", "accounts.choose_theme"}
)
PAGES_OF_A_KIND = 2


def endpoint_of(app: Flask, address: str) -> str:
    """The endpoint of an address, or nothing."""
    try:
        return str(app.url_map.bind("localhost").match(address.split("?")[0])[0])
    except (HTTPException, RequestRedirect):
        return ""


def read_pages(
    browser: FlaskClient, wanted: Callable[[str], bool], *, of_a_kind: int = PAGES_OF_A_KIND
) -> dict[str, str]:
    """What somebody meets by following links, by address: so many of each wanted endpoint at most, and empty
    for what leads to another page.
    """
    app = browser.application
    rules = app.url_map.iter_rules()
    addresses = [rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments]
    seen: Counter[str] = Counter()
    pages: dict[str, str] = {}
    while addresses:
        address = addresses.pop(0)
        endpoint = endpoint_of(app, address)
        is_left_out = endpoint in LEFT_ALONE or not wanted(endpoint)
        if address in pages or seen[endpoint] >= of_a_kind or is_left_out:
            continue
        answer = browser.get(address)
        is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        seen[endpoint] += is_page
        pages[address] = answer.text if is_page else ""
        answer.close()  # a stream that is left open keeps one of the few places
        addresses += [*re.findall(r'href="(/[^"#?]*)', pages[address]), answer.location or ""]
    return pages
