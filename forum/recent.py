"""What somebody wrote lately, for the moment in which a text of theirs is looked at.

It is read from their own texts and kept nowhere: no hash, no copy, nothing that a later reader could use.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Account
from forum import queries
from forum.authorship import author_tag, own_thread_ids
from forum.lifecycle import text_of
from forum.models import Post

LATELY = timedelta(days=7)
THREADS, TEXTS = 20, 20  # of how many threads, and how many texts are read at most


def recent_texts(author: Account, *, besides: Post, now: datetime) -> Sequence[str]:
    """The latest wordings of what this student sent in the last days, without titles, the newest first."""
    threads = queries.threads_by_ids(own_thread_ids(author)[-THREADS:])
    marks = [(thread.id, author_tag(thread, author.id)) for thread in threads]
    rows = queries.wordings_since(marks, now - LATELY, limit=TEXTS + 1)
    return [text_of(revision)["body"] for revision in rows if revision.post_id != besides.id]
