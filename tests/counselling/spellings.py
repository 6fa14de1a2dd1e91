"""Looking for a sentence on the disk, in every way that it could have been written there."""

import base64
from pathlib import Path


def spellings_found(directory: Path, sentence: str) -> list[str]:
    """The files that hold a sentence plainly, in hex or in base64 at any of its three offsets."""
    data = sentence.encode()
    spellings = {data, data.hex().encode(), data.hex().upper().encode(), sentence.encode("utf-16-le")}
    for offset in range(3):
        inner = base64.b64encode(b"\0" * offset + data)[4 if offset else 0 : -4]
        spellings |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert any(path.name.endswith((".sqlite3", ".db", ".sqlite")) or "sql" in path.name for path in files)
    return [str(path) for path in files if any(one in path.read_bytes() for one in spellings)]
