"""Column types: how ids, times, enums and sealed values lie in the database, the same on SQLite and
PostgreSQL.
"""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator

from core.crypto import CannotUnseal, pad, seal, unpad, unseal
from core.ids import decode_id, encode_id
from core.keys import keyring
from core.unreadable import Unreadable, UnreadableFacts, note_damage, unreadable_text

BLOCK = 256  # bytes: what is sealed is lengthened to a multiple, so that its size tells little

BigId = BigInteger().with_variant(Integer(), "sqlite")


class PublicId(TypeDecorator[str]):
    """A random 62-bit integer in the database, 13 characters everywhere else."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        # SQLite makes only a column of exactly INTEGER the row number itself; any other type would keep the
        # insertion order beside it.
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> int | None:
        return None if value is None else decode_id(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> str | None:
        return None if value is None else encode_id(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. A naive one is a mistake of the caller and is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SealedText(TypeDecorator[str]):
    """Text that only this installation's keys open.

    `purpose` names table and column and is bound to the ciphertext. One row that cannot be opened must not
    close the list that it stands in: what takes its place says so (`core/unreadable.py`).
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        padded = pad(value.encode(), block=BLOCK)
        return seal(keyring().server_key(self.purpose), padded, aad=self.purpose.encode())

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        if value is None:
            return None
        try:
            return self._opened(value)
        except CannotUnseal:
            note_damage(self.purpose)
            return unreadable_text()

    def _opened(self, value: bytes) -> str:
        padded = unseal(keyring().server_key(self.purpose), bytes(value), aad=self.purpose.encode())
        return unpad(padded).decode()


class SealedJson(SealedText):
    """A JSON value, sealed like SealedText.

    Assign a new value to change it; changes inside it are not noticed.
    """

    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        return None if value is None else super().process_bind_param(json.dumps(value), _dialect)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        text = super().process_result_value(value, _dialect)
        return (
            UnreadableFacts() if isinstance(text, Unreadable) else None if text is None else json.loads(text)
        )


def enum_column(kind: type[StrEnum]) -> Enum:
    """An enum stored as its own short string, so that one chain of migrations serves both databases."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=40,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )
