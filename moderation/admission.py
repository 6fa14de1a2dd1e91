"""From a text at the gate to the reasons for which it waits: what the phases of the screening are given, and
where their findings go.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import current_app

from accounts.models import Account
from core.web import settings_of
from forum.gate import Arrival
from forum.models import ModerationMode, Post
from forum.recent import recent_texts
from moderation.bands import Band, higher_of
from moderation.calling import call_professional
from moderation.models import QueueItem, ReasonKind
from moderation.ordering.headstart import give_place
from moderation.queue import add_reason
from moderation.screening.findings import Finding, NewText
from moderation.screening.marking import Mark
from moderation.student_numbers import present_pattern
from moderation.team.hours import is_staffed
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team
from moderation.triage import SCREENING_FAILED, screen_new_text


def screen_arrival(
    item: QueueItem, text: str, *, arrival: Arrival, author: Account | None, earlier_posts: int, now: datetime
) -> bool:
    """Screen a text whose item waits already, and write down why it waits. At crisis a professional is called
    in the same transaction.

    True when readers need not wait: nothing was found that holds it, no phase failed, and its topic's mode
    says so.
    """
    post = item.post
    new = _new_text(post, text, arrival=arrival, author=author, earlier_posts=earlier_posts, now=now)
    screening = screen_new_text(new)
    around = [mark for finding in screening.findings if finding.kind is None for mark in finding.marks]
    around += give_place(item, text, band=screening.band, now=now)
    add_reason(
        item,
        ReasonKind.NEW_POST if arrival is Arrival.NEW else ReasonKind.EDIT,
        Band.GREEN,
        now=now,
        marks=_placed(around, post, text) or None,
    )
    for kind, findings in _by_kind(screening.findings).items():
        marks = [mark for finding in findings for mark in finding.marks]
        band = higher_of(*(finding.band for finding in findings))
        add_reason(item, kind, band, now=now, marks=_placed(marks, post, text))
    if screening.failures:
        add_reason(item, ReasonKind.RISK_SIGNAL, Band.AMBER, note=SCREENING_FAILED, now=now)
        ask_team(TaskKind.SCREENING_FAILED, item=item, now=now)
    call_professional(item, screening, now=now)
    return not screening.holds and item.band is Band.GREEN


def _new_text(
    post: Post, text: str, *, arrival: Arrival, author: Account | None, earlier_posts: int, now: datetime
) -> NewText:
    is_new = arrival is Arrival.NEW
    return NewText(
        text,
        is_new=is_new,
        earlier_texts=recent_texts(author, besides=post, now=now) if author is not None and is_new else (),
        earlier_posts=earlier_posts,
        mode=_mode_of(post),
        is_staffed=is_staffed(now),
        student_number=present_pattern(),
        own_hosts=frozenset(settings_of(current_app).hosts),
    )


def _mode_of(post: Post) -> ModerationMode:
    category = post.thread.category
    return category.opening_mode if post.is_opening else category.reply_mode


def _by_kind(findings: Iterable[Finding]) -> Mapping[ReasonKind, list[Finding]]:
    """Findings under the reasons that they give, in the order of the phases."""
    by_kind: dict[ReasonKind, list[Finding]] = {}
    for finding in findings:
        if finding.kind is not None:
            by_kind.setdefault(finding.kind, []).append(finding)
    return by_kind


def _placed(marks: Iterable[Mark], post: Post, text: str) -> list[dict[str, Any]]:
    """Marks as they are kept with a reason: where the words stand, and what they mean."""
    return [
        _place(mark, post, text) | {"key": mark.key, "band": mark.band.value, "language": mark.language}
        for mark in marks
    ]


def _place(mark: Mark, post: Post, text: str) -> dict[str, Any]:
    """Words as offsets into the body, or into the title of an opening post; no words at all as `whole`.

    A mark that runs from the title into the body is shown where it ends.
    """
    if mark.end == 0:
        return {"part": "whole", "start": 0, "end": 0}
    before_body = len(text) - len(_body_part(post, text))
    if mark.end > before_body:
        return {"part": "body", "start": max(0, mark.start - before_body), "end": mark.end - before_body}
    return {"part": "title", "start": mark.start, "end": mark.end}


def _body_part(post: Post, text: str) -> str:
    return text.split("\n\n", 1)[1] if post.is_opening and "\n\n" in text else text
