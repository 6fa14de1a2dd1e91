"""Whatever people do with texts in danger, in whatever order: each stays before somebody who may take it, or
somebody was told of it; its clock never moves away; and it is never gone before a person has decided.

A machine of hypothesis tries the acts of three moderators, of authors and readers, and of the jobs, and looks
after each.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts import queries as account_queries
from accounts.models import Step
from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Refusal
from forum import posting
from forum import queries as forum_queries
from moderation import claim_queries, queries
from moderation.access import lock_author_of, locked_item
from moderation.bands import Band
from moderation.claims import claim, claim_next, extend, release
from moderation.decisions import decide, undo
from moderation.escalations import decline
from moderation.judging import covers, judges
from moderation.models import (
    Claim,
    Conduct,
    Decision,
    Escalation,
    ItemState,
    QueueItem,
    QueueReason,
    Report,
    ReportReason,
    Risk,
)
from moderation.offering import Sight, covering_bounds
from moderation.passing import ask_for_cover, hand_to, hold_item, skip
from moderation.promises.lateness import tell_of_late_texts
from moderation.recusal import recuse
from moderation.reports import file_report
from moderation.review_models import Skip
from moderation.sweeping import ask_about_stranded_items, chase_overdue_items, free_lapsed_items
from moderation.team.duties import duties_of
from moderation.team.models import ModeratorSetting, TaskKind, TeamTask
from moderation.team.tasks import tasks_of
from moderation.wellbeing import REST_AFTER_MUCH, is_kept_resting, opt_out, own_setting, rest
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    choice,
    item_id_of,
    new_moderator,
    new_staff,
    new_student,
    staff,
    student,
    train,
)

SLUG = "adjustment-difficulties"
TEXTS = ("I am going to kill myself tonight.", "I want to die.", "I miss home.")
MODERATORS = ("maya", "tom", "noor")
BETWEEN_EXAMPLES = (
    Skip,
    TeamTask,
    OutboxRow,
    Claim,
    Report,
    Escalation,
    QueueReason,
    Decision,
    QueueItem,
    ModeratorSetting,
)

one_of = st.sampled_from
which = st.integers(0, 2)
who = one_of(MODERATORS)
some = st.frozensets(one_of([*MODERATORS, "lea"]), min_size=1)


class Sighting:
    """What was last seen of an open text: how urgent it was, and by when somebody must look."""

    def __init__(self, item: QueueItem) -> None:
        self.rank, self.due_at = item.rank, item.due_at


class Queue(RuleBasedStateMachine):
    """Three moderators and their texts. A professional leads; a coordinator can be told."""

    ids: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = NOON
        self.posts: list[tuple[str, str]] = []
        self.seen: dict[str, Sighting] = {}
        self.before_decision: dict[str, Sighting] = {}
        self.recused: set[tuple[str, str]] = set()

    @initialize(texts=st.lists(one_of(TEXTS), min_size=1, max_size=2))
    def texts_come_in(self, texts: list[str]) -> None:
        for text in texts:
            author = new_student()
            self.posts.append((begin_thread(author, text, slug=SLUG, now=self.now), author))

    def post_of(self, number: int) -> tuple[str, str]:
        return self.posts[number % len(self.posts)]

    def item_of(self, number: int) -> str:
        return item_id_of(self.post_of(number)[0])

    def act(self, does: Callable[[], object]) -> bool:
        """Try an act. A refusal is an answer; whether it was done."""
        try:
            with transaction():
                does()
        except Refusal:
            return False
        return True

    @rule(person=who)
    def next_for_me(self, person: str) -> None:
        def does() -> None:
            taken = claim_next(staff(self.ids[person]), now=self.now)
            if taken is not None:
                assert (person, taken.post_id) not in self.recused

        self.act(does)

    @rule(person=who, number=which)
    def pick(self, person: str, number: int) -> None:
        def does() -> None:
            claim(locked_item(self.item_of(number)), actor=staff(self.ids[person]), now=self.now)
            assert (person, self.post_of(number)[0]) not in self.recused

        self.act(does)

    @rule(person=who, number=which, way=one_of(["release", "extend", "skip"]))
    def let_go(self, person: str, number: int, way: str) -> None:
        does = {"release": release, "extend": extend, "skip": skip}[way]
        self.act(lambda: does(locked_item(self.item_of(number)), actor=staff(self.ids[person]), now=self.now))

    @rule(person=who, number=which, colleague=one_of([None, *MODERATORS]), minutes=one_of([5, 60, 120]))
    def put_aside(self, person: str, number: int, colleague: str | None, minutes: int) -> None:
        self.act(
            lambda: hold_item(
                locked_item(self.item_of(number)),
                reason="x",
                until=self.now + minutes * MINUTE,
                colleague_id=self.ids[colleague] if colleague is not None else None,
                actor=staff(self.ids[person]),
                now=self.now,
            )
        )

    @rule(person=who, number=which, colleague=who)
    def hand_on(self, person: str, number: int, colleague: str) -> None:
        self.act(
            lambda: hand_to(
                locked_item(self.item_of(number)),
                colleague_id=self.ids[colleague],
                actor=staff(self.ids[person]),
                now=self.now,
            )
        )

    @rule(people=some, number=which)
    def must_not_judge(self, people: frozenset[str], number: int) -> None:
        for person in sorted(people):

            def does(person: str = person) -> None:
                lock_author_of(self.item_of(number))
                recuse(locked_item(self.item_of(number)), actor=staff(self.ids[person]), now=self.now)

            if self.act(does):
                self.recused.add((person, self.post_of(number)[0]))

    @rule(person=who)
    def need_cover(self, person: str) -> None:
        self.act(lambda: ask_for_cover(staff(self.ids[person]), note="", now=self.now))

    @rule(people=some)
    def must_rest(self, people: frozenset[str]) -> None:
        with transaction():
            for person in sorted(people):
                rest(own_setting(staff(self.ids[person])), REST_AFTER_MUCH, now=self.now)

    @rule(people=some)
    def would_rather_not(self, people: frozenset[str]) -> None:
        with transaction():
            for person in sorted(people):
                opt_out(staff(self.ids[person]), frozenset({SLUG}))

    @rule(person=who, step=one_of([Step.OBSERVER, Step.INDEPENDENT]))
    def record_changes(self, person: str, step: Step) -> None:
        train(self.ids[person], step)

    @rule(
        person=who,
        number=which,
        conduct=one_of([Conduct.PUBLISH, Conduct.KEEP_HELD, Conduct.ASK_CHANGE, Conduct.DISMISS]),
        risk=one_of([Risk.NONE, Risk.ESCALATE]),
    )
    def decides(self, person: str, number: int, conduct: Conduct, risk: Risk) -> None:
        def does() -> None:
            item = locked_item(self.item_of(number))
            reason = "personal_data" if conduct is Conduct.ASK_CHANGE else ""
            what = choice(item, conduct, risk, reason=reason)
            decide(item, what, actor=staff(self.ids[person]), now=self.now)

        item_id = self.item_of(number)
        if self.act(does) and not queries.item(item_id).is_open:  # type: ignore[union-attr]
            last = self.seen.pop(item_id, None)
            if last is not None:
                self.before_decision[item_id] = last

    @rule(person=who, number=which)
    def takes_it_back(self, person: str, number: int) -> None:
        item_id = self.item_of(number)

        def does() -> None:
            lock_author_of(item_id)
            undo(locked_item(item_id), actor=staff(self.ids[person]), now=self.now)

        if self.act(does) and item_id in self.before_decision:
            before = self.before_decision.pop(item_id)
            since = self.seen.setdefault(item_id, before)
            since.rank, since.due_at = min(since.rank, before.rank), min(since.due_at, before.due_at)

    @rule(number=which, note=one_of(["", "She says she will kill herself tonight."]))
    def reader_reports(self, number: int, note: str) -> None:
        def does() -> None:
            post = forum_queries.post(self.post_of(number)[0], locked=True)
            assert post is not None
            if post.visible_revision:
                file_report(post, reason=ReportReason.WORRIES_ME, note=note, now=self.now)

        self.act(does)

    @rule(number=which, text=one_of(TEXTS))
    def author_writes_anew(self, number: int, text: str) -> None:
        post_id, author = self.post_of(number)
        draft = posting.write_draft(text, language="en")

        def does() -> None:
            account = student(author)
            post = forum_queries.post(post_id, locked=True)
            assert post is not None
            posting.edit(post, draft, author=account, now=self.now)

        self.act(does)

    @rule(number=which)
    def author_takes_it_back(self, number: int) -> None:
        item_id = self.item_of(number)
        before = queries.item(item_id)
        assert before is not None
        was_in_danger = before.is_open and before.rank <= Band.RED.rank

        def does() -> None:
            post = forum_queries.post(self.post_of(number)[0], locked=True)
            assert post is not None
            posting.withdraw(post, now=self.now)

        if self.act(does):
            after = queries.item(item_id)
            assert after is not None
            assert after.is_open or not was_in_danger
            if not after.is_open:
                self.seen.pop(item_id, None)

    @rule(number=which)
    def professional_declines(self, number: int) -> None:
        def does() -> None:
            item = locked_item(self.item_of(number))
            waiting = queries.waiting_escalation(item.id)
            if waiting is not None:
                decline(waiting, reason="Not ours.", actor=staff(self.ids["lea"]), now=self.now)

        self.act(does)

    @rule(minutes=one_of([1, 9, 11, 70]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @invariant()
    def nobody_in_danger_is_out_of_sight(self) -> None:
        if not self.posts:
            return
        for job in (free_lapsed_items, ask_about_stranded_items, chase_overdue_items, tell_of_late_texts):
            job(self.now)
        for item in claim_queries.open_items():
            last = self.seen.get(item.id)
            if last is not None:
                assert item.rank <= last.rank
                assert item.due_at <= last.due_at
            self.seen[item.id] = Sighting(item)
            if item.rank > Band.RED.rank:
                continue
            assert self.is_in_hand(item) or self.is_offered(item) or self.is_told(item)
            if item.due_at < self.now:
                assert self.is_told(item, TaskKind.CLOCK_RAN_OUT)
        db.session.rollback()

    def is_in_hand(self, item: QueueItem) -> bool:
        """Somebody has it for minutes, or put it aside for as long as may be."""
        if item.state is ItemState.CLAIMED:
            return item.claim_ends_at is not None and item.claim_ends_at >= self.now
        if item.state is not ItemState.ON_HOLD:
            return False
        waiting = queries.waiting_escalation(item.id)
        longest = max([self.now + timedelta(hours=2), *([waiting.due_at] if waiting is not None else [])])
        return item.held_until is not None and self.now <= item.held_until <= longest

    def is_offered(self, item: QueueItem) -> bool:
        """Pressing "Next for me", somebody comes to it."""
        for person in judges(self.now):
            sight = Sight(person, now=self.now)
            is_left = covers(person, now=self.now) and sight.is_left_to_the_lead(item)
            others = covering_bounds(person, now=self.now) if is_kept_resting(person, now=self.now) else []
            rests = any(other.may_judge(item) for other in others)
            if (sight.bounds.offers(item) or is_left) and not rests:
                return True
        return False

    def is_told(self, item: QueueItem, *kinds: TaskKind) -> bool:
        """Somebody who may know of it finds it among their tasks."""
        people = [account_queries.staff_member(one) for one in self.ids.values()]
        return any(
            task.item_id == item.id and (not kinds or task.kind in kinds)
            for person in people
            if person is not None
            for task in tasks_of(person, duties_of(person, now=self.now), now=self.now)
        )

    def teardown(self) -> None:
        db.session.rollback()
        with transaction():
            for table in BETWEEN_EXAMPLES:
                db.session.query(table).delete()
        for name in MODERATORS:
            train(self.ids[name], Step.INDEPENDENT)


def test_nobody_in_danger_is_ever_out_of_sight(app: Flask) -> None:
    with app.app_context():
        Queue.ids = {name: new_moderator(name) for name in MODERATORS}
        Queue.ids |= {
            "lea": new_staff(Role.PROFESSIONAL, "lea"),
            "cora": new_staff(Role.COORDINATOR, "cora"),
        }
        bounded = settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Queue, settings=bounded)
