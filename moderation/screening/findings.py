"""What a phase of the screening is given, and what it says.

A phase knows the words and a few facts around them, and never who wrote them, where, or from which account.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from forum.gate import PersonalMark
from forum.models import ModerationMode
from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.screening.marking import Mark
from moderation.screening.personal import find_personal
from moderation.screening.personal_patterns import STUDENT_NUMBER
from moderation.screening.phraselists import CONDUCT, PHRASES, load_lists
from moderation.screening.risks import marks_of, read_text
from moderation.screening.spelling import Reading


@dataclass(frozen=True)
class NewText:
    """A text at the gate: title and body, and what phases may know around them.

    `earlier_texts` is what the same author sent lately; it is kept nowhere. `student_number` is how the
    university writes its numbers. `own_hosts` are the names under which this service itself is reached.
    """

    text: str
    is_new: bool = True
    earlier_texts: Sequence[str] = ()
    earlier_posts: int = 0
    mode: ModerationMode = ModerationMode.READ_AFTER
    is_staffed: bool = True
    student_number: re.Pattern[str] | None = STUDENT_NUMBER
    own_hosts: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """The text as each language reads it, made once for all phases."""
        return read_text(self.text)

    @cached_property
    def personal(self) -> list[PersonalMark]:
        """What in it may show who somebody is."""
        return find_personal(self.text, student_number=self.student_number)

    @cached_property
    def conduct(self) -> tuple[Mark, ...]:
        """What in it somebody may be doing to somebody else, and what is asked that harms."""
        return marks_of(self.readings, load_lists(CONDUCT, PHRASES))


@dataclass(frozen=True)
class Finding:
    """What one phase found: how soon a person must look, because of which words, and whether readers wait.

    The key of each mark explains itself to the moderator (`explanations.py`). A finding about the
    whole text has one mark without words. `kind` says among which reasons of the item it stands; None for
    what only belongs to its arrival.
    """

    kind: ReasonKind | None
    marks: tuple[Mark, ...]
    band: Band = Band.GREEN
    holds: bool = True


Phase = Callable[[NewText], Finding | None]


def whole(key: str) -> tuple[Mark, ...]:
    """The mark of a finding that concerns no words in particular."""
    return (Mark(0, 0, key, Band.GREEN, ""),)
