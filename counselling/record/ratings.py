"""What a student says of an encounter, if they like: how hard it was before, how hard it is now, how much it
helped. Three numbers, asked once for each encounter and never again after "no, thank you".

They lie under the key of the case. What was said before the first encounter waits for it among the drafts.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from core.db import db
from core.ids import new_public_id
from core.refusals import Missing
from counselling import queries as case_queries
from counselling.models import AuthorKind, Case, CaseState, Encounter
from counselling.record import queries
from counselling.record.models import CaseDraft
from counselling.sealing import seal_for_case, words_or_none

MOST = 10
BEFORE_THE_FIRST = 0
WAITS, STUDENT = "before the first", "student"


@dataclass(frozen=True)
class Rating:
    """What a student said: 0 to 10, or None where they said nothing. `is_over`: they are not asked again."""

    before: int | None = None
    after: int | None = None
    helped: int | None = None
    is_over: bool = False


def rating_of(case: Case, encounter: Encounter) -> Rating:
    """What the student said of an encounter; nothing where it cannot be opened: then they are asked again."""
    if encounter.rating is None:
        return Rating()
    return Rating(**json.loads(words_or_none(case, _place(encounter), encounter.rating) or "{}"))


def asked_now(case: Case) -> int | None:
    """Of which encounter the student is asked: its number, BEFORE_THE_FIRST, or None for none."""
    encounters = case_queries.encounters(case.id)
    if not encounters:
        is_asked = case.state is not CaseState.CLOSED and queries.draft(case.id, STUDENT, WAITS) is None
        return BEFORE_THE_FIRST if is_asked else None
    ended = [one for one in encounters if one.ended_at is not None]
    return ended[-1].number if ended and not rating_of(case, ended[-1]).is_over else None


def knows_before(case: Case, number: int) -> bool:
    """Whether the student said before this encounter how hard it was."""
    return number != BEFORE_THE_FIRST and rating_of(case, _encounter(case, number)).before is not None


def was_live(case: Case, number: int) -> bool:
    """Whether an encounter was a live talk, or had one in it; else they wrote letters."""
    return number != BEFORE_THE_FIRST and _encounter(case, number).live_session_id is not None


def rate(case: Case, number: int, said: Rating, *, now: datetime) -> None:
    """Keep what a student says, or that they would rather not, in a locked case.

    Raises Missing for an encounter that is not asked about: what was said stays as it was said.
    """
    if asked_now(case) != number:
        raise Missing(case.id)
    if number == BEFORE_THE_FIRST:
        words = json.dumps(asdict(Rating(before=said.before)))
        sealed = seal_for_case(case, f"rating:{WAITS}", words)
        db.session.add(
            CaseDraft(
                id=new_public_id(),
                case_id=case.id,
                side=AuthorKind.STUDENT,
                writer=STUDENT,
                place=WAITS,
                version=1,
                sealed=sealed,
                saved_at=now,
            )
        )
        return
    encounter = _encounter(case, number)
    before = rating_of(case, encounter).before
    whole = Rating(before if before is not None else said.before, said.after, said.helped, is_over=True)
    _seal(case, encounter, whole)


def bring_along(case: Case, encounter: Encounter) -> None:
    """The first encounter begins: what was said before it belongs to it from now on."""
    waiting = queries.draft(case.id, STUDENT, WAITS)
    if waiting is not None:
        words = words_or_none(case, f"rating:{WAITS}", waiting.sealed)
        _seal(case, encounter, Rating(**json.loads(words or "{}")))
        db.session.delete(waiting)


def _encounter(case: Case, number: int) -> Encounter:
    found = next((one for one in case_queries.encounters(case.id) if one.number == number), None)
    if found is None:
        raise Missing(case.id)
    return found


def _seal(case: Case, encounter: Encounter, rating: Rating) -> None:
    encounter.rating = seal_for_case(case, _place(encounter), json.dumps(asdict(rating)))


def _place(encounter: Encounter) -> str:
    return f"rating:{encounter.number}"
