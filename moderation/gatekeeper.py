"""Moderation's answer to the forum's gate: screen a text, put it before a person, say whether it may be
published meanwhile.

Screening raises a band and marks the words that raised it. It never rejects and never deletes. A screening
that fails holds the text and puts it before a person, because a text that nobody could screen is one that
somebody must read.

Words that may show who somebody is are pointed out to the writer before sending, and whoever sends them all
the same leaves them to a moderator. That must never stand between a person in danger and help: a text that
sounds urgent is taken without a question.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from accounts import queries as account_queries
from accounts.models import Account
from forum.gate import Arrival, Barrier, PeerLook, PersonalMark, Restriction, Standing
from forum.models import ModerationMode, Post
from moderation import queries
from moderation.bands import Band
from moderation.handles import handle_for
from moderation.hours import add_staffed_time, hours_and_clock
from moderation.models import ReasonKind
from moderation.personal import find_personal
from moderation.queue import add_reason, put_in_queue, withdraw_item
from moderation.recusal import recused_from
from moderation.sanctions import barrier_for, holds_every_text, note_writing, restrictions_of
from moderation.screening import Verdict
from moderation.triage import SCREENING_FAILED, screen_or_none
from moderation.waiting import standing_of

NEW_MEMBER_POSTS = 5


class Gatekeeper:
    """Answers `forum.gate.Gate`."""

    def admit(
        self, post: Post, text: str, *, arrival: Arrival, account_id: str, earlier_posts: int, now: datetime
    ) -> bool:
        """Screen a text and put it before moderators.

        True when the category's mode lets it be published at once and it shows nothing of who somebody is.
        """
        account = account_queries.account(account_id)
        must_wait = account is not None and holds_every_text(account, now=now)
        if account is not None and arrival is Arrival.NEW:
            note_writing(account, now=now)
        verdict = screen_or_none(text)
        item = put_in_queue(post, handle=handle_for(account_id, now=now), now=now)
        item.excluded = recused_from(account) if account is not None else item.excluded
        add_reason(
            item, ReasonKind.NEW_POST if arrival is Arrival.NEW else ReasonKind.EDIT, Band.GREEN, now=now
        )
        if verdict is None:
            add_reason(item, ReasonKind.RISK_SIGNAL, Band.AMBER, note=SCREENING_FAILED, now=now)
            return False
        if verdict.band is not Band.GREEN:
            add_reason(item, ReasonKind.RISK_SIGNAL, verdict.band, marks=_marks(verdict, post, text), now=now)
        personal = find_personal(text)
        if personal:
            marks = _personal_marks(personal, post, text)
            add_reason(item, ReasonKind.PERSONAL_DATA, Band.GREEN, marks=marks, now=now)
            return False
        if must_wait or item.band is not Band.GREEN:
            return False
        return _mode_publishes(post, earlier_posts=earlier_posts)

    def may_write(self, account: Account, text: str | None, *, now: datetime) -> Barrier | None:
        """What a running step of moderation keeps a student from."""
        return barrier_for(account, text, now=now)

    def restrictions(self, account: Account, *, now: datetime) -> Sequence[Restriction]:
        """The steps that hold for a student now."""
        return restrictions_of(account, now=now)

    def withdraw(self, post: Post, *, now: datetime) -> None:
        """The author took a text back."""
        item = queries.item_of_post(post.id, locked=True)
        if item is not None:
            withdraw_item(item, now=now)

    def standing(self, post: Post, *, now: datetime) -> Standing | None:
        """By when somebody will have looked at a waiting text, as its author may know it."""
        item = queries.item_of_post(post.id)
        if item is None or not item.is_open:
            return None
        return standing_of(item, now=now)

    def peer_looks(self, days: Collection[date], *, now: datetime) -> Mapping[date, PeerLook]:
        """By when a trained peer will have looked at what nobody has answered: the clock of a calm text."""
        if not days:
            return {}
        hours, clock = hours_and_clock(Band.GREEN)
        is_staffed_now, next_at = hours.is_staffed(now), hours.next_staffed_at(now)
        looks = {}
        for day in set(days):
            over = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
            look_by = add_staffed_time(hours, over, clock) if next_at is not None else None
            looks[day] = PeerLook(look_by, is_staffed_now, next_at)
        return looks

    def personal_data(self, *, title: str, body: str) -> list[PersonalMark]:
        """What its writer should look at once more before sending; nothing in a text that sounds urgent, or
        that could not be screened.
        """
        in_title = [replace(mark, part="title") for mark in find_personal(title)]
        marks = [*in_title, *find_personal(body)]
        if not marks:
            return []
        verdict = screen_or_none(f"{title}\n\n{body}" if title else body)
        return marks if verdict is not None and verdict.band.rank > Band.RED.rank else []


def _marks(verdict: Verdict, post: Post, text: str) -> list[dict[str, Any]]:
    """The words that raised the band."""
    return [
        _place(mark.start, mark.end, post, text)
        | {"key": mark.key, "band": mark.band.value, "language": mark.language}
        for mark in verdict.marks
    ]


def _personal_marks(found: Iterable[PersonalMark], post: Post, text: str) -> list[dict[str, Any]]:
    """The words that may show who somebody is."""
    return [_place(mark.start, mark.end, post, text) | {"key": mark.kind.value} for mark in found]


def _place(start: int, end: int, post: Post, text: str) -> dict[str, Any]:
    """Words as offsets into the body, or into the title of an opening post.

    A mark that runs from the title into the body is shown where it ends.
    """
    before_body = len(text) - len(_body_part(post, text))
    if end > before_body:
        return {"part": "body", "start": max(0, start - before_body), "end": end - before_body}
    return {"part": "title", "start": start, "end": end}


def _body_part(post: Post, text: str) -> str:
    return text.split("\n\n", 1)[1] if post.is_opening and "\n\n" in text else text


def _mode_publishes(post: Post, *, earlier_posts: int) -> bool:
    category = post.thread.category
    mode = category.opening_mode if post.is_opening else category.reply_mode
    if mode is ModerationMode.HOLD_NEW:
        return earlier_posts >= NEW_MEMBER_POSTS
    return mode is ModerationMode.READ_AFTER
