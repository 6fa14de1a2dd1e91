"""Every form answers in the reader's language, whatever is sent to it.

WTForms has no Indonesian: whatever it says by itself is English there. So each form is sent nothing, too
much, and what its fields cannot hold, and every message must be a translation of ours.
"""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField
from wtforms.i18n import DummyTranslations

from accounts.forms import AddStaffForm
from core.forms import StoaForm
from core.translations import PLACEHOLDER, SOURCE, TRANSLATED, catalog_path, extract_strings
from forum.forms import CategoryForm
from moderation.forms import ClocksForm

ROOT = Path(__file__).resolve().parents[2]
SENDINGS = {
    "nothing": "",
    "too much": "far too much " * 2_000,
    "what is no number, no day and no choice": "\u2603 1e999",
    "a character that did not arrive": "\ufffd",
    "a number beyond all": "9" * 400,
}

# What some forms must be given when they are made.
ARGUMENTS: dict[str, Any] = {"default_language": SOURCE}


def forms() -> list[type[StoaForm]]:
    """Every form of the application; the app must have been made."""
    found: list[type[StoaForm]] = []
    waiting = [StoaForm]
    while waiting:
        kinds = [kind for kind in waiting.pop().__subclasses__() if kind not in found]
        found += kinds
        waiting += kinds
    return sorted(
        {kind for kind in found if kind.__module__.endswith("forms")}, key=lambda kind: kind.__name__
    )


@cache
def sentences(language: str) -> re.Pattern[str]:
    """What we can say in this language, with whatever is filled into it. What is not translated yet counts,
    too: the catalogs have a test of their own.
    """
    texts = [form for message in extract_strings(ROOT) for form in forms_of(message.id)]
    if language != SOURCE:
        with catalog_path(ROOT, language).open("rb") as file:
            texts += [form for message in read_po(file) for form in forms_of(message.string)]
    patterns = (".*".join(map(re.escape, PLACEHOLDER.split(text))) for text in texts if text)
    return re.compile("|".join(patterns), re.S)


def forms_of(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


def messages_of(form: StoaForm) -> Iterator[str]:
    for name, errors in form.errors.items():
        yield from (f"{name}: {error}" for error in errors)


def foreign_messages(kind: type[StoaForm], typed: str, language: str) -> list[str]:
    """What a form says to this sending that our catalog does not know in this language."""
    asked = inspect.signature(kind.__init__).parameters
    given = {name: value for name, value in ARGUMENTS.items() if name in asked} | {"meta": {"csrf": False}}
    sent = MultiDict((field.name, typed) for field in kind(formdata=None, **given))
    form = kind(formdata=sent, **given)
    form.validate()
    return [
        f"{kind.__name__}.{message}"
        for message in messages_of(form)
        if not sentences(language).fullmatch(message.split(": ", 1)[1])
    ]


@pytest.mark.parametrize("language", [SOURCE, *TRANSLATED])
@pytest.mark.parametrize("sending", SENDINGS)
def test_every_form_answers_in_the_readers_language(app: Flask, sending: str, language: str) -> None:
    kinds = [*forms(), ClocksForm.for_bands()]
    with app.test_request_context("/", method="POST", headers={"Accept-Language": language}):
        found = [fault for kind in kinds for fault in foreign_messages(kind, SENDINGS[sending], language)]
    assert found == []


def test_the_forms_of_every_package_were_looked_at(app: Flask) -> None:
    assert app
    assert {kind.__module__ for kind in forms()} >= {
        "accounts.forms",
        "counselling.forms",
        "forum.forms",
        "moderation.forms",
    }


def test_a_message_that_is_not_ours_is_found(app: Flask) -> None:
    class AgeForm(StoaForm):
        age = IntegerField()

        class Meta(StoaForm.Meta):
            def get_translations(self, _form: FlaskForm) -> DummyTranslations:
                return DummyTranslations()

    with app.test_request_context("/", method="POST", headers={"Accept-Language": "id"}):
        assert "AgeForm.age: Not a valid integer value." in foreign_messages(AgeForm, "many", "id")


def test_a_choice_that_is_none_of_ours_is_told_once(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = AddStaffForm(formdata=MultiDict({"role": "king"}), meta={"csrf": False})
        form.validate()
    assert form.errors["role"] == ["Please choose one of the answers."]


def test_a_number_that_is_none_is_told_once(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = CategoryForm(formdata=MultiDict({"place": "first"}), meta={"csrf": False})
        form.validate()
    assert form.errors["place"] == ["A number from 0 to 999."]
