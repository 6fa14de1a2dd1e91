"""Steps against what somebody does to others: a note, one post an hour, every text held, a pause, exclusion.

Each has a reason and an end and follows the author without anybody learning the account: whom a step holds
for lies sealed in that account alone, and a text's sealed reference leads there. Reading, crisis help,
counsellors, appeals, reports and taking one's data along stay open whatever the step, and a text of somebody
in danger is taken whatever the step: it is held and a person reads it.

A pause acts first: somebody else looks at it within 12 hours, and can end it.

Distress is never misconduct. A step needs a decision about what was done to others, and what a decision says
of risk can neither bring one nor add to one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from accounts.blobs import read_blob, write_blob
from accounts.models import Account, Staff
from core import outbox
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from forum.authorship import open_author
from forum.gate import Barrier, Restriction
from moderation import queries
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import note_sanction_code, sanction_code
from moderation.bands import Band
from moderation.judging import require_may_judge
from moderation.models import Conduct, Decision, QueueItem
from moderation.review_models import Sanction, SanctionKind
from moderation.triage import screen_or_none
from moderation.wording.reasons import LibraryReason, cited_reason, step_reasons

MISCONDUCT = frozenset({Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE})
# These say nothing of what became of the text: the decision before them stands.
SAYS_NOTHING = frozenset({Conduct.DISMISS, Conduct.KEEP_HELD})

LONGEST = {
    SanctionKind.NOTE: timedelta(days=30),
    SanctionKind.SLOW_MODE: timedelta(days=30),
    SanctionKind.HOLD_ALL: timedelta(days=90),
    SanctionKind.PAUSE: timedelta(days=30),
}
SLOW_PACE = timedelta(hours=1)
CLOSES = frozenset({SanctionKind.PAUSE, SanctionKind.EXCLUSION})
HOLDS = CLOSES | {SanctionKind.HOLD_ALL}
NOTICE_AFTER = timedelta(seconds=10)


class NotMisconduct(Refusal):
    """No decision about this text says that it harmed somebody else."""

    @property
    def sentence(self) -> str:
        return _(
            "A step needs a decision that this text does not belong here, or was hidden or taken away, for "
            "what it does to others. Distress is never misconduct. What you typed is below."
        )


class NeedsTwo(Refusal):
    """Exclusion is proposed by one person and approved by another."""

    @property
    def sentence(self) -> str:
        return _("Nobody excludes an author alone. Please propose it: a second person approves or refuses.")


class NotThisLong(Refusal):
    """Each step but exclusion has an end, and the end is near."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Every step has an end, and it may not be that far away. What you typed is below.")


class NobodyToReach(Refusal):
    """The account is gone, or the text was imported."""

    @property
    def sentence(self) -> str:
        return _("No author of this text can be reached, so there is nobody whom a step could concern.")


class NotRunning(Refusal):
    """The step is over already."""

    @property
    def sentence(self) -> str:
        return _("This step is over already. Nothing was changed.")


def misconduct_of(item: QueueItem) -> Decision | None:
    """The decision on which a step may rest: the one that says what the text is now, if it says that the text
    harmed somebody else. What it says of risk is not looked at.
    """
    decisions = queries.decisions_of(item.id)
    taken_back = {decision.reverses_id for decision in decisions}
    for decision in decisions:
        if decision.id not in taken_back and decision.conduct not in SAYS_NOTHING:
            return decision if decision.conduct in MISCONDUCT else None
    return None


