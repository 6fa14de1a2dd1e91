"""What people write: cleaned, counted, rendered. No text may hurt a reader, and no word may get lost."""

import sys
import unicodedata

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import (
    BODY_LIMIT,
    LINK_REL,
    MARKS_ON_A_LETTER,
    TAGS,
    BadText,
    TextEmpty,
    TextTooLong,
    clean_body,
    clean_line,
    plain_text,
    render_markdown,
    sanitize_html,
    snippet,
)

ALLOWED_ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want", written with a non-joiner
SINHALA = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"  # "Sri", written with a joiner
# Pieces of Markdown, of HTML and of addresses, so that chance builds what a bad person would.
MARKS = "a word - * ** _ ~~ > ` ``` # [ ] ( ) ![ ]( < > & ; : / = 1. --- &#106; &Tab; &colon; %3A"
ADDRESSES = (
    "http:// https://a.gr/ HTTPS: mailto:a@b.gr javascript: JavaScript:alert(1) data:x vbscript: //evil.gr"
)
EVIL = "<b> <script> </p> <a href= onclick= <!-- --> <img/src=x onerror=1> <svg/onload=1> <style>"
UNSEEN = [" ", "\n", "\n\n", "\t", "\\", '"', "'", "\x00", "\u202e", "\u200b", "\ud800"]
PIECES = st.sampled_from([*MARKS.split(), *ADDRESSES.split(), *EVIL.split(), *UNSEEN])
MARKUP = st.lists(PIECES | st.text(max_size=4), max_size=60).map("".join)


def elements(html: str) -> list:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False, treebuilder="etree")
    return [element for element in tree.iter() if element is not tree]


def text_of(html: str) -> str:
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False, treebuilder="etree")
    return "".join(tree.itertext())


def depth_of(html: str) -> int:
    def depth(element) -> int:
        return 1 + max((depth(child) for child in element), default=0)

    return depth(html5lib.parseFragment(html, namespaceHTMLElements=False, treebuilder="etree"))


def targets(html: str) -> list[str]:
    return [element.get("href") for element in elements(html) if element.get("href") is not None]


# Cleaning


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\n\t\r\n",
        "\u00a0\u2003",
        "\u200b\u200d\ufeff",
        "\u202e\u2066",
        "\u3164\u2800",
        "\u0301\ufe0f",
        "\x00",
    ],
)
def test_a_text_that_nobody_can_see_is_empty(blank: str) -> None:
    with pytest.raises(TextEmpty):
        clean_line(blank, limit=10)
    with pytest.raises(TextEmpty):
        clean_body(blank, limit=10)


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(TextTooLong) as refused:
        clean_body("x" * 8_001, limit=BODY_LIMIT)
    assert (refused.value.limit, refused.value.length) == (8_000, 8_001)


def test_both_refusals_are_bad_texts_and_value_errors() -> None:
    assert {TextEmpty.__mro__[1], TextTooLong.__mro__[1]} == {BadText}
    assert issubclass(BadText, ValueError)


@pytest.mark.parametrize(
    "fitting", ["\U0001f600" * 5, "e\u0301" * 5, "  12345\u200b\r\n", "a\r\nb\r\n"], ids=ascii
)
def test_the_length_is_counted_in_characters_after_cleaning(fitting: str) -> None:
    assert len(clean_body(fitting, limit=5)) <= 5


def test_composed_and_decomposed_letters_become_the_same() -> None:
    assert clean_line("Α\u0301γχος cafe\u0301", limit=20) == "Άγχος café"


def test_a_letter_is_composed_also_across_a_character_that_was_dropped() -> None:
    assert clean_line("e\u200b\u0301", limit=5) == "é"


def test_line_ends_of_all_systems_become_one_kind() -> None:
    assert clean_body("a\r\nb\rc\u2028d\x85e\n", limit=20) == "a\nb\nc\nd\ne"


def test_a_title_is_one_line() -> None:
    assert clean_line("  My\n\texam\u00a0 panic ", limit=20) == "My exam panic"


