"""Asking a supervisor: one's own case or chosen messages, before one named professional, for a limited time.

The question, what the student agreed to and the reply are sealed with the case. The supervisor reads that
much and no more, each time with a purpose in the audit log; afterwards it is as if it had never been. Notes
that a professional wrote for themselves never go along.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.db import db
from core.ids import new_public_id
from core.refusals import Refusal
from core.unreadable import unreadable_words
from counselling import queries
from counselling.handing.allowed import is_recused, supervision_for
from counselling.handing.members import NotACounsellor, require_counsellor
from counselling.handing.models import Scope, Supervision
from counselling.handing.purposes import is_supervision_logged
from counselling.models import Case, Encounter
from counselling.reading import PurposeNeeded
from counselling.record import queries as record_queries
from counselling.record.filling import Line, lines_of
from counselling.record.form_fields import FORM_NAMES, Reach
from counselling.record.models import CaseForm
from counselling.record.notes import NoteView, notes_for_others
from counselling.sealing import agreed_of, seal_for_case, words_or_none, words_to_show
from counselling.showing import LetterView, view_letters

USUAL_DAYS, MOST_DAYS = 7, 30
FOR_A_SUPERVISOR = frozenset({Reach.SUPERVISOR, Reach.SUMMARY})


class NothingChosen(Refusal):
    """An excerpt without a message of this case."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please choose at least one message, or the whole case. What you typed is below.")


class RepliedBefore(Refusal):
    """The supervisor has answered, and an answer is not changed."""

    @property
    def sentence(self) -> str:
        return _("This was answered before. What you typed is below, and nothing was changed.")


@dataclass(frozen=True)
class FormView:
    """A form of the case, with the answers that may go to a supervisor."""

    form: CaseForm
    name: Any
    lines: Sequence[Line]


@dataclass(frozen=True)
class SupervisionView:
    """What of a case lies before its supervisor."""

    supervision: Supervision
    question: str
    consent: str
    reply: str
    letters: Sequence[LetterView]
    agreed: Sequence[tuple[Encounter, str]]
    notes: Sequence[NoteView] = ()
    forms: Sequence[FormView] = ()


def ask_supervisor(
    case: Case,
    *,
    supervisor: Staff,
    numbers: Sequence[int] | None,
    question: str,
    consent: str,
    days: int,
    actor: Staff,
    now: datetime,
) -> Supervision:
    """Put one's own case, or the messages with these `numbers`, before a supervisor. On a locked case.

    Raises NotACounsellor, NothingChosen.
    """
    require_counsellor(supervisor, but=actor)
    if is_recused(case, supervisor):
        raise NotACounsellor(supervisor.id)
    known = {one.number for one in queries.messages(case.id)}
    chosen = sorted(known & set(numbers)) if numbers is not None else []
    if numbers is not None and not chosen:
        raise NothingChosen(case.id)
    supervision = Supervision(
        id=new_public_id(),
        case_id=case.id,
        asked_by=actor.id,
        supervisor_id=supervisor.id,
        scope=Scope.WHOLE if numbers is None else Scope.EXCERPT,
        asked_at=now,
        until_at=now + timedelta(days=min(days, MOST_DAYS)),
    )
    asked = {"question": question, "consent": consent, "numbers": chosen}
    supervision.sealed = seal_for_case(case, f"supervision:{supervision.id}:asked", json.dumps(asked))
    db.session.add(supervision)
    db.session.flush()
    detail = {"supervisor": supervisor.id, "scope": supervision.scope.value}
    record_event("supervision_asked", actor=actor.actor, target=f"case:{case.id}", detail=detail, now=now)
    return supervision


def open_supervision(supervision_id: str, *, reader: Staff, now: datetime) -> SupervisionView:
    """What a supervisor reads, after they said why. Raises Missing, PurposeNeeded."""
    supervision, case = supervision_for(supervision_id, supervisor=reader, now=now)
    if not is_supervision_logged(supervision, reader=reader, now=now):
        raise PurposeNeeded(supervision_id)
    return view_supervision(supervision, case)


def view_supervision(supervision: Supervision, case: Case) -> SupervisionView:
    """What lies before the supervisor of a case: the chosen messages alone; or all letters, what was agreed,
    the notes of the lanes that others read, and of forms what their questions allow.
    """
    asked = _asked(supervision, case)
    is_whole, chosen = supervision.scope is Scope.WHOLE, set(asked.get("numbers", []))
    return SupervisionView(
        supervision=supervision,
        question=asked.get("question", ""),
        consent=asked.get("consent", ""),
        reply=reply_of(supervision, case),
        letters=[one for one in view_letters(case) if is_whole or one.number in chosen],
        agreed=[(one, agreed_of(case, one)) for one in queries.encounters(case.id)] if is_whole else [],
        notes=notes_for_others(case) if is_whole else [],
        forms=[
            FormView(one, FORM_NAMES[one.kind], lines_of(case, one, reach=FOR_A_SUPERVISOR))
            for one in (record_queries.forms(case.id) if is_whole else [])
        ],
    )


def _asked(supervision: Supervision, case: Case) -> dict[str, Any]:
    """What was asked; where it cannot be opened a sentence says so, and no message is before anybody."""
    if supervision.sealed is None:
        return {}
    words = words_or_none(case, f"supervision:{supervision.id}:asked", supervision.sealed)
    lost = {"question": unreadable_words(), "consent": unreadable_words()}
    return dict(json.loads(words)) if words is not None else lost


def reply_of(supervision: Supervision, case: Case) -> str:
    """What the supervisor answered, or ""."""
    place = f"supervision:{supervision.id}:reply"
    return words_to_show(case, place, supervision.reply) if supervision.reply else ""


def reply_to_colleague(
    supervision: Supervision, case: Case, words: str, *, actor: Staff, now: datetime
) -> None:
    """The supervisor's answer, once. On locked rows. Raises RepliedBefore."""
    if supervision.reply is not None:
        raise RepliedBefore(supervision.id)
    supervision.reply = seal_for_case(case, f"supervision:{supervision.id}:reply", words)
    record_event("supervision_answered", actor=actor.actor, target=f"case:{case.id}", now=now)


def end_supervision(supervision: Supervision, *, actor: Staff, now: datetime) -> None:
    """Either side ends it: the supervisor reads nothing any more. On a locked row."""
    if supervision.ended_at is None:
        supervision.ended_at = now
        target = f"case:{supervision.case_id}"
        record_event("supervision_ended", actor=actor.actor, target=target, now=now)
