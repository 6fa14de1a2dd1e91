"""A gentle note to those who answered in a thread that was hard: thanks, and where there is help for them.

It says nothing of the thread but that it was not easy, and nothing of its author.
"""

from collections.abc import Sequence
from datetime import datetime

from accounts.mailbox import deliver
from core import outbox
from counselling.threads import queries
from forum import queries as forum_queries
from forum.authorship import open_author

NOTICE = "counselling.hard_thread"


def thank_those_who_answered(payloads: Sequence[outbox.Payload], now: datetime) -> None:
    """The outbox handler, inside the row's transaction. Each person once; never the author of the thread."""
    for payload in payloads:
        opening = forum_queries.opening_post(payload["thread"])
        met = {opening.author_tag} if opening is not None else set()
        for post in queries.replies_of_students(payload["thread"]):
            if post.author_tag in met:
                continue
            met.add(post.author_tag)
            person = open_author(post, purpose="thank somebody who answered", actor="system", now=now)
            if person is not None:
                key = f"hard_thread:{payload['care']}"
                deliver(person, NOTICE, {"thread": payload["thread"]}, key=key, now=now)
