"""One stylesheet, and it stays small, plain and true: what it names is used, what pages name is there, and
the figures that the documents give of its colours are right.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.palette import Meeting, meetings_of, palettes

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
STYLES = (STATIC / "stoa.css").read_text(encoding="utf-8")
SPRITE = (STATIC / "icons.svg").read_text(encoding="utf-8")
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
LARGEST = 25_000
Finder = Callable[[str], list[str]]

# Classes that pages carry as handles, for scripts and tests, and that need no look of their own.
HOOKS: set[str] = set()


def without_comments(styles: str) -> str:
    return re.sub(r"/\*.*?\*/", "", styles, flags=re.S)


def rules(styles: str) -> list[tuple[str, str]]:
    """Each selector with its declarations, whatever it lies in."""
    return re.findall(r"([^{};]+)\{([^{}]*)\}", without_comments(styles))


def sources() -> list[str]:
    """Everything that can carry a class or draw an icon: templates and scripts."""
    paths = [*(ROOT / "templates").rglob("*.html"), *(STATIC / "js").rglob("*.js")]
    return [path.read_text(encoding="utf-8") for path in paths]


PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-\w+)-(?:left|right)[\w-]*|border-(?:top|bottom)-(?:left|right)-radius"
    r"|left|right)\s*:|(?:text-align|float|clear|justify-\w+)\s*:\s*(?:left|right)\b"
)
FOUR_SIDES = re.compile(r"(?<![\w-])(?:margin|padding|inset|border-width|border-radius)\s*:\s*([^;{}]+)")


def physical_directions(styles: str) -> list[str]:
    """Declarations that name the left or the right: they would not turn with a page from right to left."""
    found = PHYSICAL.findall(without_comments(styles))
    for declared in FOUR_SIDES.findall(without_comments(styles)):
        sides = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", declared).split()
        if len(sides) == 4 and sides[1] != sides[3]:
            found.append(declared)
    return found


def loud_declarations(styles: str) -> list[str]:
    """`!important` where nothing calls for it: only [hidden], print and forced colours may."""
    spared = re.sub(r"\[hidden\]\s*\{[^}]*\}", "", without_comments(styles))
    spared = re.sub(r"@media (?:print|\(forced-colors: active\)) \{(?:[^{}]*\{[^{}]*\})*\s*\}", "", spared)
    return re.findall(r"[\w-]+\s*:[^;{}]*!important", spared)


def foreign_parts(styles: str) -> list[str]:
    """Imports, and addresses of any kind: the stylesheet needs nothing from anywhere."""
    return re.findall(r"@import|@font-face|url\([^)]*\)", without_comments(styles))


def scattered_colours(styles: str) -> list[str]:
    """Colours outside of the roles on `:root`, where no theme and no accent would reach them."""
    return [
        f"{selector.strip()} {{{colour}}}"
        for selector, body in rules(styles)
        if ":root" not in selector
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b|(?:rgb|hsl|oklch)a?\(", body)
    ]


@pytest.mark.parametrize(
    ("finder", "planted"),
    [
        (physical_directions, "p { margin-left: 1px; }"),
        (physical_directions, "p { position: absolute; left: 0; }"),
        (physical_directions, "p { text-align: right; }"),
        (physical_directions, "p { padding: 1px 2px 3px 4px; }"),
        (physical_directions, "p { border-top-left-radius: 3px; }"),
        (loud_declarations, "p { color: red !important; }"),
        (loud_declarations, "@media print { p { display: none !important; } } q { color: red !important; }"),
        (foreign_parts, "@import 'more.css';"),
        (foreign_parts, "p { background: url(https://elsewhere.example/x.png); }"),
        (scattered_colours, "p { color: #123456; }"),
        (scattered_colours, "p { color: rgb(1 2 3); }"),
    ],
)
def test_a_planted_fault_is_found(finder: Finder, planted: str) -> None:
    assert finder(planted)


@pytest.mark.parametrize(
    ("finder", "sound"),
    [
        (physical_directions, "p { margin-inline-start: 1px; padding: 1px 2px 3px; text-align: start; }"),
        (physical_directions, "/* left: 0 */ p { padding: 1px 2px 3px 2px; inset-inline-end: 0; }"),
        (loud_declarations, "[hidden] { display: none !important; }"),
        (loud_declarations, "@media print { p { display: none !important; } q { margin: 0; } }"),
        (scattered_colours, ":root { --page: #fff; } p { color: var(--page); }"),
    ],
)
def test_what_is_sound_is_left_alone(finder: Finder, sound: str) -> None:
    assert finder(sound) == []


@pytest.mark.parametrize(
    "finder",
    [physical_directions, loud_declarations, foreign_parts, scattered_colours],
    ids=lambda finder: finder.__name__,
)
def test_the_stylesheet_keeps_the_rule(finder: Finder) -> None:
    assert finder(STYLES) == []


def test_the_stylesheet_is_small() -> None:
    assert len(STYLES.encode()) < LARGEST


def test_both_ways_into_the_night_have_the_same_colours() -> None:
    first, second = re.findall(r":root[^{]*data-theme[^{]*\{([^}]*)\}", STYLES)
    assert first == second


def test_day_and_night_give_colours_to_the_same_roles() -> None:
    day, night = palettes(STYLES)
    assert day.keys() == night.keys()


def styled_classes() -> set[str]:
    return {name for selector, _ in rules(STYLES) for name in re.findall(r"\.([a-z][\w-]*)", selector)}


def carried_classes() -> set[str]:
    """Classes that templates and scripts give to something. In a template, words of a condition may be among
    them.
    """
    found: set[str] = set()
    for source in sources():
        for value in re.findall(r'class="((?:\{\{.*?\}\}|\{%.*?%\}|[^"])*)"', source):
            plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", value)
            found |= set(plain.split())
        for value in re.findall(r"class=\"[^\"]*\{\{(.*?)\}\}", source):
            found |= set(re.findall(r"[\"']([a-z][\w -]*)[\"']", value))
        found |= set(re.findall(r"(?:className = |classList\.\w+\()\"([\w-]+)\"", source))
        for value in re.findall(r"block body_class -?%\}([^{]*)\{%", source):
            found |= set(value.split())
    return found


def test_every_class_of_a_page_has_a_look() -> None:
    assert carried_classes() - styled_classes() - HOOKS == set()


def test_every_class_of_the_stylesheet_is_carried_by_something() -> None:
    mentioned = " ".join(sources())
    unused = {name for name in styled_classes() if not re.search(rf"(?<![\w-]){name}(?![\w-])", mentioned)}
    assert unused == set()


def test_every_variable_is_set_and_every_one_is_used() -> None:
    declared = set(re.findall(r"(--[\w-]+)\s*:", STYLES))
    wanted = set(re.findall(r"var\((--[\w-]+)", STYLES))
    assert (wanted - declared, declared - wanted) == (set(), set())


def drawn_icons() -> set[str]:
    """Names of the icons that templates draw: given as they are, or put together from a few words."""
    named = {
        name for source in sources() for name in re.findall(r"icon\(\s*[\"']([\w-]+)[\"']\s*[,)]", source)
    }
    places = set(re.findall(r"main_place\(\"(\w+)\"", " ".join(sources())))
    bands = {f"band-{band}" for band in ("crisis", "red", "amber", "green")}
    kinds = {"info", "success", "warning", "danger"}
    return named | places | bands | kinds


def test_every_icon_that_is_drawn_is_in_the_sprite_and_no_other() -> None:
    assert set(re.findall(r'<symbol id="([^"]+)"', SPRITE)) == drawn_icons()


def test_the_sprite_has_no_colour_of_its_own() -> None:
    painted = re.findall(r'(?:fill|stroke|color)="([^"]*)"', SPRITE)
    assert set(painted) <= {"none", "currentColor"}


def test_each_band_has_a_shape_of_its_own() -> None:
    shapes = re.findall(r'<symbol id="band-\w+"[^>]*>(.*?)</symbol>', SPRITE)
    assert len(shapes) == len(set(shapes)) == 4


def figures_of_the_document() -> list[tuple[str, ...]]:
    """The table of contrasts: role, ground, day, night, needed."""
    row = r"^\| ([a-z-]+) \| ([a-z-]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$"
    return re.findall(row, DESIGN, flags=re.M)


def test_the_document_gives_the_true_contrast_of_every_pair() -> None:
    true = [
        (one.role, one.ground, str(one.day), str(one.night), str(one.needed)) for one in meetings_of(STYLES)
    ]
    assert figures_of_the_document() == true


@pytest.mark.parametrize("one", meetings_of(STYLES), ids=lambda one: f"{one.role} on {one.ground}")
def test_every_pair_can_be_read_by_day_and_by_night(one: Meeting) -> None:
    assert min(one.day, one.night) >= one.needed
