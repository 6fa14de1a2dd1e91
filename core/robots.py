"""What search engines may list. A forum where people say what hurts is not theirs to keep.

Every page says `noindex`, in a header and in its head, but for the few that the composition root names: those
that say what this is and where help is, and, when a coordinator opens them, those of threads. Whoever is
signed in gets no page that may be listed.
"""

from dataclasses import dataclass

from flask import Response, current_app, g, request

from core.site import site

# A page that is forbidden here is never fetched, and its noindex never read: addresses that others may link
# to, those of threads and topics, must therefore stay open to be left out. What is listed here is of no use
# to a machine, or would only wear out the limits of people.
ROBOTS = """\
User-agent: *
Disallow: /admin/
Disallow: /moderation/
Disallow: /counselling/
Disallow: /insight/
Disallow: /staff/
Disallow: /search
Disallow: /me
Disallow: /counsel
Disallow: /join
Disallow: /return
Disallow: /leave
Disallow: /report
Disallow: /appeal
Disallow: /language/
Disallow: /theme/
Disallow: /p/*/
Disallow: /c/*/new
Disallow: /t/*/reply
"""


@dataclass(frozen=True)
class Listing:
    """Endpoints that search engines may list, as the composition root says."""

    always: frozenset[str]
    with_threads: frozenset[str]  # when a coordinator lets threads be listed


def may_be_listed() -> bool:
    """Whether search engines may list the page that is being made."""
    if g.get("private") or request.method not in {"GET", "HEAD"}:
        return False
    listing: Listing = current_app.extensions["stoa_listing"]
    if request.endpoint in listing.always:
        return not request.args  # the first page of what is new says what this is; the next ones list threads
    return request.endpoint in listing.with_threads and site().look.lists_threads


def mark_for_robots(response: Response) -> None:
    """Say `noindex` with every answer that may not be listed."""
    if response.status_code >= 300 or not may_be_listed():
        response.headers["X-Robots-Tag"] = "noindex"
