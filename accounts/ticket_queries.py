"""Questions about what lets somebody join: tickets, how many were spent, the shared word."""

from datetime import date
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from accounts.models import JoinWord, Ticket, TicketCount
from core.db import db, for_update


def has_ticket(code_hash: bytes) -> bool:
    return db.session.get(Ticket, code_hash) is not None


def count_tickets() -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def has_tickets() -> bool:
    return db.session.execute(select(Ticket.code_hash).limit(1)).first() is not None


def delete_ticket(code_hash: bytes) -> bool:
    """Whether there was one to delete. Of two who delete it at once, one did."""
    return _count_deleted(delete(Ticket).where(Ticket.code_hash == code_hash)) == 1


def delete_tickets_printed_on(day: date) -> int:
    return _count_deleted(delete(Ticket).where(Ticket.printed_on == day))


def _count_deleted(statement: Any) -> int:
    result: CursorResult[Any] = db.session.execute(statement)  # type: ignore[assignment]
    return result.rowcount


def count_spent_ticket(month: str) -> None:
    """One more in this month. Of two who begin a month at once, the second adds to what the first began."""
    more = update(TicketCount).where(TicketCount.month == month).values(spent=TicketCount.spent + 1)
    result: CursorResult[Any] = db.session.execute(more)  # type: ignore[assignment]
    if result.rowcount:
        return
    try:
        with db.session.begin_nested():
            db.session.add(TicketCount(month=month, spent=1))
    except IntegrityError:
        count_spent_ticket(month)


def spent_tickets() -> dict[str, int]:
    """How many were spent, by month."""
    return {
        row.month: row.spent for row in db.session.scalars(select(TicketCount).order_by(TicketCount.month))
    }


def join_word(*, locked: bool = False) -> JoinWord | None:
    statement = select(JoinWord).where(JoinWord.id == 1)
    return db.session.scalars(for_update(statement) if locked else statement).one_or_none()
