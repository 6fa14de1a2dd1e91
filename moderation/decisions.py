"""Deciding about a text: one transaction that checks the claim, the wording and the item, and writes
Decision, status, escalation, audit event and notice together.

A Decision has two parts that never touch: what happens to the text, and what the person behind it may need.
Distress is never misconduct.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from accounts.models import Staff
from core import outbox
from core.audit import record_event
from core.db import db, is_writing
from core.ids import new_public_id
from core.models import OutboxRow
from core.queries import outbox_row
from core.refusals import Refusal
from forum import posting
from forum.lifecycle import PostAct, drop_latest_revision, move_post, restore_post
from forum.models import Post, PostStatus
from moderation import queries
from moderation.advice import place_marks
from moderation.appeals.codes import note_decision_code
from moderation.appeals.queries import open_appeals
from moderation.appeals.states import keep_appeals_waiting
from moderation.bands import Band, higher_of
from moderation.claims import TakenByAnother, claim, holds, require_may_decide
from moderation.escalations import Briefing, escalate
from moderation.handles import note_decision
from moderation.models import Conduct, Decision, Escalation, ItemState, QueueItem, ReportState, Risk
from moderation.notes import open_note, take_back_note
from moderation.offering import may_judge
from moderation.promises.counting import count_decision, take_back, wind_back
from moderation.proposals.closing import close_waiting_decisions
from moderation.proposals.lowering import WHILE_DECIDING, lower_alone, may_lower_alone
from moderation.queue import HOLD_AT_MOST, hold, put_in_queue, raise_item_band, resume, settle, withdraw_item
from moderation.review_models import TeamNote
from moderation.sanctions import lift_steps_of
from moderation.team.tasks import end_reviews, take_up_again
from moderation.wellbeing import note_decided
from moderation.wording.reasons import newest_reasons

UNDO_WITHIN = timedelta(seconds=10)

LOOKED_AT = frozenset({Conduct.PUBLISH, Conduct.PUBLISH_WITH_WARNINGS, Conduct.DISMISS})
LEGAL_CONDUCTS: dict[PostStatus, frozenset[Conduct]] = {
    PostStatus.HELD: frozenset(
        {
            Conduct.PUBLISH,
            Conduct.PUBLISH_WITH_WARNINGS,
            Conduct.ASK_CHANGE,
            Conduct.NOT_HERE,
            Conduct.KEEP_HELD,
        }
    ),
    PostStatus.PUBLISHED: LOOKED_AT | {Conduct.HIDE, Conduct.REMOVE},
    PostStatus.HIDDEN: frozenset(
        {Conduct.PUBLISH, Conduct.PUBLISH_WITH_WARNINGS, Conduct.REMOVE, Conduct.DISMISS}
    ),
    PostStatus.RETURNED: frozenset({Conduct.DISMISS}),
    PostStatus.REMOVED: frozenset({Conduct.DISMISS}),
    PostStatus.WITHDRAWN: frozenset({Conduct.DISMISS}),
}
WITH_PENDING_EDIT = LEGAL_CONDUCTS[PostStatus.PUBLISHED] | {
    Conduct.ASK_CHANGE,
    Conduct.NOT_HERE,
    Conduct.KEEP_HELD,
}
TOLD = frozenset(Conduct) - {Conduct.KEEP_HELD, Conduct.DISMISS}
NEEDS_REASON = frozenset({Conduct.ASK_CHANGE, Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE})


class AlreadyDecided(Refusal):
    """Somebody decided first."""

    template = "moderation/already_decided.html"

    @property
    def sentence(self) -> str:
        return _("This text has already been decided. Nothing was changed, and what you typed is below.")


class TextChanged(Refusal):
    """The author changed the text after it was read: both wordings are shown, and nothing is decided."""

    template = "moderation/text_changed.html"

    @property
    def sentence(self) -> str:
        return _(
            "The author changed this text while you were reading. Nothing was decided: please read both "
            "wordings."
        )


class SomethingNew(Refusal):
    """Something came in about this text after the page was opened: a report, a signal, a withdrawal."""

    template = "moderation/something_new.html"

    @property
    def sentence(self) -> str:
        return _(
            "Something new came in about this text. Nothing was decided: please look at it, what you typed "
            "is kept."
        )


class NotThisConduct(Refusal):
    """This cannot be done to a text in this state."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("This cannot be done with the text as it stands now. What you typed is below.")


