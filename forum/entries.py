"""Ways in for somebody who does not know where to begin: a few ticked areas lead to topics and to threads
like theirs. Nothing here is stored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from forum.list_queries import newest_of_each
from forum.models import Category
from forum.queries import Rows

TOPICS_AT_MOST, THREADS_AT_MOST = 2, 5
# Of each topic so many of the newest threads are looked through for those that fit best.
LOOKED_THROUGH = 40


class Company(StrEnum):
    """Whom somebody would rather talk to. In an address it is a number, which tells a glance nothing."""

    STUDENTS = "1"
    PEER = "2"
    COUNSELLOR = "3"
    READING = "4"


@dataclass(frozen=True)
class Area:
    """Something that a person may carry, in their own words, and the topics where others speak of it."""

    code: str
    label: Any  # a sentence that is translated when it is shown
    slugs: tuple[str, ...]
    is_heavy: bool = False  # help that answers at once is shown first


AREAS = (
    Area("1", _l("I feel alone"), ("social-relationships", "adjustment-difficulties")),
    Area("2", _l("I am low, or I sleep badly"), ("health-and-self", "adjustment-difficulties")),
    Area("3", _l("Everything is too much"), ("adjustment-difficulties", "health-and-self"), is_heavy=True),
    Area("4", _l("I cannot say what it is"), ("health-and-self",)),
)


def offered_areas(categories: Sequence[Category]) -> list[Area]:
    """The areas that lead somewhere: a coordinator may have closed their topics, or renamed them."""
    slugs = {category.slug for category in categories}
    return [area for area in AREAS if slugs & set(area.slugs)]


def fitting_topics(codes: Sequence[str], categories: Sequence[Category]) -> list[Category]:
    """The topic or two that fit what was ticked; codes that mean nothing are passed over.

    A topic that was ticked itself weighs more than one that an area only points to.
    """
    weights: Counter[str] = Counter()
    for area in AREAS:
        if area.code in codes:
            weights.update({slug: 2 if slug == area.slugs[0] else 1 for slug in area.slugs})
    for category in categories:
        if category.id in codes:
            weights[category.slug] += 3
    fitting = [category for category in categories if weights[category.slug]]
    return sorted(fitting, key=lambda category: -weights[category.slug])[:TOPICS_AT_MOST]


def is_heavy(codes: Sequence[str]) -> bool:
    """Whether something was ticked with which nobody should have to wait for an answer."""
    return any(area.is_heavy for area in AREAS if area.code in codes)


def threads_around(topics: Sequence[Category]) -> Rows:
    """The newest threads of these topics, from which those that fit best are taken."""
    return newest_of_each([topic.id for topic in topics], limit=LOOKED_THROUGH)


def best_fitting(rows: Rows, *, language: str) -> Rows:
    """A few of these threads: in the reader's language first, then answered ones, then new ones."""
    ordered = sorted(
        rows, key=lambda row: (row.language != language, not row.is_answered, -row.last_sequence)
    )
    return ordered[:THREADS_AT_MOST]
