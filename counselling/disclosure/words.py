"""The six words with which a professional or a coordinator opens: made by Stoa, shown once, known to that
person alone.

They wrap the private half of a key pair. Neither the database nor the key files hold them, and nobody can
bring them back: who lost theirs makes new ones, and a colleague admits them again.

Between the page that shows the words and the two that are typed back nothing is stored: the page itself
carries them, sealed for this person and for a quarter of an hour.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from accounts.passphrases import make_passphrase, normalise_passphrase, positions_to_ask, stretch
from core.audit import record_event
from core.crypto import CannotUnseal, KeyPair, derive_key, new_key_pair, seal, unseal
from core.db import db
from core.keys import keyring
from core.refusals import Refusal
from counselling.disclosure import queries
from counselling.disclosure.models import OpeningKey

CONFIRM_WITHIN = timedelta(minutes=15)


class NoWords(Refusal):
    """This person has not made words yet."""

    @property
    def sentence(self) -> str:
        return _("You have no six words for opening yet. Make them first.")


class WrongOpeningWords(Refusal):
    """The six words are not this person's. Nothing was spent."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("These are not your six words for opening. Nothing was used up: please try once more.")


class WordsNotTyped(Refusal):
    """The two words typed back are not the ones shown."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("These are not the two words. They are shown again above: please look once more.")


class WordsRanOut(Refusal):
    """The words were shown too long ago, or to somebody else."""

    @property
    def sentence(self) -> str:
        return _("These words were shown too long ago. Please make others; the old ones open nothing.")


@dataclass(frozen=True)
class IssuedWords:
    """Six words on a page, which two of them are asked back, and the token that the page carries."""

    words: Sequence[str] = field(repr=False)
    asked: Sequence[int]
    token: str = field(repr=False)


@dataclass(frozen=True)
class Unlocked:
    """Somebody who typed their words, for the length of one request."""

    staff_id: str
    private: bytes = field(repr=False)


def issue_words(person: Staff, *, now: datetime) -> IssuedWords:
    """Make six words for somebody. Nothing is stored."""
    words, asked = make_passphrase(), positions_to_ask()
    facts = {"words": words, "asked": asked, "until": (now + CONFIRM_WITHIN).isoformat()}
    sealed = seal(_token_key(), json.dumps(facts).encode(), aad=_token_place(person))
    return IssuedWords(words, asked, base64.urlsafe_b64encode(sealed).decode())


def issued_words(person: Staff, token: str, *, now: datetime) -> IssuedWords:
    """The words that a page shows. Raises WordsRanOut."""
    try:
        sealed = base64.urlsafe_b64decode(token.encode())
        facts = json.loads(unseal(_token_key(), sealed, aad=_token_place(person)))
    except (CannotUnseal, ValueError) as error:
        raise WordsRanOut from error
    if datetime.fromisoformat(facts["until"]) < now:
        raise WordsRanOut
    return IssuedWords(facts["words"], facts["asked"], token)


def new_opening_key(person: Staff, issued: IssuedWords, typed: Sequence[str]) -> tuple[KeyPair, bytes]:
    """A key pair whose private half only these words open, once two of them were typed back: the pair and the
    wrapped half. Slow, and outside any transaction. Raises WordsNotTyped, TooManySignIns.
    """
    if [normalise_passphrase(word) for word in typed] != [issued.words[place] for place in issued.asked]:
        raise WordsNotTyped
    pair = new_key_pair()
    wrapping = _wrapping_key(stretch("".join(issued.words)), person)
    return pair, seal(wrapping, pair.private, aad=_key_place(person))


def keep_opening_key(person: Staff, pair: KeyPair, wrapped: bytes, *, now: datetime) -> None:
    """Keep it in place of an earlier one, whose shares open for nobody any more."""
    queries.delete_shares_of(person.id)
    found = queries.opening_key(person.id, locked=True)
    if found is None:
        found = OpeningKey(staff_id=person.id)
        db.session.add(found)
    found.public, found.wrapped, found.made_at = pair.public, wrapped, now
    db.session.flush()
    record_event("opening_words_made", actor=person.actor, target=f"staff:{person.id}", now=now)


def unlock(person: Staff, typed: str) -> Unlocked:
    """The key of somebody who types their words. Slow, and outside any transaction.

    Raises NoWords, WrongOpeningWords, TooManySignIns.
    """
    found = queries.opening_key(person.id)
    if found is None:
        raise NoWords(person.id)
    wrapped, wrapping = found.wrapped, _wrapping_key(stretch(typed), person)
    try:
        return Unlocked(person.id, unseal(wrapping, wrapped, aad=_key_place(person)))
    except CannotUnseal as error:
        raise WrongOpeningWords(person.id) from error


def _wrapping_key(stretched: bytes, person: Staff) -> bytes:
    return derive_key(stretched, f"opening key {person.id}")


def _key_place(person: Staff) -> bytes:
    return f"opening key:{person.id}".encode()


def _token_key() -> bytes:
    return keyring().server_key("issued opening words")


def _token_place(person: Staff) -> bytes:
    return f"issued to:{person.id}".encode()