class CannotLowerAlone(Refusal):
    """Crisis and red are lowered by two people, or by who is on call."""

    status = 422

    @property
    def sentence(self) -> str:
        return _(
            "One person alone cannot lower a text from crisis or red. Ask a colleague to agree: the page of "
            "the text has a form for it. What you typed is below."
        )


class NoteMissing(Refusal):
    """To reach out is to write to somebody."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("To reach out, please write the note. What you typed is below.")


class TooLateToUndo(Refusal):
    """The notice has left, or somebody else decided."""

    @property
    def sentence(self) -> str:
        return _(
            "It is too late to undo this: the author has been told. You can decide again when something new"
            " comes in."
        )


@dataclass(frozen=True)
class Choice:
    """What a moderator chose, and what they had read when they chose it."""

    conduct: Conduct
    risk: Risk
    claim: str
    revision: int
    version: int
    band: Band | None = None
    reason: str = ""
    message: str = ""
    warnings: Sequence[str] = field(default_factory=tuple)
    briefing: Briefing | None = None
    note: str = ""
    marked: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Confirmation:
    """Who lets an assisted moderator's decision leave, and the escalation that left before it."""

    by: Staff
    escalation: Escalation | None = None


def decide(
    item: QueueItem, choice: Choice, *, actor: Staff, now: datetime, confirmed: Confirmation | None = None
) -> Decision:
    """Settle an item.

    Thread, post and item are locked by the caller. With `confirmed` it is `actor`'s decision, which another
    person lets leave; whether they may, the caller asked. Raises NotTrained, AlreadyDecided, TakenByAnother,
    TextChanged, SomethingNew, NotThisConduct, CannotLowerAlone, WordsNotThere, NoteMissing, NobodyToWriteTo.
    """
    if confirmed is None:
        require_may_decide(item, actor=actor, now=now)
        choice = take_up_withdrawn(item, choice, actor=actor, now=now)
        require_claim(item, choice, actor=actor, now=now)
    judge = confirmed.by if confirmed is not None else actor
    require_current_text(item, choice)
    require_legal_conduct(item.post, choice.conduct)
    band = _judged_band(item, choice, actor=judge, now=now)
    decision = record_decision(item, choice, band=band, actor=actor, now=now)
    apply_conduct(item.post, choice, now=now)
    escalation = confirmed.escalation if confirmed is not None else None
    escalation = escalation or answer_risk(item, choice, actor=actor, now=now)
    counted = None
    if choice.conduct is Conduct.KEEP_HELD:
        hold(item, until=escalation.due_at if escalation is not None else now + HOLD_AT_MOST, now=now)
    else:
        answer_reasons(item, decision)
        counted = count_decision(item, decision, now=now)
        settle(item, now=now)
        keep_appeals_waiting(item)
    decision.confirmed_by = confirmed.by.id if confirmed is not None else None
    close_waiting_decisions(item, actor=judge, now=now)
    end_reviews(item, by=actor, now=now)
    note_decision(item, decision, now=now)
    note_decided(judge, item, now=now)
    if choice.conduct is Conduct.HIDE:
        outbox.enqueue("second_look", {"decision": decision.id}, now=now, not_before=now + UNDO_WITHIN)
    note = reach_out(item, choice, actor=actor, now=now)
    if choice.conduct in TOLD or note is not None:
        payload = {"decision": decision.id, "counted": counted, "note": note.id if note is not None else None}
        row = outbox.enqueue("notice", payload, now=now, not_before=now + UNDO_WITHIN)
        db.session.flush()
        decision.notice_row = row.id
    return decision


