"""Asking to open sealed contact details: from a case, by whoever is on call, and for practice.

Alone is one step: at three in the morning the words of the student stand in the answer to the form.
"""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.limits import limiter
from core.submissions import earlier_result, remember_result
from counselling.access import case_of_part
from counselling.disclosure.access import case_on_call, is_on_call
from counselling.disclosure.contacts import allows_one, leaves_contact
from counselling.disclosure.drills import ask_for_drill, practise_alone
from counselling.disclosure.forms import REASON_LIMIT, TELLING_LIMIT, AskForm, DrillForm, WayForm
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.opening import Claimed, ask_for_two, claim_alone, logged_or_not_done, reveal
from counselling.disclosure.refused import AlreadyShown
from counselling.disclosure.rings import is_holder
from counselling.disclosure.showing import reference_of
from counselling.disclosure.words import Unlocked, WrongOpeningWords, unlock
from counselling.models import Case
from counselling.showing import head_of
from counselling.views import bp, opened_case, refilled
from counselling.views.disclosure_keys import TRIES, drill_page

bp.add_app_template_global(leaves_contact, "leaves_contact")


@bp.route("/counselling/cases/<public_id:case_id>/contact", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
@limiter.limit(TRIES, methods=["POST"])
def ask_opening(case_id: str) -> ResponseReturnValue:
    """Whoever has a part in a case asks to open what its student left."""
    case = opened_case(case_id)
    form = AskForm()
    if not form.is_submitted():
        return _ask_page(case, refilled(_fresh_form(), url_for(".ask_opening", case_id=case_id)))
    return _ask(case, form, on_call=False)


@bp.route("/staff/openings/on-call/<public_id:case_id>", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
@limiter.limit(TRIES, methods=["POST"])
def ask_opening_on_call(case_id: str) -> ResponseReturnValue:
    """Whoever is on call asks about a case that is not theirs."""
    case = case_on_call(case_id, person=current_staff(), now=utcnow())
    form = AskForm()
    if not form.is_submitted():
        return _ask_page(case, _fresh_form(), on_call=True)
    return _ask(case, form, on_call=True)


def _fresh_form() -> AskForm:
    return AskForm(formdata=None, way=DisclosureWay.TWO)


def _ask(case: Case, form: AskForm, *, on_call: bool) -> ResponseReturnValue:
    unlocked = _valid(form)
    if unlocked is False:
        return _ask_page(case, form, on_call=on_call, status=422)
    if isinstance(unlocked, Unlocked):
        return shown_once(_claim_alone(case.id, form, unlocked, on_call=on_call))
    with logged_or_not_done():
        staff = current_staff()
        sender = f"staff:{staff.id}:opening"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            asked = ask_for_two(_locked(case.id, on_call=on_call), form.asking(), asker=staff, now=utcnow())
            goal = url_for(".show_opening", disclosure_id=asked.id)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    return redirect(goal, code=303)


def _valid(form: WayForm) -> Unlocked | bool:
    """Whether a form holds what it must; where somebody opens alone, their key. False with what is wrong."""
    if not form.validate():
        return False
    if not form.is_alone:
        return True
    try:
        return unlock(current_staff(), form.passphrase.data)
    except WrongOpeningWords as refusal:
        form.passphrase.errors = [refusal.sentence]
        return False


def _claim_alone(case_id: str, form: AskForm, unlocked: Unlocked, *, on_call: bool) -> Claimed:
    with logged_or_not_done():
        staff = current_staff()
        refuse_again(form)
        case = _locked(case_id, on_call=on_call)
        return claim_alone(case, form.asking(), unlocked, opener=staff, now=utcnow())


def refuse_again(form: WayForm) -> None:
    """The same form opens once. Raises AlreadyShown. In the transaction of the opening."""
    sender = f"staff:{current_staff().id}:opening"
    if earlier_result(form.submission, sender=sender) is not None:
        raise AlreadyShown
    remember_result(form.submission, sender=sender, location=url_for(".list_openings"), now=utcnow())


def _locked(case_id: str, *, on_call: bool) -> Case:
    staff, now = current_staff(), utcnow()
    if on_call:
        return case_on_call(case_id, person=staff, now=now, locked=True)
    return case_of_part(case_id, person=staff, now=now, locked=True)[0]


def _ask_page(case: Case, form: AskForm, *, on_call: bool = False, status: int = 200) -> ResponseReturnValue:
    staff = current_staff()
    page = render_template(
        "counselling/ask_opening_on_call.html" if on_call else "counselling/ask_opening.html",
        case=case,
        view=None if on_call else head_of(case),
        form=form,
        limits=(REASON_LIMIT, TELLING_LIMIT),
        reference=reference_of(case.id),
        is_left=leaves_contact(case),
        holds=is_holder(staff),
        for_one=allows_one(case),
        is_on_call=is_on_call(staff, now=utcnow()),
    )
    return page, status


def shown_once(claimed: Claimed) -> ResponseReturnValue:
    """The words of the student, in this answer and never again. What led here is in the log."""
    details = reveal(claimed)
    return render_template("counselling/show_contact_once.html", details=details, drill=claimed.is_drill)


@bp.post("/staff/opening-keys/drill")
@requires(Permission.OPEN_CONTACT)
@limiter.limit(TRIES)
def practise_opening() -> ResponseReturnValue:
    """Practise one of the two ways, with details that are made up."""
    form = DrillForm()
    unlocked = _valid(form)
    if unlocked is False:
        return drill_page(form, status=422)
    if isinstance(unlocked, Unlocked):
        with logged_or_not_done():
            refuse_again(form)
            claimed = practise_alone(unlocked, opener=current_staff(), now=utcnow())
        return shown_once(claimed)
    with logged_or_not_done():
        staff = current_staff()
        sender = f"staff:{staff.id}:opening"
        goal = earlier_result(form.submission, sender=sender)
        if goal is None:
            goal = url_for(".show_opening", disclosure_id=ask_for_drill(asker=staff, now=utcnow()).id)
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    return redirect(goal, code=303)
