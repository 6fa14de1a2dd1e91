"""A clock ran out. The text stays where it is, its author hears it from us with a new time and with crisis
help, and the lead is told.

Once for each time that was promised: an item carries the latest time told, and the job that finds it over
sets the next one in the same transaction as the message. Killed or run twice, it tells nobody twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.mailbox import deliver
from core import outbox
from core.db import transaction
from forum import queries as forum_queries
from forum.authorship import open_author
from moderation import queries
from moderation.bands import Band
from moderation.models import QueueItem
from moderation.promises import late_queries
from moderation.promises.waiting import as_promised, author_waits, seen_by_author, told_time
from moderation.team.hours import first_look_due
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team

AT_ONCE = 500
# Who was let down once is not told every ten minutes that it happened again.
NEXT_AT_LEAST = timedelta(hours=1)


def tell_of_late_texts(now: datetime) -> None:
    """A job: whatever waits longer than was promised."""
    if not late_queries.has_late_items(now):
        return
    with transaction():
        for item in late_queries.late_items(now, limit=AT_ONCE):
            if told_time(item, *seen_by_author(item)) < now:
                run_out(item, now=now)


def run_out(item: QueueItem, *, now: datetime) -> None:
    """Promise a new time, tell the author if there is one who waits, and tell the lead."""
    item.promised_by = next_promise(item, now=now)
    if author_waits(item.post):
        payload = {"item": item.id, "look_by": item.promised_by.isoformat()}
        outbox.enqueue("late", payload, now=now)
    ask_team(TaskKind.CLOCK_RAN_OUT, item=item, now=now)


def next_promise(item: QueueItem, *, now: datetime) -> datetime:
    """The time that can be kept: the clock of its band once more, by the staffed hours, from now or from the
    end of a hold.
    """
    band, _since = seen_by_author(item)
    begins = max(now, item.held_until or now)
    return as_promised(max(first_look_due(band, since=begins), now + NEXT_AT_LEAST))


def send_late_messages(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler, in the transaction that deletes its row.

    Nothing is said any more when the text was decided or a newer time was promised in the meantime.
    """
    for payload in payloads:
        item = queries.item(payload["item"])
        look_by = datetime.fromisoformat(payload["look_by"])
        if item is None or not item.is_open or item.promised_by != look_by:
            continue
        post = forum_queries.post(item.post_id)
        if post is None or not author_waits(post):
            continue
        author = open_author(post, purpose="notice of a late text", actor="system", now=now)
        if author is None:
            continue
        data = {
            "post": post.id,
            "thread": post.thread_id,
            "look_by": payload["look_by"],
            "shows_help": seen_by_author(item)[0] is not Band.GREEN,
        }
        deliver(author, "moderation.late", data, key=f"late:{item.id}:{payload['look_by']}", now=now)
