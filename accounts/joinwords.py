"""The shared word that lets students in, where the installation asks for one.

Until a coordinator sets one it is that of the setting STOA_JOIN_CODE. What they set lies sealed, and the word
before it opens nothing from that moment.
"""

from datetime import datetime
from hmac import compare_digest

from flask_babel import gettext as _

from accounts import ticket_queries
from accounts.models import JoinWord
from core.audit import record_event
from core.db import db
from core.refusals import Refusal
from core.settings import Settings


class WrongJoinCode(Refusal):
    """The shared word is not the one that was given out."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This is not the word that your university gave out. Please check it and try again.")


def present_word(settings: Settings) -> str:
    """The word that lets in at this moment; "" when none does."""
    row = ticket_queries.join_word()
    return row.word if row is not None else settings.join_code


def require_word(settings: Settings, given: str) -> None:
    """Capitals and spaces do not matter. Raises WrongJoinCode."""
    word = present_word(settings)
    if not word or not compare_digest(_folded(given), _folded(word)):
        raise WrongJoinCode


def set_word(word: str, *, actor: str, now: datetime) -> None:
    """Let another word in from now on, or, with "", nobody. In the caller's transaction.

    The audit log says that it changed, and never to what.
    """
    row = ticket_queries.join_word(locked=True)
    if row is None:
        row = JoinWord(id=1)
        db.session.add(row)
    row.word, row.set_at = word, now
    record_event("join_word_set", actor=actor, detail={"lets_in": bool(word)}, now=now)


def _folded(word: str) -> bytes:
    return "".join(word.split()).casefold().encode()
