"""Making a text less urgent. A machine never does; of crisis and red one person alone neither, unless they
are on call: then another looks at it within 12 hours.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.refusals import Refusal
from moderation import queries
from moderation.bands import Band
from moderation.models import QueueItem
from moderation.proposals.proposing import Act, ProposalStale, do_alone
from moderation.queue import lower_item_band
from moderation.review_models import Proposal, ProposalKind
from moderation.team.duties import has_duty
from moderation.team.models import Duty

# Why, when the person on call lowers a text in the form of a decision, which has no field for it.
WHILE_DECIDING = "lowered_while_deciding"


class NotLower(Refusal):
    """The band that was chosen is not a lower one."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please choose a band that is less urgent than the one this text has now.")


def lowering(item: QueueItem, band: Band, *, reason: str) -> Act:
    """The act of making a text less urgent, to be proposed. Raises NotLower."""
    if not item.is_open or band.rank <= item.band.rank:
        raise NotLower
    facts = {"from": item.band.value, "to": band.value, "version": item.version}
    return Act(ProposalKind.LOWER_BAND, f"item:{item.id}", facts, reason, item)


def lower_band(proposal: Proposal, _actor: Staff, now: datetime) -> None:
    """Do an approved lowering. Raises ProposalStale when something came in about the text since."""
    item = queries.item(proposal.item_id, locked=True) if proposal.item_id is not None else None
    facts = proposal.act
    if (
        item is None
        or not item.is_open
        or (item.band.value, item.version) != (facts["from"], facts["version"])
    ):
        raise ProposalStale
    lower_item_band(item, Band(facts["to"]), now=now)


def may_lower_alone(actor: Staff, *, now: datetime) -> bool:
    """Whether this person is on call at this moment."""
    return has_duty(actor, Duty.ON_CALL, now=now)


def lower_alone(item: QueueItem, band: Band, *, reason: str, actor: Staff, now: datetime) -> Proposal:
    """The person on call makes a text less urgent, with a review within 12 hours.

    Raises NotLower, NotForYou, ReasonMissing.
    """
    return do_alone(lowering(item, band, reason=reason), actor=actor, now=now)
