"""What must be true of every page, whoever opens it, however wide, light or dark, with script or without.

A check gives sentences about what is wrong. Where a page was loaded without script, its own scripts never
ran; only then is script allowed, so that the same checks, and axe, can ask the page. What is looked at is
therefore what a reader without script has before them.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import html5lib
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.browsing import HEIGHT
from tests.browser.visiting import Visit

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_SHIFT = 0.02
NARROWEST = 320
# A window of 1280 pixels at 200 % shows as much as one of 640.
ZOOMED = 640


def all_that_is_wrong(visit: Visit) -> list[str]:
    """Every check, in an order in which none disturbs the next: what moves the page about comes last."""
    visit.allow_script()
    visit.tab.evaluate(LOOK)
    return [
        *status(visit),
        *shift(visit),
        *origin(visit),
        *validity(visit),
        *ask(visit, "references"),
        *ask(visit, "order"),
        *axe(visit),
        *ask(visit, "targets"),
        *focus(visit),
        *motion(visit),
        *forced_colours(visit),
        *width(visit),
        *visit.all_complaints(),
    ]


def ask(visit: Visit, question: str, *arguments: str) -> list[str]:
    """Put one question of `look.js` to the page."""
    answer: list[str] = visit.tab.evaluate(f"look.{question}({', '.join(map(json.dumps, arguments))})")
    return answer


def status(visit: Visit) -> list[str]:
    expected = visit.page.status
    return [] if visit.status == expected else [f"it answered {visit.status} instead of {expected}"]


def shift(visit: Visit) -> list[str]:
    """How far the page moved about while it loaded."""
    shifts: list[dict[str, Any]] = visit.tab.evaluate("look.shift()")
    total = sum(float(one["value"]) for one in shifts)
    moved = ", ".join(what for one in shifts for what in one["what"])
    return [f"the page moved about while it loaded: {total:.3f}, {moved}"] if total >= MOST_SHIFT else []


def origin(visit: Visit) -> list[str]:
    here = urlsplit(visit.tab.url).netloc
    return [
        f"it asks {address} of another place"
        for address in visit.requests
        if urlsplit(address).netloc != here and not address.startswith("data:")
    ]


def validity(visit: Visit) -> list[str]:
    """The HTML as it was sent, read by the rules of HTML5."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(visit.html)
    lines = visit.html.splitlines()
    return [
        f"HTML: {code} {values or ''} in line {line}: {lines[min(line, len(lines)) - 1].strip()[:160]}"
        for (line, _), code, values in parser.errors
    ]


def axe(visit: Visit) -> list[str]:
    """What axe finds, from the top: what has scrolled half under the bar is not too small."""
    visit.tab.evaluate("scrollTo(0, 0)")
    visit.tab.evaluate(f"window.axe ? null : (() => {{ {AXE_SCRIPT} }})()")
    found = visit.tab.evaluate(
        "options => axe.run(document, options).then(result => result.violations)",
        {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]},
    )
    return [
        f"axe, {violation['id']}: {node['target'][0]}: {' '.join(node['failureSummary'].split())[:240]}"
        for violation in found
        for node in violation["nodes"][:4]
    ]


def focus(visit: Visit) -> list[str]:
    """Focus is always drawn, and never under something else. The first two stops are met by the real key."""
    tab = visit.tab
    wrong = []
    begins_at_the_top = tab.evaluate("document.activeElement === document.body && !location.hash")
    tab.keyboard.press("Tab")
    if begins_at_the_top and tab.evaluate("document.activeElement.id") != "exit":
        wrong.append("Tab does not come to the quick exit first")
    return [*wrong, *ask(visit, "focus")]


def motion(visit: Visit) -> list[str]:
    visit.tab.emulate_media(reduced_motion="reduce")
    wrong = ask(visit, "motion")
    visit.tab.emulate_media(reduced_motion="no-preference")
    return wrong


def forced_colours(visit: Visit) -> list[str]:
    """The system's own colours rule: what is written stays readable, what can be used keeps an edge."""
    visit.tab.emulate_media(forced_colors="active")
    wrong = ask(visit, "forced")
    visit.tab.emulate_media(forced_colors="none")
    return wrong


def width(visit: Visit) -> list[str]:
    """Nothing has to be scrolled sideways: as loaded, narrow, at 200 %, and with letters twice as large."""
    wrong = ask(visit, "sideways", f"{visit.factors.width} wide")
    for pixels, what in ((NARROWEST, "320 wide"), (ZOOMED, "at 200 %")):
        visit.tab.set_viewport_size({"width": pixels, "height": HEIGHT})
        wrong += ask(visit, "sideways", what)
    visit.tab.set_viewport_size({"width": 1280, "height": HEIGHT})
    ask(visit, "textSize", "200%")
    wrong += ask(visit, "sideways", "letters at 200 %")
    return wrong
