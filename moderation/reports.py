"""A reader says that something is wrong with a post, and may take it back.

Who said it is not kept; a code shows what became of it. The author learns neither who it was nor, where
nothing changed, that there was a report.
"""

import secrets
from datetime import datetime, timedelta

from core.clock import hour_of
from core.crypto import tag
from core.db import db, transaction
from core.ids import ALPHABET
from core.keys import keyring
from core.refusals import Missing
from forum.models import Post
from moderation import queries
from moderation.access import locked_item
from moderation.bands import Band, higher_of
from moderation.models import ItemState, QueueItem, ReasonKind, Report, ReportReason, ReportState
from moderation.ordering.crowding import stand_behind
from moderation.queue import add_reason, put_in_queue, put_to_rest
from moderation.triage import band_of

CODE_LENGTH = 16
KEPT_FOR = timedelta(days=365)

BANDS = {
    ReportReason.ATTACKS_ME: Band.AMBER,
    ReportReason.ATTACKS_SOMEONE: Band.AMBER,
    ReportReason.ABOUT_SOMEONE: Band.AMBER,
    ReportReason.WORRIES_ME: Band.AMBER,
    ReportReason.SPAM: Band.GREEN,
    ReportReason.OTHER: Band.GREEN,
}


def file_report(
    post: Post,
    *,
    reason: ReportReason,
    note: str,
    now: datetime,
    submission: str = "",
    behind: timedelta | None = None,
) -> str:
    """Put a published post before moderators again; the same form sent twice, once.

    `behind` is for a report that came after the limit: how much later than it came the post stands there.
    Returns the code, which is kept only as a hash (16 characters, 80 bits). Thread and post are locked.
    """
    code = _code_of(post, submission or secrets.token_urlsafe(16))
    if queries.report_by_code(_hash(code)) is not None:
        return readable_code(code)
    item = put_in_queue(post, handle=None, now=now)
    band = higher_of(BANDS[reason], band_of(note)) if note else BANDS[reason]
    queue_reason = add_reason(
        item, ReasonKind.REPORT, band, note=f"{reason}: {note}" if note else str(reason), now=now
    )
    if behind is not None:
        stand_behind(item, by=behind, now=now)
    db.session.flush()
    db.session.add(
        Report(
            post_id=post.id,
            queue_reason_id=queue_reason.id,
            code_hash=_hash(code),
            reason=reason,
            state=ReportState.RECEIVED,
            received_at=hour_of(now),
        )
    )
    return readable_code(code)


def _code_of(post: Post, submission: str) -> str:
    """The code of a report: the form's random id under our key, so that whoever sends a form twice is shown
    the code that counts, although it is kept nowhere.
    """
    mac = tag(keyring().server_key("report code of a form"), post.id, submission)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in mac[:CODE_LENGTH])


def readable_code(code: str) -> str:
    """Four groups of four, as they are shown and read aloud."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def report_state(typed: str) -> ReportState:
    """What the code of a report shows. Raises Missing."""
    return _report_of(typed).state


def withdraw_report(typed: str, *, now: datetime) -> ReportState:
    """Take a report back by its code; twice is the same as once. Raises Missing.

    What moderators decided already stays done. A text that somebody has begun to read, or that may be about
    a life, stays before them, marked: a report may be taken back under pressure. Whoever decides about it has
    seen the mark.
    """
    report = _report_of(typed)
    found = queries.item_of_post(report.post_id)
    item = locked_item(found.id) if found is not None else None
    db.session.refresh(report)
    if report.state in {ReportState.DONE, ReportState.WITHDRAWN}:
        return report.state
    is_unread = report.state is ReportState.RECEIVED
    report.state = ReportState.WITHDRAWN
    if item is not None and item.is_open:
        item.version += 1
        if is_unread:
            _take_away_reason(report, item, now=now)
    return report.state


def _take_away_reason(report: Report, item: QueueItem, *, now: datetime) -> None:
    """A text that waits only because of a report that was taken back waits no longer. Its band stays: only a
    person lowers one.
    """
    reasons = queries.open_reasons(item.id)
    own = [reason for reason in reasons if reason.id == report.queue_reason_id]
    is_urgent = item.rank <= Band.RED.rank or queries.has_open_escalation(item.id)
    # A lease that lapsed leaves its holder: they may still be typing, and decide.
    is_in_hand = item.state is not ItemState.WAITING or item.claimed_by is not None
    if not own or is_urgent or is_in_hand:
        return
    report.queue_reason_id = None
    db.session.flush()
    db.session.delete(own[0])
    if len(reasons) == 1:
        put_to_rest(item, now=now)


def _report_of(typed: str) -> Report:
    folded = typed.lower().replace("o", "0").replace("i", "1").replace("l", "1")
    code = "".join(letter for letter in folded if letter in ALPHABET)
    report = queries.report_by_code(_hash(code))
    if report is None:
        raise Missing
    return report


def _hash(code: str) -> bytes:
    return tag(keyring().server_key("report code"), code)


def forget_old_reports(now: datetime) -> int:
    """A retention rule: reports are kept for a year. Gives how many went."""
    with transaction():
        return queries.delete_reports_before(now - KEPT_FOR)
