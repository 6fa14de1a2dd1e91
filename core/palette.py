"""The colours that the stylesheet gives to its roles, and which of them meet on a page.

The figures in `docs/design.md` and in the style guide come from here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.colour import EDGE, TEXT, contrast, parse_colour

_BLOCK = re.compile(r":root(?P<which>[^{]*)\{(?P<body>[^}]*)\}")
_COLOUR = re.compile(r"--(?P<role>[a-z-]+):\s*(?P<colour>#[0-9a-fA-F]{3,6})\b")

# What is written or drawn, the grounds it stands on, and the contrast that it needs there.
MEETINGS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("ink", ("page", "surface", "sunken", "accent-soft", "pro-soft", "info-soft", "success-soft"), TEXT),
    ("ink", ("warning-soft", "danger-soft"), TEXT),
    ("quiet", ("page", "surface", "sunken", "accent-soft", "pro-soft"), TEXT),
    ("accent", ("page", "surface", "sunken", "accent-soft"), TEXT),
    ("on-accent", ("accent",), TEXT),
    ("info", ("info-soft",), TEXT),
    ("success", ("success-soft", "surface", "page"), TEXT),
    ("warning", ("warning-soft", "surface", "page"), TEXT),
    ("danger", ("danger-soft", "surface", "page"), TEXT),
    ("on-danger", ("danger",), TEXT),
    ("pro", ("pro-soft",), TEXT),
    ("edge", ("page", "surface", "sunken"), EDGE),
    ("focus", ("page", "surface", "sunken", "accent-soft"), EDGE),
)


@dataclass(frozen=True)
class Meeting:
    """Two roles that meet, with the contrast by day and by night, and what it must be."""

    role: str
    ground: str
    day: float
    night: float
    needed: float


def palettes(stylesheet: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colour of each role by day and by night, as the stylesheet sets them on `:root`."""
    day: dict[str, str] = {}
    night: dict[str, str] = {}
    for block in _BLOCK.finditer(stylesheet):
        found = {one["role"]: parse_colour(one["colour"]) for one in _COLOUR.finditer(block["body"])}
        (night if "data-theme" in block["which"] else day).update(found)
    return day, night


def meetings_of(stylesheet: str) -> list[Meeting]:
    """Every pair of roles that meet on a page, with its figures."""
    day, night = palettes(stylesheet)
    return [
        Meeting(
            role,
            ground,
            day=figure(day[role], day[ground]),
            night=figure(night[role], night[ground]),
            needed=needed,
        )
        for role, grounds, needed in MEETINGS
        for ground in grounds
    ]


def figure(one: str, other: str) -> float:
    """The contrast of two colours, cut to one decimal, so that a figure never flatters."""
    return int(10 * contrast(one, other)) / 10
