"""Filling in every form of every page that somebody can reach, without knowing any of them: what a room adds
tomorrow is filled in as well.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count

from flask.testing import FlaskClient

LINK = re.compile(r'href="(/counsel[^"#?]*)')
ENDS_SOMETHING = re.compile(
    r"/[^/]*(clos|declin|destroy|withdraw|delet|remov|recus|forget|leave|hand|offer|(?<![a-z])end)[^/]*$"
)
TYPED_KINDS = {"text", "textarea", "search", "tel"}
FITTING = {
    "number": "5",
    "range": "5",
    "date": "2031-03-04",
    "time": "14:20",
    "datetime-local": "2031-03-04T14:20",
}


@dataclass
class Form:
    """One form of a page: where it goes, and its controls as (kind, name, value)."""

    action: str
    controls: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def shape(self) -> tuple[str, ...]:
        """What makes two forms the same: the address without its ids, and the names."""
        address = re.sub(r"/[0-9a-z]{13}(?=/|$)", "/ID", self.action)
        return (address, *sorted({name for _kind, name, _value in self.controls}))

    def filled(self, sentence: Callable[[], str], *, chooses: bool = True) -> dict[str, list[str]]:
        """A sentence is typed wherever one fits, and everything chosen that can be, or nothing."""
        data: dict[str, list[str]] = {}
        for kind, name, value in self.controls:
            if not chooses and kind not in {*TYPED_KINDS, "hidden"}:
                continue
            if kind in {"radio", "select", "submit"}:
                if value and not data.get(name):
                    data[name] = [value]
            elif kind in TYPED_KINDS:
                data[name] = [sentence()]
            else:
                data.setdefault(name, []).append(FITTING.get(kind, value))
        return data


class FormReader(HTMLParser):
    """The forms of a page that are sent."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.forms = path, list[Form]()
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_sent = facts.get("method", "get").lower() == "post"
            self._form = Form(facts.get("action") or self.path) if is_sent else None
        elif self._form is None or "disabled" in facts:
            return
        elif tag == "option" and self._select:
            self._form.controls.append(("select", self._select, facts.get("value", "")))
        elif tag == "select":
            self._select = facts.get("name", "")
        elif facts.get("name") and tag in {"input", "textarea", "button"}:
            kind = {"textarea": "textarea", "button": "submit"}.get(tag, facts.get("type", "text"))
            self._form.controls.append((kind, facts["name"], facts.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form" and self._form is not None:
            self.forms.append(self._form)
            self._form = None


def forms_of(page: str, path: str) -> list[Form]:
    """The forms of a page that are sent."""
    reader = FormReader(path)
    reader.feed(page)
    return reader.forms


class Wanderer:
    """Somebody who opens every page of counselling that they find, and fills in what is there."""

    def __init__(self, browser: FlaskClient, start: str, sentence: str) -> None:
        self.browser, self.sentence, self.sent = browser, sentence, dict[tuple[str, ...], int]()
        self._numbers, self._seen = count(1), set[str]()
        self.paths = [start]

    def wander(self, *, ends_too: bool) -> None:
        """Until there is nothing new. What ends something comes only when asked for."""
        self._seen.clear()
        for path in self.new_paths():
            page = self.browser.get(path, follow_redirects=True).text
            self.paths += LINK.findall(page)
            for form in forms_of(page, path):
                if not form.action.startswith("/counsel") or form.shape in self.sent:
                    continue
                if ends_too or not ENDS_SOMETHING.search(form.shape[0]):
                    self.send(form)

    def new_paths(self) -> Iterator[str]:
        while self.paths:
            path = self.paths.pop(0)
            if path not in self._seen:
                self._seen.add(path)
                yield path

    def send(self, form: Form) -> None:
        answer = self.browser.post(form.action, data=form.filled(self.next_sentence))
        if answer.status_code == 422:  # what was chosen does not go together
            answer = self.browser.post(form.action, data=form.filled(self.next_sentence, chooses=False))
        self.sent[form.shape] = answer.status_code
        self.paths += LINK.findall(f'href="{answer.headers.get("Location", "")}"')

    def next_sentence(self) -> str:
        return f"{self.sentence} {next(self._numbers)}"
