"""Printed tickets: whoever holds one may join, once.

A ticket shows that its holder was where tickets are handed out, and nothing else. It is kept as a keyed hash.
It is spent when the new account is confirmed and not before: until then the web session of the newcomer holds
its hash, sealed under the token that only their browser has. So a line that drops burns no ticket: an account
that was never confirmed dies, and the ticket still opens the door. And of several accounts that were begun
with one ticket the first that is confirmed deletes it; the others stay unconfirmed and die within the hour.
Then only a number is left, by month: nothing leads from a ticket to an account.
"""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _

from accounts import ticket_queries
from accounts.models import Ticket
from accounts.ticketcodes import MistypedTicket, make_ticket, read_ticket
from core.audit import record_event
from core.crypto import tag
from core.db import db, transaction
from core.keys import keyring
from core.refusals import Refusal


class TicketRefused(Refusal):
    """A ticket does not open the door."""

    status = 422


class TicketMistyped(TicketRefused):
    """The check character does not fit: a slip of the finger."""

    @property
    def sentence(self) -> str:
        return _(
            "A letter or digit is mistyped. Please look once more: there are ten, and the "
            "letters I, L, O and U are never among them."
        )


class TicketUnknown(TicketRefused):
    """Nobody printed it, or somebody has joined with it."""

    @property
    def sentence(self) -> str:
        return _(
            "This slip does not open the door. Each one works once, so it may have been used before. "
            "Please ask for another where you got it; nobody will ask you for your name."
        )


class TicketSpent(TicketRefused):
    """Somebody was quicker with the same ticket."""

    status = 409

    @property
    def sentence(self) -> str:
        return _(
            "This slip has just been used. If that was you, in another window, go on there, with the words "
            "that you saw there. The six words that you saw here do not work. If it was not you, please ask "
            "for another slip."
        )


def print_tickets(count: int) -> list[str]:
    """Make tickets that nobody has seen yet. They open nothing before `store_tickets` keeps them."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        code = make_ticket()
        if not ticket_queries.has_ticket(_hash(code)):
            codes[code] = None
    return list(codes)


def store_tickets(codes: Sequence[str], *, actor: str, now: datetime) -> None:
    """Keep the hashes of what was printed. Opens its own transaction.

    They are written in the order of their hashes: the order of the rows tells nothing of that on paper.
    """
    with transaction():
        for code_hash in sorted(_hash(code) for code in codes):
            db.session.add(Ticket(code_hash=code_hash, printed_on=now.date()))
            db.session.flush()
        record_event("tickets_printed", actor=actor, detail={"count": len(codes)}, now=now)


def void_tickets(day: date, *, actor: str, now: datetime) -> int:
    """Let the tickets that were printed on a day open nothing any more. Gives how many. Opens its own
    transaction.
    """
    with transaction():
        count = ticket_queries.delete_tickets_printed_on(day)
        record_event("tickets_voided", actor=actor, detail={"day": day.isoformat(), "count": count}, now=now)
    return count


def find_ticket(typed: str) -> bytes:
    """The hash of a ticket that may still be spent. Raises TicketMistyped, TicketUnknown."""
    try:
        code_hash = _hash(read_ticket(typed))
    except MistypedTicket as error:
        raise TicketMistyped from error
    if not ticket_queries.has_ticket(code_hash):
        raise TicketUnknown
    return code_hash


def spend_ticket(code_hash: bytes, *, now: datetime) -> None:
    """Delete a ticket and count it, in the transaction that confirms an account. Raises TicketSpent."""
    if not ticket_queries.delete_ticket(code_hash):
        raise TicketSpent
    ticket_queries.count_spent_ticket(f"{now:%Y-%m}")


def _hash(code: str) -> bytes:
    return tag(keyring().server_key("ticket"), code)
