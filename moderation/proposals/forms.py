"""Forms for what needs a second person, and for covering words."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from accounts.permissions import Role
from core.forms import Body, Line, StoaForm, one_of, options, required
from forum.covering import CoverKind
from moderation.bands import Band

KIND_NAMES = {
    CoverKind.NAME: _l("a name"),
    CoverKind.PHONE: _l("a number, an address, a handle"),
    CoverKind.PLACE: _l("a place"),
    CoverKind.METHOD: _l("a way to hurt oneself or others"),
    CoverKind.OTHER: _l("something else that is personal"),
}
LOWER_BANDS = {
    Band.RED: _l("red"),
    Band.AMBER: _l("amber"),
    Band.GREEN: _l("green"),
}
GRANTED_ROLES = {Role.COORDINATOR: _l("coordinator"), Role.PROFESSIONAL: _l("professional")}


class WordsForm(StoaForm):
    """Words of a text to be covered."""

    words = TextAreaField(
        _l("The words, exactly as they were typed"), validators=[required(), Body(limit=2000)]
    )
    kind = RadioField(
        _l("What they are"),
        choices=options(KIND_NAMES),
        validators=[one_of(CoverKind)],
        validate_choice=False,
    )


class ProposalForm(StoaForm):
    """Why something is proposed, and whether it cannot wait for a second person."""

    reason = TextAreaField(_l("Why"), validators=[required(), Body(limit=1000)])
    at_once = BooleanField(_l("It cannot wait: do it now, alarm my colleagues, and have it reviewed"))


class RedactForm(WordsForm, ProposalForm):
    """Words to be taken out for good."""


class LowerForm(ProposalForm):
    """A less urgent band."""

    band = RadioField(
        _l("How urgent it is, as you see it"),
        choices=options(LOWER_BANDS),
        validators=[one_of(LOWER_BANDS)],
        validate_choice=False,
    )


class RoleForm(ProposalForm):
    """Another role for a member of staff."""

    username = StringField(_l("User name"), validators=[Line(limit=60)])
    role = RadioField(
        _l("Role"), choices=options(GRANTED_ROLES), validators=[one_of(GRANTED_ROLES)], validate_choice=False
    )


class SendBackForm(StoaForm):
    """Why a decision is sent back to who made it."""

    words = TextAreaField(_l("Why it should not leave so"), validators=[required(), Body(limit=1000)])


class ReviewForm(StoaForm):
    """What somebody found who looked at an act that one person did alone."""

    words = TextAreaField(_l("What you found"), validators=[required(), Body(limit=1000)])
