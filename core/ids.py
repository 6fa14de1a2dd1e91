"""Public ids: random, never a counter, short enough to be read aloud.

An id is 62 random bits. The database stores it as an integer, because an integer primary key is SQLite's own
row number and so leaves no insertion order behind; people and addresses see 13 characters of Crockford's base
32. Source of the alphabet: Douglas Crockford, "Base 32" (no i, l, o, u).
"""

import secrets

from werkzeug.routing import BaseConverter, ValidationError

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13
BITS = 62
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


class MalformedId(ValueError):
    """The text is not a public id of ours."""


def new_public_id() -> str:
    """A fresh id: 13 characters, 62 bits from the operating system."""
    return encode_id(secrets.randbits(BITS))


def encode_id(number: int) -> str:
    """The 13 characters of `number` (0 <= number < 2**62). Raises MalformedId outside of that."""
    if not 0 <= number < 1 << BITS:
        raise MalformedId(number)
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, 32)
        letters.append(ALPHABET[rest])
    return "".join(reversed(letters))


def decode_id(text: str) -> int:
    """The number behind an id. Raises MalformedId for anything that `encode_id` cannot have made."""
    if len(text) != LENGTH:
        raise MalformedId(text)
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            raise MalformedId(text)
        number = number * 32 + value
    if number >= 1 << BITS:
        raise MalformedId(text)
    return number


def is_public_id(text: str) -> bool:
    """Whether `text` is an id that we can have given."""
    try:
        decode_id(text)
    except MalformedId:
        return False
    return True


class PublicIdConverter(BaseConverter):
    """`<public_id:name>` in a route: anything that is no id of ours matches nothing, so it is a plain 404."""

    # The first letter holds the two highest of the 62 bits.
    regex = f"[{ALPHABET[:4]}][{ALPHABET}]{{{LENGTH - 1}}}"

    def to_python(self, value: str) -> str:
        try:
            decode_id(value)
        except MalformedId as error:
            raise ValidationError from error
        return value
