"""A few words for how one feels, which a student may choose with a letter or a line of a talk."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from counselling.models import Case, CaseMessage
from counselling.sealing import seal_for_case, words_or_none


class Feeling(StrEnum):
    """The words to choose from: our own list, the light ones among the heavy."""

    CALM = "calm"
    HOPEFUL = "hopeful"
    RELIEVED = "relieved"
    TIRED = "tired"
    LONELY = "lonely"
    SAD = "sad"
    AFRAID = "afraid"
    ANGRY = "angry"
    ASHAMED = "ashamed"
    NUMB = "numb"
    TENSE = "tense"
    LOST = "lost"


FEELING_NAMES: dict[Feeling, Any] = {
    Feeling.CALM: _l("calm"),
    Feeling.HOPEFUL: _l("hopeful"),
    Feeling.RELIEVED: _l("relieved"),
    Feeling.TIRED: _l("tired"),
    Feeling.LONELY: _l("lonely"),
    Feeling.SAD: _l("sad"),
    Feeling.AFRAID: _l("afraid"),
    Feeling.ANGRY: _l("angry"),
    Feeling.ASHAMED: _l("ashamed"),
    Feeling.NUMB: _l("numb"),
    Feeling.TENSE: _l("tense"),
    Feeling.LOST: _l("lost"),
}


def set_feelings(case: Case, message: CaseMessage, feelings: Sequence[str]) -> None:
    """Keep the chosen words with a message of a locked case; what is none of ours is left out."""
    chosen = [one.value for one in Feeling if one.value in feelings]
    if chosen:
        message.feeling = seal_for_case(case, _place(message), json.dumps(chosen))


def feelings_of(case: Case, message: CaseMessage) -> list[str]:
    """The chosen words, in the reader's language; none where they cannot be opened: the letter stands."""
    chosen = words_or_none(case, _place(message), message.feeling) if message.feeling is not None else None
    return [str(FEELING_NAMES[Feeling(one)]) for one in json.loads(chosen or "[]")]


def _place(message: CaseMessage) -> str:
    return f"feeling:{message.number}:{message.author_kind}"