def test_a_body_keeps_its_lines_and_paragraphs() -> None:
    assert clean_body("\n\nHi,\n\n- one\n\t- two\n\n", limit=50) == "Hi,\n\n- one\n\t- two"


def test_no_invisible_character_stays() -> None:
    kept_on_purpose = set(
        "\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    )
    invisible = [
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter not in kept_on_purpose
    ]
    stayed = [
        hex(ord(letter)) for letter in invisible if clean_line(f"a{letter}b", limit=5) not in ("ab", "a b")
    ]
    assert stayed == []


@pytest.mark.parametrize("text", [FAMILY, PERSIAN, SINHALA, "\u2764\ufe0f\u200d\U0001f525"], ids=ascii)
def test_joiners_stay_where_they_shape_letters_or_emoji(text: str) -> None:
    assert clean_line(f"x {text}", limit=20) == f"x {text}"


@pytest.mark.parametrize(
    "text",
    ["ki\u200cll", "ki\u200dll", "\u200dkill\u200c", "κ\u200dα", "1\u200d2", FAMILY + "\u200d"],
    ids=ascii,
)
def test_joiners_do_not_hide_in_other_words(text: str) -> None:
    assert not clean_line(text, limit=20).endswith("\u200d")
    assert "\u200d" not in clean_line(text, limit=20).replace(FAMILY, "")
    assert "\u200c" not in clean_line(text, limit=20)


def test_several_joiners_in_a_row_become_one() -> None:
    assert clean_line(PERSIAN.replace("\u200c", "\u200c\u200d\u200c"), limit=20) == PERSIAN


def test_a_letter_keeps_only_as_many_marks_as_a_language_needs() -> None:
    assert clean_line("x" + "\u0323\u0301" * 50_000, limit=20) == unicodedata.normalize(
        "NFC", "x" + "\u0323\u0301" * (MARKS_ON_A_LETTER // 2)
    )


@given(text=st.text() | MARKUP)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for clean in (clean_line, clean_body):
        try:
            once = clean(text, limit=BODY_LIMIT)
        except BadText:
            continue
        assert clean(once, limit=len(once)) == once


# Rendering


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Hi *you* and **you**", "<p>Hi <em>you</em> and <strong>you</strong></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("```\nx\n```", "<pre><code>x\n</code></pre>"),
        ("``` I forgot\nto close", "<pre><code>I forgot\nto close</code></pre>"),
        ("~~no~~", "<p><s>no</s></p>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("# Hi", "<h3>Hi</h3>"),
        ("###### Hi", "<h6>Hi</h6>"),
        ("title\n===", "<p>title<br>\n===</p>"),
        ("    by accident", "<p>by accident</p>"),
        ("a | b\n--|--\n1 | 2", "<p>a | b<br>\n--|--<br>\n1 | 2</p>"),
        ("Tom & <b>Ann</b> &lt;3", "<p>Tom &amp; &lt;b&gt;Ann&lt;/b&gt; &amp;lt;3</p>"),
        ("[x](/help) [x](//a.gr)", "<p>[x](/help) [x](//a.gr)</p>"),
        ("![me](https://a.gr/i)", f'<p>!<a href="https://a.gr/i" rel="{LINK_REL}">me</a></p>'),
        ("[x](javascript:1) <javascript:1>", "<p>[x](javascript:1) &lt;javascript:1&gt;</p>"),
        ("www.a.gr, a.gr, me@a.gr", "<p>www.a.gr, a.gr, me@a.gr</p>"),
        ("[x]: https://a.gr", "<p>[x]: <a href=\"https://a.gr\" rel=\"" + LINK_REL + '">https://a.gr</a></p>'),
    ],
)  # fmt: skip
def test_the_markdown_of_a_letter_is_rendered(body: str, html: str) -> None:
    assert render_markdown(body) == html


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ("[help](https://a.gr/x?y=1&z=2)", "https://a.gr/x?y=1&z=2"),
        ("[help](HTTP://a.gr)", "HTTP://a.gr"),
        ("[write](mailto:help@a.gr)", "mailto:help@a.gr"),
        ("<https://a.gr>", "https://a.gr"),
        ("see https://a.gr/x.", "https://a.gr/x"),
        ("[ελ](https://φίλοι.gr/ώρες)", "https://xn--kxaufq6a.gr/%CF%8E%CF%81%CE%B5%CF%82"),
    ],
)
def test_a_link_leads_out_without_a_trace(body: str, target: str) -> None:
    (link,) = (element for element in elements(render_markdown(body)) if element.tag == "a")
    assert link.attrib == {"href": target, "rel": LINK_REL}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:123",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "java\\\nscript:alert(1)",
        "java&Tab;script:alert(1)",
        "java&#10;script:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;avascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "javascript%3Aalert(1)",
        "%6Aavascript:alert(1)",
        "\x01javascript:alert(1)",
        " javascript:alert(1)",
        "\u00a0javascript:alert(1)",
        "\u200bjavascript:alert(1)",
        "javascript://https://a.gr/%0Aalert(1)",
        "ｊavascript:alert(1)",
        "view-source:javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "DATA:text/html,x",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "blob:https://a.gr/1",
        "ftp://a.gr",
        "tel:112",
        "//evil.gr",
        "\\\\\\\\evil.gr",
        "/help",
        "help",
        "#top",
        "?q=1",
        "https:evil.gr",
        "https:/evil.gr",
        "https://",
        "https:\\\\evil.gr",
        "https://bank.gr@evil.gr",
        "mailto:",
        "mailto:nobody",
    ],
)
@pytest.mark.parametrize(
    "form", ["[x]({})", "[x](<{}>)", "<{}>", "{}", "![x]({})", "[x][y]\n\n[y]: {}", '<a href="{}">x</a>']
)
def test_no_other_address_becomes_a_link(url: str, form: str) -> None:
    safe = ("https://a.gr/", "mailto:")
    assert [
        target for target in targets(render_markdown(form.format(url))) if not target.startswith(safe)
    ] == []
    assert not any(element.tag == "img" for element in elements(render_markdown(form.format(url))))


