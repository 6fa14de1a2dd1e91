"""What is still English on a page that should be Greek: sentences of ours that have a Greek translation.

What people wrote stays in their own language, and is no sentence of ours.
"""

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.sync_api import Page

CATALOG = Path(__file__).resolve().parents[2] / "locale" / "el" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{\w+\}")
# Every piece of text that is shown or read aloud, but for what people wrote.
SAID = """() => {
  const THEIRS = "script, style, textarea, .words, blockquote, [translate=no]";
  const said = [document.title.split(" · ")[0]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!element.closest(THEIRS)) said.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "placeholder", "title", "alt"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) said.push(element.getAttribute(name));
  }
  return said.map((one) => one.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""


@cache
def english() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The English of all that is translated: plain sentences, and patterns for those with gaps."""
    plain, patterns = set(), []
    with CATALOG.open("rb") as file:
        for message in read_po(file, locale="el"):
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            for one in ids:
                text = " ".join(str(one).split())
                if not text or message.fuzzy or not any(strings) or one in strings:
                    continue
                if not PLACEHOLDER.search(text):
                    plain.add(text)
                elif len(re.findall(r"[A-Za-z]{2,}", PLACEHOLDER.sub("", text))) >= 2:
                    literals = [re.escape(part) for part in PLACEHOLDER.split(text)[::2]]
                    patterns.append(re.compile(".+".join(literals)))
    return frozenset(plain), tuple(patterns)


def english_on(tab: Page) -> list[str]:
    """The English sentences of ours that this page shows."""
    plain, patterns = english()
    said: list[str] = tab.evaluate(SAID)
    return [one for one in said if one in plain or any(pattern.fullmatch(one) for pattern in patterns)]
