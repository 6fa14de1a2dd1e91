"""How soon somebody on a slow line sees a page: the first paint in a browser with an empty cache.

The line is Chromium's own throttle: 400 kbit/s down, 400 ms until the first byte of each answer. It needs
playwright and the system's Chromium, which the other measurements do not.
"""

import shutil
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.servers import stoa_server
from bench.subjects import find_subjects

BITS, LATENCY = 400_000, 400
GOAL = 1.0
ROUNDS = 5
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
PAINTED = """async () => {
  for (let turn = 0; turn < 200; turn += 1) {
    const [entry] = performance.getEntriesByName("first-contentful-paint");
    if (entry) return entry.startTime;
    await new Promise((done) => setTimeout(done, 50));
  }
  return NaN;
}"""


def measure_paint(data_dir: Path) -> Mapping[str, Sequence[float]]:
    """Seconds until the first paint of each visitor's page, in each round."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("There is no Chromium: get it with `apt install chromium`.")
    pages = {page.name: page.path for page in find_subjects(data_dir, students=1).pages}
    with stoa_server(data_dir) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        address = f"http://127.0.0.1:{server.port}"
        found = {
            name: [first_paint(browser, address + where) for _ in range(ROUNDS)]
            for name, where in pages.items()
        }
        browser.close()
    return found


def first_paint(browser: Browser, address: str) -> float:
    """Seconds from asking until something can be read, in a browser that has never been here."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    tab = context.new_page()
    line = context.new_cdp_session(tab)
    line.send("Network.enable")
    conditions = {
        "offline": False, "latency": LATENCY, "downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8,
    }  # fmt: skip
    line.send("Network.emulateNetworkConditions", conditions)
    tab.goto(address, wait_until="load")
    milliseconds = float(tab.evaluate(PAINTED))
    context.close()
    return milliseconds / 1000


def paint_table(found: Mapping[str, Sequence[float]]) -> str:
    """The medians, as a table."""
    rows = [
        f"| {name} | {statistics.median(times):.2f} | {min(times):.2f} | {max(times):.2f} |"
        for name, times in found.items()
    ]
    head = ["| first paint at 400 kbit/s, 400 ms | median s | best | worst |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])