def take_up_withdrawn(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> Choice:
    """Whoever read a text and fears for its author still hands it over, although the author has taken it back
    in the meantime. The text itself stays with its author.
    """
    if item.state is not ItemState.VOID or choice.risk is not Risk.ESCALATE:
        return choice
    put_in_queue(item.post, handle=None, now=now)
    item.is_withdrawn = True
    claim(item, actor=actor, now=now)
    return replace(choice, conduct=Conduct.DISMISS, claim=item.claim_token or "", version=item.version)


def require_claim(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> None:
    """The moderator must hold the item: live, or lapsed and taken by nobody."""
    if item.state in {ItemState.DECIDED, ItemState.VOID}:
        latest = next(iter(queries.decisions_of(item.id)), None)
        raise AlreadyDecided(item.id, decision=latest, item=item)
    if not may_judge(item, actor, now=now) or not holds(item, choice.claim, actor=actor):
        raise TakenByAnother(item.id)


def require_current_text(item: QueueItem, choice: Choice) -> None:
    """The moderator must have read the text and the reasons as they are now."""
    if item.post.latest_revision != choice.revision:
        earlier = range(1, item.post.latest_revision)
        read = choice.revision if choice.revision in earlier else item.post.latest_revision
        raise TextChanged(item.id, item=item, read_revision=read)
    if item.version != choice.version:
        raise SomethingNew(item.id, item=item, choice=choice)


def require_legal_conduct(post: Post, conduct: Conduct) -> None:
    """A conduct must fit the state of the text."""
    legal = WITH_PENDING_EDIT if _edit_waits(post) else LEGAL_CONDUCTS[post.status]
    if conduct not in legal:
        raise NotThisConduct(post.status, conduct)


def legal_conducts(post: Post) -> list[Conduct]:
    """What a moderator may choose for this text, in the order of the page."""
    legal = WITH_PENDING_EDIT if _edit_waits(post) else LEGAL_CONDUCTS[post.status]
    return [conduct for conduct in Conduct if conduct in legal]


def _edit_waits(post: Post) -> bool:
    return post.status is PostStatus.PUBLISHED and post.has_pending_edit


def _judged_band(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> Band:
    """The band as the moderator judges it: raised by one person; lowered from crisis or red by two, or by
    who is on call, with a review. Raises CannotLowerAlone.
    """
    wanted = choice.band or item.band
    if item.rank <= Band.RED.rank and wanted.rank > item.rank:
        if not may_lower_alone(actor, now=now):
            raise CannotLowerAlone(item.band, wanted)
        lower_alone(item, wanted, reason=WHILE_DECIDING, actor=actor, now=now)
    raise_item_band(item, wanted, now=now)
    return wanted


def record_decision(item: QueueItem, choice: Choice, *, band: Band, actor: Staff, now: datetime) -> Decision:
    """Write the Decision, citing the reason as it is worded now, and its audit event."""
    reason = newest_reasons().get(choice.reason)
    decision = Decision(
        id=new_public_id(),
        item_id=item.id,
        revision=choice.revision,
        conduct=choice.conduct,
        risk=choice.risk,
        band=band,
        reason=choice.reason,
        reason_version=reason.version if reason is not None else 0,
        marks=place_marks(item.post, choice.marked),
        message=choice.message or None,
        warnings=list(choice.warnings),
        staff_id=actor.id,
        at=now,
        status_before=item.post.status,
        visible_before=item.post.visible_revision,
    )
    note_decision_code(decision)
    db.session.add(decision)
    db.session.flush()
    detail: dict[str, Any] = {
        "decision": decision.id,
        "conduct": choice.conduct,
        "risk": choice.risk,
        "band": band,
    }
    record_event("decided", actor=actor.actor, target=f"item:{item.id}", detail=detail, now=now)
    return decision


def apply_conduct(post: Post, choice: Choice, *, now: datetime) -> None:
    """Do to the text what was decided."""
    conduct = choice.conduct
    if conduct in {Conduct.PUBLISH, Conduct.PUBLISH_WITH_WARNINGS}:
        if conduct is Conduct.PUBLISH_WITH_WARNINGS:
            post.warnings = list(choice.warnings)
            if post.is_opening:
                post.thread.warnings = post.warnings
        if post.status is not PostStatus.PUBLISHED or post.has_pending_edit:
            posting.publish_wording(post, now=now)
    elif conduct in {Conduct.ASK_CHANGE, Conduct.NOT_HERE}:
        if post.status is PostStatus.PUBLISHED:
            drop_latest_revision(post)
        else:
            move_post(post, PostAct.RETURN if conduct is Conduct.ASK_CHANGE else PostAct.REFUSE, now=now)
    elif conduct is Conduct.HIDE:
        move_post(post, PostAct.HIDE, now=now)
    elif conduct is Conduct.REMOVE:
        move_post(post, PostAct.REMOVE, now=now)


def answer_risk(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> Escalation | None:
    """Do for the person what was decided. Returns the escalation, if there is one."""
    if choice.risk is not Risk.ESCALATE:
        return None
    briefing = choice.briefing or Briefing(
        band=higher_of(item.band, Band.AMBER), prompted_by="", already_said=""
    )
    return escalate(item, briefing, actor=actor, now=now)


def reach_out(item: QueueItem, choice: Choice, *, actor: Staff, now: datetime) -> TeamNote | None:
    """Open the note to the author, or go on with it. Raises NoteMissing, NobodyToWriteTo."""
    if choice.risk is not Risk.REACH_OUT:
        return None
    if not choice.note:
        raise NoteMissing
    return open_note(item, choice.note, actor=actor, now=now)


def answer_reasons(item: QueueItem, decision: Decision) -> None:
    """The decision answers every open reason (all were shown: the item's version says so), and the reports
    behind them are done. An appeal is answered in words, and by nothing else.
    """
    appealed = {appeal.queue_reason_id for appeal in open_appeals(item.id)}
    reasons = [reason for reason in queries.open_reasons(item.id) if reason.id not in appealed]
    for reason in reasons:
        reason.decision_id = decision.id
    for report in queries.reports_of_reasons([reason.id for reason in reasons]):
        if report.state is not ReportState.WITHDRAWN:
            report.state = ReportState.DONE


def undo(item: QueueItem, *, actor: Staff, now: datetime) -> Decision:
    """A second Decision that reverses one's own last one while its notice has not left. What a senior let
    leave is theirs to take back.

    Escalations and pages stay. Raises TooLateToUndo.
    """
    latest, row = _undoable(item, actor=actor)
    if latest is None or row is None:
        raise TooLateToUndo
    post = item.post
    reversal = Decision(
        id=new_public_id(),
        item_id=item.id,
        revision=latest.revision,
        conduct=Conduct.KEEP_HELD if latest.status_before is PostStatus.HELD else Conduct.DISMISS,
        risk=Risk.NONE,
        band=latest.band,
        staff_id=actor.id,
        at=now,
        status_before=post.status,
        visible_before=post.visible_revision,
        reverses_id=latest.id,
    )
    _put_text_back(post, latest, now=now)
    db.session.add(reversal)
    lift_steps_of(latest.id, item=item, actor=actor, now=now)
    take_up_again(item, ended_at=latest.at)
    counted = row.payload.get("counted")
    take_back_note(row.payload.get("note"))
    db.session.delete(row)
    put_in_queue(post, handle=None, now=now)
    if item.state is ItemState.ON_HOLD:
        resume(item)
    for reason in queries.reasons_answered_by(latest.id):
        reason.decision_id = None
        raise_item_band(item, reason.band, now=now)
    detail = {"decision": reversal.id, "reverses": latest.id}
    record_event("decision_undone", actor=actor.actor, target=f"item:{item.id}", detail=detail, now=now)
    if counted is not None:
        take_back(counted)
        raise_item_band(item, Band(counted["band"]), now=now)
        wind_back(item, counted)
    if post.status is PostStatus.WITHDRAWN:
        withdraw_item(item, now=now)
    return reversal


def _put_text_back(post: Post, decision: Decision, *, now: datetime) -> None:
    """The text as it stood before a decision, except for what its author did since: what they wrote meanwhile
    is what waits, and what they took back stays taken back.
    """
    if post.status is PostStatus.WITHDRAWN:
        return
    status, visible = decision.status_before, decision.visible_before
    newest = max(decision.revision, post.latest_revision)
    if (status, visible, newest) != (post.status, post.visible_revision, post.latest_revision):
        restore_post(post, status, visible=visible, latest=newest, now=now)


def may_undo(item: QueueItem, *, actor: Staff) -> bool:
    """Whether this person's last decision can still be taken back."""
    return _undoable(item, actor=actor)[1] is not None


def _undoable(item: QueueItem, *, actor: Staff) -> tuple[Decision | None, OutboxRow | None]:
    """The last decision and its notice's outbox row, when both are this person's to take back."""
    latest = next(iter(queries.decisions_of(item.id)), None)
    if latest is None or latest.notice_row is None or (latest.confirmed_by or latest.staff_id) != actor.id:
        return None, None
    row = outbox_row(latest.notice_row, locked=is_writing())
    if row is None or row.taken_until is not None:
        return None, None
    return latest, row
