"""What the pages of a case and of an escalation show, once the reading was logged (`reading.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from accounts.queries import staff_aliases
from core.text import render_markdown
from counselling import queries
from counselling.conversants import somebody_reads
from counselling.handing.seen import can_be_taken_back, seen_up_to
from counselling.intake.answers import hope_of
from counselling.models import (
    AuthorKind,
    Case,
    CaseMessage,
    CaseState,
    Encounter,
    MessageKind,
    Obligation,
    ObligationKind,
)
from counselling.record.feelings import feelings_of
from counselling.sealing import agreed_of, links_of, open_letter, pseudonym_of, reason_of, summary_of
from counselling.trusted.names import names_of
from forum import queries as forum_queries
from forum.lifecycle import original_of
from forum.models import Post
from forum.posting import title_of
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.escalations import changed_at
from moderation.models import Escalation
from moderation.notes import lines_of
from moderation.review_models import TeamNote

AROUND = 50
COMING_BACK = frozenset({ObligationKind.CHECK_IN, ObligationKind.FOLLOW_UP})


@dataclass(frozen=True)
class CaseHead:
    """What stands above every room of a case: the name of the student, and whether they can be reached."""

    case: Case
    pseudonym: str
    has_student: bool


def head_of(case: Case) -> CaseHead:
    """The head of a case, after the reading was logged."""
    return CaseHead(case, pseudonym_of(case), somebody_reads(case))


@dataclass(frozen=True)
class LetterView:
    """One letter on a page. `talk` is the live session that it is a line of, if it is one."""

    number: int
    side: AuthorKind
    byline: str
    html: Markup
    sent_at: datetime
    is_read: bool
    talk: str | None = None
    is_automatic: bool = False
    is_check: bool = False
    feelings: Sequence[str] = ()
    staff_id: str | None = None
    is_withdrawn: bool = False
    may_be_withdrawn: bool = False
    trusted_id: str | None = None


@dataclass(frozen=True)
class TextView:
    """A text from the forum that belongs to a case: an escalated post, or the opening post of a thread that
    goes along.
    """

    post: Post
    title: str
    html: Markup
    is_lost: bool
    escalation: Escalation | None = None
    thread: Sequence[Row[Any]] = ()
    notes: Sequence[TeamNote] = ()
    changed_at: datetime | None = None


@dataclass(frozen=True)
class ConversationView:
    """What a student sees of their case."""

    case: Case
    pseudonym: str
    letters: Sequence[LetterView]
    promise: Obligation | None
    has_said: bool
    check_ins: Sequence[Obligation]
    shows_help: bool
    summary: str


@dataclass(frozen=True)
class CaseView:
    """What the professional sees of their case."""

    case: Case
    pseudonym: str
    letters: Sequence[LetterView]
    promises: Sequence[Obligation]
    texts: Sequence[TextView]
    threads: Sequence[TextView]
    encounters: Sequence[tuple[Encounter, str]]
    open_encounter: Encounter | None
    hope: str
    summary: str
    has_student: bool


def view_conversation(case: Case) -> ConversationView:
    """Put together what the student sees."""
    promises = queries.unsettled_obligations(case.id)
    bands = [one.band for one in promises] + ([case.band] if case.state is CaseState.NEW else [])
    told = [one for one in promises if one.is_told]
    check_ins = [one for one in told if one.kind in COMING_BACK]
    answers = [one for one in told if one not in check_ins]
    return ConversationView(
        case=case,
        pseudonym=pseudonym_of(case),
        letters=view_letters(case),
        promise=answers[0] if answers else None,
        summary=summary_of(case) if case.state is CaseState.CLOSED else "",
        has_said=bool(answers) and bool(reason_of(case, answers[0]).get("said")),
        check_ins=check_ins,
        shows_help=any(band.rank <= Band.RED.rank for band in bands),
    )


def view_case(case: Case) -> CaseView:
    """Put together what the owner sees, after the reading was logged."""
    links = links_of(case)
    encounters = queries.encounters(case.id)
    return CaseView(
        case=case,
        pseudonym=pseudonym_of(case),
        letters=view_letters(case),
        promises=queries.unsettled_obligations(case.id),
        texts=[view for one in links["escalations"] if (view := _view_linked_escalation(one)) is not None],
        threads=[view for one in links["threads"] if (view := _view_thread(one)) is not None],
        encounters=[(one, agreed_of(case, one)) for one in encounters],
        open_encounter=next((one for one in encounters if one.ended_at is None), None),
        hope=hope_of(case),
        summary=summary_of(case),
        has_student=somebody_reads(case),
    )


def view_letters(case: Case) -> list[LetterView]:
    """The letters of a case, opened and rendered."""
    return view_messages(case, queries.messages(case.id))


def view_messages(case: Case, messages: Sequence[CaseMessage]) -> list[LetterView]:
    """Some of them. Their words exist in the clear only in this answer."""
    aliases = staff_aliases(sorted({one.staff_id for one in messages if one.staff_id is not None}))
    brought = names_of(case, {one.trusted_id for one in messages if one.trusted_id is not None})
    name, seen = pseudonym_of(case), seen_up_to(case)
    return [
        LetterView(
            number=one.number,
            side=one.author_kind,
            byline=brought.get(one.trusted_id, "")
            if one.trusted_id is not None
            else (aliases.get(one.staff_id, "") if one.staff_id is not None else name),
            html=Markup(render_markdown(open_letter(case, one)) if one.withdrawn_at is None else ""),
            sent_at=one.sent_at,
            is_read=one.read_at is not None,
            talk=one.live_session_id,
            is_automatic=one.kind is MessageKind.AWAY,
            is_check=one.kind is MessageKind.CHECK,
            feelings=feelings_of(case, one),
            staff_id=one.staff_id,
            is_withdrawn=one.withdrawn_at is not None,
            may_be_withdrawn=can_be_taken_back(one, seen=seen),
            trusted_id=one.trusted_id,
        )
        for one in messages
    ]


def view_escalation(escalation: Escalation) -> TextView:
    """An escalated text with the published thread around it, as moderators see it too."""
    around = forum_queries.published_posts(escalation.post.thread_id, after=0, limit=AROUND)
    return _view_post(escalation.post, escalation=escalation, thread=around)


def _view_linked_escalation(escalation_id: str) -> TextView | None:
    escalation = moderation_queries.escalation(escalation_id)
    return _view_post(escalation.post, escalation=escalation) if escalation is not None else None


def _view_thread(thread_id: str) -> TextView | None:
    opening = forum_queries.opening_post(thread_id)
    return _view_post(opening) if opening is not None else None


def _view_post(
    post: Post, *, escalation: Escalation | None = None, thread: Sequence[Row[Any]] = ()
) -> TextView:
    revision = forum_queries.revision(post.id, post.latest_revision)
    return TextView(
        post=post,
        title=title_of(post) or post.thread.title,
        html=Markup(original_of(revision)["html"]),  # made by core.text, which is the only place that renders
        is_lost=revision.sealed is None and revision.body is None,
        escalation=escalation,
        thread=thread,
        notes=lines_of(escalation.item_id) if escalation is not None else (),
        changed_at=changed_at(escalation) if escalation is not None else None,
    )
