"""What screening must know of this university, for the coordinator."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from moderation.screening_forms import StudentNumbersForm
from moderation.student_numbers import present_shapes, set_shapes
from moderation.views import bp


@bp.route("/admin/student-numbers", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def set_student_numbers() -> ResponseReturnValue:
    """How student numbers look here, so that nobody publishes theirs by a slip."""
    shapes = present_shapes()
    form = StudentNumbersForm(data={"shapes": shapes or ""} if request.method == "GET" else None)
    if form.validate_on_submit():
        with transaction():
            set_shapes(form.shapes.data or "", actor=current_staff(), now=utcnow())
        flash(_("It is set. Numbers of this shape are shown to their writers from now on."))
        return redirect(url_for(".set_student_numbers"), code=303)
    page = render_template("moderation/set_student_numbers.html", form=form, is_set=shapes is not None)
    return page, 422 if form.errors else 200
