"""The public threads of the demo, and which of their texts was handed over to a professional."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.db import db
from demo.cast import Cast, Event, Facts, write_text
from demo.moderating import briefing_of, decide_as, item_of
from forum.models import Post
from moderation import queries
from moderation.bands import Band
from moderation.escalations import escalate
from moderation.models import ReportReason
from moderation.queue import put_in_queue, raise_item_band
from moderation.reports import file_report

DECIDED_AFTER = timedelta(minutes=20)


def thread_events(cast: Cast, threads: list[Facts]) -> Iterator[Event]:
    """Every text of these threads, each with its time."""
    for thread in threads:
        yield cast.moment(thread), lambda at, thread=thread: _begin(cast, thread, at)  # type: ignore[misc]
        for facts in thread.get("reply", []):
            yield (
                cast.moment(facts),
                lambda at, thread=thread, facts=facts: _reply(cast, thread, facts, at),  # type: ignore[misc]
            )
        if "escalation" in thread:
            facts = thread["escalation"]
            yield (
                cast.moment(facts),
                lambda at, key=thread["key"], facts=facts: _escalate(cast, key, facts, at),  # type: ignore[misc]
            )


def _begin(cast: Cast, facts: Facts, at: datetime) -> None:
    post = write_text(cast, facts, answers="", at=at)
    cast.texts[facts["key"]] = post.id
    _settle(cast, post, facts, at)


def _reply(cast: Cast, thread: Facts, facts: Facts, at: datetime) -> None:
    post = write_text(cast, facts, answers=thread["key"], at=at)
    if "key" in facts:
        cast.texts[facts["key"]] = post.id
    _settle(cast, post, facts, at)


def _settle(cast: Cast, post: Post, facts: Facts, at: datetime) -> None:
    """Bring a text to the state that the file gives: published by a moderator, unless it says otherwise."""
    db.session.flush()
    state, decision = facts.get("state", "published"), facts.get("decision")
    if state == "held":
        item = queries.item_of_post(post.id)
        assert item is not None
        raise_item_band(item, Band(facts.get("band", "green")), now=at)
        return
    if post.staff_id is None and state != "returned":
        _decide(post, cast, {"by": "staff:niki", "conduct": "publish"}, at=at + DECIDED_AFTER)
    if "report" in facts:
        report = facts["report"]
        file_report(
            post, reason=ReportReason(report["reason"]), note=report.get("note", ""), now=cast.moment(report)
        )
    if decision is not None:
        _decide(post, cast, decision, at=cast.moment(decision))


def _decide(post: Post, cast: Cast, facts: Facts, *, at: datetime) -> None:
    item = queries.item_of_post(post.id) or put_in_queue(post, handle=None, now=at)
    decide_as(cast, item, facts, at=at)


def _escalate(cast: Cast, key: str, facts: Facts, at: datetime) -> None:
    item = item_of(cast, key, at=at)
    actor = cast.member(facts["by"])
    escalate(item, briefing_of(facts), actor=actor, now=at)
