"""A decision that waits for a senior: let it leave, send it back, take it back. Each is a POST from the page
of its text.
"""

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from moderation.models import QueueItem
from moderation.offering import visible_item
from moderation.proposals import queries as proposal_queries
from moderation.proposals.confirming import confirm, require_may_send_back, send_back, take_back
from moderation.proposals.forms import SendBackForm
from moderation.proposals.reading import locked_proposal
from moderation.proposals.waiting import WaitingDecision, answered_lately, waiting_on
from moderation.review_models import Proposal, ProposalKind
from moderation.team.training import TrainingState, training_state
from moderation.views import bp
from moderation.views.queue import fresh_form, item_page


@bp.post("/moderation/proposals/<public_id:proposal_id>/confirm")
@requires(Permission.DECIDE)
def confirm_decision(proposal_id: str) -> ResponseReturnValue:
    """Let a colleague's decision leave, exactly as it was shown (`shown`)."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        proposal = _waiting(proposal_id, staff, now=now)
        goal = url_for(".show_item", item_id=proposal.item_id)
        has_left = confirm(proposal, request.form.get("shown", ""), actor=staff, now=now)
    if has_left:
        flash(_("The decision leaves, with your yes."))
    else:
        flash(_("The text changed, or something new came in. Nothing left, and the text waits again."))
    return redirect(goal, code=303)


@bp.post("/moderation/proposals/<public_id:proposal_id>/send-back")
@requires(Permission.DECIDE)
def send_decision_back(proposal_id: str) -> ResponseReturnValue:
    """Not so, with a sentence about why (`words`)."""
    form, now = SendBackForm(), utcnow()
    if not form.validate():
        return _text_again(proposal_id, form, now=now)
    with transaction():
        staff = current_staff()
        proposal = _waiting(proposal_id, staff, now=now)
        goal = url_for(".show_item", item_id=proposal.item_id)
        send_back(proposal, form.words.data, actor=staff, now=now)
    flash(_("Your colleague reads why. The text waits again."))
    return redirect(goal, code=303)


@bp.post("/moderation/proposals/<public_id:proposal_id>/take-back")
@requires(Permission.DECIDE)
def take_decision_back(proposal_id: str) -> ResponseReturnValue:
    """Whoever decided thought again, before anybody answered."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        proposal = _waiting(proposal_id, staff, now=now)
        goal = url_for(".show_item", item_id=proposal.item_id)
        take_back(proposal, actor=staff, now=now)
    flash(_("Your decision is taken back. Nobody was told."))
    return redirect(goal, code=303)


def _waiting(proposal_id: str, staff: Staff, *, now: datetime, locked: bool = True) -> Proposal:
    """A decision that waits or waited, about a text that this person may see; locked with its text where
    they are about to act.

    Raises Missing, NotOnDuty.
    """
    found = locked_proposal(proposal_id) if locked else proposal_queries.proposal(proposal_id)
    if found is None or found.kind is not ProposalKind.DECISION or found.item_id is None:
        raise Missing
    visible_item(staff, found.item_id, now=now)
    return found


def _text_again(proposal_id: str, form: SendBackForm, *, now: datetime) -> ResponseReturnValue:
    """The page of the text once more, with what was typed and what is missing.

    Raises what sending it back would raise: then the page has no place for the form, and the refusal gives
    back what was typed.
    """
    staff = current_staff()
    proposal = _waiting(proposal_id, staff, now=now, locked=False)
    require_may_send_back(proposal, actor=staff, now=now)
    item = visible_item(staff, proposal.item_id or "", now=now)
    return item_page(item, fresh_form(item), sending_back=form, status=422)


@bp.app_template_global("waiting_decision")
def present_waiting_decision(item: QueueItem) -> WaitingDecision | None:
    """The decision about a text that waits for a senior."""
    return waiting_on(item, current_staff(), now=utcnow())


@bp.app_template_global("decision_sent_back")
def present_sent_back(item: QueueItem) -> Proposal | None:
    """What this person decided about a text and got back."""
    return answered_lately(item, current_staff())


@bp.app_template_global("training_of")
def present_training(person: Staff) -> TrainingState | None:
    """What a moderator's record lets them do, and whom to ask."""
    return training_state(person, now=utcnow())
