"""The library of reasons, for the coordinator. What was ever said to an author stays to be seen."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from core.wording import current_language
from forum.passages import passage_address, passages_of_rules
from moderation.views import bp
from moderation.wording.forms import ROLE_NAMES, ReasonForm
from moderation.wording.reasons import (
    DEFAULTS,
    LibraryReason,
    Wording,
    cited_reason,
    key_for,
    newest_reasons,
    save_reason,
    versions_of,
)

bp.add_app_template_global(passage_address, "passage_address")


@bp.app_template_global("cited_wording")
def cited_wording(key: str, version: int) -> Wording | None:
    """A reason as a decision cites it, in the reader's language; what no longer exists says nothing."""
    reason = cited_reason(key, version)
    return reason.wording(current_language()) if reason is not None else None


@bp.app_template_global("passage_of_reason")
def passage_of_reason(key: str, version: int) -> str:
    """The passage of the house rules that a reason leads to."""
    reason = cited_reason(key, version)
    return passage_address(reason.anchor if reason is not None else "")


@bp.get("/admin/reasons")
@requires(Permission.ADMINISTER)
def list_reasons() -> ResponseReturnValue:
    """All reasons as they are now."""
    return render_template(
        "moderation/list_reasons.html",
        reasons=list(newest_reasons().values()),
        language=current_language(),
        role_names=ROLE_NAMES,
    )


@bp.route("/admin/reasons/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def add_reason() -> ResponseReturnValue:
    """A new reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _form_page(form, key="", versions=[])
    return _save(form, key="")


@bp.route("/admin/reasons/<key>/edit", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_reason(key: str) -> ResponseReturnValue:
    """Another version of a reason, with all those before it."""
    versions = versions_of(key)
    form = ReasonForm() if request.method == "POST" else ReasonForm.showing(versions[0])
    if not form.validate_on_submit():
        return _form_page(form, key=key, versions=versions)
    return _save(form, key=key)


def _form_page(form: ReasonForm, *, key: str, versions: list[LibraryReason]) -> ResponseReturnValue:
    page = render_template(
        "moderation/edit_reason.html",
        form=form,
        key=key,
        versions=versions,
        passages=passages_of_rules(),
        is_ours=key in DEFAULTS,
        language=current_language(),
    )
    return page, 422 if form.errors else 200


def _save(form: ReasonForm, *, key: str) -> ResponseReturnValue:
    goal = url_for(".list_reasons")
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}"
        if earlier_result(form.submission, sender=sender) is None:
            save_reason(
                key or key_for(form.text_en.data),
                seen=(form.seen.data or 0) if key else 0,
                wordings=form.wordings(),
                anchor=form.anchor.data or "",
                roles=form.roles.data,
                is_offered=form.is_offered.data,
                is_about_others=form.is_about_others.data,
                actor=staff,
                now=utcnow(),
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
    flash(_("The reason is saved. Decisions from now on cite this wording."))
    return redirect(goal, code=303)
