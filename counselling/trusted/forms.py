"""Forms of inviting trusted persons, and of coming in."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from core.forms import Body, Line, StoaForm, required

NAME_LIMIT, REASON_LIMIT = 60, 300


class InviteForm(StoaForm):
    name = StringField(
        _l("What do you call them?"),
        validators=[required(_l("Please write what you call them.")), Line(limit=NAME_LIMIT)],
    )


class RefuseForm(StoaForm):
    reason = TextAreaField(
        _l("A sentence for the student"), validators=[Body(limit=REASON_LIMIT, optional=True)]
    )


class ComeInForm(StoaForm):
    """The button behind a link. Its `submission_id` lets a second press in as the first."""
