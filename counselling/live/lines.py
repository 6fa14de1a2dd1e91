"""The lines of a live session: messages of the case like letters, numbered and sealed like them.

Each carries an id that its page made. A page whose line dropped sends the same line again, and it is stored
once: the keyed hash of the id is unique in the case. Between a line and its answer nothing else is promised:
the other side is there. Where they are not, what the student says is promised an answer like a letter, and
answered by itself while the owner is away. What a trusted person says counts for that like the student's own
words; while the student is not there they say nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.crypto import tag
from core.keys import keyring
from core.refusals import Refusal
from counselling.cases import CaseAct, move_case
from counselling.live import queries
from counselling.live.models import LiveSession
from counselling.live.presence import QUIET_WORDS, is_here, is_paused, mark_seen
from counselling.live.sessions import LiveAct, NotTalking, move_live_session, session_to_change
from counselling.messages import add_message, answer_band, reply_for_the_absent
from counselling.models import AuthorKind, Case, CaseMessage, MessageKind, ObligationKind
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.record.canned import OnlyCanned, canned_texts_for, require_own_words
from counselling.record.feelings import set_feelings
from counselling.trusted.models import TrustedPerson
from counselling.trusted.states import TrustedAct, move_trusted


class StudentIsAway(Refusal):
    """Without the student nobody whom they brought says anything."""

    status = 423  # and not 409, by which a page knows that the talk is over

    @property
    def sentence(self) -> str:
        return _("The student is away for a moment, and the talk waits for them. Please send it again then.")


class OnlyCannedLine(OnlyCanned):
    """A line of nothing but prepared words."""

    @property
    def sentence(self) -> str:
        return _("Please add some words of your own: this line holds nothing but prepared words.")


def say_as_student(
    case: Case, body: str, *, sent_id: str, feelings: Sequence[str] = (), now: datetime
) -> CaseMessage:
    """A line of the student's, on a locked case, with words for how they feel. Raises NotTalking."""
    earlier = _earlier(case, AuthorKind.STUDENT, sent_id)
    if earlier is not None:
        return earlier
    session = _session_to_speak_in(case, AuthorKind.STUDENT, now=now)
    line = _add_line(case, session, AuthorKind.STUDENT, body, sent_id=sent_id, now=now)
    set_feelings(case, line, feelings)
    if not is_here(session.staff_seen_at, now=now):
        answer = promise(case, ObligationKind.ANSWER, band=answer_band(body), now=now)
        told = reply_for_the_absent(case, answer, now=now)
        if told is not None:  # it stands among the lines
            told.live_session_id = session.id
    return line


def say_as_professional(case: Case, body: str, *, sent_id: str, author: Staff, now: datetime) -> CaseMessage:
    """A line of the professional's, on a locked case. Said to a student who is there, it keeps what was
    promised for a talk that was cut off. Raises NotTalking, CaseMovedOn, OnlyCannedLine.
    """
    earlier = _earlier(case, AuthorKind.PROFESSIONAL, sent_id)
    if earlier is not None:
        return earlier
    session = _session_to_speak_in(case, AuthorKind.PROFESSIONAL, now=now)
    _require_own_words(body, author)
    move_case(case, CaseAct.CONTACT, actor=author.actor, now=now)
    line = _add_line(case, session, AuthorKind.PROFESSIONAL, body, sent_id=sent_id, staff=author, now=now)
    if is_here(session.student_seen_at, now=now):
        settle_obligations(case, NamedAct.LIVE, now=now)
    return line


def _require_own_words(body: str, author: Staff) -> None:
    """A line is said by a person, as a letter is. The short sentences that are offered when it has gone quiet
    may stand alone.
    """
    try:
        require_own_words(body, canned_texts_for(author))
    except OnlyCanned as refusal:
        if body.split() not in [str(words).split() for words in QUIET_WORDS]:
            raise OnlyCannedLine from refusal


def say_as_trusted(
    case: Case, person: TrustedPerson, body: str, *, sent_id: str, now: datetime
) -> CaseMessage:
    """A line of somebody whom the student brought, on a locked case. Raises NotTalking, StudentIsAway,
    InvitationMovedOn.
    """
    own_id = f"{person.id}:{sent_id}" if sent_id else ""
    earlier = _earlier(case, AuthorKind.TRUSTED, own_id)
    if earlier is not None:
        return earlier
    session = session_to_change(case)
    if session.id != person.live_session_id:
        raise NotTalking(session.id)
    if is_paused(session, now=now):
        raise StudentIsAway(session.id)
    move_live_session(session, LiveAct.SAY, by=AuthorKind.TRUSTED, now=now)
    move_trusted(person, TrustedAct.SAY, now=now)
    person.seen_at = now
    line = _add_line(case, session, AuthorKind.TRUSTED, body, sent_id=own_id, trusted=person, now=now)
    if not is_here(session.staff_seen_at, now=now):
        promise(case, ObligationKind.ANSWER, band=answer_band(body), now=now)
    return line


def _session_to_speak_in(case: Case, side: AuthorKind, *, now: datetime) -> LiveSession:
    session = session_to_change(case)
    move_live_session(session, LiveAct.SAY, by=side, now=now)
    mark_seen(session, side, now=now)
    return session


def _add_line(
    case: Case,
    session: LiveSession,
    side: AuthorKind,
    body: str,
    *,
    sent_id: str,
    now: datetime,
    staff: Staff | None = None,
    trusted: TrustedPerson | None = None,
) -> CaseMessage:
    trusted_id = trusted.id if trusted is not None else None
    message = add_message(case, side, body, staff=staff, trusted_id=trusted_id, now=now)
    message.kind, message.live_session_id = MessageKind.LIVE, session.id
    message.sent_tag = _tag(case, side, sent_id) if sent_id else None
    return message


def _earlier(case: Case, side: AuthorKind, sent_id: str) -> CaseMessage | None:
    """The line that this same sending made before, also when the session has ended since."""
    return queries.line_with_tag(case.id, _tag(case, side, sent_id)) if sent_id else None


def _tag(case: Case, side: AuthorKind, sent_id: str) -> bytes:
    return tag(keyring().server_key("live line"), case.id, side, sent_id)
