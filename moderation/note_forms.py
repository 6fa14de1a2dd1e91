"""Forms whose words go to a student, or come from one."""

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired

from core.forms import Body, StoaForm, required
from moderation.notes import NOTE_LIMIT
from moderation.wording.kindness import Remark, look_over

ANYWAY = "anyway"


def written() -> DataRequired:
    """There must be words."""
    return required(_l("Please write something here."))


class KindForm(StoaForm):
    """A form of the team's whose words are read over before they leave.

    With `kind=anyway` they go as they are: a person decides.
    """

    KIND_FIELDS: ClassVar[tuple[str, ...]] = ()

    kind = HiddenField()
    asks_kindly = False

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything fits, and nothing is there that could hurt or is hard to read."""
        is_fine = super().validate(extra_validators)
        if self.kind.data == ANYWAY:
            return is_fine
        for name in self.KIND_FIELDS:
            field = self[name]
            for finding in look_over(field.data or "") if not field.errors else []:
                sentence = _l("This may sound like blame: “%(words)s”.")
                if finding.remark is Remark.LEVEL:
                    sentence = _l("This is hard to read for somebody who is not well: “%(words)s”.")
                field.errors = [*field.errors, str(sentence % {"words": finding.words})]
                self.asks_kindly, is_fine = True, False
        return is_fine


class TeamNoteForm(KindForm):
    """A line of the team."""

    KIND_FIELDS: ClassVar[tuple[str, ...]] = ("body",)

    body = TextAreaField(_l("Your words to the author"), validators=[written(), Body(limit=NOTE_LIMIT)])


class AuthorNoteForm(StoaForm):
    """A line of the author."""

    body = TextAreaField(_l("Your answer"), validators=[written(), Body(limit=NOTE_LIMIT)])
