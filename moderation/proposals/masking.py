"""Masking and redacting a member's words: the two ways in which the team touches a text, beside asking.

A mask is one person's act and comes off again. A redaction needs a second person, because nothing brings the
words back; the proposal says where they stand, and never what they are.
"""

from datetime import datetime

from flask_babel import gettext as _

from accounts.models import Staff
from core.audit import record_event
from core.refusals import Refusal
from forum import covering
from forum import queries as forum_queries
from forum.covering import CoverKind, Stretch
from forum.models import Post
from moderation.models import QueueItem
from moderation.proposals.proposing import Act, NotForYou, ProposalStale, may_answer
from moderation.review_models import Proposal, ProposalKind


class NothingMasked(Refusal):
    """There is no mask there any more."""

    @property
    def sentence(self) -> str:
        return _("There is no mask at this place any more. Nothing was changed.")


def mask_words(item: QueueItem, words: str, kind: CoverKind, *, actor: Staff, now: datetime) -> int:
    """Hide these words of a text from readers. Thread, post and item are locked by the caller.

    Returns at how many places. Raises NotForYou, WordsNotFound.
    """
    require_may_touch(item, actor, now=now)
    stretches = covering.find_words(item.post, words)
    covering.mask(item.post, stretches, kind, now=now)
    detail = {"kind": kind, "places": len(stretches)}
    record_event("words_masked", actor=actor.actor, target=f"post:{item.post_id}", detail=detail, now=now)
    return len(stretches)


def unmask_words(item: QueueItem, stretch: Stretch, *, actor: Staff, now: datetime) -> None:
    """Take a mask off, here and wherever the same words are masked. Raises NotForYou, NothingMasked."""
    require_may_touch(item, actor, now=now)
    count = covering.unmask(item.post, stretch, now=now)
    if not count:
        raise NothingMasked
    detail = {"places": count}
    record_event("words_unmasked", actor=actor.actor, target=f"post:{item.post_id}", detail=detail, now=now)


def redaction(item: QueueItem, words: str, kind: CoverKind, *, reason: str) -> Act:
    """The act of taking these words out for good, to be proposed. Raises WordsNotFound."""
    stretches = covering.find_words(item.post, words)
    first = stretches[0]
    return Act(
        ProposalKind.REDACT,
        f"post:{item.post_id}:{first.revision}:{first.part}:{first.start}:{first.length}",
        {
            "post": item.post_id,
            "newest": forum_queries.newest_revision_number(item.post_id),
            "stretches": [list(one) for one in stretches],
            "kind": kind.value,
        },
        reason,
        item,
    )


def redact_words(proposal: Proposal, actor: Staff, now: datetime) -> None:
    """Do an approved redaction. Raises ProposalStale when the text has another wording since."""
    post = forum_queries.post(proposal.act["post"], locked=True)
    stretches = stretches_of(proposal)
    if post is None or forum_queries.newest_revision_number(post.id) != proposal.act["newest"]:
        raise ProposalStale
    if not covering.words_left_at(post, stretches):
        raise ProposalStale
    covering.redact(post, stretches, CoverKind(proposal.act["kind"]), now=now)
    detail = {"kind": proposal.act["kind"], "places": len(stretches)}
    record_event("words_redacted", actor=actor.actor, target=f"post:{post.id}", detail=detail, now=now)


def stretches_of(proposal: Proposal) -> list[Stretch]:
    """Where the words stand that a proposal would take out."""
    return [Stretch(*facts) for facts in proposal.act["stretches"]]


def require_may_touch(item: QueueItem, actor: Staff, *, now: datetime) -> None:
    """An independent moderator or a professional, and never the text's own author or who recused from them.

    Raises NotForYou.
    """
    if is_near(item, actor) or not may_answer(ProposalKind.REDACT, actor, now=now):
        raise NotForYou


def is_near(item: QueueItem, person: Staff) -> bool:
    """Whether a text is this person's own, or by an author whom they must not judge."""
    return item.post.staff_id == person.id or person.id in (item.excluded or [])


def masked_words(post: Post) -> list[tuple[Stretch, str, str]]:
    """The masks on the latest wording: where, of what kind, and the words."""
    masks = covering.masks_of(post, post.latest_revision)
    return [(one, kind, "".join(covering.words_at(post, [one]))) for one, kind in masks]