@pytest.mark.parametrize("form", ["[x](<{}>)", "[x]({})", "{}"])
@pytest.mark.parametrize(
    "url", ["https://bank.gr@evil.gr/", "https://bank.gr\\\\@evil.gr", "https://a:b@evil.gr"]
)
def test_no_link_has_a_false_name_before_its_host(url: str, form: str) -> None:
    assert [target for target in targets(render_markdown(form.format(url))) if "@" in target] == []


@pytest.mark.parametrize(
    "scheme", ["javascript:123", "JAVASCRIPT:1", "java&#9;script:1", " javascript:1", "data:x", "//a.gr"]
)
def test_the_sanitizer_alone_stops_a_bad_address(scheme: str) -> None:
    assert targets(sanitize_html(f'<a href="{scheme}">x</a>')) == []


@pytest.mark.parametrize("make_html", [render_markdown, sanitize_html])
@given(text=st.text().map(lambda text: text.encode("utf-8", "replace").decode()) | MARKUP)
@settings(max_examples=300, deadline=None)
def test_html_holds_nothing_but_harmless_elements(make_html, text: str) -> None:
    for element in elements(make_html(text)):
        assert element.tag in TAGS
        assert set(element.attrib) <= ALLOWED_ATTRIBUTES.get(element.tag, set())
        assert element.get("rel") in (None, LINK_REL)
        target = element.get("href", "https://none")
        assert target.lower().startswith(("http://", "https://", "mailto:"))
        assert element.get("href") is None or element.get("rel") == LINK_REL


@pytest.mark.parametrize(
    "hidden", ["\u202e", "&#8238;", "&#x202E;", "https://a.gr/%E2%80%AE", "<https://a.gr/%E2%80%8B>"]
)
def test_no_invisible_character_comes_back_in_rendering(hidden: str) -> None:
    shown = text_of(render_markdown(f"kill {hidden}")) + plain_text(f"kill {hidden}")
    assert not any(unicodedata.category(letter) == "Cf" for letter in shown)


