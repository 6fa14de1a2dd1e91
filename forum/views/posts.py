"""Posts as pages show them: to readers, to their author, and to somebody who keeps a few things for
themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Row

from accounts.keeping import OwnKeyAway, own_key
from accounts.models import Account
from accounts.websessions import SignedIn
from core.clock import utcnow
from core.keys import KeysMissing
from core.paging import encode_cursor
from core.wording import current_language
from forum import access, queries
from forum.following import follows_of
from forum.gate import Standing, gate
from forum.lifecycle import text_of
from forum.models import Badge, Post, PostStatus, ReactionKind, Thread
from forum.muting import mutes_of
from forum.posting import title_of
from forum.reactions import own_reactions, shown_counts
from forum.sight import Choices, Sight, sight_of

POSTS_PER_PAGE = 10
# Names of two words are English everywhere; a screen reader must know.
LANGUAGE_OF_NAMES = "en"


class ReactionView(NamedTuple):
    """A few words below a post: how often they were said, or 0 where that is not told, and whether the reader
    said them.
    """

    kind: str
    times: int
    is_mine: bool


class PostView(NamedTuple):
    """A post on a page. `standing` only for its author; without `html` when it is out of sight."""

    id: str
    status: str
    position: int | None
    byline: str
    badge: str
    html: Markup
    day: date | None
    warnings: Sequence[str]
    lang: str
    is_mine: bool
    title: str = ""
    standing: Standing | None = None
    waits_with_edit: bool = False
    name_lang: str = ""
    sight: str = Sight.CLOSED.value
    is_muted: bool = False
    is_first_new: bool = False
    reactions: Sequence[ReactionView] = ()


class ReaderSide(NamedTuple):
    """What a student alone sees of a thread: their mark in it, their texts there, whom they muted there, and
    up to where they have read it if they follow it.
    """

    thread: Thread | None = None
    account_id: str = ""
    mark: bytes | None = None
    own: Sequence[Post] = ()
    muted: frozenset[str] = frozenset()
    seen: int | None = None

    @property
    def began_it(self) -> bool:
        return any(post.is_opening for post in self.own)


def reader_side(thread_id: str, reader: Account | None, session: SignedIn | None) -> ReaderSide:
    """The side of this student, or of nobody in particular.

    Without the key files nobody can tell what is theirs; they read on like everybody.
    """
    try:
        thread = queries.thread(thread_id) if reader is not None else None
        if thread is None or reader is None:
            return ReaderSide()
        mark = access.own_mark(thread, reader)
    except KeysMissing:
        return ReaderSide()
    posts = queries.own_posts_in_thread(thread_id, mark)
    own = [post for post in posts if post.status is not PostStatus.WITHDRAWN]
    muted, seen = _kept(thread_id, reader, session)
    return ReaderSide(thread, reader.id, mark, own, muted, seen)


def _kept(thread_id: str, reader: Account, session: SignedIn | None) -> tuple[frozenset[str], int | None]:
    try:
        key = own_key(session)
    except OwnKeyAway:
        return frozenset(), None
    muted = mutes_of(reader, key=key).get(thread_id, frozenset())
    return muted, follows_of(reader, key=key).get(thread_id)


def post_views(
    thread_id: str, rows: Sequence[Row[Any]], side: ReaderSide, choices: Choices, *, shown: Sequence[str]
) -> list[PostView]:
    """The posts of a page. Those in `shown` the reader asked to see once; a thread there is its opening
    post.
    """
    pending = {post.id for post in side.own if post.has_pending_edit}
    reacted: Mapping[str, frozenset[ReactionKind]] = {}
    if side.thread is not None:
        reacted = own_reactions(side.thread, [row.id for row in rows], side.account_id)
    first_new = next((row.id for row in rows if _is_new(row, side)), None)
    language = current_language()
    return [
        _post_view(
            row,
            side,
            sight=_sight(row, choices, is_shown=row.id in shown or (row.is_opening and thread_id in shown)),
            reactions=_reactions(row.reactions, reacted.get(row.id, frozenset())),
            name_lang=""
            if row.badge is not Badge.NONE or language == LANGUAGE_OF_NAMES
            else LANGUAGE_OF_NAMES,
        )._replace(waits_with_edit=row.id in pending, is_first_new=row.id == first_new)
        for row in rows
    ]


def _sight(row: Row[Any], choices: Choices, *, is_shown: bool) -> Sight:
    return Sight.OPEN if is_shown else sight_of(row.warnings, choices)


def _is_new(row: Row[Any], side: ReaderSide) -> bool:
    return side.seen is not None and row.position > max(side.seen, 1) and row.author_tag != side.mark


def _reactions(counts: Mapping[str, int], mine: frozenset[ReactionKind]) -> list[ReactionView]:
    shown = shown_counts(counts)
    return [ReactionView(kind.value, shown.get(kind, 0), kind in mine) for kind in ReactionKind]


def _post_view(
    row: Row[Any], side: ReaderSide, *, sight: Sight, reactions: Sequence[ReactionView], name_lang: str
) -> PostView:
    is_mine = side.mark is not None and row.author_tag == side.mark
    is_out = sight is Sight.OUT and not is_mine
    return PostView(
        id=row.id,
        status=row.status.value,
        position=row.position,
        byline=row.byline,
        badge=row.badge.value,
        html=Markup("" if is_out else row.html or ""),
        day=row.published_on,
        warnings=row.warnings,
        lang=row.language,
        is_mine=is_mine,
        name_lang=name_lang,
        sight=sight.value if is_out or sight is not Sight.OUT else Sight.CLOSED.value,
        is_muted=row.byline in side.muted,
        reactions=reactions,
    )


def own_view(post: Post) -> PostView:
    """A student's own text in its latest wording, with what happens to it."""
    text = text_of(queries.revision(post.id, post.latest_revision))
    waits = post.status is PostStatus.HELD or post.has_pending_edit
    return PostView(
        id=post.id,
        status=post.status.value,
        position=post.position,
        byline=post.byline,
        badge=post.badge.value,
        html=Markup(text["html"]),
        day=post.published_on,
        warnings=post.warnings,
        lang=post.language,
        is_mine=True,
        title=title_of(post),
        standing=gate().standing(post, now=utcnow()) if waits else None,
        waits_with_edit=post.status is PostStatus.PUBLISHED and post.has_pending_edit,
        name_lang="" if current_language() == LANGUAGE_OF_NAMES else LANGUAGE_OF_NAMES,
    )


def post_address(post: Post) -> str:
    """Where a post stands: its thread's page, at the post.

    Every page of ten positions holds the post it was made for, whatever was taken away before it.
    """
    after = None
    if post.status is PostStatus.PUBLISHED and post.position is not None:
        block = (post.position - 1) // POSTS_PER_PAGE * POSTS_PER_PAGE
        after = encode_cursor(block) if block else None
    return url_for("forum.show_thread", thread_id=post.thread_id, after=after, _anchor=f"p-{post.id}")
