"""Who may judge texts at this moment: moderators with a valid record, and professionals who have a duty.

The step of the record says how far. An observer sees. An assisted moderator takes a text and decides, and a
senior confirms before anything leaves (`moderation/proposals/confirming.py`). An independent one decides.

A professional reads what waits while they are lead, on call or second, and otherwise not: their work is with
their cases, and what students write to the forum is for those who look after it.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff, Step
from accounts.permissions import Role
from accounts.training import training_step
from core.refusals import Refusal
from moderation.team import queries as team_queries
from moderation.team.duties import duties_of, people_on
from moderation.team.models import Duty

WORKING_STEPS = frozenset({Step.ASSISTED, Step.INDEPENDENT})
JUDGING_DUTIES = (Duty.LEAD, Duty.ON_CALL, Duty.SECOND)
# What nobody else may take goes to them: nothing that they asked for hides it.
COVERING_DUTIES = (Duty.LEAD, Duty.ON_CALL)


class NotTrained(Refusal):
    """There is no valid training record that lets this person decide."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "To decide, you need a training record of the step “independent”. "
            "Ask your coordinator to enter it. Until then you can read what waits."
        )


class NotOnDuty(Refusal):
    """A professional without a duty at this moment."""

    status = 403

    @property
    def sentence(self) -> str:
        return _(
            "You can read and decide what waits while you are lead, on call or second. "
            "The rota gives you none of these now."
        )


def require_may_see(actor: Staff, *, now: datetime) -> None:
    """Moderators read the queue, professionals while they have a duty. Raises NotOnDuty."""
    if actor.role is Role.PROFESSIONAL and not _has_judging_duty(actor, now=now):
        raise NotOnDuty


def require_may_judge(actor: Staff, *, now: datetime) -> None:
    """An independent moderator decides, and a professional on duty. Raises NotTrained, NotOnDuty."""
    require_may_see(actor, now=now)
    if actor.role is not Role.PROFESSIONAL and training_step(actor, now=now) is not Step.INDEPENDENT:
        raise NotTrained


def require_may_take(actor: Staff, *, now: datetime) -> None:
    """Whoever may work on a text: who decides, and who decides with a senior.

    Raises NotTrained, NotOnDuty.
    """
    require_may_see(actor, now=now)
    if actor.role is not Role.PROFESSIONAL and training_step(actor, now=now) not in WORKING_STEPS:
        raise NotTrained


def has_a_senior(actor: Staff, *, now: datetime) -> bool:
    """Whether what this person decides waits for a senior."""
    return actor.role is Role.MODERATOR and training_step(actor, now=now) is Step.ASSISTED


def may_judge_now(person: Staff, *, now: datetime) -> bool:
    """Whether this person may take and decide texts at this moment."""
    try:
        require_may_judge(person, now=now)
    except (NotTrained, NotOnDuty):
        return False
    return person.role in {Role.MODERATOR, Role.PROFESSIONAL} and person.closed_at is None


def moderators_at_work(now: datetime) -> list[Staff]:
    """The moderators who decide: open accounts with a valid record of the step “independent”. Whoever still
    has a senior is none of them: what only they were offered would wait for nobody.
    """
    return [one for one in team_queries.staff_of_role(Role.MODERATOR) if may_judge_now(one, now=now)]


def judges(now: datetime) -> list[Staff]:
    """Everybody who may take texts at this moment."""
    on_duty = [person for duty in JUDGING_DUTIES for person in people_on(duty, now=now)]
    people = {one.id: one for one in [*moderators_at_work(now), *on_duty]}
    return [one for one in people.values() if may_judge_now(one, now=now)]


def colleagues(actor: Staff, *, now: datetime) -> Sequence[tuple[str, str]]:
    """Whom an item can be handed to or kept for: (id, alias), by alias.

    The list is the same for every item. Were it shorter for some, it would say who must not judge an author.
    """
    others = [one for one in judges(now) if one.id != actor.id]
    return [(one.id, one.alias) for one in sorted(others, key=lambda one: one.alias.lower())]


def covers(person: Staff, *, now: datetime) -> bool:
    """Whether this person takes what nobody else may: the lead, and who is on call."""
    return any(duty in COVERING_DUTIES for duty in duties_of(person, now=now))


def _has_judging_duty(person: Staff, *, now: datetime) -> bool:
    return any(duty in JUDGING_DUTIES for duty in duties_of(person, now=now))
