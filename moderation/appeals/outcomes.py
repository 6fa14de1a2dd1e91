"""How a moderator answers an appeal: with a question, or with an outcome and a written reply.

Upheld, varied or overturned; by somebody who did not judge the text before. The decision that was appealed
stays as it was written, and the answer is a second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from accounts.models import Staff
from core import outbox
from core.clock import hour_of
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from forum.lifecycle import PostAct, has_words, move_post, show_latest_revision, take_up_revision
from forum.models import Post, PostStatus
from moderation import queries
from moderation.appeals import queries as appeal_queries
from moderation.appeals.sending import open_question
from moderation.appeals.states import AppealAct, AppealMoved, accept_appeals, move_appeal, require_other_judge
from moderation.bands import Band
from moderation.claims import TakenByAnother, holds, require_may_decide
from moderation.models import Conduct, Decision, QueueItem, ReasonKind, Risk
from moderation.promises.counting import count_tally
from moderation.promises.models import Tally
from moderation.queue import HOLD_AT_MOST, add_reason, hold, settle
from moderation.review_models import Appeal, AppealState
from moderation.sanctions import is_running, lift, lift_steps_of, shorten

QUESTIONS_AT_MOST = 3
ANSWER_WITHIN = timedelta(days=3)

ACTS = {
    AppealState.UPHELD: AppealAct.UPHOLD,
    AppealState.VARIED: AppealAct.VARY,
    AppealState.OVERTURNED: AppealAct.OVERTURN,
}
# Where a text may go, the first unless the judge says otherwise. What was taken away comes back only here.
WAYS_BACK: dict[tuple[AppealState, PostStatus], tuple[PostStatus, ...]] = {
    (AppealState.OVERTURNED, PostStatus.REMOVED): (PostStatus.PUBLISHED,),
    (AppealState.OVERTURNED, PostStatus.HIDDEN): (PostStatus.PUBLISHED,),
    (AppealState.OVERTURNED, PostStatus.RETURNED): (PostStatus.PUBLISHED, PostStatus.HELD),
    (AppealState.VARIED, PostStatus.RETURNED): (PostStatus.HELD,),
}
FOR_AN_EDIT = (PostStatus.PUBLISHED, PostStatus.HELD)


class NotThisWayBack(Refusal):
    """The text cannot go there from where it stands now."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("The text cannot be put there from where it stands now. What you typed is below.")


class EnoughAsked(Refusal):
    """Three questions, one at a time."""

    @property
    def sentence(self) -> str:
        return _("You can ask up to three questions, and the next one when the last is answered.")


@dataclass(frozen=True)
class Answer:
    """How a moderator answers an appeal, and what they had read when they did.

    `then` is where the text goes; `ends_at` is the nearer end of a step.
    """

    outcome: AppealState
    reply: str
    claim: str
    version: int
    appeal_id: str = ""
    then: PostStatus | None = None
    ends_at: datetime | None = None


def ask_author(
    item: QueueItem,
    question: str,
    *,
    claim: str,
    version: int,
    actor: Staff,
    now: datetime,
    appeal_id: str = "",
) -> Appeal:
    """Ask the author something; the text waits for the answer, three days at most, and its clock runs on.

    Raises NotTrained, TakenByAnother, NotYourOwnDecision, AppealMoved, EnoughAsked.
    """
    appeal = _appeal_in_hand(item, appeal_id, claim=claim, version=version, actor=actor, now=now)
    if open_question(appeal) or len(appeal.questions) >= QUESTIONS_AT_MOST:
        raise EnoughAsked
    move_appeal(appeal, AppealAct.ASK, actor=actor.actor, now=now)
    appeal.questions = [*appeal.questions, {"question": question, "at": hour_of(now).isoformat()}]
    item.version += 1
    others = [reason for reason in queries.open_reasons(item.id) if reason.kind is not ReasonKind.APPEAL]
    is_calm = item.rank > Band.RED.rank and not others
    hold(item, until=now + (ANSWER_WITHIN if is_calm else HOLD_AT_MOST), now=now)
    outbox.enqueue("appeal_notice", {"appeal": appeal.id, "asks": len(appeal.questions)}, now=now)
    return appeal


def answer_appeal(item: QueueItem, answer: Answer, *, actor: Staff, now: datetime) -> Appeal:
    """Uphold, vary or overturn, always with a written reply.

    Account, thread, post and item are locked. The decision that was appealed stays as it is; this is a second
    one. Raises NotTrained, TakenByAnother, NotYourOwnDecision, AppealMoved, NotThisWayBack.
    """
    appeal = _appeal_in_hand(
        item, answer.appeal_id, claim=answer.claim, version=answer.version, actor=actor, now=now
    )
    move_appeal(appeal, ACTS[answer.outcome], actor=actor.actor, now=now)
    appeal.reply, appeal.decided_by, appeal.decided_at = answer.reply, actor.id, hour_of(now)
    appeal.sent_at = hour_of(appeal.sent_at)
    status_before, visible_before = item.post.status, item.post.visible_revision
    goal = _put_text_back(item, appeal, answer, now=now)
    _change_steps(item, appeal, answer, actor=actor, now=now)
    decision = Decision(
        id=new_public_id(),
        item_id=item.id,
        revision=item.post.latest_revision,
        conduct=Conduct.PUBLISH if goal is PostStatus.PUBLISHED else Conduct.DISMISS,
        risk=Risk.NONE,
        band=item.band,
        staff_id=actor.id,
        at=now,
        status_before=status_before,
        visible_before=visible_before,
        reverses_id=appeal.decision_id if answer.outcome is AppealState.OVERTURNED else None,
    )
    db.session.add(decision)
    db.session.flush()
    appealed = queries.decision(appeal.decision_id) if appeal.decision_id is not None else None
    if answer.outcome is AppealState.OVERTURNED:
        count_tally(Tally.OVERTURNED, appealed.band if appealed is not None else item.band, now=now)
    _close(item, appeal, decision, goal, now=now)
    outbox.enqueue("appeal_notice", {"appeal": appeal.id}, now=now)
    return appeal


