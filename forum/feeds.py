"""A feed of threads as Atom (RFC 4287), for readers who follow a topic without being followed.

Days and no times, no authors but the site itself, and no word of a text that carries a warning. Ids are made
of the threads' random ones, so that they stay what they are when the service moves to another name.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# A feed must say when it changed, also while there is nothing in it.
BEFORE_ALL = date(1970, 1, 1)
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("", ATOM)


@dataclass(frozen=True)
class FeedEntry:
    """One thread. `changed_on` is the day of its newest post.

    `speaks_of` says in the feed's language what the text speaks of, and then stands instead of its words.
    """

    thread_id: str
    title: str
    address: str
    language: str
    published_on: date
    changed_on: date
    words: str = ""
    speaks_of: str = ""


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself. `name` is what it is known by, whatever its address."""

    name: str
    title: str
    site_name: str
    language: str
    address: str
    page: str
    entries: Sequence[FeedEntry]


def write_feed(feed: Feed) -> bytes:
    """The feed as XML. The same threads give the same bytes."""
    root = Element(f"{{{ATOM}}}feed", {LANG: feed.language})
    _add(root, "id", _urn(f"feed/{feed.name}"))
    _add(root, "title", feed.title)
    _add(root, "updated", _midnight(max((entry.changed_on for entry in feed.entries), default=BEFORE_ALL)))
    _add(SubElement(root, f"{{{ATOM}}}author"), "name", feed.site_name)
    SubElement(root, f"{{{ATOM}}}link", rel="self", type="application/atom+xml", href=feed.address)
    SubElement(root, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=feed.page)
    for entry in feed.entries:
        _add_entry(root, entry)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(root: Element, entry: FeedEntry) -> None:
    element = SubElement(root, f"{{{ATOM}}}entry", {LANG: entry.language})
    _add(element, "id", _urn(f"thread/{entry.thread_id}"))
    _add(element, "title", entry.title)
    _add(element, "published", _midnight(entry.published_on))
    _add(element, "updated", _midnight(entry.changed_on))
    SubElement(element, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=entry.address)
    if entry.speaks_of:
        _add(element, "summary", entry.speaks_of).set(LANG, root.attrib[LANG])
    elif entry.words:
        _add(element, "summary", entry.words)


def _add(parent: Element, name: str, text: str) -> Element:
    """An element with a text. What XML cannot hold is left out: one such sign would break the feed."""
    element = SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = _NOT_IN_XML.sub("", text)
    return element


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:stoa:{name}").urn


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
