"""The words of the pages, in the reader's language, as fast as a page of forty sentences needs them.

Flask-Babel finds the language, and Jinja's own translation functions ask for it anew at every sentence,
which was a third of what a visitor's page cost. Here a sentence without variables is looked up once for each
language and process, and so is an address that is the same on every page.
"""

from functools import lru_cache
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from markupsafe import Markup

from core.ids import LENGTH

SAME_EVERYWHERE = {"filename", "lang", "theme"}
ANY_ID = "0" * LENGTH


def install_wording(app: Flask) -> None:
    """Give templates `_`, `gettext`, `ngettext`, a quicker `url_for`, and which way the page runs."""
    app.jinja_env.globals.update(
        _=sentence,
        gettext=sentence,
        ngettext=counted_sentence,
        url_for=address,
        page_direction=page_direction,
    )


def current_language() -> str:
    """The language of this answer: "en", "el" or "id"."""
    language: str | None = g.get("language")
    if language is None:
        language = g.language = str(get_locale())
    return language


def page_direction() -> str:
    """Which way a page in the reader's language runs: "ltr" or "rtl"."""
    return _direction_of(current_language())


@lru_cache(maxsize=100)
def _direction_of(language: str) -> str:
    return Locale.parse(language).text_direction


def sentence(message: str, **variables: Any) -> Markup:
    """A sentence in the reader's language; variables are escaped."""
    text = _translated(current_language(), message)
    return text % variables if variables or "%" in text else text


def counted_sentence(singular: str, plural: str, num: int, **variables: Any) -> Markup:
    """A sentence that depends on a number, by the plural forms of the reader's language."""
    language = current_language()
    if variables:
        return Markup(_catalog(language).ungettext(singular, plural, num)) % {"num": num, **variables}
    return _counted(language, singular, plural, num)


def address(endpoint: str, **values: Any) -> str:
    """Like Flask's `url_for`; an address is built once, and once for all public ids that it may hold."""
    if values.keys() <= SAME_EVERYWHERE:
        return _fixed_address(request.script_root, endpoint, **values)
    if len(values) == 1:
        ((name, value),) = values.items()
        if name.endswith("_id") and isinstance(value, str) and len(value) == LENGTH and value.isalnum():
            return _fixed_address(request.script_root, endpoint, **{name: ANY_ID}).replace(ANY_ID, value)
    return url_for(endpoint, **values)


@lru_cache(maxsize=1_000)
def _fixed_address(_root: str, endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)


@lru_cache(maxsize=10_000)
def _translated(language: str, message: str) -> Markup:
    return Markup(_catalog(language).ugettext(message))


@lru_cache(maxsize=10_000)
def _counted(language: str, singular: str, plural: str, num: int) -> Markup:
    return Markup(_catalog(language).ungettext(singular, plural, num)) % {"num": num}


@lru_cache(maxsize=16)
def _catalog(language: str) -> NullTranslations:
    folder = current_app.config["BABEL_TRANSLATION_DIRECTORIES"]
    return Translations.load(folder, [language])
