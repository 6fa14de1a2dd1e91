"""Keeping and throwing away a draft: by the script while somebody writes, and by buttons without it."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_student, requires, signed_in
from accounts.keeping import own_key
from accounts.permissions import Permission
from core.clock import utcnow
from core.crypto import tag
from core.db import transaction
from core.limits import address_key, limiter
from core.refusals import Missing
from forum import drafting
from forum.gate import gate
from forum.views import bp
from forum.views.editor import declines_drafts, draft_key, excerpts
from forum.views.turns import FROM_SCRIPT


def writer_key() -> str:
    """Whose drafts are counted: a whole campus that writes at once must not fill one bucket."""
    key = draft_key()
    return tag(current_app.extensions["stoa_day_secret"].today(), key).hex()[:24] if key else address_key()


@bp.post("/drafts")
@requires(Permission.KEEP_OWN)
@limiter.limit("40 per minute", key_func=writer_key)
def keep_draft() -> ResponseReturnValue:
    """Keep what is in the editor of a place, or forget it when nothing is to be kept."""
    place, key = _place(), own_key(signed_in())
    until = None
    with transaction():
        current_student()
        if declines_drafts():
            drafting.forget_draft(key, place, now=utcnow())
        else:
            fields = {name: request.form.getlist(name) for name in drafting.FIELDS}
            until = drafting.keep_draft(key, place, fields, now=utcnow())
    if not request.headers.get(FROM_SCRIPT):
        return redirect(place, code=303)
    title, body = request.form.get("title", ""), request.form.get("body", "")
    is_public = not place.startswith("/counsel/")  # a counsellor may be told who somebody is
    marks = gate().personal_data(title=title, body=body) if until and is_public else []
    found = excerpts({"title": title, "body": body}, marks)
    return render_template("forum/keep_draft.html", until=until, found=found)


@bp.post("/drafts/discard")
@requires(Permission.KEEP_OWN)
def discard_draft() -> ResponseReturnValue:
    """Throw a draft away."""
    place, key = _place(), own_key(signed_in())
    with transaction():
        current_student()
        drafting.forget_draft(key, place, now=utcnow())
    back = place if request.form.get("back") != "mine" else url_for(".show_mine")
    return redirect(back, code=303)


def _place() -> str:
    place = request.form.get("back_to", "")
    if not drafting.is_place(place):
        raise Missing
    return place
