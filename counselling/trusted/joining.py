"""Coming in by a link, once, and who is in.

Opening the link spends nothing: messengers open the links that they carry, to show a picture of them. The
button on its page does.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Attendant
from core.audit import record_event
from core.crypto import tag
from core.keys import keyring
from core.refusals import Missing, Refusal
from counselling import queries as case_queries
from counselling.live import queries as live_queries
from counselling.live.models import LiveSession
from counselling.models import Case
from counselling.trusted import queries
from counselling.trusted.inviting import tag_of_link
from counselling.trusted.models import TrustedPerson, TrustedState
from counselling.trusted.states import TrustedAct, move_trusted


class TalkIsOver(Refusal):
    """The talk into which somebody came is over, or they are out of it."""

    @property
    def sentence(self) -> str:
        return _("This talk is over for you. What you typed was not sent.")


@dataclass(frozen=True)
class Attended:
    """Somebody who is in, and the session that is all they see."""

    case: Case
    session: LiveSession
    person: TrustedPerson


def invited_with(token: str) -> TrustedPerson:
    """Who may come in with a link. Changes nothing. Raises Missing, for every link that opens nothing."""
    person = queries.person_with_link(tag_of_link(token))
    if person is None or person.state is not TrustedState.APPROVED or _session_of(person) is None:
        raise Missing("link")
    return person


def come_in(token: str, *, form_id: str, now: datetime) -> Attendant:
    """Use a link, which opens nothing afterwards. The same form sent twice lets the same person in.

    Raises Missing.
    """
    found = queries.person_with_link(tag_of_link(token))
    case = case_queries.case(found.case_id, locked=True) if found is not None else None
    person = queries.trusted_person(found.id, locked=True) if found is not None else None
    if case is None or person is None or person.link_tag is None or _session_of(person) is None:
        raise Missing("link")
    spent_tag = tag(keyring().server_key("trusted form"), person.id, form_id)
    if person.state is not TrustedState.JOINED:
        if person.state is not TrustedState.APPROVED:
            raise Missing("link")
        move_trusted(person, TrustedAct.COME_IN, now=now)
        person.link, person.spent_tag = None, spent_tag if form_id else None
        person.joined_at, person.reads_from = now, case.message_count + 1
        record_event("trusted_joined", actor="trusted", target=f"case:{case.id}", now=now)
        person.mark += 1
    elif person.spent_tag is None or not hmac.compare_digest(person.spent_tag, spent_tag):
        raise Missing("link")
    person.seen_at = now
    return Attendant(opens=person.id, mark=person.mark)


def attended(attendant: Attendant, *, locked: bool = False) -> Attended:
    """The talk in which somebody is; `locked` for whoever changes something. Raises TalkIsOver."""
    person = queries.trusted_person(attendant.opens)
    case = case_queries.case(person.case_id, locked=locked) if person is not None else None
    if person is not None and locked:
        person = queries.trusted_person(person.id, locked=True)
    session = _session_of(person) if person is not None else None
    if case is None or person is None or session is None:
        raise TalkIsOver(attendant.opens)
    if person.state is not TrustedState.JOINED or person.mark != attendant.mark:
        raise TalkIsOver(attendant.opens)
    return Attended(case, session, person)


def leave_talk(found: Attended, *, now: datetime) -> None:
    """Somebody goes, and does not come back by this link. On a locked case."""
    move_trusted(found.person, TrustedAct.END, now=now)


def _session_of(person: TrustedPerson) -> LiveSession | None:
    """The session into which somebody was invited, as long as it is not over and its case can be opened."""
    case, session = case_queries.case(person.case_id), live_queries.current_session(person.case_id)
    if case is None or case.wrapped_key is None or session is None:
        return None
    return session if session.id == person.live_session_id else None
