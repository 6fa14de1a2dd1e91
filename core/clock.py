"""What time it is, in one place, always timezone-aware UTC.

Rules take `now` as an argument; only views, commands and the worker ask this module.
"""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def hour_of(moment: datetime) -> datetime:
    """The full hour before `moment`: what is kept of a time that would tell too much about a person."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
