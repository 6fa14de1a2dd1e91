"""Each check turns red: pages that were spoilt on the way to the browser, one fault at a time."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsing import Factors
from tests.browser.checks import all_that_is_wrong
from tests.browser.greek import english_on
from tests.browser.pages import Page as ListedPage
from tests.browser.site import Site
from tests.browser.visiting import visited

RULES = ListedPage("rules", "/rules", ("visitor",))


def with_html(html: str) -> Callable[[str], str]:
    """The page with something more at the end of its text."""
    return lambda page: page.replace("</main>", f"{html}</main>")


FAULTS = {
    "a field without a label": ('<input name="nobody">', "axe, label"),
    "a label for nothing": ('<label for="gone">A label</label>', "labels nothing"),
    "an id twice": ('<p id="main">Once more</p>', "is there 2 times"),
    "a description that is not there": ('<p aria-describedby="gone">Words</p>', "aria-describedby"),
    "HTML that does not close": ("<section><p>Words</section></p>", "HTML: "),
    "an inline style": ('<p style="color: red">Words</p>', "the policy forbids"),
    "an inline script": ("<script>window.x = 1</script>", "inline script"),
    "a picture from elsewhere": ('<img src="http://127.0.0.1:9/x.png" alt="">', "of another place"),
    "a small target": ("<ul><li><a href='/'>i</a> <a href='/'>j</a></li></ul>", "target of"),
    "a positive tabindex": ('<a href="/" tabindex="3">First</a>', "positive tabindex"),
    "a picture without words": ('<img src="/favicon.ico">', "axe, image-alt"),
    "a heading too deep": ("<h6>Deep</h6>", "axe, heading-order"),
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "noscript"])
def test_a_page_that_nobody_spoilt_is_as_it_must_be(
    chromium: Browser, site: Site, stage: dict[str, str], script: bool
) -> None:
    with visited(chromium, site, stage, RULES, "visitor", Factors(script=script)) as visit:
        assert all_that_is_wrong(visit) == []


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("script", [True, False], ids=["script", "noscript"])
def test_a_fault_is_seen(
    chromium: Browser, site: Site, stage: dict[str, str], fault: str, script: bool
) -> None:
    html, sentence = FAULTS[fault]
    with visited(
        chromium, site, stage, RULES, "visitor", Factors(script=script), broken=with_html(html)
    ) as visit:
        wrong = all_that_is_wrong(visit)
    assert any(sentence in one for one in wrong), wrong


STYLES = {
    "focus that is not drawn": ("main a, .foot a { outline: none !important; }", "shows no focus"),
    "focus under something": (
        ".foot { position: relative; } .foot::after { content: ''; position: absolute; inset: 0; }",
        "is covered",
    ),
    "something that moves": ("main { transition: color 2s; }", "would move"),
    "pale words": ("main * { color: #bbb !important; }", "axe, color-contrast"),
    "words that the system may not mend": (
        "main * { forced-color-adjust: none; color: #bbb !important; }",
        "is pale with forced colours",
    ),
    "a button without an edge": ("button { border: 0 !important; }", "has no edge"),
    "a wide heading": ("h1 { min-width: 400px; }", "320 wide"),
    "a heading too wide at 200 %": ("h1 { min-width: 700px; }", "at 200 %"),
    "a heading that grows with its letters": ("h1 { min-width: 50rem; }", "letters at 200 %"),
    "parts in reverse": ("main { display: flex; flex-direction: column-reverse; }", "reverse order"),
}


@pytest.mark.parametrize("fault", list(STYLES))
def test_a_fault_of_style_is_seen(chromium: Browser, site: Site, stage: dict[str, str], fault: str) -> None:
    style, sentence = STYLES[fault]
    with visited(chromium, site, stage, RULES, "visitor", Factors()) as visit:
        visit.tab.evaluate(
            "style => { const sheet = new CSSStyleSheet(); sheet.replaceSync(style);"
            " document.adoptedStyleSheets = [sheet]; }",
            style,
        )
        wrong = all_that_is_wrong(visit)
    assert any(sentence in one for one in wrong), wrong


def test_a_page_that_moves_about_is_seen(chromium: Browser, site: Site, stage: dict[str, str]) -> None:
    with visited(chromium, site, stage, RULES, "visitor", Factors()) as visit:
        visit.tab.evaluate(
            "async () => { await new Promise(done => setTimeout(done, 600));"
            " const box = document.createElement('div'); box.style.height = '300px';"
            " document.querySelector('main').prepend(box);"
            " await new Promise(done => requestAnimationFrame(() => setTimeout(done, 100))); }"
        )
        wrong = all_that_is_wrong(visit)
    assert any("moved about" in one for one in wrong), wrong


def test_a_status_that_nobody_expected_is_seen(chromium: Browser, site: Site, stage: dict[str, str]) -> None:
    gone = ListedPage("gone", "/nothing", ("visitor",))
    with visited(chromium, site, stage, gone, "visitor", Factors()) as visit:
        wrong = all_that_is_wrong(visit)
    assert any("answered 404" in one for one in wrong), wrong
    assert any("the console says" in one for one in wrong), wrong


def test_english_on_a_greek_page_is_seen(browse: Callable[..., Page]) -> None:
    page = browse(language="el")
    page.goto("/rules")
    assert english_on(page) == []
    page.evaluate("document.querySelector('main').append('Skip to the text')")
    assert english_on(page) == ["Skip to the text"]
