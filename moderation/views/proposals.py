"""What needs a second person, and what covers words of a text."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission, Role, may
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from forum.covering import CoverKind, Stretch
from moderation.access import lock_author_of
from moderation.bands import Band
from moderation.models import QueueItem
from moderation.offering import visible_item
from moderation.proposals import queries as proposal_queries
from moderation.proposals.forms import (
    GRANTED_ROLES,
    KIND_NAMES,
    LOWER_BANDS,
    LowerForm,
    ProposalForm,
    RedactForm,
    ReviewForm,
    RoleForm,
    WordsForm,
)
from moderation.proposals.granting import granting
from moderation.proposals.lowering import lower_alone, lowering, may_lower_alone
from moderation.proposals.masking import NothingMasked, mask_words, masked_words, redaction, unmask_words
from moderation.proposals.proposing import (
    Act,
    approve,
    break_glass,
    may_answer,
    propose,
    refuse,
    require_may_review,
    review,
)
from moderation.proposals.reading import is_shown_to, locked_proposal, view_proposals
from moderation.proposals.second_looks import hide_at_once, page_at_once
from moderation.review_models import Proposal, ProposalKind
from moderation.views import bp


@bp.get("/moderation/proposals")
@requires(Permission.SERVE)
def show_proposals() -> ResponseReturnValue:
    """What waits for a second person, and what was done alone."""
    return _page(RoleForm(formdata=None))


def _page(
    form: RoleForm, *, reviews: dict[str, ReviewForm] | None = None, status: int = 200
) -> ResponseReturnValue:
    staff, now = current_staff(), utcnow()
    view = view_proposals(staff, now=now)
    fresh = {one.proposal.id: ReviewForm(formdata=None) for one in view.to_review if not one.is_mine}
    reviews = fresh | (reviews or {})
    page = render_template(
        "moderation/show_proposals.html",
        view=view,
        reviews={key: one.beside_others(f"review-{key}") for key, one in reviews.items()},
        form=form if may_answer(ProposalKind.GRANT_ROLE, staff, now=now) else None,
        reads=may(staff.role, Permission.SEE_QUEUE),
        kinds=KIND_NAMES,
        bands=LOWER_BANDS,
        roles=GRANTED_ROLES,
        now=now,
    )
    return page, status


@bp.post("/moderation/proposals/<public_id:proposal_id>/approve")
@requires(Permission.SERVE)
def approve_proposal(proposal_id: str) -> ResponseReturnValue:
    """The second person says yes to what they were shown (`shown`), and it is done."""
    with transaction():
        approve(
            _proposal(proposal_id, request.form.get("for_author", "")),
            request.form.get("shown", ""),
            actor=current_staff(),
            now=utcnow(),
        )
    flash(_("It is done. Your colleague's proposal had your yes."))
    return redirect(url_for(".show_proposals"), code=303)


@bp.post("/moderation/proposals/<public_id:proposal_id>/refuse")
@requires(Permission.SERVE)
def refuse_proposal(proposal_id: str) -> ResponseReturnValue:
    """The second person says no, or the first one takes it back."""
    with transaction():
        refuse(_proposal(proposal_id), actor=current_staff(), now=utcnow())
    flash(_("The proposal is closed. Nothing was done."))
    return redirect(url_for(".show_proposals"), code=303)


@bp.post("/moderation/proposals/<public_id:proposal_id>/review")
@requires(Permission.SERVE)
def review_act(proposal_id: str) -> ResponseReturnValue:
    """Another person looked at what was done alone (`words`)."""
    form = ReviewForm()
    if not form.validate():
        return _review_again(proposal_id, form)
    with transaction():
        review(_proposal(proposal_id), form.words.data, actor=current_staff(), now=utcnow())
    flash(_("Thank you. Your review is kept with the act."))
    return redirect(url_for(".show_proposals"), code=303)


def _review_again(proposal_id: str, form: ReviewForm) -> ResponseReturnValue:
    """The list once more, with what was typed and what is missing.

    Raises what a review would raise: then the list has no place for the form, and the refusal gives back what
    was typed.
    """
    require_may_review(_proposal(proposal_id, locked=False), actor=current_staff(), now=utcnow())
    return _page(RoleForm(formdata=None), reviews={proposal_id: form}, status=422)


def _proposal(proposal_id: str, for_author: str = "", *, locked: bool = True) -> Proposal:
    """A proposal for this person, locked with its text where they are about to act; before it the author's
    account, when an act on the author is said yes to. Raises Missing.
    """
    staff = current_staff()
    if for_author:
        lock_author_of(for_author)
    found = locked_proposal(proposal_id) if locked else proposal_queries.proposal(proposal_id)
    if found is None or found.kind is ProposalKind.DECISION:
        raise Missing
    if not (found.proposed_by == staff.id or is_shown_to(found, staff, now=utcnow())):
        raise Missing
    return found


@bp.post("/moderation/proposals/roles")
@requires(Permission.ADMINISTER)
def propose_role() -> ResponseReturnValue:
    """Propose another role for a member of staff (`username`, `role`, `reason`, `at_once`)."""
    form = RoleForm()
    if not form.validate():
        return _page(form, status=422)
    _ask_or_do(form, lambda: granting(form.username.data, Role(form.role.data), reason=form.reason.data))
    return redirect(url_for(".show_proposals"), code=303)


@bp.post("/moderation/items/<public_id:item_id>/mask")
@requires(Permission.DECIDE)
def mask_item_words(item_id: str) -> ResponseReturnValue:
    """Hide words of the text from readers (`words`, `kind`)."""
    form, now = WordsForm(), utcnow()
    if not form.validate():
        return _again(item_id, "mask", form)
    with transaction():
        staff, item = _text(item_id, now=now)
        mask_words(item, form.words.data, CoverKind(form.kind.data), actor=staff, now=now)
    flash(_("The words are masked. Readers see a block in their place."))
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.post("/moderation/items/<public_id:item_id>/unmask")
@requires(Permission.DECIDE)
def unmask_item_words(item_id: str) -> ResponseReturnValue:
    """Take a mask off (`place`: wording, part, start and length)."""
    now = utcnow()
    with transaction():
        staff, item = _text(item_id, now=now)
        unmask_words(item, _place(request.form.get("place", "")), actor=staff, now=now)
    flash(_("The mask is off. Readers see the words again."))
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.post("/moderation/items/<public_id:item_id>/redact")
@requires(Permission.DECIDE)
def redact_item_words(item_id: str) -> ResponseReturnValue:
    """Propose to take words out for good, or do it in an emergency (`words`, `kind`, `reason`, `at_once`)."""
    form, now = RedactForm(), utcnow()
    if not form.validate():
        return _again(item_id, "redact", form)

    def act() -> Act:
        lock_author_of(item_id)
        item = _text(item_id, now=now)[1]
        return redaction(item, form.words.data, CoverKind(form.kind.data), reason=form.reason.data)

    _ask_or_do(form, act)
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.post("/moderation/items/<public_id:item_id>/lower")
@requires(Permission.DECIDE)
def lower_item(item_id: str) -> ResponseReturnValue:
    """Ask a colleague to agree that a text is less urgent (`band`, `reason`, `at_once`); who is on call need
    not ask.
    """
    form, now = LowerForm(), utcnow()
    if not form.validate():
        return _again(item_id, "lower", form)
    band, reason = Band(form.band.data), form.reason.data
    if may_lower_alone(current_staff(), now=now):
        with transaction():
            staff, item = _text(item_id, now=now)
            lower_alone(item, band, reason=reason, actor=staff, now=now)
        flash(_("The text is less urgent now. A colleague reviews this within 12 hours."))
    else:
        _ask_or_do(form, lambda: lowering(_text(item_id, now=now)[1], band, reason=reason))
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.post("/moderation/items/<public_id:item_id>/protect")
@requires(Permission.DECIDE)
def protect_readers(item_id: str) -> ResponseReturnValue:
    """Act first: hide the text now, or page the person on call (`act`: `hide`, `page`)."""
    now, pages = utcnow(), request.form.get("act") == "page"
    with transaction():
        staff, item = _text(item_id, now=now)
        (page_at_once if pages else hide_at_once)(item, actor=staff, now=now)
    if pages:
        flash(_("The person on call is paged."))
        return redirect(url_for(".show_item", item_id=item_id), code=303)
    flash(_("Readers no longer see the text. Another person decides within 12 hours what becomes of it."))
    return redirect(url_for(".show_queue"), code=303)


def _text(item_id: str, *, now: datetime) -> tuple[Staff, QueueItem]:
    """Who acts, and the item, locked with its thread and post. Raises Missing."""
    staff = current_staff()
    return staff, visible_item(staff, item_id, now=now, locked=True)


def _ask_or_do(form: ProposalForm, act: Callable[[], Act]) -> None:
    """Propose an act, or do it at once and have it reviewed; a second sending does nothing."""
    now, is_emergency = utcnow(), bool(form.at_once.data)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}"
        if earlier_result(form.submission, sender=sender) is None:
            (break_glass if is_emergency else propose)(act(), actor=staff, now=now)
            remember_result(form.submission, sender=sender, location=request.path, now=now)
    if is_emergency:
        flash(_("It is done. Your colleagues are alarmed, and one of them reviews it within 12 hours."))
    else:
        flash(_("It is proposed. Another person answers within 24 hours; without one, nothing is done."))


def _again(item_id: str, act: str, form: WordsForm | ProposalForm) -> ResponseReturnValue:
    """The form once more, with what was typed and what is missing."""
    item = visible_item(current_staff(), item_id, now=utcnow())
    return render_template("moderation/cover_words.html", item=item, act=act, form=form), 422


def _place(text: str) -> Stretch:
    """Where a mask stands, out of a form. Raises NothingMasked."""
    try:
        number, part, start, length = text.split(":")
        return Stretch(int(number), part, int(start), int(length))
    except ValueError as error:
        raise NothingMasked from error


@bp.app_template_global("covering_of")
def covering_of(item: QueueItem) -> dict[str, object]:
    """What the page of a text offers beside a decision: masks that are on it, and forms for more."""
    forms = {"mask": WordsForm, "redact": RedactForm, "lower": LowerForm}
    return {
        "masks": masked_words(item.post),
        "kinds": KIND_NAMES,
        "proposed": [
            one
            for one in proposal_queries.open_proposals()
            if one.item_id == item.id and one.kind is not ProposalKind.DECISION
        ],
        "may_act": may_answer(ProposalKind.REDACT, current_staff(), now=utcnow()),
        **{name: form(formdata=None).beside_others(name) for name, form in forms.items()},
    }
