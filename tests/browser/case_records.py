"""What is written down in the case of the stage, so that each of its rooms has something to show."""

from datetime import datetime

from accounts.models import Staff
from counselling.models import Case
from counselling.record.canned import add_canned_text
from counselling.record.checks import send_check
from counselling.record.filling import Saving, add_to_plan, begin_form, save_form
from counselling.record.fits import note_fit
from counselling.record.models import Fit, FormKind, Lane
from counselling.record.notes import Wording, add_to_note, write_note

PLAN = {
    "signs": "I stop answering messages.\nI sleep in my clothes.",
    "alone": "Walk to the river and back.",
    "ask": "My sister, in the evening.",
    "lines": "The line at the foot of every page, day and night.",
    "reasons": "The dog. Spring.",
}


def write_down(ids: dict[str, str], case: Case, *, actor: Staff, now: datetime) -> None:
    """Fill in a plan, begin a risk assessment and write notes, in the caller's transaction."""
    note_fit(case, Fit.ONLINE, "Letters suit you, you say, and so do I.", actor=actor, now=now)
    plan = begin_form(case, FormKind.SAFETY_PLAN, actor=actor, now=now)
    saving = Saving(PLAN, version=plan.version, is_final=True, is_shared=True)
    save_form(case, plan, saving, actor=actor, now=now)
    add_to_plan(case, "alone", "Make tea, and sit by the window.")
    risk = begin_form(case, FormKind.RISK_ASSESSMENT, actor=actor, now=now)
    team = write_note(case, Wording(Lane.TEAM, "Sleeps four hours.", is_final=True), actor=actor, now=now)
    add_to_note(case, team, "Five by now.", actor=actor, now=now)
    write_note(case, Wording(Lane.SHARED, "A walk each day.", is_final=True), actor=actor, now=now)
    own = write_note(case, Wording(Lane.OWN, "Ask about the brother."), actor=actor, now=now)
    send_check(case, "You sleep badly since the move, and the mornings are hardest.", actor=actor, now=now)
    canned = add_canned_text(
        title="After a first letter",
        words="Thank you for writing. I have read all of it.",
        language="en",
        is_team_s=False,
        actor=actor,
        now=now,
    )
    ids |= {"canned_text": canned.id}
    ids |= {"team_note": team.id, "own_note": own.id, "plan_form": plan.id, "risk_form": risk.id}