def _appeal_in_hand(
    item: QueueItem, appeal_id: str, *, claim: str, version: int, actor: Staff, now: datetime
) -> Appeal:
    """The appeal about a text that this person holds, has read as it is now, and never judged before."""
    require_may_decide(item, actor=actor, now=now)
    require_other_judge(item, actor)
    if not holds(item, claim, actor=actor):
        raise TakenByAnother
    if item.version != version:
        raise AppealMoved
    accept_appeals(item, actor=actor, now=now)
    waiting = appeal_queries.open_appeals(item.id, locked=True)
    appeal = next((one for one in waiting if appeal_id in {"", one.id}), None)
    if appeal is None:
        raise AppealMoved
    return appeal


def ways_back(appeal: Appeal, post: Post, outcome: AppealState) -> Sequence[PostStatus]:
    """Where the text of an appeal may go with this outcome; nowhere when its words are gone, or when it
    stands where its author wants it.
    """
    decision = queries.decision(appeal.decision_id) if appeal.decision_id is not None else None
    if decision is None:
        return ()
    if _is_dropped_edit(decision, post):
        may_go = outcome is AppealState.OVERTURNED and has_words(post, decision.revision)
        return FOR_AN_EDIT if may_go else ()
    ways = WAYS_BACK.get((outcome, post.status), ())
    return ways if has_words(post, post.latest_revision) else ()


def _is_dropped_edit(decision: Decision, post: Post) -> bool:
    """Whether a new wording was not taken, and readers still see the old one."""
    dropped = {Conduct.ASK_CHANGE, Conduct.NOT_HERE}
    return (
        decision.conduct in dropped
        and decision.status_before is PostStatus.PUBLISHED
        and post.status is PostStatus.PUBLISHED
        and not post.has_pending_edit
        and post.visible_revision < decision.revision
    )


def _put_text_back(item: QueueItem, appeal: Appeal, answer: Answer, *, now: datetime) -> PostStatus | None:
    """Do to the text what the outcome says. Gives where it went, None when it stayed. Raises
    NotThisWayBack.
    """
    post, ways = item.post, ways_back(appeal, item.post, answer.outcome)
    if answer.then is not None and answer.then not in ways:
        raise NotThisWayBack(post.status, answer.then)
    goal = answer.then or next(iter(ways), None)
    if goal is None:
        return None
    decision = queries.decision(appeal.decision_id) if appeal.decision_id is not None else None
    if decision is not None and _is_dropped_edit(decision, post):
        take_up_revision(post, decision.revision)
        if goal is PostStatus.PUBLISHED:
            show_latest_revision(post, now=now)
    elif post.status is PostStatus.REMOVED:
        move_post(post, PostAct.OVERTURN, now=now)
    elif post.status is PostStatus.HIDDEN:
        move_post(post, PostAct.UNHIDE, now=now)
    else:
        move_post(post, PostAct.RESUBMIT, now=now)
        if goal is PostStatus.PUBLISHED:
            move_post(post, PostAct.PUBLISH, now=now)
    return goal


def _change_steps(item: QueueItem, appeal: Appeal, answer: Answer, *, actor: Staff, now: datetime) -> None:
    """An overturned step ends, and so does what rested on an overturned decision; a varied one ends
    sooner.
    """
    overturned = answer.outcome is AppealState.OVERTURNED
    if appeal.decision_id is not None and overturned:
        lift_steps_of(appeal.decision_id, item=item, actor=actor, now=now)
    sanction = appeal_queries.sanction(appeal.sanction_id, locked=True) if appeal.sanction_id else None
    if sanction is None or not is_running(sanction, now=now):
        return
    if overturned:
        lift(sanction, post_item=item, actor=actor, now=now)
    elif answer.outcome is AppealState.VARIED and answer.ends_at is not None:
        shorten(sanction, ends_at=answer.ends_at, post_item=item, actor=actor, now=now)


def _close(
    item: QueueItem, appeal: Appeal, decision: Decision, goal: PostStatus | None, *, now: datetime
) -> None:
    """The appeal is answered, and nothing else is: what else waits about the text stays in the same hands."""
    for reason in queries.open_reasons(item.id):
        if reason.id == appeal.queue_reason_id:
            reason.decision_id, reason.at = decision.id, hour_of(reason.at)
    if goal is PostStatus.HELD:
        add_reason(item, ReasonKind.SECOND_LOOK, Band.GREEN, now=now)
    db.session.flush()
    item.version += 1
    if not queries.open_reasons(item.id):
        settle(item, now=now)
