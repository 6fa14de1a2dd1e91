"""Colours that can be read: an institution gives one accent, and everything that stands on it follows.

Contrast is that of WCAG 2.2: relative luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) and
the ratio of two of them (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). Lighter and darker shades are
made in OKLCH, where a step of lightness looks equal in every hue; the numbers are those of Björn Ottosson, "A
perceptual color space for image processing" (https://bottosson.github.io/posts/oklab/). Nothing here knows
what a page is: the grounds that an accent must be read on come from the stylesheet.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

TEXT, EDGE = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11
HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
ROLES = ("page", "surface", "sunken", "ink", "quiet", "focus", "accent", "on-accent", "accent-soft")
GROUNDS = ("page", "surface", "sunken")
DARK_LIGHTNESS, DARK_CHROMA = 0.79, 0.12  # where a shade for the night begins: a lamp, and no neon
STEPS = 64

Oklch = tuple[float, float, float]  # lightness 0 to 1, chroma, hue in radians
Palette = Mapping[str, str]  # role and colour


class ColourMalformed(ValueError):
    """The text is no colour of the form #2a5d50."""


@dataclass(frozen=True)
class Shades:
    """An accent and what stands on it, in one theme."""

    accent: str
    on_accent: str
    accent_soft: str


@dataclass(frozen=True)
class Pair:
    """Two colours that meet on a page, how far apart they are, and how far they must be."""

    colour: str
    ground: str
    ratio: float
    needed: float

    @property
    def is_readable(self) -> bool:
        return self.ratio >= self.needed


class AccentUnreadable(ValueError):
    """This accent cannot be read.

    `pair` is the worst meeting of two colours, `nearest` the closest accent that can be read.
    """

    def __init__(self, pair: Pair, nearest: str) -> None:
        super().__init__(f"{pair.colour} on {pair.ground}: {pair.ratio:.2f} of {pair.needed}")
        self.pair, self.nearest = pair, nearest


def parse_colour(text: str) -> str:
    """A colour as "#rrggbb", from "#rgb" or "#rrggbb", with the sign or without. Raises ColourMalformed."""
    match = HEX.fullmatch(text.strip())
    if match is None:
        raise ColourMalformed(text)
    digits = match.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def luminance(colour: str) -> float:
    """WCAG's relative luminance: 0 for black, 1 for white."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio: 1 for equal colours, 21 for black and white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def meetings(shades: Shades, palette: Palette) -> list[Pair]:
    """Every pair of colours that an accent brings together on a page."""
    accent, soft = shades.accent, shades.accent_soft
    pairs = [("accent", ground, accent, palette[ground], TEXT) for ground in GROUNDS]
    pairs += [
        ("accent", "accent-soft", accent, soft, TEXT),
        ("on-accent", "accent", shades.on_accent, accent, TEXT),
        ("ink", "accent-soft", palette["ink"], soft, TEXT),
        ("quiet", "accent-soft", palette["quiet"], soft, TEXT),
        ("focus", "accent-soft", palette["focus"], soft, EDGE),
    ]
    return [Pair(name, ground, contrast(one, two), needed) for name, ground, one, two, needed in pairs]


def shades_of(accent: str, palette: Palette) -> Shades:
    """The shades that go with an accent in a theme. Raises AccentUnreadable."""
    shades, worst = _best_shades(accent, palette)
    if not worst.is_readable:
        raise AccentUnreadable(worst, nearest_readable(accent, palette))
    return shades


def nearest_readable(accent: str, palette: Palette) -> str:
    """The colour of the same hue that can be read and is the least lighter or darker."""
    lightness, chroma, hue = to_oklch(accent)
    end = 1.0 if _is_dark(palette) else 0.0
    steps = (lightness + (end - lightness) * step / STEPS for step in range(STEPS + 1))
    return _first_readable((to_hex((step, chroma, hue)) for step in steps), palette)


def for_the_night(accent: str, palette: Palette) -> str:
    """The accent of a light page, lightened for a dark one until it can be read there."""
    lightness, chroma, hue = to_oklch(accent)
    start = max(lightness, DARK_LIGHTNESS)
    steps = (start + (1 - start) * step / STEPS for step in range(STEPS + 1))
    return _first_readable((to_hex((step, min(chroma, DARK_CHROMA), hue)) for step in steps), palette)


def _first_readable(candidates: Iterable[str], palette: Palette) -> str:
    """The first that can be read; at the end of every way there is black or white, which can."""
    colour = ""
    for colour in candidates:
        if _best_shades(colour, palette)[1].is_readable:
            break
    return colour


def _best_shades(accent: str, palette: Palette) -> tuple[Shades, Pair]:
    """The shades of an accent whose worst pair is the best, and that pair."""
    options = [
        (shades, min(meetings(shades, palette), key=lambda pair: pair.ratio / pair.needed))
        for shades in _possible_shades(accent, _is_dark(palette))
    ]
    return next(
        (option for option in options if option[1].is_readable),
        max(options, key=lambda option: option[1].ratio / option[1].needed),
    )


def _possible_shades(accent: str, is_dark: bool) -> Iterable[Shades]:
    """A soft ground of the accent's own hue, the deepest first, and the writing on the accent."""
    _lightness, chroma, hue = to_oklch(accent)
    on_accent = to_hex((0.23, min(chroma, 0.03), hue)) if is_dark else "#ffffff"
    softs = (0.31, 0.29, 0.27, 0.25, 0.23, 0.21, 0.19) if is_dark else (0.93, 0.94, 0.95, 0.96, 0.97, 0.98)
    for lightness in softs:
        soft = to_hex((lightness, min(chroma * 0.25, 0.028), hue))
        yield Shades(accent, on_accent, soft)


def _is_dark(palette: Palette) -> bool:
    return luminance(palette["page"]) < luminance(palette["ink"])


@lru_cache(maxsize=512)
def _linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1 without the curve of sRGB."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return red, green, blue


def to_oklch(colour: str) -> Oklch:
    """Lightness, chroma and hue of a colour."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def to_hex(colour: Oklch) -> str:
    """The nearest colour that a screen has: where there is none so strong, a paler one of the same hue."""
    lightness, chroma, hue = colour
    for step in range(STEPS + 1):
        parts = _from_oklch(lightness, chroma * (1 - step / STEPS), hue)
        if all(-0.0005 <= part <= 1.0005 for part in parts):
            break
    return "#" + "".join(f"{round(255 * _curved(min(max(part, 0.0), 1.0))):02x}" for part in parts)


def _from_oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _curved(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
