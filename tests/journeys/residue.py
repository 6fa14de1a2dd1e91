"""Looking for a text in everything that lies on the disk, in every way that it could have been written."""

import base64
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus


def spellings(mark: str) -> Iterator[tuple[str, bytes]]:
    """A text as it could lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        data = mark.encode(encoding)
        yield encoding, data
        yield f"{encoding} in hex", data.hex().encode()
        yield f"{encoding} in capital hex", data.hex().upper().encode()
        for shift in range(3):
            # What stands before it moves its base64 by up to two bytes; the letters at both ends mix with it.
            coded = base64.b64encode(b"\0" * shift + data)
            middle = coded[4 if shift else 0 : len(coded) - 4]
            yield f"{encoding} in base64, moved by {shift}", middle
            yield (
                f"{encoding} in base64 for addresses, moved by {shift}",
                middle.translate(bytes.maketrans(b"+/", b"-_")),
            )
    yield "escaped", mark.encode("unicode_escape")
    yield "as JSON", json.dumps(mark)[1:-1].encode()
    yield "as a page", escape(mark).encode("ascii", "xmlcharrefreplace")
    yield "quoted", quote(mark).encode()
    yield "quoted as a form", quote_plus(mark).encode()


def find(directory: Path, marks: dict[str, str]) -> list[str]:
    """Where any of these texts lies in any file, in any spelling, in capitals or not."""
    found = []
    for file in sorted(path for path in directory.rglob("*") if path.is_file()):
        data = file.read_bytes()
        folded = data.lower()
        for name, mark in marks.items():
            for spelling, needle in spellings(mark):
                if needle in data or ("base64" not in spelling and needle.lower() in folded):
                    found.append(f"{name}, {spelling}, in {file.relative_to(directory)}")
    return found
