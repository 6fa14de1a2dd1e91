"""Opening a case, or an escalation that nobody has taken yet, and what their pages show.

Each reading by staff leaves an AuditEvent that is committed before the page is made; when it cannot be
written there is no page. One event for each person, case or escalation, and 15 minutes. The owner's purpose
is implied: they work on the case. A second or a cover states one first (`handing/purposes.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Row

from accounts.models import Staff
from accounts.queries import staff_aliases
from core.db import transaction
from core.refusals import Refusal
from core.text import render_markdown
from counselling import queries
from counselling.access import Part, case_of_part, readable_escalation
from counselling.conversants import Conversant, case_of_conversant, somebody_reads
from counselling.handing.purposes import (
    is_escalation_logged,
    is_logged,
    log_escalation_reading,
    log_own_reading,
)
from counselling.handing.seen import can_be_taken_back, newest_unseen, note_seen, seen_up_to
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
from counselling.reaching.unread import note_reached
from counselling.record.feelings import feelings_of
from counselling.sealing import agreed_of, links_of, open_letter, pseudonym_of, reason_of, summary_of
from counselling.taking import note_texts_read, unread_texts
from counselling.trusted.names import names_of
from counselling.wrapping import key_of
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


class PurposeNeeded(Refusal):
    """Somebody who works along has not said, in the last quarter of an hour, why they open the case."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("Please say first why you open this case.")


def open_to_read(case_id: str, *, reader: Staff, now: datetime) -> Case:
    """The case, for whoever has a part in it, after the reading was logged. A letter or a further text counts
    as read once its owner or their cover has seen it.

    Opens its own transaction. Raises Missing, and PurposeNeeded for a second or a cover.
    """
    case, part = case_of_part(case_id, person=reader, now=now)
    key_of(case)  # what cannot be opened has not been read by anybody
    is_known = is_logged(case, part, reader=reader, now=now)
    if not is_known and part is not Part.OWNER:
        raise PurposeNeeded(case_id)
    if is_known and not _has_news(case, part):
        return case
    with transaction():
        case, part = case_of_part(case_id, person=reader, now=now, locked=True)
        if not is_logged(case, part, reader=reader, now=now):
            if part is not Part.OWNER:
                raise PurposeNeeded(case_id)
            log_own_reading(case, reader=reader, now=now)
        if part is Part.SECOND:
            note_seen(case, reader=reader, now=now)
        else:
            queries.mark_read(case.id, AuthorKind.STUDENT, now)
            note_texts_read(case)
    return case_of_part(case_id, person=reader, now=now)[0]


def _has_news(case: Case, part: Part) -> bool:
    """Whether there is something that was not read, or for a second that nobody has read."""
    if part is Part.SECOND:
        return newest_unseen(case) is not None
    return queries.has_unread(case.id, AuthorKind.STUDENT) or bool(unread_texts(case))


def open_escalation(escalation_id: str, *, reader: Staff, now: datetime) -> Escalation:
    """An escalation that waits or was declined, after the reading was logged: it shows a text that is held,
    and what the team and its student wrote to each other.

    Opens its own transaction. Raises Missing.
    """
    escalation = readable_escalation(escalation_id, reader=reader)
    if is_escalation_logged(escalation, reader=reader, now=now):
        return escalation
    with transaction():
        escalation = readable_escalation(escalation_id, reader=reader)
        log_escalation_reading(escalation, reader=reader, now=now)
    return readable_escalation(escalation_id, reader=reader)


def case_to_poll(case_id: str, *, reader: Staff, now: datetime) -> Case:
    """The case, for an open page that asks by itself whether there is something new. It writes nothing, so
    it answers only who has opened the case just before. Raises Missing, PurposeNeeded.
    """
    case, part = case_of_part(case_id, person=reader, now=now)
    if part is not Part.OWNER and not is_logged(case, part, reader=reader, now=now):
        raise PurposeNeeded(case_id)
    return case


def open_conversation(case_id: str, *, conversant: Conversant, now: datetime) -> Case:
    """The case, for its student's side, after the letters to them were marked as read.

    Opens its own transaction when there are any. Raises Missing.
    """
    case = case_of_conversant(case_id, conversant=conversant)
    key_of(case)
    if not queries.has_unread(case.id, AuthorKind.PROFESSIONAL):
        return case
    with transaction():
        queries.mark_read(case_id, AuthorKind.PROFESSIONAL, now)
        note_reached(case_of_conversant(case_id, conversant=conversant, locked=True), now=now)
    return case_of_conversant(case_id, conversant=conversant)


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
