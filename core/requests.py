"""Requests as Stoa reads them."""

from typing import IO
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser


class ReadableFormParser(FormDataParser):
    """Turns bytes that are no text into U+FFFD, which every field refuses with the text given back.

    Werkzeug writes them as "%FF" into the text, and a reader would find that in it.
    """

    def _parse_urlencoded(
        self, stream: IO[bytes], _mimetype: str, _length: int | None, _options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        fields = parse_qsl(stream.read().decode(errors="replace"), keep_blank_values=True, errors="replace")
        return stream, self.cls(fields), self.cls()


class StoaRequest(Request):
    """A request whose forms are read like that."""

    form_data_parser_class = ReadableFormParser
