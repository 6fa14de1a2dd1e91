"""What counsellors of the demo write down, agree on and promise."""

from datetime import datetime

from counselling import cases, encounters, queries
from counselling.handing.purposes import log_own_reading
from counselling.models import AuthorKind, Outcome, Stage, StageMark
from counselling.professionals.answering import answer_by, promise_check_in
from counselling.record.filling import Saving, begin_form, save_form
from counselling.record.fits import note_fit
from counselling.record.models import Fit, FormKind, Lane
from counselling.record.notes import Wording, add_to_note, write_note
from counselling.record.queries import notes
from demo.cast import Cast, Doing, Facts
from demo.conversing import case_of
from moderation.bands import Band


def _fit(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    note_fit(case_of(cast, key), Fit(step["fit"]), step["why"], actor=cast.member(step["by"]), now=at)


def _note(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case, actor = case_of(cast, key), cast.member(step["by"])
    wording = Wording(Lane(step["lane"]), step["body"].strip(), is_final=step.get("final", True))
    write_note(case, wording, actor=actor, now=at)


def _add_to_note(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    """Later words to the newest note that somebody finished."""
    case, actor = case_of(cast, key), cast.member(step["by"])
    note = [one for one in notes(case.id) if one.staff_id == actor.id and one.finalised_at is not None][-1]
    add_to_note(case, note, step["body"].strip(), actor=actor, now=at)


def _form(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case, actor = case_of(cast, key), cast.member(step["by"])
    form = begin_form(case, FormKind(step["form"]), actor=actor, now=at)
    saving = Saving(
        {name: str(words).strip() for name, words in step["answers"].items()},
        version=form.version,
        is_final=step.get("final", True),
        is_shared=step.get("shared", False),
        band=Band(step["band"]) if "band" in step else None,
    )
    save_form(case, form, saving, actor=actor, now=at)


def _encounter(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    outcome = step.get("outcome")
    encounters.record_encounter(
        case_of(cast, key),
        marks={
            Stage(name): mark
            for mark in (StageMark.BEGUN, StageMark.DONE)
            for name in step.get(mark.value, [])
        },
        agreed=step.get("agreed", ""),
        outcome=Outcome(outcome) if outcome else None,
        actor=cast.member(step["by"]),
        now=at,
    )


def _check_in(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    promise_check_in(
        case_of(cast, key),
        cast.ahead(step),
        reason=step["why"],
        is_told=step["told"],
        actor=cast.member(step["by"]),
        now=at,
    )


def _answer_by(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    """Read; I answer by then."""
    case, actor = case_of(cast, key), cast.member(step["by"])
    log_own_reading(case, reader=actor, now=at)
    queries.mark_read(case.id, AuthorKind.STUDENT, at)
    answer_by(case, cast.ahead(step), actor=actor, now=at)


def _close(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    case = case_of(cast, key)
    queries.mark_read(case.id, AuthorKind.STUDENT, at)
    cases.close_case(case, summary=step["summary"], actor=cast.member(step["by"]), now=at)
    if step.get("read", True):
        queries.mark_read(case.id, AuthorKind.PROFESSIONAL, at)


STEPS: dict[str, Doing] = {
    "add_to_note": _add_to_note,
    "answer_by": _answer_by,
    "check_in": _check_in,
    "close": _close,
    "encounter": _encounter,
    "fit": _fit,
    "form": _form,
    "note": _note,
}
