"""How a student comes in for the first time, comes back, and goes.

An account begins unconfirmed: its words are shown until two of them are typed back. Unconfirmed it cannot
post, and it dies within the hour.
"""

from datetime import datetime, timedelta
from hmac import compare_digest

from flask_babel import gettext as _

from accounts import queries
from accounts.models import Account
from accounts.passphrases import (
    lookup_of,
    make_passphrase,
    normalise_passphrase,
    positions_to_ask,
    stretch,
    unwrap_data_key,
    wrap_new_data_key,
)
from accounts.websessions import SignedIn, sign_in
from core.db import db, transaction
from core.ids import new_public_id
from core.refusals import Refusal
from core.settings import Join, Settings

CONFIRM_WITHIN = timedelta(hours=1)
IDLE_DAYS = 400


class WrongJoinCode(Refusal):
    """The shared word is not the one that was given out."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This is not the word that your university gave out. Please check it and try again.")


class UnknownPassphrase(Refusal):
    """No account has these words."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "We know no account with these words. Please check each word; capitals, spaces and hyphens do "
            "not matter."
        )


class WrongWords(Refusal):
    """The words typed back are not the ones shown."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("These are not the two words. They are shown again above: please look once more.")


def is_open(settings: Settings) -> bool:
    """Whether anybody can join at all: with a shared word only once it is set, with tickets not yet."""
    return settings.join is Join.OPEN or (settings.join is Join.CODE and bool(settings.join_code))


def require_join_code(settings: Settings, given: str) -> None:
    """Where a shared word is asked for, it must be right.

    Raises WrongJoinCode; tickets open to nobody until they exist.
    """
    if settings.join is Join.OPEN:
        return
    if not is_open(settings) or not compare_digest(_folded(given), _folded(settings.join_code)):
        raise WrongJoinCode


def _folded(word: str) -> bytes:
    return "".join(word.split()).casefold().encode()


def join(*, now: datetime) -> str:
    """Make an unconfirmed account.

    Returns the session token; the session holds the words until they are confirmed. Opens its own
    transaction, hashing before it.
    """
    words = make_passphrase()
    stretched = stretch("".join(words))
    data_key, wrapped = wrap_new_data_key(stretched)
    with transaction():
        account = Account(
            id=new_public_id(),
            lookup=lookup_of(stretched),
            epoch=1,
            seen_on=now.date(),
            expires_at=now + CONFIRM_WITHIN,
            data_key=wrapped,
        )
        db.session.add(account)
        return sign_in(account, now=now, data_key=data_key, words=words, asked=tuple(positions_to_ask()))


def confirm_words(account: Account, session: SignedIn, typed: list[str], *, now: datetime) -> str:
    """Confirm a new account by two of its words.

    Returns the token of a new session that no longer holds the words. Raises WrongWords.
    """
    asked = [session.words[position] for position in session.asked]
    if [normalise_passphrase(word) for word in typed] != asked:
        raise WrongWords
    account.is_confirmed, account.expires_at = True, None
    return sign_in(account, now=now, data_key=bytes.fromhex(session.data_key))


def come_back(passphrase: str, *, is_own_device: bool, now: datetime) -> str:
    """Sign a student in by their passphrase.

    Returns the session token. Raises UnknownPassphrase, TooManySignIns. Opens its own transaction.
    """
    stretched = stretch(passphrase)
    lookup = lookup_of(stretched)
    with transaction():
        account = queries.account_by_lookup(lookup)
        if account is None or not account.is_confirmed:
            raise UnknownPassphrase
        account.seen_on = now.date()
        data_key = unwrap_data_key(stretched, account.data_key)
        return sign_in(account, now=now, data_key=data_key, is_own_device=is_own_device)


def forget_unconfirmed(now: datetime) -> int:
    """A job: delete accounts that were not confirmed within the hour, and sessions that are over.

    Gives how many accounts.
    """
    with transaction():
        expired = queries.accounts_expired(now)
        for account in expired:
            db.session.delete(account)
        queries.delete_expired_sessions(now)
    return len(expired)