def set_sanction(
    item: QueueItem,
    step: SanctionKind,
    *,
    reason: str,
    ends_at: datetime | None,
    actor: Staff,
    now: datetime,
    message: str = "",
    has_two: bool = False,
    reason_version: int = 0,
) -> Sanction:
    """Take a step, citing its reason as it is worded now. The same step for the same text again gives the one
    that runs.

    Account, thread, post and item are locked, in this order. `has_two` says that a second person approved,
    `reason_version` in which wording.
    Raises NotTrained, NotOnDuty, NeedsTwo, NotThisLong, NotMisconduct, NobodyToReach.
    """
    require_may_judge(actor, now=now)
    if step is SanctionKind.EXCLUSION and not has_two:
        raise NeedsTwo
    _require_end(step, ends_at, now=now)
    decision, cited = misconduct_of(item), reason_of_step(reason, reason_version, actor)
    if decision is None or cited is None:
        raise NotMisconduct
    for known in appeal_queries.sanctions_of_item(item.id):
        if known.kind is step and is_running(known, now=now):
            return known
    author = open_author(item.post, purpose=f"sanction: {step}", actor=actor.actor, now=now)
    if author is None:
        raise NobodyToReach
    sanction = Sanction(
        id=new_public_id(),
        item_id=item.id,
        decision_id=decision.id,
        kind=step,
        reason=cited.key,
        reason_version=cited.version,
        message=message or None,
        begins_at=now,
        ends_at=ends_at,
        set_by=actor.id,
    )
    note_sanction_code(sanction)
    db.session.add(sanction)
    db.session.flush()
    _follow(author, sanction, now=now)
    outbox.enqueue("sanction_notice", {"sanction": sanction.id}, now=now, not_before=now + NOTICE_AFTER)
    if step is SanctionKind.PAUSE:
        outbox.enqueue("second_look", {"sanction": sanction.id}, now=now, not_before=now + NOTICE_AFTER)
    detail = {"step": step, "until": ends_at.isoformat() if ends_at else None}
    record_event("sanction_set", actor=actor.actor, target=f"sanction:{sanction.id}", detail=detail, now=now)
    return sanction


def reason_of_step(key: str, version: int, actor: Staff) -> LibraryReason | None:
    """The reason that a step cites: the newest that this person may give, or the version that was approved;
    None when it says nothing of what was done to others.
    """
    if not version:
        return step_reasons(actor.role).get(key)
    reason = cited_reason(key, version)
    return reason if reason is not None and reason.is_about_others else None


def _require_end(step: SanctionKind, ends_at: datetime | None, *, now: datetime) -> None:
    longest = LONGEST.get(step)
    if ends_at is None:
        if longest is not None:
            raise NotThisLong
    elif ends_at <= now or (longest is not None and ends_at > now + longest):
        raise NotThisLong


def is_running(sanction: Sanction, *, now: datetime) -> bool:
    """Whether a step holds at this moment."""
    return sanction.lifted_at is None and (sanction.ends_at is None or sanction.ends_at > now)


def lift(sanction: Sanction, *, post_item: QueueItem, actor: Staff, now: datetime) -> None:
    """End a step before its time. Account and item are locked. Raises NotRunning."""
    if not is_running(sanction, now=now):
        raise NotRunning
    sanction.lifted_at, sanction.lifted_by = now, actor.id
    author = open_author(post_item.post, purpose="lifting a sanction", actor=actor.actor, now=now)
    if author is not None:
        _unfollow(author, sanction.id)
        outbox.enqueue("sanction_notice", {"sanction": sanction.id}, now=now)
    record_event("sanction_lifted", actor=actor.actor, target=f"sanction:{sanction.id}", now=now)


def shorten(
    sanction: Sanction, *, ends_at: datetime, post_item: QueueItem, actor: Staff, now: datetime
) -> None:
    """Bring the end of a step nearer, never further away. Raises NotRunning, NotThisLong."""
    if not is_running(sanction, now=now):
        raise NotRunning
    if ends_at <= now or (sanction.ends_at is not None and ends_at >= sanction.ends_at):
        raise NotThisLong
    sanction.ends_at = ends_at
    author = open_author(post_item.post, purpose="shortening a sanction", actor=actor.actor, now=now)
    if author is not None:
        _unfollow(author, sanction.id)
        _follow(author, sanction, now=now)
    detail = {"until": ends_at.isoformat()}
    record_event(
        "sanction_shortened", actor=actor.actor, target=f"sanction:{sanction.id}", detail=detail, now=now
    )


def lift_steps_of(decision_id: str, *, item: QueueItem, actor: Staff, now: datetime) -> None:
    """A decision was overturned or taken back: whatever rested on it ends."""
    for sanction in appeal_queries.sanctions_of_decision(decision_id):
        if is_running(sanction, now=now):
            lift(sanction, post_item=item, actor=actor, now=now)


