"""Words that professionals use often. A letter, or a line of a talk, may begin with them, and needs words of
its own besides: nobody is answered by a form letter alone.

They are no part of a case: no name, no story, and they stay when a case is destroyed.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.db import db
from core.ids import new_public_id
from core.refusals import Missing, Refusal
from counselling.record import queries
from counselling.record.models import CannedText

FEWEST_OWN_WORDS = 3


class OnlyCanned(Refusal):
    """A letter of nothing but prepared words."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please add a line of your own: this letter holds nothing but prepared words.")


def canned_texts_for(person: Staff) -> Sequence[CannedText]:
    """What somebody may begin a letter with: their own texts and the team's."""
    return queries.canned_texts(person.id)


def canned_text(text_id: str, *, person: Staff) -> CannedText:
    """One of those. Raises Missing."""
    found = next((one for one in queries.canned_texts(person.id) if one.id == text_id), None)
    if found is None:
        raise Missing(text_id)
    return found


def add_canned_text(
    *, title: str, words: str, language: str, is_team_s: bool, actor: Staff, now: datetime
) -> CannedText:
    """Keep words for oneself, or for the whole team."""
    text = CannedText(
        id=new_public_id(),
        staff_id=None if is_team_s else actor.id,
        title=title,
        language=language,
        words=words,
        set_at=now,
    )
    db.session.add(text)
    return text


def retire_canned_text(text: CannedText, *, now: datetime) -> None:
    """From now on it is not offered; letters that hold it stay as they were sent."""
    text.retired_at = now


def require_own_words(body: str, texts: Sequence[CannedText]) -> None:
    """A letter has words that are in none of the prepared texts. Raises OnlyCanned."""
    rest = body.split()
    held = False
    for text in sorted(texts, key=lambda one: len(one.words), reverse=True):
        shorter = _without(rest, text.words.split())
        held, rest = held or len(shorter) < len(rest), shorter
    if held and len([word for word in rest if any(map(str.isalnum, word))]) < FEWEST_OWN_WORDS:
        raise OnlyCanned


def _without(words: list[str], canned: list[str]) -> list[str]:
    """What is left of some words when the prepared ones, in their order, are taken out."""
    if not canned:
        return words
    for begin in range(len(words) - len(canned) + 1):
        if words[begin : begin + len(canned)] == canned:
            return words[:begin] + words[begin + len(canned) :]
    return words
