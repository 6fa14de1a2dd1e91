"""Who has an item: taking it, giving it back, putting it aside, handing it on, letting it go by.

Each is a POST of one button or one short form, and works without script.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from moderation.access import lock_author_of
from moderation.act_forms import CoverForm, HandForm, HoldForm
from moderation.claims import claim, claim_next, extend, release
from moderation.judging import colleagues
from moderation.offering import visible_item
from moderation.passing import ask_for_cover, hand_to, hold_item, skip
from moderation.recusal import recuse
from moderation.views import bp


@bp.post("/moderation/queue/next")
@requires(Permission.DECIDE)
def take_next_item() -> ResponseReturnValue:
    """The most urgent item that this person is offered."""
    with transaction():
        item = claim_next(current_staff(), now=utcnow())
        goal = url_for(".show_item", item_id=item.id) if item is not None else url_for(".show_queue")
    return redirect(goal, code=303)


@bp.post("/moderation/items/<public_id:item_id>/claim")
@requires(Permission.DECIDE)
def claim_item(item_id: str) -> ResponseReturnValue:
    """Take this item, renew it while its page is in use, or take ten more minutes (`longer`)."""
    act, now = extend if "longer" in request.form else claim, utcnow()
    with transaction():
        staff = current_staff()
        act(visible_item(staff, item_id, now=now, locked=True), actor=staff, now=now)
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.post("/moderation/items/<public_id:item_id>/release")
@requires(Permission.DECIDE)
def release_item(item_id: str) -> ResponseReturnValue:
    """Give the item back."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        release(visible_item(staff, item_id, now=now, locked=True), actor=staff, now=now)
    flash(_("You gave the text back. It waits for a colleague."))
    return redirect(url_for(".show_queue"), code=303)


@bp.post("/moderation/items/<public_id:item_id>/hold")
@requires(Permission.DECIDE)
def put_item_on_hold(item_id: str) -> ResponseReturnValue:
    """Put the item aside for a while, with a reason, for a colleague or for nobody."""
    now = utcnow()
    form = HoldForm().offer(colleagues(current_staff(), now=now))
    if not form.validate():
        return _again(item_id, "hold", form)
    with transaction():
        staff = current_staff()
        hold_item(
            visible_item(staff, item_id, now=now, locked=True),
            reason=form.reason.data or "",
            until=now + form.length,
            colleague_id=form.colleague.data or None,
            actor=staff,
            now=now,
        )
    flash(_("The text is put aside. Its clock goes on."))
    return redirect(url_for(".show_queue"), code=303)


@bp.post("/moderation/items/<public_id:item_id>/hand")
@requires(Permission.DECIDE)
def hand_item(item_id: str) -> ResponseReturnValue:
    """Hand the item to a colleague."""
    now = utcnow()
    form = HandForm().offer(colleagues(current_staff(), now=now))
    if not form.validate():
        return _again(item_id, "hand", form)
    with transaction():
        staff = current_staff()
        item = visible_item(staff, item_id, now=now, locked=True)
        hand_to(item, colleague_id=form.colleague.data, actor=staff, now=now)
    flash(_("The text is handed on. If your colleague does not take it in ten minutes, everybody can."))
    return redirect(url_for(".show_queue"), code=303)


def _again(item_id: str, act: str, form: HoldForm | HandForm) -> ResponseReturnValue:
    """The form once more, with what was typed and what is missing."""
    item = visible_item(current_staff(), item_id, now=utcnow())
    return render_template("moderation/pass_on.html", item=item, act=act, form=form), 422


@bp.post("/moderation/items/<public_id:item_id>/skip")
@requires(Permission.DECIDE)
def skip_item(item_id: str) -> ResponseReturnValue:
    """Let the item go by for a day."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        skip(visible_item(staff, item_id, now=now, locked=True), actor=staff, now=now)
    flash(_("You are not offered this text for a day. Your colleagues are."))
    return redirect(url_for(".show_queue"), code=303)


@bp.post("/moderation/items/<public_id:item_id>/recuse")
@requires(Permission.DECIDE)
def recuse_from_item(item_id: str) -> ResponseReturnValue:
    """I must not judge this."""
    now = utcnow()
    with transaction():
        staff = current_staff()
        lock_author_of(item_id)
        recuse(visible_item(staff, item_id, now=now, locked=True), actor=staff, now=now)
    flash(_("You will not meet texts of this author any more. Nobody asks why."))
    return redirect(url_for(".show_queue"), code=303)


@bp.post("/moderation/cover")
@requires(Permission.DECIDE)
def ask_cover() -> ResponseReturnValue:
    """I need cover: everything in hand goes back, and the lead is asked."""
    form = CoverForm()
    if not form.validate():
        return render_template("moderation/ask_cover.html", form=form), 422
    with transaction():
        ask_for_cover(current_staff(), note=form.note.data or "", now=utcnow())
    flash(_("The lead is told. Nothing is in your hands any more. Take the time you need."))
    return redirect(url_for(".show_rest"), code=303)
