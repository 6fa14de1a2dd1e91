"""What a moderator sees of one item: the text with the words marked, the thread around it, why it waits, and
what happened before.

Nothing of who wrote it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import Row

from accounts.models import Staff
from accounts.queries import staff_aliases
from forum import queries as forum_queries
from forum.lifecycle import original_of
from forum.posting import title_of
from moderation import queries
from moderation.bands import Band
from moderation.claims import LONGER_AT_MOST, may_take_up
from moderation.decisions import legal_conducts, may_undo
from moderation.handles import moderated_this_month
from moderation.models import Conduct, Decision, Escalation, ItemState, QueueItem, QueueReason, ReportState
from moderation.neighbours import neighbours_of
from moderation.offering import may_judge
from moderation.similar import EarlierDecision, similar_decisions

AROUND = 50
# Longer texts, and urgent ones, show their beginning first.
SHORT, BEGINNING = 700, 180


@dataclass(frozen=True)
class ItemView:
    """Everything that the page of an item shows."""

    title: Markup
    source: Markup
    has_marks: bool
    snippet: str
    html: Markup
    previous_html: Markup | None
    has_lost_text: bool
    reasons: Sequence[QueueReason]
    taken_back: frozenset[str]
    thread: Sequence[Row[*tuple[Any, ...]]]
    decisions: Sequence[Decision]
    escalations: Sequence[Escalation]
    names: dict[str, str]
    month: list[dict[str, Any]]
    similar: list[EarlierDecision]
    conducts: list[Conduct]
    before: str | None
    after: str | None
    is_mine: bool
    is_taken: bool
    may_take: bool
    may_undo: bool
    may_take_up: bool
    may_extend: bool


def view_item(item: QueueItem, *, reader: Staff, now: datetime) -> ItemView:
    """Put together what `reader` may see of an item."""
    post = item.post
    revision = forum_queries.revision(post.id, post.latest_revision)
    text = original_of(revision)
    reasons = queries.open_reasons(item.id)
    marks = [
        mark
        for reason in reasons
        if reason.revision == post.latest_revision  # of an earlier wording they would mark other words
        for mark in reason.marks or []
    ]
    title, source = (
        mark_words(title_of(post) or post.thread.title, marks, part="title"),
        mark_words(text["body"], marks),
    )
    decisions = queries.decisions_of(item.id)
    is_live = item.state is ItemState.CLAIMED and item.claim_ends_at is not None and item.claim_ends_at >= now
    lease = queries.live_claim(item.id)
    before, after = neighbours_of(item, reader, now=now)
    people = {decision.staff_id for decision in decisions} | ({item.claimed_by} if item.claimed_by else set())
    previous = forum_queries.revision(post.id, post.visible_revision) if post.has_pending_edit else None
    return ItemView(
        title=title,
        source=source,
        has_marks="<mark>" in source,
        snippet=beginning_of(text["body"], is_urgent=item.band.rank <= Band.RED.rank),
        html=Markup(text["html"]),  # made by core.text, which is the only place that renders
        previous_html=Markup(original_of(previous)["html"]) if previous is not None else None,
        has_lost_text=revision.sealed is None and revision.body is None,
        reasons=reasons,
        taken_back=taken_back(reasons),
        thread=forum_queries.published_posts(post.thread_id, after=0, limit=AROUND),
        decisions=decisions,
        escalations=queries.escalations_of_item(item.id),
        names=staff_aliases(sorted(people)),
        month=[
            entry | {"day": date.fromisoformat(entry["day"])} for entry in moderated_this_month(item, now=now)
        ],
        similar=similar_decisions(item, reasons),
        conducts=legal_conducts(post),
        before=before,
        after=after,
        is_mine=item.claimed_by == reader.id and item.claim_token is not None,
        is_taken=is_live and item.claimed_by != reader.id,
        may_take=may_judge(item, reader, now=now),
        may_undo=may_undo(item, actor=reader),
        may_take_up=may_take_up(item, reader, now=now),
        may_extend=lease is not None and lease.extensions < LONGER_AT_MOST,
    )


def taken_back(reasons: Sequence[QueueReason]) -> frozenset[str]:
    """The reasons whose report its reader has taken back."""
    reports = queries.reports_of_reasons([reason.id for reason in reasons])
    return frozenset(
        report.queue_reason_id
        for report in reports
        if report.state is ReportState.WITHDRAWN and report.queue_reason_id is not None
    )


def beginning_of(body: str, *, is_urgent: bool) -> str:
    """How a text begins, when it is long or may be hard to read; nothing when all of it can be shown at
    once.
    """
    if len(body) <= (BEGINNING if is_urgent else SHORT):
        return ""
    words = body[:BEGINNING].rsplit(maxsplit=1)
    return " ".join((words[0] if words else body[:BEGINNING]).split())


def mark_words(body: str, marks: Sequence[dict[str, Any]], *, part: str = "body") -> Markup:
    """The plain text with the words that raised the band inside `<mark>`; overlapping marks become one."""
    spans = sorted((mark["start"], mark["end"]) for mark in marks if mark.get("part", "body") == part)
    pieces, at = [], 0
    for start, end in spans:
        start, end = max(start, at), min(end, len(body))
        if start >= end:
            continue
        pieces += [escape(body[at:start]), Markup("<mark>"), escape(body[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*pieces, escape(body[at:])])
