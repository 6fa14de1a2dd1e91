"""Moderation's answer to the forum's gate: screen a text, put it before a person, say whether it may be
published meanwhile.

Screening raises a band and marks the words that raised it. It never rejects and never deletes. A screening
that fails holds the text and puts it before a person, because a text that nobody could screen is one that
somebody must read.

Words that may show who somebody is are pointed out to the writer before sending, and whoever sends them all
the same leaves them to a moderator. That must never stand between a person in danger and help: a text that
sounds urgent is taken without a question.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from accounts import queries as account_queries
from accounts.models import Account
from forum.covering import Stretch
from forum.gate import Advice, Arrival, Barrier, PeerLook, PersonalMark, Place, Restriction, Standing
from forum.models import Post
from moderation import queries
from moderation.admission import screen_arrival
from moderation.advice import advice_for
from moderation.bands import Band
from moderation.handles import handle_for
from moderation.notes import forget_notes
from moderation.ordering.crowding import stand_behind
from moderation.promises.waiting import standing_of
from moderation.proposals.erasing import erase_copies
from moderation.queue import put_in_queue, withdraw_item
from moderation.recusal import recused_from
from moderation.sanctions import (
    barrier_for,
    holds_every_text,
    may_be_in_danger,
    note_writing,
    restrictions_of,
)
from moderation.screening.findings import NewText
from moderation.screening.personal import find_personal
from moderation.screening.phases import run_phases
from moderation.screening.word_phases import look_for_method, look_for_risk
from moderation.student_numbers import present_pattern
from moderation.team.hours import add_staffed_time, hours_and_clock
from moderation.triage import log_failure


class Gatekeeper:
    """Answers `forum.gate.Gate`."""

    def admit(
        self,
        post: Post,
        text: str,
        *,
        arrival: Arrival,
        account_id: str,
        earlier_posts: int,
        behind: timedelta | None = None,
        now: datetime,
    ) -> bool:
        """Screen a text and put it before moderators.

        True when the category's mode lets it be published at once, no phase of the screening holds it, and it
        did not come after the limit.
        """
        account = account_queries.account(account_id)
        must_wait = account is not None and holds_every_text(account, now=now)
        if account is not None and arrival is Arrival.NEW:
            note_writing(account, now=now)
        item = put_in_queue(post, handle=handle_for(account_id, now=now), now=now)
        item.excluded = recused_from(account) if account is not None else item.excluded
        passes = screen_arrival(
            item, text, arrival=arrival, author=account, earlier_posts=earlier_posts, now=now
        )
        if behind is not None:
            stand_behind(item, by=behind, now=now)
        return passes and not must_wait and behind is None

    def may_be_in_danger(self, text: str) -> bool:
        """Whether screening fears for the writer, or cannot say."""
        return may_be_in_danger(text)

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

    def advice(self, post: Post) -> Advice | None:
        """What the newest decision asks of its author."""
        return advice_for(post)

    def words_taken_out(
        self, post: Post, words: Sequence[str], places: Sequence[Place], *, now: datetime
    ) -> None:
        erase_copies(post, words, [Stretch(*place) for place in places], now=now)

    def author_left(self, post: Post) -> None:
        """The note between them and the team is of no use to anybody any more."""
        forget_notes(post)

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
        try:
            marks = _personal_marks(title, body)
        except Exception as error:  # the text must get through; the screening holds it for a person
            log_failure("personal_data", error)
            return []
        if not marks:
            return []
        text = NewText(f"{title}\n\n{body}" if title else body)
        urgent = run_phases(text, (look_for_risk, look_for_method))
        return marks if not urgent.failures and urgent.band.rank > Band.RED.rank else []


def _personal_marks(title: str, body: str) -> list[PersonalMark]:
    number = present_pattern()
    in_title = [replace(mark, part="title") for mark in find_personal(title, student_number=number)]
    return [*in_title, *find_personal(body, student_number=number)]
