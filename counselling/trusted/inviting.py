"""Inviting relatives or friends into one live session: the student asks, the professional says yes or no, and
only then there is a link.

Everything here happens on a locked case, so that of two who act at once one comes second and is told.
"""

import secrets
from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.crypto import tag
from core.db import db
from core.ids import ALPHABET, new_public_id
from core.keys import keyring
from core.refusals import Missing, Refusal
from counselling.live import queries as live_queries
from counselling.live.models import LiveSession
from counselling.live.sessions import session_to_change
from counselling.models import Case
from counselling.trusted import queries
from counselling.trusted.models import TrustedPerson, TrustedState
from counselling.trusted.names import set_link, set_name, set_reason
from counselling.trusted.states import TrustedAct, move_trusted, not_over

MOST = 3
# 140 bits of letters and digits: no sign at its end that a messenger would leave out of the link.
TOKEN_LENGTH = 28


class EnoughInvited(Refusal):
    """Three are invited already."""

    @property
    def sentence(self) -> str:
        return _("You can bring three people. Take one of them back first, then ask somebody else.")


def ask_for_person(case: Case, name: str, *, now: datetime) -> TrustedPerson:
    """The student asks to bring somebody into the session that waits or goes on.

    Raises EnoughInvited, NotTalking.
    """
    session = session_to_change(case)
    if len(not_over(queries.persons_of_session(session.id))) >= MOST:
        raise EnoughInvited(session.id)
    person = TrustedPerson(
        id=new_public_id(),
        case_id=case.id,
        live_session_id=session.id,
        state=TrustedState.ASKED,
        mark=0,
        asked_at=now,
    )
    set_name(case, person, name)
    db.session.add(person)
    db.session.flush()
    return person


def approve_person(case: Case, person: TrustedPerson, *, actor: Staff, now: datetime) -> None:
    """The professional agrees, and the link exists from now on. Pressed twice, it is one link.

    Raises InvitationMovedOn.
    """
    if person.state is TrustedState.APPROVED:
        return
    move_trusted(person, TrustedAct.APPROVE, now=now)
    token = "".join(secrets.choice(ALPHABET) for _letter in range(TOKEN_LENGTH))
    set_link(case, person, token)
    person.link_tag, person.approved_by, person.approved_at = tag_of_link(token), actor.id, now
    record_event("trusted_approved", actor=actor.actor, target=f"case:{case.id}", now=now)


def refuse_person(case: Case, person: TrustedPerson, reason: str, *, actor: Staff, now: datetime) -> None:
    """The professional says no, with words for the student or without. Raises InvitationMovedOn."""
    move_trusted(person, TrustedAct.REFUSE, now=now)
    set_reason(case, person, reason)
    record_event("trusted_refused", actor=actor.actor, target=f"case:{case.id}", now=now)


def end_person(case: Case, person: TrustedPerson, *, actor: str, now: datetime) -> None:
    """Take somebody back, or send them out. Pressed twice, they are out once. Raises InvitationMovedOn."""
    if person.state is TrustedState.ENDED:
        return
    move_trusted(person, TrustedAct.END, now=now)
    record_event("trusted_ended", actor=actor, target=f"case:{case.id}", now=now)


def person_to_change(case: Case, trusted_id: str) -> TrustedPerson:
    """Somebody who was asked into the session of a locked case that is not over, locked. Raises Missing."""
    person, session = queries.trusted_person(trusted_id, locked=True), current_or_none(case)
    if person is None or session is None or person.live_session_id != session.id:
        raise Missing(trusted_id)
    return person


def current_or_none(case: Case) -> LiveSession | None:
    """The session of a case that is not over."""
    return live_queries.current_session(case.id)


def tag_of_link(token: str) -> bytes:
    """The keyed hash by which a link is found."""
    return tag(keyring().server_key("trusted link"), token)
