"""Nothing that waits is out of everybody's sight: the small state space of people and what keeps them from a
text is searched whole.

One text, one to three people, each of them kept from it in one way or in none, and all states in which it may
wait. A coordinator is always there, who reads no queue and can be told.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from moderation.claims import LEASE, TakenByAnother, claim, claim_next
from moderation.judging import judges, moderators_at_work
from moderation.models import Claim, Conduct, Decision, ItemState, QueueItem, QueueReason, ReasonKind, Risk
from moderation.offering import visible_items
from moderation.passing import KEPT_FOR
from moderation.review_models import Skip
from moderation.sweeping import ask_about_stranded_items
from moderation.team.models import Duty, ModeratorSetting, Shift, TaskKind, TeamTask
from tests.cast import MINUTE, NOON, begin_thread, item, item_id_of, new_staff, new_student, staff

DAY = timedelta(days=1)
SLUG = "adjustment-difficulties"
AFTER_THE_HOLD = NOON + KEPT_FOR + MINUTE

FREE, OWN, RECUSED, APPEALED, SKIPPED, OPTED_OUT = (
    "free",
    "own text",
    "recused",
    "decided before",
    "skipped",
    "opted out",
)
MUST_NOT = {OWN, RECUSED, APPEALED}
# What somebody must not judge is one thing, whatever the reason: the more people, the fewer of the reasons.
KEPT_FROM = {
    1: (FREE, OWN, RECUSED, APPEALED, SKIPPED, OPTED_OUT),
    2: (FREE, RECUSED, APPEALED, SKIPPED, OPTED_OUT),
    3: (FREE, RECUSED, SKIPPED, OPTED_OUT),
}

MODERATOR, LEADING, PROFESSIONAL = "moderator", "moderator with the lead", "professional"
TEAMS = [
    (MODERATOR,),
    (PROFESSIONAL,),
    (MODERATOR, MODERATOR),
    (MODERATOR, LEADING),
    (MODERATOR, PROFESSIONAL),
    (MODERATOR, MODERATOR, PROFESSIONAL),
]
WAYS_TO_WAIT = ("waits", "lapsed", "held for nobody", "kept for the first", "hold is over", "in hand")


class TakenBack(Exception):
    """Leaves a state as if it had never been."""


def states_of(team: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All ways in which the people of a team may be kept from one text."""
    return list(itertools.product(KEPT_FROM[len(team)], repeat=len(team)))


def people_of(team: tuple[str, ...]) -> list[str]:
    """The people of a team, and the coordinator."""
    new_staff(Role.COORDINATOR, "coordinator")
    people = []
    for number, kind in enumerate(team):
        role = Role.PROFESSIONAL if kind == PROFESSIONAL else Role.MODERATOR
        people.append(new_staff(role, f"person-{number}"))
        if kind == LEADING:
            with transaction():
                db.session.add(
                    Shift(
                        staff_id=people[-1],
                        duty=Duty.LEAD,
                        begins_at=NOON - DAY,
                        ends_at=NOON + DAY,
                        is_published=True,
                    )
                )
    return people


def keep_from(one: QueueItem, person: str, way: str) -> None:
    """Let one person be kept from the text in one way."""
    if way == OWN:
        one.post.staff_id = person
    elif way == RECUSED:
        one.excluded = [*(one.excluded or []), person]
    elif way == SKIPPED:
        db.session.add(Skip(item_id=one.id, staff_id=person, until=NOON + DAY))
    elif way == OPTED_OUT:
        db.session.add(ModeratorSetting(staff_id=person, opted_out=[SLUG]))
    elif way == APPEALED:
        db.session.add(
            Decision(
                item_id=one.id,
                revision=1,
                conduct=Conduct.NOT_HERE,
                risk=Risk.NONE,
                band=one.band,
                staff_id=person,
                at=NOON - DAY,
                status_before=one.post.status,
            )
        )
        db.session.add(
            QueueReason(item_id=one.id, kind=ReasonKind.APPEAL, band=one.band, at=NOON, revision=1)
        )


def let_wait(one: QueueItem, way: str, *, first: str) -> None:
    """Put the text where it waits."""
    if way in {"lapsed", "in hand"}:
        one.state, one.claimed_by, one.claim_token = ItemState.CLAIMED, first, "a token"
        one.claim_ends_at = NOON + (LEASE if way == "in hand" else -MINUTE)
        db.session.add(Claim(item_id=one.id, staff_id=first, token="a token", began_at=NOON - LEASE))
    elif way != "waits":
        one.state = ItemState.ON_HOLD
        one.held_until = NOON - MINUTE if way == "hold is over" else NOON + KEPT_FOR
        one.held_for = first if way == "kept for the first" else None
    db.session.flush()