def _follow(author: Account, sanction: Sanction, *, now: datetime) -> None:
    """Seal into the account that a step holds for it. What is over is dropped on the way."""
    kept = [entry for entry in read_blob(author, "sanctions") if not _is_over(entry, now=now)]
    kept.append(
        {
            "kind": "sanction",
            "id": sanction.id,
            "step": sanction.kind.value,
            "until": sanction.ends_at.isoformat() if sanction.ends_at else None,
        }
    )
    write_blob(author, "sanctions", kept)


def _unfollow(author: Account, sanction_id: str) -> None:
    kept = [
        entry
        for entry in read_blob(author, "sanctions")
        if entry["kind"] != "sanction" or entry["id"] != sanction_id
    ]
    write_blob(author, "sanctions", kept)


def _is_over(entry: dict[str, Any], *, now: datetime) -> bool:
    """Whether an entry is a step whose end has come; what is no step never is."""
    until = entry.get("until")
    return entry["kind"] == "sanction" and until is not None and datetime.fromisoformat(until) <= now


def running_steps(account: Account, *, now: datetime) -> list[dict[str, Any]]:
    """The entries of the steps that hold for an account now."""
    entries = read_blob(account, "sanctions")
    return [entry for entry in entries if entry["kind"] == "sanction" and not _is_over(entry, now=now)]


def barrier_for(account: Account, text: str | None, *, now: datetime) -> Barrier | None:
    """What stands between a student and writing, or, without a text, reacting; None when nothing does.

    Nothing stands between somebody in danger and a person who reads them.
    """
    steps = running_steps(account, now=now)
    closed = [entry for entry in steps if SanctionKind(entry["step"]) in CLOSES]
    barrier: Barrier | None = None
    if closed:
        barrier = Barrier(is_slow=False, until=_latest(entry["until"] for entry in closed))
    elif text is not None:
        waits = [
            entry["next"] for entry in steps if entry["step"] == SanctionKind.SLOW_MODE and "next" in entry
        ]
        until = _latest(waits) if waits else None
        barrier = Barrier(is_slow=True, until=until) if until is not None and until > now else None
    if barrier is not None and text is not None and may_be_in_danger(text):
        return None
    return barrier


def _latest(times: Any) -> datetime | None:
    """The last of some times; None when one of them has no end."""
    found = list(times)
    return None if None in found else max(map(datetime.fromisoformat, found))


def may_be_in_danger(text: str) -> bool:
    """Whether screening fears for the writer, or cannot say: then a person must read it."""
    verdict = screen_or_none(text)
    return verdict is None or verdict.band.rank <= Band.RED.rank


def holds_every_text(account: Account, *, now: datetime) -> bool:
    """Whether each text of this student waits for a moderator, whatever the topic's mode."""
    return any(SanctionKind(entry["step"]) in HOLDS for entry in running_steps(account, now=now))


def note_writing(account: Account, *, now: datetime) -> None:
    """Somebody in slow mode has just posted: the next post may come an hour later."""
    entries = read_blob(account, "sanctions")
    slow = [
        entry
        for entry in entries
        if entry["kind"] == "sanction"
        and entry["step"] == SanctionKind.SLOW_MODE
        and not _is_over(entry, now=now)
    ]
    for entry in slow:
        entry["next"] = (now + SLOW_PACE).isoformat()
    if slow:
        write_blob(account, "sanctions", entries)


def restrictions_of(account: Account, *, now: datetime) -> Sequence[Restriction]:
    """What its author may know of each step that holds for them: what, why, until when, and the code that
    asks for another look.
    """
    ids = [str(entry["id"]) for entry in running_steps(account, now=now)]
    return [
        Restriction(
            step=sanction.kind.value,
            reason=sanction.reason,
            reason_version=sanction.reason_version,
            message=sanction.message or "",
            until=sanction.ends_at,
            code=sanction_code(sanction.id),
        )
        for sanction in (appeal_queries.sanctions_by_ids(ids) if ids else [])
        if is_running(sanction, now=now)
    ]
