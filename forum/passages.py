"""Passages of the house rules that something else can lead to: `/rules#names`.

Whoever writes the rules gives a passage its name at its end, as `{#names}`. The same name in each language
makes one link serve all readers. Where a name stands nowhere, the link leads to the whole page.
"""

import re

from flask import current_app, url_for

from core.web import settings_of
from core.wording import current_language
from forum.models import SiteTextKind
from forum.sitetexts import read_site_text

# Those of templates/forum/show_rules.html, which hold until a university has written its own.
OWN_PASSAGES = ("kindness", "feelings", "names", "detail", "diagnoses", "adverts", "stays")
NAME = r"[a-z][a-z0-9-]{1,39}"

_NAMED = re.compile(
    rf"<(h[3-6]|li|p)>((?:(?!</?(?:h[3-6]|li|p|ul|ol)\b).)*?)\s*\{{#({NAME})\}}(?=\s*(?:</\1>|<[uo]l))", re.S
)


def mark_passages(html: str) -> str:
    """The rendered rules with an id where a passage has a name; only the first of a name gets it."""
    seen: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        tag, words, name = match.groups()
        if name in seen:
            return f"<{tag}>{words}"
        seen.add(name)
        return f'<{tag} id="{name}">{words}'

    return _NAMED.sub(mark, html)


def passages_of_rules() -> tuple[str, ...]:
    """The names of the passages in the rules that this reader gets."""
    found = read_site_text(settings_of(current_app), SiteTextKind.HOUSE_RULES, current_language())
    if found is None:
        return OWN_PASSAGES
    return tuple(re.findall(rf'<[a-z0-9]+ id="({NAME})">', mark_passages(found[0])))


def passage_address(name: str) -> str:
    """Where this passage stands, or the whole rules when they have no such passage."""
    return url_for("forum.show_rules", _anchor=name if name and name in passages_of_rules() else None)
