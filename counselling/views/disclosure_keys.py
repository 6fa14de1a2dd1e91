"""The keys to sealed contact details, as a page: one's own six words, who else holds the key of the role, and
admitting a newcomer.
"""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from counselling.disclosure import queries
from counselling.disclosure.boxes import KEEPERS
from counselling.disclosure.drills import OLD_AFTER, view_drills
from counselling.disclosure.forms import AdmitForm, DrillForm, IssuedForm, PressForm
from counselling.disclosure.models import DisclosureWay
from counselling.disclosure.rings import (
    admit,
    can_be_left,
    ensure_ring,
    is_holder,
    on_call_without_key,
    renew_ring,
    view_ring,
)
from counselling.disclosure.words import (
    IssuedWords,
    WordsNotTyped,
    WrongOpeningWords,
    issue_words,
    issued_words,
    keep_opening_key,
    new_opening_key,
    unlock,
)
from counselling.views import bp

TRIES = "10 per minute; 100 per hour"  # of six words that somebody types


@bp.get("/staff/opening-keys")
@requires(Permission.OPEN_CONTACT)
def show_opening_keys() -> ResponseReturnValue:
    """My words, who of each role can open, and who waits to be admitted."""
    return _keys_page(AdmitForm(formdata=None))


def drill_page(form: DrillForm, *, status: int = 200) -> ResponseReturnValue:
    """The same page, with what is wrong in the form of a drill."""
    return _keys_page(AdmitForm(formdata=None), drill=form, status=status)


def _keys_page(form: AdmitForm, *, drill: DrillForm | None = None, status: int = 200) -> ResponseReturnValue:
    staff = current_staff()
    rings = [view_ring(role) for role in KEEPERS]
    own = next(one for one in rings if one.role is staff.role)
    form.offer(own.newcomers)
    page = render_template(
        "counselling/show_opening_keys.html",
        form=form,
        rings=rings,
        own=own,
        key=queries.opening_key(staff.id),
        holds=is_holder(staff),
        on_call_without=on_call_without_key(now=utcnow()),
        drill=(drill or DrillForm(formdata=None, way=DisclosureWay.TWO)).beside_others("drill"),
        drills=view_drills(now=utcnow()),
        old_after=OLD_AFTER.days,
        can_practise=can_be_left(),
    )
    return page, status


@bp.post("/staff/opening-keys/words")
@requires(Permission.OPEN_CONTACT)
@limiter.limit("10 per minute")
def make_opening_words() -> ResponseReturnValue:
    """Show six new words. They are not kept before two of them were typed back."""
    return _words_page(issue_words(current_staff(), now=utcnow()), IssuedForm(formdata=None))


def _words_page(issued: IssuedWords, form: IssuedForm, *, status: int = 200) -> ResponseReturnValue:
    positions = [place + 1 for place in issued.asked]
    page = render_template(
        "counselling/make_opening_words.html", issued=issued, positions=positions, form=form
    )
    return page, status


@bp.post("/staff/opening-keys/words/confirm")
@requires(Permission.OPEN_CONTACT)
@limiter.limit(TRIES)
def confirm_opening_words() -> ResponseReturnValue:
    """Two of the words typed back: from now on they are this person's. Earlier ones open nothing any more."""
    form, staff, now = IssuedForm(), current_staff(), utcnow()
    issued = issued_words(staff, form.issued.data or "", now=now)
    if not form.validate():
        return _words_page(issued, form, status=422)
    try:
        pair, wrapped = new_opening_key(staff, issued, form.typed)
    except WordsNotTyped as refusal:
        form.word_one.errors = [refusal.sentence]
        return _words_page(issued, form, status=422)
    with transaction():
        staff = current_staff()
        keep_opening_key(staff, pair, wrapped, now=now)
        ensure_ring(staff.role, maker=staff, now=now)
    flash(_("These are your words now. Keep them where you find them at night, and nobody else does."))
    return redirect(url_for(".show_opening_keys"), code=303)


@bp.post("/staff/opening-keys/admit")
@requires(Permission.OPEN_CONTACT)
@limiter.limit(TRIES)
def admit_key_holder() -> ResponseReturnValue:
    """Give a colleague of the same role what one holds, by typing one's own words."""
    form = AdmitForm()
    if not form.validate():
        return _keys_page(form, status=422)
    try:
        unlocked = unlock(current_staff(), form.passphrase.data)
    except WrongOpeningWords as refusal:
        form.passphrase.errors = [refusal.sentence]
        return _keys_page(form, status=422)
    with transaction():
        admit(form.colleague.data, holder=current_staff(), unlocked=unlocked, now=utcnow())
    flash(_("Your colleague can open from now on, with their own words."))
    return redirect(url_for(".show_opening_keys"), code=303)


@bp.post("/staff/opening-keys/renew")
@requires(Permission.OPEN_CONTACT)
def renew_key_ring() -> ResponseReturnValue:
    """All words of a role are lost: begin anew. What was sealed before opens for nobody."""
    PressForm().validate()
    with transaction():
        renew_ring(maker=current_staff(), now=utcnow())
    flash(_("There is a new key. Students whose details can no longer be opened are told."))
    return redirect(url_for(".show_opening_keys"), code=303)
