"""Coming back to one conversation with its code."""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import open_tokens, requires, set_session
from accounts.leaving import end_session
from accounts.permissions import Permission
from accounts.websessions import sign_in
from core.clock import utcnow
from core.db import transaction
from core.limits import limiter
from counselling.reaching.codes import CodeOpensNothing, returner_with
from counselling.reaching.forms import CodeForm
from counselling.views import bp


@bp.route("/counsel/return", methods=["GET", "POST"])
@requires(Permission.JOIN)
@limiter.limit("20 per minute; 200 per hour", methods=["POST"])
def come_back_with_code() -> ResponseReturnValue:
    """Open one conversation with its code. Whoever was signed in here before is signed out."""
    form = CodeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                returner = returner_with(form.code.data)
                for old in open_tokens():
                    end_session(old, now=utcnow())
                token = sign_in(returner, now=utcnow())
        except CodeOpensNothing as refusal:
            form.code.errors = [refusal.sentence]
        else:
            goal = url_for(".show_conversation", case_id=returner.opens)
            return set_session(make_response(redirect(goal, code=303)), "returner", token)
    page = render_template("counselling/come_back_with_code.html", form=form)
    return page, 422 if form.errors else 200
