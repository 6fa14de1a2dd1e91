"""How a student comes in for the first time, comes back, and goes.

An account begins unconfirmed: its words are shown until two of them are typed back. Unconfirmed it cannot
post, and it dies within the hour.
"""

from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts import queries
from accounts.joinwords import present_word, require_word
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
from accounts.ticket_queries import has_tickets
from accounts.tickets import find_ticket, spend_ticket
from accounts.websessions import SignedIn, sign_in
from core.db import db, transaction
from core.ids import new_public_id
from core.refusals import Refusal
from core.settings import Join, Settings

CONFIRM_WITHIN = timedelta(hours=1)
IDLE_DAYS = 400


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
    """Whether anybody can join at all: with a shared word only once it is set, with tickets only while some
    are left.
    """
    if settings.join is Join.CODE:
        return bool(present_word(settings))
    return settings.join is Join.OPEN or has_tickets()


def require_leave_to_join(settings: Settings, given: str) -> bytes:
    """Where a shared word or a ticket is asked for, it must be right.

    Returns the hash of the ticket, or nothing. Raises WrongJoinCode, TicketMistyped, TicketUnknown.
    """
    if settings.join is Join.CODE:
        require_word(settings, given)
    return find_ticket(given) if settings.join is Join.TICKET else b""


def join(*, now: datetime, ticket: bytes = b"") -> str:
    """Make an unconfirmed account.

    Returns the session token; the session holds the words until they are confirmed, and the hash of the
    ticket that is spent then. Opens its own transaction, hashing before it.
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
        asked = tuple(positions_to_ask())
        return sign_in(account, now=now, data_key=data_key, words=words, asked=asked, ticket=ticket)


def confirm_words(account: Account, session: SignedIn, typed: list[str], *, now: datetime) -> str:
    """Confirm a new account by two of its words, and spend the ticket that it was begun with.

    Returns the token of a new session that no longer holds the words. Raises WrongWords, TicketSpent.
    """
    asked = [session.words[position] for position in session.asked]
    if [normalise_passphrase(word) for word in typed] != asked:
        raise WrongWords
    if session.ticket:
        spend_ticket(bytes.fromhex(session.ticket), now=now)
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
