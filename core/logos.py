"""A logo that an institution sends: what it is is read from its bytes and never from its name.

An SVG is a document and could hold a script, so only drawing is taken: known elements, no handlers, nothing
from elsewhere. It is served with a policy of its own that allows nothing, for whatever was overlooked here.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

LARGEST_LOGO = 20_000
LARGEST_SIDE = 4_000
SVG = "{http://www.w3.org/2000/svg}"
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
DRAWING = {
    *("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "clipPath", "mask", "pattern"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
    *("linearGradient", "radialGradient", "stop"),
}
OUTSIDE_URL = re.compile(r"url\(\s*+[\"']?+(?!#)", re.IGNORECASE)
# An at-rule loads, a backslash hides what a word is.
UNSAFE_STYLE = re.compile(r"@|\\|javascript:|expression\(|image-set\(|image\(|src\(", re.IGNORECASE)
PNG_MARK = b"\x89PNG\r\n\x1a\n"


class LogoRefused(ValueError):
    """The file is no logo that can be shown; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("too_large", "unknown", "damaged", "too_wide", "not_only_drawing")


@dataclass(frozen=True)
class Logo:
    """A picture that was looked through: what it is, how large, and its bytes."""

    ending: str  # "png", "webp" or "svg"
    width: int
    height: int
    body: bytes


def read_logo(body: bytes) -> Logo:
    """Look a picture through. Raises LogoRefused."""
    if len(body) > LARGEST_LOGO:
        raise LogoRefused("too_large")
    if body.startswith(PNG_MARK):
        ending, (width, height) = "png", _png_size(body)
    elif body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        ending, (width, height) = "webp", _webp_size(body)
    elif body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        ending, (width, height) = "svg", _svg_size(body)
    else:
        raise LogoRefused("unknown")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise LogoRefused("too_wide")
    return Logo(ending, width, height, body)


def _png_size(body: bytes) -> tuple[int, int]:
    """Width and height of a PNG that is whole: every chunk with its checksum, and nothing after the last."""
    place, kinds = len(PNG_MARK), []
    while place + 12 <= len(body):
        (length,) = struct.unpack_from(">I", body, place)
        kind, end = body[place + 4 : place + 8], place + 8 + length
        if end + 4 > len(body) or zlib.crc32(body[place + 4 : end]) != int.from_bytes(body[end : end + 4]):
            raise LogoRefused("damaged")
        kinds.append(kind)
        place = end + 4
        if kind == b"IEND":
            break
    if place != len(body) or kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds:
        raise LogoRefused("damaged")
    width, height = struct.unpack_from(">II", body, len(PNG_MARK) + 8)
    return width, height


def _webp_size(body: bytes) -> tuple[int, int]:
    """Width and height of a WebP whose length is what it says.

    The three kinds of first chunk: RFC 9649, sections 2.5 to 2.7.
    """
    kind, first = body[12:16], body[20:30]
    if int.from_bytes(body[4:8], "little") + 8 != len(body) or len(first) < 10:
        raise LogoRefused("damaged")
    if kind == b"VP8 " and first[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", first, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and first[0] == 0x2F:
        bits = int.from_bytes(first[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(first[4:7], "little") + 1, int.from_bytes(first[7:10], "little") + 1
    raise LogoRefused("damaged")


def _svg_size(body: bytes) -> tuple[int, int]:
    """Width and height of an SVG that only draws."""
    # Entities could grow without end or read files, instructions load styles: neither is needed for drawing.
    if re.search(rb"<!(?!--)|<\?(?!xml[ \t])|\x00", body):
        raise LogoRefused("not_only_drawing")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise LogoRefused("damaged") from error
    if root.tag != f"{SVG}svg":
        raise LogoRefused("unknown")
    for element in root.iter():
        _require_drawing(element)
    return _svg_sides(root)


def _require_drawing(element: "ElementTree.Element[str]") -> None:
    name = element.tag.removeprefix(SVG)
    if not element.tag.startswith(SVG) or name not in DRAWING:
        raise LogoRefused("not_only_drawing")
    for attribute, value in element.attrib.items():
        leads_away = attribute in HREFS and not value.strip().startswith("#")
        if leads_away or attribute.rpartition("}")[2].lower().startswith("on") or _loads(value):
            raise LogoRefused("not_only_drawing")
    if name == "style" and _loads(element.text or ""):
        raise LogoRefused("not_only_drawing")


def _loads(style: str) -> bool:
    return bool(OUTSIDE_URL.search(style) or UNSAFE_STYLE.search(style))


def _svg_sides(root: "ElementTree.Element[str]") -> tuple[int, int]:
    """From the view box, else from width and height in pixels."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    given = (
        box[2:] if len(box) == 4 else [root.get(side, "").removesuffix("px") for side in ("width", "height")]
    )
    try:
        width, height = (float(side) for side in given)
        return max(1, round(width)), max(1, round(height))
    except (ValueError, OverflowError) as error:
        raise LogoRefused("damaged") from error
