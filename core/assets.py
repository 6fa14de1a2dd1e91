"""The parts of a page that are no page: stylesheet, scripts, icons, logo.

Each travels under an address that holds a hash of what it is (`/s/<version>/stoa.css`), so a browser keeps it
for a year and asks never again, and a change shows at once because the address is another. The scripts share
one version, for they import each other by relative addresses; whatever the institution sets (accent, logo) is
a version of its own. The stylesheet is sent without its comments and with the accent in it, and to visitors
who only read without the rules for writing and working (`reading.css`): on a slow line that is a packet less
before the first word shows.
"""

import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, g, request
from markupsafe import Markup

from core.colour import AccentUnreadable, Palette, Shades, for_the_night, shades_of
from core.palette import palettes
from core.site import Site, site

STYLESHEET, READING_SHEET, SPRITE = "stoa.css", "reading.css", "icons.svg"
# Layers of the stylesheet that a page without forms, tables and staff has no use for.
NOT_FOR_READING = ("tools", "staff")
SYMBOL = re.compile(r'<symbol id="(?P<name>[^"]+)"(?P<box>[^>]*)>(?P<lines>.*?)</symbol>', re.S)
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
}
ENDPOINTS = frozenset({"static", "core.show_asset", "core.show_favicon", "core.show_manifest"})
FOR_EVER = "public, max-age=31536000, immutable"
# For a picture that somebody sent: should it hold more than drawing, nothing of it runs or loads.
INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
VERSION_LENGTH = 10

Stamp = tuple[str, int, int]
Stamps = tuple[Stamp, ...]


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    version: str
    kind: str
    body: bytes
    packed: bytes | None  # by gzip, where that is shorter
    is_theirs: bool = False  # somebody sent it to us


@dataclass(frozen=True, eq=False)
class Served:
    """Every file at one moment, its address, the icons as they stand inside a page, and the colours of the
    stylesheet by day and by night.
    """

    files: Mapping[str, Asset]
    addresses: Mapping[str, str]
    drawings: Mapping[str, Markup]
    day: Palette
    night: Palette


class Assets:
    """The files of one folder. With `watches`, a file that changes shows at once, for whoever works on it."""

    def __init__(self, folder: Path, *, watches: bool) -> None:
        self.folder, self.watches = folder, watches
        self._stamps = self._look()

    def _look(self) -> Stamps:
        return tuple(sorted(_stamps_in(self.folder, "")))

    def served(self, face: Site) -> Served:
        """What is sent while the institution looks like this."""
        if self.watches:
            self._stamps = self._look()
        return _gather(self.folder, self._stamps, face)


def _stamps_in(folder: Path, prefix: str) -> Iterator[Stamp]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _stamps_in(Path(entry.path), f"{prefix}{entry.name}/")
            elif os.path.splitext(entry.name)[1] in KINDS:
                facts = entry.stat()
                yield prefix + entry.name, facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=8)
def _gather(folder: Path, stamps: Stamps, face: Site) -> Served:
    bodies = {name: (folder / name).read_bytes() for name, _changed, _size in stamps}
    styles = bodies.pop(STYLESHEET).decode()
    tree = version_of(*(part for name in bodies for part in (name.encode(), bodies[name])))
    files = {name: _asset(name, body, tree) for name, body in bodies.items()}
    sheet = build_stylesheet(styles, accent=face.look.accent, accent_dark=face.look.accent_dark).encode()
    files[STYLESHEET] = _asset(STYLESHEET, sheet, version_of(sheet))
    shorter = without_layers(sheet.decode(), NOT_FOR_READING).encode()
    files[READING_SHEET] = _asset(READING_SHEET, shorter, version_of(shorter))
    if face.logo:
        files[face.logo_file] = _asset(face.logo_file, face.logo.body, version_of(face.logo.body), True)
    addresses = {name: f"/s/{file.version}/{name}" for name, file in files.items()}
    drawings = {found["name"]: _drawing(found) for found in SYMBOL.finditer(bodies[SPRITE].decode())}
    return Served(files, addresses, drawings, *palettes(strip_styles(styles)))


def _drawing(symbol: re.Match[str]) -> Markup:
    lines = re.sub(r"<!--.*?-->\s*", "", symbol["lines"], flags=re.S)
    return Markup(f'<svg class="icon" aria-hidden="true"{symbol["box"]}>{lines}</svg>')


