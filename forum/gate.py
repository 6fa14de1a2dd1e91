"""What the forum asks of moderation, in the transaction of the text itself.

The forum may not import moderation; `app.py` joins the two in one line. A post begins held, so a gate that
fails publishes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from flask import Flask, current_app

from accounts.models import Account
from forum.models import Post


class Arrival(StrEnum):
    """Why a text is at the gate."""

    NEW = "new"
    EDIT = "edit"
    AGAIN = "again"


class WaitBasis(StrEnum):
    """What a usual wait was counted from: the last 14 days, three months, twelve; or what we aim at."""

    FORTNIGHT = "fortnight"
    QUARTER = "quarter"
    YEAR = "year"
    POLICY = "policy"


@dataclass(frozen=True)
class UsualWait:
    """Within how long half of the texts of this kind were read, and nine in ten; without them only the
    aim.
    """

    basis: WaitBasis
    aim: timedelta
    half_within: timedelta | None = None
    most_within: timedelta | None = None


@dataclass(frozen=True)
class Standing:
    """What the author of a waiting text may know: by when somebody will have looked, how long it takes of
    late, and whether help is shown beside it.

    `is_late` says that an earlier time was not kept. Without `has_on_call` nobody can be called outside of
    the staffed hours, and no minutes are promised. With `counsellor_asked` a professional reads it as well.
    """

    look_by: datetime
    is_staffed_now: bool
    next_staffed_at: datetime | None
    shows_help: bool
    is_late: bool = False
    has_on_call: bool = True
    usual: UsualWait | None = None
    counsellor_asked: bool = False


@dataclass(frozen=True)
class PeerLook:
    """What readers may know of a thread that nobody has answered: by when a trained peer will have looked.

    It is counted from the end of the public day and never from the hour, which readers must not learn. None
    when no hours are set: then nobody can promise a time.
    """

    look_by: datetime | None
    is_staffed_now: bool
    next_staffed_at: datetime | None


class PersonalKind(StrEnum):
    """What in a text may show who somebody is."""

    EMAIL = "email"
    PHONE = "phone"
    HANDLE = "handle"
    ADDRESS = "address"
    STUDENT_NUMBER = "student_number"
    NAME = "name"
    DATED_EVENT = "dated_event"
    OTHER_PERSON = "other_person"
    ROOM = "room"


@dataclass(frozen=True)
class PersonalMark:
    """Words that may show who somebody is: `title[start:end]` or `body[start:end]`, as `part` says."""

    start: int
    end: int
    kind: PersonalKind
    part: str = "body"


@dataclass(frozen=True)
class Barrier:
    """What keeps a student from writing at this moment: they may post once an hour, or not at all, until
    some time or for good.
    """

    is_slow: bool
    until: datetime | None


@dataclass(frozen=True)
class Restriction:
    """A step that holds for a student, as they may know it: what, why, until when, and the code with which
    they may ask for another look.
    """

    step: str
    reason: str
    reason_version: int
    message: str
    until: datetime | None
    code: str


@dataclass(frozen=True)
class AdviceMark:
    """Words that a reason concerns: `title[start:end]` or `body[start:end]`, as `part` says."""

    part: str
    start: int
    end: int


@dataclass(frozen=True)
class Advice:
    """What a decision asks of the author: why, an example, the team's words, and which of the author's words
    it concerns, in the wording of that number. `passage` is the address of the house rule.
    """

    reason: str
    example: str
    language: str
    passage: str
    message: str
    revision: int
    marks: Sequence[AdviceMark]


Place = tuple[int, str, int, int]  # of words in a text: the number of the wording, its part, start and length


class Gate(Protocol):
    """Moderation, as the forum sees it."""

    def admit(
        self,
        post: Post,
        text: str,
        *,
        arrival: Arrival,
        account_id: str,
        earlier_posts: int,
        behind: timedelta | None = None,
        now: datetime,
    ) -> bool:
        """Screen a text and put it before moderators; `behind` says by how much later than it came it stands
        there, and that readers wait, because it came after the limit.

        True when it may be published at once. In the caller's transaction.
        """

    def may_be_in_danger(self, text: str) -> bool:
        """Whether a person must look at this text soon. Nothing ever stands before such a text."""

    def may_write(self, account: Account, text: str | None, *, now: datetime) -> Barrier | None:
        """What keeps a student from sending this text, or, with None, from reacting; None when nothing does.

        Nothing ever keeps back a text whose writer may be in danger. In the caller's transaction.
        """

    def restrictions(self, account: Account, *, now: datetime) -> Sequence[Restriction]:
        """The steps that hold for a student now."""

    def withdraw(self, post: Post, *, now: datetime) -> None:
        """The author took a text back. In the caller's transaction."""

    def standing(self, post: Post, *, now: datetime) -> Standing | None:
        """What its author may know of a waiting text; None when it does not wait."""

    def advice(self, post: Post) -> Advice | None:
        """What the newest decision asks of its author; None when it asks nothing."""

    def words_taken_out(
        self, post: Post, words: Sequence[str], places: Sequence[Place], *, now: datetime
    ) -> None:
        """These words of a text, at these places, are gone for good; wherever somebody repeated them about
        it, they go, too. In the caller's transaction.
        """

    def author_left(self, post: Post) -> None:
        """The author is gone for good; what was kept for them alone goes, too. In the caller's
        transaction.
        """

    def personal_data(self, *, title: str, body: str) -> list[PersonalMark]:
        """What its writer should look at once more before sending. Nothing where the text sounds urgent:
        it must get through at the first press, and waits for a moderator anyway.
        """

    def peer_looks(self, days: Collection[date], *, now: datetime) -> Mapping[date, PeerLook]:
        """By when a trained peer will have looked at what was published on each of these days."""


def join_gate(app: Flask, gate: Gate) -> None:
    """Say who answers the forum's questions."""
    app.extensions["stoa_gate"] = gate


def gate() -> Gate:
    """Who answers the forum's questions."""
    answering: Gate = current_app.extensions["stoa_gate"]
    return answering
