"""A logo is what its bytes say. An SVG may draw and do nothing else."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logos import LARGEST_LOGO, REASONS, LogoRefused, read_logo

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 40, height: int = 20) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def webp(kind: bytes, first: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(first)) + first
    return b"RIFF" + struct.pack("<I", len(body)) + body


def svg(inside: str = '<path d="M0 0h40v20H0z"/>', attributes: str = 'viewBox="0 0 40 20"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} {attributes}>{inside}</svg>'.encode()


WEBPS = {
    "lossy": webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 40, 20)),
    "lossless": webp(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 19 << 14) + b"\0" * 5),
    "extended": webp(b"VP8X", b"\0" * 4 + (39).to_bytes(3, "little") + (19).to_bytes(3, "little")),
}
DRAWN = {
    "with a declaration": b'<?xml version="1.0" encoding="utf-8"?>\n<!-- ours -->' + svg(),
    "with a byte order mark": b"\xef\xbb\xbf" + svg(),
    "with its sides in pixels": svg(attributes='width="40px" height="20"'),
    "with a part used twice": svg('<defs><path id="a"/></defs><use href="#a"/><use xlink:href="#a"/>'),
    "with a gradient": svg('<linearGradient id="g"/><path fill="url(#g)" style="stroke: url( \'#g\' )"/>'),
    "with styles": svg("<style>.a{fill:#2a5d50}</style>"),
}
NOT_ONLY_DRAWN = {
    "a script": svg("<script>go()</script>"),
    "a script under another name": svg('<x:script xmlns:x="http://www.w3.org/2000/svg">go()</x:script>'),
    "a handler": svg('<path onclick="go()"/>'),
    "a handler at the root": svg(attributes='viewBox="0 0 1 1" onload="go()"'),
    "a page inside": svg('<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
    "a link": svg('<a href="https://evil.example"><path/></a>'),
    "a picture from elsewhere": svg('<image href="https://evil.example/x.png"/>'),
    "a part from elsewhere": svg('<use href="https://evil.example/x.svg#a"/>'),
    "a part from a document inside": svg('<use xlink:href="data:image/svg+xml,x#a"/>'),
    "a fill from elsewhere": svg('<path fill="url(https://evil.example/x.svg#a)"/>'),
    "a fill from elsewhere in quotes": svg("<path style='fill: URL( \"//evil.example\" )'/>"),
    "a sheet from elsewhere": svg("<style>@import '//evil.example'</style>"),
    "a hidden word in a sheet": svg("<style>.a{fill:u\\72l(//evil.example)}</style>"),
    "an instruction": b'<?xml-stylesheet href="//evil.example"?>' + svg(),
    "an entity": b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
    "an animation": svg('<set attributeName="href" to="javascript:go()"/>'),
    "another language": svg('<b xmlns="urn:other"/>'),
    "a script in utf-16": '<?xml version="1.0" encoding="utf-16"?>\n'.encode("utf-16") + svg("<script/>"),
}


def reason_of(body: bytes) -> str:
    with pytest.raises(LogoRefused) as refused:
        read_logo(body)
    return refused.value.reason


def test_a_png_is_read() -> None:
    logo = read_logo(png())
    assert (logo.ending, logo.width, logo.height, logo.body) == ("png", 40, 20, png())


@pytest.mark.parametrize("body", WEBPS.values(), ids=WEBPS.keys())
def test_each_kind_of_webp_is_read(body: bytes) -> None:
    logo = read_logo(body)
    assert (logo.ending, logo.width, logo.height) == ("webp", 40, 20)


@pytest.mark.parametrize("body", DRAWN.values(), ids=DRAWN.keys())
def test_an_svg_that_draws_is_read(body: bytes) -> None:
    assert read_logo(body).ending == "svg"


def test_the_sides_of_an_svg_are_those_of_its_box() -> None:
    logo = read_logo(svg())
    assert (logo.width, logo.height) == (40, 20)


@pytest.mark.parametrize("body", NOT_ONLY_DRAWN.values(), ids=NOT_ONLY_DRAWN.keys())
def test_an_svg_that_does_more_than_draw_is_refused(body: bytes) -> None:
    with pytest.raises(LogoRefused):
        read_logo(body)


@pytest.mark.parametrize(
    "body",
    [
        png()[:-1],
        png() + b"more",
        png().replace(b"IDAT", b"JDAT"),
        png()[:20] + b"\xff" + png()[21:],
        b"\x89PNG\r\n\x1a\n",
        WEBPS["lossy"][:-1],
        WEBPS["lossy"] + b"x",
        webp(b"ABCD", b"\0" * 10),
        b"<svg",
        svg(attributes=""),
        svg(attributes='viewBox="0 0 nan 20"'),
    ],
)
def test_a_damaged_picture_is_refused(body: bytes) -> None:
    assert reason_of(body) == "damaged"


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.7", b"<html></html>"])
def test_what_is_no_logo_is_refused(body: bytes) -> None:
    assert reason_of(body) == "unknown"


def test_a_large_file_is_refused() -> None:
    assert reason_of(svg() + b" " * LARGEST_LOGO) == "too_large"


def test_a_picture_without_end_is_refused() -> None:
    assert reason_of(png(5_000, 1)) == "too_wide"


@given(st.binary(max_size=200), st.sampled_from([b"", png(), WEBPS["lossless"], svg()]), st.integers(0, 300))
def test_whatever_is_sent_is_taken_or_refused_with_a_reason(noise: bytes, body: bytes, place: int) -> None:
    reason = ""
    try:
        read_logo(body[:place] + noise + body[place:])
    except LogoRefused as refusal:
        reason = refusal.reason
    assert reason in {"", *REASONS}
