"""Openings of sealed contact details, as pages: what waits, agreeing, opening, reviewing."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.limits import limiter
from counselling.disclosure.access import disclosure_to_work_on, readable_disclosure
from counselling.disclosure.forms import REVIEW_LIMIT, OpenForm, PressForm, ReviewForm
from counselling.disclosure.opening import approve, claim_opening, logged_or_not_done, refuse, take_back
from counselling.disclosure.reviewing import review
from counselling.disclosure.showing import view_disclosure, view_openings
from counselling.disclosure.words import Unlocked, WrongOpeningWords, unlock
from counselling.views import bp
from counselling.views.disclosure_asking import shown_once
from counselling.views.disclosure_keys import TRIES


@bp.get("/staff/openings")
@requires(Permission.OPEN_CONTACT)
def list_openings() -> ResponseReturnValue:
    """What waits for me: to agree, to open, to review; and what I could open while I am on call."""
    view = view_openings(current_staff(), now=utcnow())
    return render_template("counselling/list_openings.html", view=view, now=utcnow())


@bp.get("/staff/openings/<public_id:disclosure_id>")
@requires(Permission.OPEN_CONTACT)
def show_opening(disclosure_id: str) -> ResponseReturnValue:
    """One opening, and what this person may do about it."""
    return _opening_page(disclosure_id)


def _opening_page(
    disclosure_id: str,
    *,
    opening: OpenForm | None = None,
    reviewing: ReviewForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    staff = current_staff()
    page = render_template(
        "counselling/show_opening.html",
        view=view_disclosure(readable_disclosure(disclosure_id, reader=staff), staff),
        form=opening or OpenForm(formdata=None),
        reviewing=reviewing or ReviewForm(formdata=None),
        review_limit=REVIEW_LIMIT,
        now=utcnow(),
    )
    return page, status


def _unlocked(disclosure_id: str, form: OpenForm) -> Unlocked | None:
    """The key of whoever types their words, who may see this opening. None with what is wrong in the form.
    Raises Missing.
    """
    readable_disclosure(disclosure_id, reader=current_staff())
    if not form.validate():
        return None
    try:
        return unlock(current_staff(), form.passphrase.data)
    except WrongOpeningWords as refusal:
        form.passphrase.errors = [refusal.sentence]
        return None


@bp.post("/staff/openings/<public_id:disclosure_id>/approve")
@requires(Permission.OPEN_CONTACT)
@limiter.limit(TRIES)
def approve_opening(disclosure_id: str) -> ResponseReturnValue:
    """A coordinator agrees, with their own words."""
    form = OpenForm()
    unlocked = _unlocked(disclosure_id, form)
    if unlocked is None:
        return _opening_page(disclosure_id, opening=form, status=422)
    with logged_or_not_done():
        staff = current_staff()
        found, case = disclosure_to_work_on(disclosure_id, person=staff)
        approve(found, case, unlocked, approver=staff, now=utcnow())
    flash(_("You have agreed. Your colleague can open it for 30 minutes."))
    return redirect(url_for(".show_opening", disclosure_id=disclosure_id), code=303)


@bp.post("/staff/openings/<public_id:disclosure_id>/refuse")
@requires(Permission.OPEN_CONTACT)
def refuse_opening(disclosure_id: str) -> ResponseReturnValue:
    """A coordinator does not agree."""
    PressForm().validate()
    with logged_or_not_done():
        staff = current_staff()
        found, _case = disclosure_to_work_on(disclosure_id, person=staff)
        refuse(found, approver=staff, now=utcnow())
    flash(_("You have not agreed. Please tell your colleague why."))
    return redirect(url_for(".show_opening", disclosure_id=disclosure_id), code=303)


@bp.post("/staff/openings/<public_id:disclosure_id>/take-back")
@requires(Permission.OPEN_CONTACT)
def take_back_opening(disclosure_id: str) -> ResponseReturnValue:
    """Whoever asked no longer needs it."""
    PressForm().validate()
    with logged_or_not_done():
        staff = current_staff()
        found, _case = disclosure_to_work_on(disclosure_id, person=staff)
        take_back(found, asker=staff, now=utcnow())
    flash(_("You have taken it back. Nothing was opened, and the student is not told."))
    return redirect(url_for(".show_opening", disclosure_id=disclosure_id), code=303)


@bp.post("/staff/openings/<public_id:disclosure_id>/open")
@requires(Permission.OPEN_CONTACT)
@limiter.limit(TRIES)
def open_contact(disclosure_id: str) -> ResponseReturnValue:
    """Whoever asked opens, with their own words. It is in the log before it is shown, and shown once."""
    form = OpenForm()
    unlocked = _unlocked(disclosure_id, form)
    if unlocked is None:
        return _opening_page(disclosure_id, opening=form, status=422)
    with logged_or_not_done():
        staff = current_staff()
        found, case = disclosure_to_work_on(disclosure_id, person=staff)
        claimed = claim_opening(found, case, unlocked, opener=staff, now=utcnow())
    return shown_once(claimed)


@bp.post("/staff/openings/<public_id:disclosure_id>/review")
@requires(Permission.OPEN_CONTACT)
def review_opening(disclosure_id: str) -> ResponseReturnValue:
    """Somebody else says whether it was right to open this alone."""
    form = ReviewForm()
    if not form.validate():
        return _opening_page(disclosure_id, reviewing=form, status=422)
    with logged_or_not_done():
        staff = current_staff()
        found, _case = disclosure_to_work_on(disclosure_id, person=staff)
        is_right = form.verdict.data == "right"
        review(found, is_right=is_right, words=form.words.data or "", reviewer=staff, now=utcnow())
    flash(_("Your review is noted."))
    return redirect(url_for(".show_opening", disclosure_id=disclosure_id), code=303)