def tried(act: Callable[[], bool]) -> bool:
    """What an act would come to, taken back afterwards."""
    attempt = db.session.begin_nested()
    try:
        return act()
    except TakenByAnother:
        return False
    finally:
        attempt.rollback()


def given_next(person: Staff, one_id: str) -> bool:
    def act() -> bool:
        taken = claim_next(person, now=NOON)
        return taken is not None and taken.id == one_id

    return tried(act)


def picks(person: Staff, one_id: str, *, later: bool = False) -> bool:
    def act() -> bool:
        claim(item(one_id), actor=person, now=AFTER_THE_HOLD if later else NOON)
        return True

    return tried(act)


def lead_is_told(one_id: str) -> bool:
    return any(
        task.kind is TaskKind.NOBODY_MAY and task.item_id == one_id for task in db.session.query(TeamTask)
    )


def finds(person: Staff, one_id: str) -> bool:
    return one_id in {one.id for one in visible_items(person, after=None, limit=5, now=NOON)}


def every_state(team: tuple[str, ...], way: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Arrange one state after the other; each is gone before the next one comes."""
    one_id = item_id_of(begin_thread(new_student(), slug=SLUG))
    people = people_of(team)
    for state in states_of(team):
        try:
            with transaction():
                one = item(one_id)
                for person, kept in zip(people, state, strict=True):
                    keep_from(one, person, kept)
                let_wait(one, way, first=people[0])
                yield one_id, dict(zip(people, state, strict=True))
                raise TakenBack
        except TakenBack:
            db.session.expire_all()


@pytest.mark.parametrize("way", WAYS_TO_WAIT)
@pytest.mark.parametrize("team", TEAMS, ids="+".join)
def test_what_waits_is_seen_and_can_be_taken_unless_everybody_must_not_judge_it(
    app: Flask, team: tuple[str, ...], way: str
) -> None:
    with app.app_context():
        for one_id, state in every_state(team, way):
            those_who_may = [staff(person) for person, kept in state.items() if kept not in MUST_NOT]
            for person, kept in state.items():
                if kept in MUST_NOT:
                    assert not finds(staff(person), one_id), state

            if those_who_may:
                assert any(finds(person, one_id) for person in those_who_may), state
            if those_who_may and way != "in hand":
                assert any(picks(person, one_id, later=True) for person in those_who_may), state


@pytest.mark.parametrize("way", ["waits", "lapsed", "hold is over"])
@pytest.mark.parametrize("team", TEAMS, ids="+".join)
def test_what_nobody_has_is_given_to_whom_it_may_be_and_else_the_lead_is_told(
    app: Flask, team: tuple[str, ...], way: str
) -> None:
    with app.app_context():
        for one_id, state in every_state(team, way):
            moderators = {one.id for one in moderators_at_work(NOON)}
            covering = {person for person, kind in zip(state, team, strict=True) if kind != MODERATOR}
            is_offered = any(state[person] == FREE for person in moderators)
            may = {person for person, kept in state.items() if kept not in MUST_NOT}
            given = {person for person in state if given_next(staff(person), one_id)}

            expected = {person for person, kept in state.items() if kept == FREE}
            if not is_offered:
                expected |= covering & may
            assert given == expected, state


@pytest.mark.parametrize("team", TEAMS, ids="+".join)
def test_what_no_moderator_is_offered_comes_before_the_lead(app: Flask, team: tuple[str, ...]) -> None:
    with app.app_context():
        one_id = item_id_of(begin_thread(new_student(), slug=SLUG))
        people = people_of(team)
        for state in states_of(team):
            with transaction():
                one = item(one_id)
                for person, kept in zip(people, state, strict=True):
                    keep_from(one, person, kept)
            asked_first = [one.id for one in moderators_at_work(NOON)] or [one.id for one in judges(NOON)]
            kept_from = dict(zip(people, state, strict=True))

            ask_about_stranded_items(NOON)

            assert lead_is_told(one_id) is not any(kept_from[person] == FREE for person in asked_first), state
            wipe(one_id)


def wipe(one_id: str) -> None:
    """Forget what kept people from the text, and what the lead was told."""
    with transaction():
        for table in (Skip, ModeratorSetting, TeamTask, Decision, QueueReason):
            db.session.query(table).delete()
        one = item(one_id)
        one.excluded, one.post.staff_id = [], None
