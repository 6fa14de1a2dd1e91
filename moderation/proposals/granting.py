"""Giving a member of staff another role: one coordinator proposes, another approves.

With one coordinator alone there is no second one; then `flask staff add` on the server makes the account.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from accounts.staffing import give_role
from core.refusals import Refusal
from moderation.proposals.proposing import Act, ProposalStale
from moderation.review_models import Proposal, ProposalKind

GRANTED = (Role.COORDINATOR, Role.PROFESSIONAL)


class NoSuchStaff(Refusal):
    """There is no open account of this name, or it has this role already."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("There is no open staff account of this name, or it has this role already.")


def granting(username: str, role: Role, *, reason: str) -> Act:
    """The act of giving somebody a role, to be proposed. Raises NoSuchStaff."""
    person = account_queries.staff_by_username(username.strip().lower())
    if person is None or person.closed_at is not None or person.role is role or role not in GRANTED:
        raise NoSuchStaff
    facts = {"staff": person.id, "from": person.role.value, "to": role.value}
    return Act(ProposalKind.GRANT_ROLE, f"staff:{person.id}", facts, reason)


def grant_role(proposal: Proposal, actor: Staff, now: datetime) -> None:
    """Do an approved grant; with the sessions of the old role ends what they held.

    Raises ProposalStale when the account was closed or changed since.
    """
    facts = proposal.act
    person = account_queries.staff_member(facts["staff"], locked=True)
    if person is None or person.closed_at is not None or person.role.value != facts["from"]:
        raise ProposalStale
    give_role(person, Role(facts["to"]), actor=actor.actor, now=now)
