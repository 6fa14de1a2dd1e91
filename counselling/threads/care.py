"""The public side of an escalated thread: somebody owns it as well.

A professional who has the case looks after the thread for 72 hours: answers under their badge, lets replies
pause or leaves them open, and decides what the thread says. That a counsellor looks after it would tell
readers that its author has one; so it is said only with the author's yes. Then the thread goes back to
moderation, with an item, whatever else is going on.

A care knows the thread and no case. Rows are locked in the order thread, item.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from accounts.models import Staff
from core import outbox
from core.audit import record_event
from core.db import db, transaction
from core.refusals import Missing, Refusal
from core.web import settings_of
from counselling.conversants import somebody_reads
from counselling.models import Case
from counselling.notices import CaseNotice, tell_student
from counselling.sealing import links_of
from counselling.threads import queries
from counselling.threads.models import ThreadCare
from forum import queries as forum_queries
from forum.models import Thread
from forum.pausing import pause_replies, resume_replies, say_cared_for
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.queue import add_reason, wait_again

LASTS = timedelta(hours=72)


class CareAct(StrEnum):
    """What a professional does about a thread."""

    BEGIN = "begin"
    PAUSE = "pause"
    RESUME = "resume"
    ASK = "ask"
    SAY = "say"
    UNSAY = "unsay"
    HAND_BACK = "hand_back"


class NotInYourCare(Refusal):
    """Nobody looks after this thread now, or somebody does already."""

    @property
    def sentence(self) -> str:
        return _("This thread has changed hands in the meantime. Nothing was changed.")


class AuthorHasNotAgreed(Refusal):
    """Without the author's yes the thread must not say that they have a counsellor."""

    @property
    def sentence(self) -> str:
        return _("The author of the thread has not said yes. Nothing was changed.")


def threads_of(case: Case) -> list[str]:
    """The threads that belong to a case: those of its escalated texts, and those that the student sent
    along.
    """
    links = links_of(case)
    escalations = (moderation_queries.escalation(one) for one in links["escalations"])
    found = [one.post.thread_id for one in escalations if one is not None]
    return list(dict.fromkeys(found + links["threads"]))


def thread_to_look_after(case: Case, thread_id: str) -> Thread:
    """A thread of this case, locked. Raises Missing for every other one, and for one that nobody can read."""
    thread = forum_queries.thread(thread_id, locked=True) if thread_id in threads_of(case) else None
    if thread is None or not thread.is_public:
        raise Missing(thread_id)
    return thread


def take_step(case: Case, thread: Thread, act: CareAct, *, actor: Staff, now: datetime) -> None:
    """Do one of the acts, on a locked thread of the case. Raises NotInYourCare, AuthorHasNotAgreed."""
    care = queries.live_care(thread.id, locked=True)
    if (care is None) is not (act is CareAct.BEGIN):
        raise NotInYourCare(thread.id, act)
    if care is None:
        begin_care(thread, actor=actor, now=now)
    elif act is CareAct.PAUSE:
        pause_replies(thread)
    elif act is CareAct.RESUME:
        resume_replies(thread)
    elif act is CareAct.ASK:
        care.asked_author_at, care.author_agrees = now, None
        tell_student(case, CaseNotice.MAY_THREAD_SAY, key=f"{care.id}:{now.isoformat()}", now=now)
    elif act is CareAct.SAY:
        require_may_say(case, care)
        say_cared_for(thread, is_said=True)
    elif act is CareAct.UNSAY:
        say_cared_for(thread, is_said=False)
    else:
        hand_back(thread, care, actor=actor.actor, now=now)
    record_event(f"thread_care_{act}", actor=actor.actor, target=f"thread:{thread.id}", now=now)


def begin_care(thread: Thread, *, actor: Staff, now: datetime) -> ThreadCare:
    """Look after a thread that nobody looks after, and have those who answered in it thanked."""
    care = ThreadCare(thread_id=thread.id, staff_id=actor.id, began_at=now, returns_at=now + LASTS)
    db.session.add(care)
    db.session.flush()
    outbox.enqueue("hard_thread", {"thread": thread.id, "care": care.id}, now=now)
    return care


def require_may_say(case: Case, care: ThreadCare) -> None:
    """The thread may say that a counsellor looks after it when its author said yes, or when nobody can be
    reached by whom it would be a secret. Raises AuthorHasNotAgreed.
    """
    if somebody_reads(case) and not care.author_agrees:
        raise AuthorHasNotAgreed(care.id)


def answer_for_thread(thread: Thread, *, agrees: bool, now: datetime) -> None:
    """The author says whether the thread may say it; a no takes back what it says. On a locked thread.

    Raises NotInYourCare when nobody asks any more.
    """
    care = queries.live_care(thread.id, locked=True)
    if care is None or care.asked_author_at is None:
        raise NotInYourCare(thread.id)
    care.author_agrees = agrees
    if not agrees:
        say_cared_for(thread, is_said=False)
    said = {"agrees": agrees}
    record_event("thread_care_answered", actor="student", target=f"thread:{thread.id}", detail=said, now=now)


def hand_back(thread: Thread, care: ThreadCare, *, actor: str, now: datetime) -> None:
    """The thread is moderation's again: everybody may answer, it says nothing any more, and a moderator is
    asked to look at it.
    """
    care.returned_at = now
    resume_replies(thread)
    say_cared_for(thread, is_said=False)
    opening = forum_queries.opening_post(thread.id)
    item = moderation_queries.item_of_post(opening.id, locked=True) if opening is not None else None
    if item is not None:
        wait_again(item, now=now)
        with force_locale(settings_of(current_app).default_language):
            note = _("A counsellor looked after this thread. It is with moderation again.")
        add_reason(item, ReasonKind.SECOND_LOOK, Band.GREEN, note=note, now=now)
    record_event("thread_care_ended", actor=actor, target=f"thread:{thread.id}", now=now)


def hand_back_after_its_time(now: datetime) -> None:
    """A job: hand back each thread whose 72 hours are over. A transaction for each."""
    for thread_id, care_id in queries.cares_to_return(now):
        with transaction():
            thread = forum_queries.thread(thread_id, locked=True)
            care = queries.live_care(thread_id, locked=True)
            if thread is not None and care is not None and care.id == care_id:
                hand_back(thread, care, actor="system", now=now)