@given(text=MARKUP)
@settings(deadline=None)
def test_the_same_text_is_always_rendered_the_same(text: str) -> None:
    assert render_markdown(text) == render_markdown(text)


@given(
    pieces=st.lists(
        st.sampled_from(
            ["> ", "- ", "1. ", "\n", "  ", "*", "**", "~~", "`", "```", "# ", "[", "]", "<", "&", "word"]
        )
    )
)
@settings(deadline=None, max_examples=300)
def test_no_word_gets_lost_in_rendering(pieces: list[str]) -> None:
    body = "".join(pieces)
    assert text_of(render_markdown(body)).count("word") == body.count("word")
    assert plain_text(body).count("word") == body.count("word")


HOSTILE = {
    "quotes": "> " * 10_000,
    "quotes without spaces": ">" * 20_000,
    "lists": "- " * 10_000,
    "indented lists": "".join(" " * (2 * depth) + "- a\n" for depth in range(140)),
    "numbers": "1. " * 6_666,
    "brackets": "[" * 20_000,
    "images": "![" * 10_000,
    "stars": "*" * 20_000,
    "stars around": "*" * 3_000 + "a" + "*" * 3_000,
    "emphasis": "*a _b " * 1_300,
    "ticks": "`a" * 10_000,
    "links": "[a](" * 5_000,
    "addresses": "http://(" * 1_000,
    "angles": "<https://" * 880,
    "entities": "&#x" * 6_000,
    "short quotes": ">" * 7_990 + " word",
}


@pytest.mark.parametrize("cut", [BODY_LIMIT, 20_000])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_not_nested_deep(body: str, cut: int) -> None:
    assert depth_of(render_markdown(body[:cut])) <= 24


def test_a_text_nested_too_deep_is_shown_as_it_was_typed() -> None:
    assert render_markdown(">" * 50 + " deep <b>\nand\n\nmore") == (
        "<p>" + "&gt;" * 50 + " deep &lt;b&gt;<br>\nand</p>\n<p>more</p>"
    )


def test_a_text_that_is_too_long_for_a_form_is_shown_as_it_was_typed() -> None:
    assert "<em>" not in render_markdown("*a* " * BODY_LIMIT)


def test_reasonable_nesting_is_rendered() -> None:
    assert render_markdown("> > > - 1. *three* people").count("<blockquote>") == 3


# Words without Markdown


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("# Hi\n\n*you* and `me`\n> quoted\n- item", "Hi\nyou and me\nquoted\nitem"),
        ("[this](https://a.gr) and https://b.gr", "this and https://b.gr"),
        ("one\ntwo", "one\ntwo"),
        ("```\ncode\n```", "code"),
        ("Tom & Ann <b> &lt;3", "Tom & Ann <b> &lt;3"),
        (">" * 50 + " deep", ">" * 50 + " deep"),
    ],
)
def test_the_words_remain_when_the_markdown_goes(body: str, words: str) -> None:
    assert plain_text(body) == words


@pytest.mark.parametrize(
    ("body", "short"),
    [
        ("one *two* three", "one two three"),
        ("one two three four", "one two three…"),
        ("one two three", "one two three"),
        ("one\n\n- two\n- three four", "one two three…"),
        ("antidisestablishmentarianism", "antidisestabl…"),
        ("a" * 11 + FAMILY, "a" * 11 + "…"),
        ("a" * 12 + "e\u0323\u0301x", "a" * 12 + "…"),
    ],
)
def test_a_snippet_is_the_beginning_in_whole_words(body: str, short: str) -> None:
    assert snippet(body, 14) == short


@given(text=st.text() | MARKUP, limit=st.integers(min_value=1, max_value=60))
@settings(deadline=None)
def test_a_snippet_keeps_its_limit_and_one_line(text: str, limit: int) -> None:
    short = snippet(text, limit)
    assert len(short) <= limit
    assert short == " ".join(short.split())