def _asset(name: str, body: bytes, version: str, is_theirs: bool = False) -> Asset:
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(
        version, KINDS[Path(name).suffix], body, packed if len(packed) < len(body) else None, is_theirs
    )


def version_of(*parts: bytes) -> str:
    """A short hash: another one whenever a byte is another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:VERSION_LENGTH]


def assets_of_request() -> Served:
    """Every file as this request sees it."""
    known: Served | None = g.get("served")
    if known is None:
        assets: Assets = current_app.extensions["stoa_assets"]
        known = g.served = assets.served(site())
    return known


def asset(name: str) -> str:
    """The address of a file of `static/`, or of the logo. For templates."""
    return request.script_root + assets_of_request().addresses[name]


def stylesheet(reads: bool = False) -> str:
    """The address of the stylesheet, for the layout. `reads` says that the page holds no form but the search,
    no table and no room of staff; then visitors, who have nothing else on it either, get the shorter one.
    """
    g.sheet = READING_SHEET if reads and not g.get("private") else STYLESHEET
    return asset(g.sheet)


def icon(name: str) -> Markup:
    """An icon of the sprite, for templates.

    In a visitor's page it is drawn in place: that page travels packed, and on a slow line the sprite would
    arrive together with the stylesheet and hold it up. The pages of those who are signed in are never packed;
    they point to the sprite, which their browser has by then.
    """
    if g.get("private"):
        address = asset(SPRITE)
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(address, name)
    return assets_of_request().drawings[name]


def send_asset(name: str, *, version: str | None = None) -> Response | None:
    """The file, to be kept for ever when `version` is its own, else to be asked for again; None without one.

    An old version answers with what is there now, for whoever opened a page a moment before it changed.
    """
    file = assets_of_request().files.get(name)
    if file is None:
        return None
    is_packed = file.packed is not None and bool(request.accept_encodings["gzip"])
    response = Response(file.packed if is_packed else file.body, content_type=file.kind)
    response.headers["Cache-Control"] = FOR_EVER if version == file.version else "no-cache"
    if file.packed is not None:
        response.vary.add("Accept-Encoding")
    if is_packed:
        response.content_encoding = "gzip"
    if file.is_theirs:
        response.headers["Content-Security-Policy"] = INERT
    response.set_etag(version_of(file.body) + ("-gzip" if is_packed else ""))
    response.make_conditional(request)
    return response


def build_stylesheet(source: str, *, accent: str = "", accent_dark: str = "") -> str:
    """The stylesheet as it is sent: without comments, and with the accent's colours where one was chosen."""
    styles = strip_styles(source)
    if not accent:
        return styles
    day, night = palettes(styles)
    light = readable_shades(accent, day)
    dark = readable_shades(accent_dark or for_the_night(light.accent, night), night)
    by_system = f":root:not([data-theme=light]){{{_properties(dark)}}}"
    by_choice = f":root[data-theme=dark]{{{_properties(dark)}}}"
    return (
        f"{styles}:root{{{_properties(light)}}}"
        f"@media screen and (prefers-color-scheme:dark){{{by_system}}}@media screen{{{by_choice}}}"
    )


def without_layers(styles: str, names: Sequence[str]) -> str:
    """Stripped styles without the blocks of these layers. The line that orders the layers stays whole."""
    for name in names:
        start = styles.index(f"@layer {name}{{")
        end = start + styles[start:].index("{") + 1
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(styles[end], 0)
            end += 1
        styles = styles[:start] + styles[end:]
    return styles


def readable_shades(accent: str, palette: Palette) -> Shades:
    """The shades of an accent, or of the nearest one that can be read: the grounds may have changed since it
    was chosen.
    """
    try:
        return shades_of(accent, palette)
    except AccentUnreadable as refusal:
        return shades_of(refusal.nearest, palette)


def _properties(shades: Shades) -> str:
    return f"--accent:{shades.accent};--on-accent:{shades.on_accent};--accent-soft:{shades.accent_soft}"


def strip_styles(source: str) -> str:
    """A stylesheet without comments and without blanks that mean nothing. Strings stay as they are."""
    styles = re.sub(rf"({STRING})|/\*.*?\*/", _string_or(" "), source, flags=re.S)
    styles = re.sub(rf"({STRING})|\s+", _string_or(" "), styles)
    styles = re.sub(rf"({STRING})| ?([{{}};,]) ?", lambda found: found[1] or found[2], styles)
    return re.sub(rf"({STRING})|;(?=}})", _string_or(""), styles).strip()


def _string_or(other: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[1] or other
