"""`./run screens`: a picture of every page × role × width × colours, and one sheet to look through them all.

Pages change with what is written; eyes have to look, not tests. The folder is ignored by git.
"""

import argparse
import html
import re
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby, product
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.browsing import HEIGHT, SCHEMES, WIDTHS, ChromiumMissing, Factors, launched
from tests.browser.pages import PAGES, Page
from tests.browser.site import ROOT, served_demo
from tests.browser.stage import set_stage
from tests.browser.visiting import Visit, visited

SHEET = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Screens</title>
<style>
body { margin: 1rem; background: #777; color: #fff; font: 1rem sans-serif; }
section { display: flex; flex-wrap: wrap; gap: .5rem; align-items: start; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
img { display: block; height: 22rem; object-fit: cover; object-position: top; }
.narrow { width: 11rem; } .wide { width: 24rem; }
</style>
<h1>Screens</h1>
"""
TALLEST = 8_000
Picture = tuple[Page, str, int, str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures and say where they are."""
    given = parse(arguments)
    out: Path = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    try:
        pictures, failed = take(out, given.only)
    except ChromiumMissing as missing:
        sys.exit(str(missing))
    (out / "index.html").write_text(sheet(pictures), encoding="utf-8")
    print(f"\n{len(pictures)} pictures; look at {out / 'index.html'}")
    print("\n".join(failed))
    return int(bool(failed))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run screens", description="A picture of every page.")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "screens", metavar="DIR", help="where to (screens/)"
    )
    parser.add_argument("--only", default="", metavar="WORD", help="only pages whose name or reader has WORD")
    return parser.parse_args(arguments)


def take(out: Path, only: str) -> tuple[list[Picture], list[str]]:
    """Open every page once for each reader, and look at it in each width and each colour scheme."""
    pictures: list[Picture] = []
    failed: list[str] = []
    wanted = [(page, who) for page in PAGES for who in page.who if only in f"{page.name} {who}"]
    with (
        tempfile.TemporaryDirectory(prefix="stoa-screens-") as scratch,
        sync_playwright() as playwright,
        launched(playwright) as browser,
        served_demo(Path(scratch) / "data") as site,
    ):
        stage = set_stage(site)
        for number, (page, who) in enumerate(wanted):
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {len(wanted)} pages", end="", file=sys.stderr, flush=True)
            try:
                with visited(browser, site, stage, page, who, Factors()) as visit:
                    pictures.extend(photograph(visit, out))
            except Exception as error:  # one page that fails takes no picture from the others
                failed.append(f"no picture of {page.name} as {who}: {str(error).splitlines()[0]}")
    return pictures, failed


def photograph(visit: Visit, out: Path) -> list[Picture]:
    """One page in every width and every colour scheme."""
    taken = []
    for width, scheme in product(WIDTHS, SCHEMES):
        name = re.sub(r"[^a-z0-9]+", "-", f"{visit.page.name}-{visit.who}-{width}-{scheme}".lower()) + ".png"
        visit.tab.set_viewport_size({"width": width, "height": HEIGHT})
        visit.tab.emulate_media(color_scheme=scheme)
        # As tall as its page: what sticks to the edge of a screen then stands at the edge of the picture.
        height = int(visit.tab.evaluate("document.documentElement.scrollHeight"))
        visit.tab.set_viewport_size({"width": width, "height": min(max(height, HEIGHT), TALLEST)})
        visit.tab.screenshot(path=out / name)
        taken.append((visit.page, visit.who, width, scheme, name))
    return taken


def sheet(pictures: list[Picture]) -> str:
    """One page with all pictures small, each leading to the large one."""
    parts = [SHEET]
    for (page, who), group in groupby(pictures, key=lambda picture: picture[:2]):
        parts.append(
            f"<h2>{html.escape(page.name)}, {html.escape(who)} ({html.escape(page.address)})</h2>\n<section>"
        )
        for _, _, width, scheme, name in group:
            kind = "narrow" if width == min(WIDTHS) else "wide"
            text = html.escape(f"{page.name}, {who}, {width}, {scheme}")
            picture = f'<img class="{kind}" loading="lazy" src="{name}" alt="{text}">'
            parts.append(f'<a href="{name}">{picture}</a>')
        parts.append("</section>")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
