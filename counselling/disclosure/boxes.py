"""The boxes themselves: how contact details are sealed to people and opened again. It knows no table but the
rings, asks nobody's leave, and writes nothing.

By two: an inner box to the ring of the professionals, inside an outer box to the ring of the coordinators. By
one, where the student allowed it: the same words to the ring of the professionals, of whom one is on call.
Every box names what it belongs to and which version, so that an earlier one, or that of another case, does
not open in its place.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.permissions import Role
from core.crypto import open_with, pad, seal_to, unpad
from counselling.disclosure.models import KeyRing

INNER, OUTER = Role.PROFESSIONAL, Role.COORDINATOR
KEEPERS = (INNER, OUTER)


@dataclass(frozen=True)
class Details:
    """What a student leaves: "" where they left nothing."""

    name: str = ""
    phone: str = ""
    address: str = ""
    someone: str = ""
    more: str = ""

    def __bool__(self) -> bool:
        return any((self.name, self.phone, self.address, self.someone, self.more))


@dataclass(frozen=True)
class Place:
    """What a box belongs to: a case or a drill, and which version of what was left there."""

    subject: str
    version: int

    def info(self, box: str, ring: KeyRing) -> bytes:
        return f"sealed contact:{box}:{ring.id}:{self.subject}:{self.version}".encode()


@dataclass(frozen=True)
class Boxes:
    """The box that two open, and the one that a professional opens alone, if there is one."""

    for_two: bytes = field(repr=False)
    for_one: bytes | None = field(default=None, repr=False)

    def as_text(self) -> str:
        for_one = _text(self.for_one) if self.for_one is not None else None
        return json.dumps({"two": _text(self.for_two), "one": for_one})


def boxes_from(text: str) -> Boxes:
    """The boxes as they were before they became text."""
    read = json.loads(text)
    return Boxes(_bytes(read["two"]), _bytes(read["one"]) if read["one"] is not None else None)


def make_boxes(details: Details, rings: Mapping[Role, KeyRing], *, place: Place, allows_one: bool) -> Boxes:
    """Seal what a student leaves. Nothing on this machine opens it again without somebody's words."""
    words = pad(json.dumps(details.__dict__).encode())
    inner, outer = rings[INNER], rings[OUTER]
    inside = seal_to(inner.public, words, info=place.info("inner", inner))
    for_two = seal_to(outer.public, inside, info=place.info("outer", outer))
    if not allows_one:
        return Boxes(for_two)
    return Boxes(for_two, seal_to(inner.public, words, info=place.info("alone", inner)))


def open_outer(private: bytes, boxes: Boxes, ring: KeyRing, *, place: Place) -> bytes:
    """The inner box. Raises CannotUnseal."""
    return open_with(private, boxes.for_two, info=place.info("outer", ring))


def open_inner(private: bytes, inner: bytes, ring: KeyRing, *, place: Place) -> Details:
    """What is in the inner box. Raises CannotUnseal."""
    return _details(open_with(private, inner, info=place.info("inner", ring)))


def open_alone(private: bytes, box: bytes, ring: KeyRing, *, place: Place) -> Details:
    """What is in a box that one opens. Raises CannotUnseal."""
    return _details(open_with(private, box, info=place.info("alone", ring)))


def _details(words: bytes) -> Details:
    return Details(**json.loads(unpad(words)))


def _text(box: bytes) -> str:
    return base64.b64encode(box).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
