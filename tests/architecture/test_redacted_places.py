"""Whoever adds a place that can hold what somebody typed says what a redaction does to it."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Enum, LargeBinary, String, Text
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.elements import KeyedColumnElement

import app
from core.columns import SealedText
from core.db import Base
from moderation.proposals.erase_queries import TYPED_ABOUT_ITEMS
from tests.architecture.test_house import ROOT

TABLE = ROOT / "docs/decisions/0024-every-place-that-can-hold-a-word.md"
SHORTEST_TEXT = 80  # in a shorter column there is an id, a state or a name


def mappers() -> Iterator[Mapper[Base]]:
    assert app.create_app is not None  # with it, every model is there
    yield from Base.registry.mappers


def can_hold_words(column: KeyedColumnElement[Any]) -> bool:
    """Whether somebody's words fit into a column: text, JSON, or bytes of any length."""
    kind = column.type
    if isinstance(kind, Enum):
        return False
    if isinstance(kind, SealedText | JSON | Text):
        return True
    if isinstance(kind, LargeBinary):
        return kind.length is None
    return isinstance(kind, String) and (kind.length or SHORTEST_TEXT) >= SHORTEST_TEXT


def names_in_table() -> dict[str, str]:
    """Each column that the table names, and what it says happens there."""
    rows = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines() if "| " in line]
    return {name: row[2].strip() for row in rows for name in re.findall(r"`(\w+\.\w+)`", row[1])}


def columns() -> set[str]:
    return {
        f"{mapper.local_table.description}.{column.name}"
        for mapper in mappers()
        for column in mapper.local_table.columns
        if can_hold_words(column)
    }


def test_every_column_that_can_hold_words_is_in_the_table() -> None:
    assert sorted(columns() - names_in_table().keys()) == []


def test_the_table_names_nothing_that_is_not_there() -> None:
    assert sorted(names_in_table().keys() - columns()) == []


def test_what_the_table_says_of_typed_words_is_what_is_erased() -> None:
    erased = {f"{model.__tablename__}.{name}" for model, names in TYPED_ABOUT_ITEMS.items() for name in names}
    told = names_in_table()
    assert {name: told[name][:9] for name in erased} == dict.fromkeys(erased, "**Goes**,")
