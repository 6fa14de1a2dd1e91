"""An accent is taken when it can be read everywhere it is written, and else refused with what would do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colour import (
    AccentUnreadable,
    ColourMalformed,
    Palette,
    contrast,
    for_the_night,
    luminance,
    meetings,
    nearest_readable,
    parse_colour,
    shades_of,
    to_hex,
    to_oklch,
)
from core.palette import palettes

STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "stoa.css"
DAY, NIGHT = palettes(STYLESHEET.read_text(encoding="utf-8"))
COLOURS = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")
THEMES = st.sampled_from([DAY, NIGHT])


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    # White and black by definition; the greys are WebAIM's and the W3C's own often quoted examples.
    [("#ffffff", "#000000", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_luminance_weighs_green_most_and_blue_least() -> None:
    assert luminance("#00ff00") == pytest.approx(0.7152)
    assert luminance("#ff0000") == pytest.approx(0.2126)
    assert luminance("#0000ff") == pytest.approx(0.0722)


@pytest.mark.parametrize(
    ("text", "colour"), [("#2A5D50", "#2a5d50"), (" 2a5d50 ", "#2a5d50"), ("#fc0", "#ffcc00")]
)
def test_a_colour_may_be_written_in_several_ways(text: str, colour: str) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text", ["", "green", "#12345", "#1234567", "rgb(1,2,3)", "#12345g", "#fff;}", "٣٣٣"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ColourMalformed):
        parse_colour(text)


@given(COLOURS)
def test_a_colour_comes_back_from_oklch_as_it_was(colour: str) -> None:
    assert to_hex(to_oklch(colour)) == colour


def refusal_of(accent: str, theme: Palette) -> AccentUnreadable | None:
    try:
        shades_of(accent, theme)
    except AccentUnreadable as refusal:
        return refusal
    return None


@given(COLOURS, THEMES)
def test_an_accent_that_is_taken_meets_every_figure(accent: str, theme: Palette) -> None:
    if refusal_of(accent, theme) is None:
        shades = shades_of(accent, theme)
        assert shades.accent == accent
        assert [pair for pair in meetings(shades, theme) if pair.ratio < pair.needed] == []


@given(COLOURS, THEMES)
def test_an_accent_that_is_refused_names_a_pair_that_fails_and_a_colour_that_does_not(
    accent: str, theme: Palette
) -> None:
    refusal = refusal_of(accent, theme)
    if refusal is not None:
        assert refusal.pair.ratio < refusal.pair.needed
        assert refusal_of(refusal.nearest, theme) is None


@given(COLOURS)
def test_every_accent_has_a_shade_for_the_night(accent: str) -> None:
    night = for_the_night(accent, NIGHT)
    assert shades_of(night, NIGHT).accent == night


def test_writing_on_every_figure_is_looked_at() -> None:
    found = {(pair.colour, pair.ground, pair.needed) for pair in meetings(shades_of("#2a5d50", DAY), DAY)}
    assert found == {
        ("accent", "page", 4.5),
        ("accent", "surface", 4.5),
        ("accent", "sunken", 4.5),
        ("accent", "accent-soft", 4.5),
        ("on-accent", "accent", 4.5),
        ("ink", "accent-soft", 4.5),
        ("quiet", "accent-soft", 4.5),
        ("focus", "accent-soft", 3.0),
    }


def test_a_yellow_is_refused_by_day_and_taken_by_night() -> None:
    with pytest.raises(AccentUnreadable) as refused:
        shades_of("#ffcc00", DAY)
    assert (refused.value.pair.colour, refused.value.pair.ground) == ("accent", "sunken")
    assert shades_of("#ffcc00", NIGHT).accent == "#ffcc00"


def test_what_can_be_read_is_its_own_nearest() -> None:
    assert nearest_readable("#2a5d50", DAY) == "#2a5d50"
    assert nearest_readable("#93cbb7", NIGHT) == "#93cbb7"


def test_the_nearest_keeps_its_hue() -> None:
    hue = to_oklch("#ff0000")[2]
    assert to_oklch(nearest_readable("#ff0000", DAY))[2] == pytest.approx(hue, abs=0.03)
