"""Words that two people took out of a text go wherever somebody repeated them about its thread, too: in what
moderators, reporters and the author typed, in notices that lie in mailboxes, in the model that orders.

Another member's text is not changed by this: nobody agreed to that. It comes before a person, with the place.
What the two people did not see stays for them to find: words that are spelled otherwise, and other threads.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.blobs import read_blob, write_blob
from accounts.models import Account
from core.db import db
from forum import covering
from forum.authorship import open_author
from forum.covering import GONE, Stretch, WordsNotFound
from forum.models import Post
from moderation.bands import Band
from moderation.models import Decision, QueueItem, QueueReason, ReasonKind
from moderation.ordering.model import forget_words
from moderation.proposals import erase_queries
from moderation.proposals import queries as proposal_queries
from moderation.proposals.proposing import act_hash
from moderation.queue import add_reason, put_in_queue
from moderation.review_models import Proposal, ProposalState

# The keys of a stored value under which somebody's own words stand; the others hold ids, states and places.
TYPED = frozenset({"message", "words", "question", "answer", "note", "body", "prompted_by", "already_said"})
PURPOSE = "words were taken out of a text"
MARK = "redacted_beside"


def erase_copies(post: Post, words: Sequence[str], stretches: Sequence[Stretch], *, now: datetime) -> None:
    """Put blocks in the place of these words, which stood at these places, in the caller's transaction, with
    author and thread locked.
    """
    patterns = [covering.pattern_of(one) for one in sorted(words, key=len, reverse=True)]
    items = erase_queries.items_of_thread(post.thread_id)
    posts = {item.id: item.post for item in items}
    for item in items:
        if item.post_id == post.id:
            _forget_marks(item.id, stretches)
    touched = {post.id: post}
    for item_id in _erase_in_rows(items, patterns):
        if item_id in posts:
            touched[posts[item_id].id] = posts[item_id]
    for one in touched.values():
        author = open_author(one, purpose=PURPOSE, actor="system", now=now)
        if author is not None:
            _erase_in_mailbox(author, patterns)
    for other in erase_queries.texts_beside(post):
        _ask_about_quote(other, words, now=now)
    forget_words(words)


def _erase_in_rows(items: Sequence[QueueItem], patterns: Sequence[re.Pattern[str]]) -> list[str | None]:
    """Gives the items about which the words had been repeated."""
    repeated: list[str | None] = [item.id for item in items if _erase_in(item, ("hold_reason",), patterns)]
    ids = [item.id for item in items]
    for model, names in erase_queries.TYPED_ABOUT_ITEMS.items():
        for row in erase_queries.rows_about(model, ids):
            if _erase_in(row, names, patterns):
                repeated.append(row.item_id)
                _seal_anew(row)
    db.session.flush()
    return repeated


def _erase_in(row: Any, names: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> bool:
    changed = False
    for name in names:
        before = getattr(row, name)
        after = _blocked(before, patterns, is_typed=not isinstance(before, dict | list))
        if after != before:
            setattr(row, name, after)
            changed = True
    return changed


def _seal_anew(row: Any) -> None:
    """Whoever was shown an open proposal with the words in it must look again; what was approved stays so."""
    if isinstance(row, Proposal) and row.state is ProposalState.OPEN:
        row.act_hash = act_hash(row)


def _erase_in_mailbox(account: Account, patterns: Sequence[re.Pattern[str]]) -> None:
    before = read_blob(account, "mailbox")
    after = _blocked(before, patterns, is_typed=False)
    if after != before:
        write_blob(account, "mailbox", after)


def _blocked(value: Any, patterns: Sequence[re.Pattern[str]], *, is_typed: bool) -> Any:
    """A value with blocks for the words, letter for letter, where somebody typed them."""
    if isinstance(value, dict):
        return {key: _blocked(one, patterns, is_typed=key in TYPED) for key, one in value.items()}
    if isinstance(value, list):
        return [_blocked(one, patterns, is_typed=is_typed) for one in value]
    if isinstance(value, str) and is_typed:
        for pattern in patterns:
            value = pattern.sub(lambda found: GONE * len(found.group()), value)
    return value


def _ask_about_quote(other: Post, words: Sequence[str], *, now: datetime) -> None:
    """Somebody else's text that holds the words, too: a person looks at it, and may mask it meanwhile."""
    found = [place for one in words for place in _places(other, one)]
    if found:
        marks = [
            {"part": one.part, "start": one.start, "end": one.start + one.length, "key": MARK}
            for one in found
            if one.revision == other.latest_revision
        ]
        item = put_in_queue(other, handle=None, now=now)
        add_reason(item, ReasonKind.PERSONAL_DATA, Band.GREEN, now=now, marks=marks or None)


def _places(post: Post, words: str) -> Sequence[Stretch]:
    try:
        return covering.find_words(post, words)
    except WordsNotFound:
        return []


def _forget_marks(item_id: str, stretches: Sequence[Stretch]) -> None:
    """The marks that lie on words which are gone go with them: the name of a mark tells what stood there."""
    found: list[QueueReason | Decision] = [
        *proposal_queries.marked_reasons(item_id),
        *proposal_queries.marked_decisions(item_id),
    ]
    for one in found:
        own = [stretch for stretch in stretches if stretch.revision == one.revision]
        left = [mark for mark in one.marks or [] if not any(_meet(mark, stretch) for stretch in own)]
        if len(left) < len(one.marks or []):
            one.marks = left


def _meet(mark: dict[str, object], stretch: Stretch) -> bool:
    start, end = int(str(mark["start"])), int(str(mark["end"]))
    is_same_part = mark.get("part", "body") == stretch.part
    return is_same_part and start < stretch.start + stretch.length and stretch.start < end
