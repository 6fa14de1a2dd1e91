"""Two ways to use a page: with a pointer, and with the keyboard alone.

Both name what they mean by selectors, and not by words, so that a story is the same in every language.
"""

from playwright.sync_api import Locator, Page

MOST_STOPS = 300


class Pointer:
    """Clicks and types, and works with script off."""

    words = ""  # a student's six, once they have them

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def open(self, path: str) -> int:
        """Type an address. Gives the status of what came."""
        answer = self.tab.goto(path)
        assert answer is not None
        self.look()
        return answer.status

    def look(self) -> None:
        """What is done at every page that is met."""

    def one(self, selector: str) -> Locator:
        found = self.tab.locator(selector).first
        assert found.count() == 1, f"{self.tab.url} has no {selector}"
        return found

    def follow(self, selector: str) -> None:
        """Follow a link, or press a button, to the page where it leads."""
        target = self.one(selector)
        with self.tab.expect_navigation():
            self.use(target)
        self.tab.wait_for_load_state("load")
        self.look()

    def use(self, target: Locator) -> None:
        target.click()

    def write(self, selector: str, text: str) -> None:
        self.unfolded(selector).fill(text)

    def choose(self, name: str, value: str) -> None:
        """Choose one of several."""
        self.unfolded(f'input[name="{name}"][value="{value}"]').check()

    def unfolded(self, selector: str) -> Locator:
        """Something, after every `details` around it was opened."""
        closed = self.tab.locator("details:not([open])").filter(has=self.tab.locator(selector))
        while closed.count():
            self.use(closed.first.locator("> summary"))
        return self.one(selector)

    def text(self) -> str:
        return self.tab.locator("main").inner_text()


class Keys(Pointer):
    """Uses Tab, Shift and Tab, arrows, space, Enter and letters, and nothing else.

    Wherever it stops, focus must be drawn: somebody who sees the page has to know where they are.
    """

    def is_at(self, target: Locator) -> bool:
        return bool(target.evaluate("element => element === document.activeElement"))

    def go_to(self, target: Locator) -> None:
        """Tab to something. From where the focus is, on through the page and round once."""
        back = bool(
            target.evaluate("element => !!(document.activeElement.compareDocumentPosition(element) & 2)")
        )
        for _ in range(MOST_STOPS):
            if self.is_at(target):
                break
            self.tab.keyboard.press("Shift+Tab" if back else "Tab")
            if self.is_at_the_edge():
                back = False
        else:
            raise AssertionError(
                f"{self.tab.url}: Tab never comes to {target.evaluate('e => e.outerHTML')[:200]}"
            )
        drawn = target.evaluate(
            "element => { const style = getComputedStyle(element);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"
        )
        assert drawn, f"{self.tab.url}: focus is not drawn at {target.evaluate('e => e.outerHTML')[:200]}"

    def is_at_the_edge(self) -> bool:
        return bool(self.tab.evaluate("document.activeElement === document.body"))

    def use(self, target: Locator) -> None:
        self.go_to(target)
        self.tab.keyboard.press("Enter")

    def write(self, selector: str, text: str) -> None:
        target = self.unfolded(selector)
        self.go_to(target)
        self.tab.keyboard.type(text)
        assert target.input_value() == text

    def choose(self, name: str, value: str) -> None:
        """Tab into the group, then go on with the arrows, which choose."""
        target = self.unfolded(f'input[name="{name}"][value="{value}"]')
        group = self.tab.locator(f'input[name="{name}"]')
        chosen = self.tab.locator(f'input[name="{name}"]:checked')
        self.go_to(chosen.first if chosen.count() else group.first)
        self.tab.keyboard.press("Space")
        for _ in range(group.count()):
            if target.is_checked():
                return
            self.tab.keyboard.press("ArrowDown")
        assert target.is_checked(), f"{self.tab.url}: the arrows never come to {name} {value}"
