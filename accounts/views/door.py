"""Who may join, for the coordinator: the shared word, and how many tickets are left."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import ticket_queries
from accounts.guard import current_staff, requires
from accounts.join_forms import JoinWordForm
from accounts.joinwords import present_word, set_word
from accounts.permissions import Permission
from accounts.views import bp
from core.clock import utcnow
from core.db import transaction
from core.suppression import SMALLEST, suppressed
from core.web import settings_of


@bp.route("/admin/join-word", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def set_join_word() -> ResponseReturnValue:
    """Change the shared word. The old one opens nothing from that moment."""
    settings = settings_of(current_app)
    form = JoinWordForm(data={"word": present_word(settings)} if request.method == "GET" else None)
    if form.validate_on_submit():
        with transaction():
            set_word(form.word.data or "", actor=current_staff().actor, now=utcnow())
        flash(_("It is set. The word before it opens nothing any more."))
        return redirect(url_for(".set_join_word"), code=303)
    page = render_template(
        "accounts/set_join_word.html",
        form=form,
        join=settings.join.value,
        word=present_word(settings),
        tickets_left=suppressed(ticket_queries.count_tickets()),
        smallest=SMALLEST,
    )
    return page, 422 if form.errors else 200
