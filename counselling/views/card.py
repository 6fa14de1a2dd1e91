"""The hand-over card, for a student who wants to know where their words are."""

from flask import render_template

from accounts.guard import requires
from accounts.permissions import Permission
from core.clock import utcnow
from counselling.conversants import case_of_conversant
from counselling.intake.card import card_of
from counselling.views import bp, current_conversant


@bp.get("/counsel/<public_id:case_id>/card")
@requires(Permission.TALK)
def show_hand_over_card(case_id: str) -> str:
    """What went along, who has it, what was promised by when, and who opened it."""
    case, now = case_of_conversant(case_id, conversant=current_conversant()), utcnow()
    return render_template(
        "counselling/show_hand_over_card.html", card=card_of(case, now=now), case=case, now=now
    )
