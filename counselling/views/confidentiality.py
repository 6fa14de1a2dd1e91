"""The page that says who can read what: for everybody, for the student of a case, and for the coordinator who
writes it.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from core.settings import LANGUAGES
from core.wording import current_language
from counselling.conversants import case_of_conversant
from counselling.intake.confidentiality import (
    TextChangedMeanwhile,
    Version,
    all_versions,
    newest_version,
    record_reading,
    save_text,
)
from counselling.intake.forms import TEXT_LIMIT, ConfidentialityForm, ReadingForm, number_in
from counselling.views import bp, current_conversant, forget_kept, refilled


@bp.get("/counsel/confidentiality")
@requires(Permission.READ)
def show_confidentiality() -> str:
    """Who can read what, how long it is kept, and when somebody would have to be told."""
    version, language = newest_version(), current_language()
    return render_template("counselling/show_confidentiality.html", version=version, language=language)


@bp.post("/counsel/<public_id:case_id>/confidentiality")
@requires(Permission.TALK)
@limiter.limit("60 per minute")
def confirm_reading(case_id: str) -> ResponseReturnValue:
    """The button under it: the student of a case has read it."""
    form = ReadingForm()
    with transaction():
        case = case_of_conversant(case_id, conversant=current_conversant(), locked=True)
        record_reading(case, number_in(form.version), now=utcnow())
    page = ".show_live_talk" if request.form.get("back") == "live" else ".show_conversation"
    return redirect(url_for(page, case_id=case_id), code=303)


@bp.route("/admin/confidentiality", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_confidentiality() -> ResponseReturnValue:
    """Write the page. Each change is a version; the same text again is none."""
    if request.method == "GET":
        newest = newest_version()
        words = {f"body_{code}": newest.wordings.get(code, "") for code in LANGUAGES}
        form = ConfidentialityForm(formdata=None, seen=str(newest.number), **words)
        return _edit_page(refilled(form, request.path)), 200
    form = ConfidentialityForm()
    if not form.validate():
        return _edit_page(form), 422
    if request.form.get("preview"):
        return _edit_page(form, preview=Version(0, form.wordings())), 200
    try:
        with transaction():
            saved = save_text(form.wordings(), seen=number_in(form.seen), actor=current_staff(), now=utcnow())
            forget_kept(request.path)
    except TextChangedMeanwhile as refusal:
        form.seen.data = str(newest_version().number)
        return _edit_page(form, why=refusal.sentence), refusal.status
    flash(
        _("Saved. It counts from now on.") if saved else _("Nothing has changed, so there is no new version.")
    )
    return redirect(url_for(".edit_confidentiality"), code=303)


def _edit_page(form: ConfidentialityForm, *, preview: Version | None = None, why: str = "") -> str:
    return render_template(
        "counselling/edit_confidentiality.html",
        form=form,
        preview=preview,
        why=why,
        versions=all_versions(),
        language=current_language(),
        text_limit=TEXT_LIMIT,
    )
