"""Forms of the rota and of care for the moderator."""

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.models import Staff
from core.forms import StoaForm, options, required
from moderation.team.models import Duty

DUTY_NAMES = {
    Duty.MODERATOR: _l("moderator: reads and decides"),
    Duty.LEAD: _l("lead: whom the team asks"),
    Duty.ON_CALL: _l("on call: can be woken"),
    Duty.SECOND: _l("second: when the first does not answer"),
}


class ShiftsForm(StoaForm):
    """Times for one person on some days of one week."""

    person = SelectField(_l("Person"), choices=[], validators=[required(_l("Please choose somebody."))])
    duty = SelectField(_l("Duty"), choices=options(DUTY_NAMES))
    days = SelectMultipleField(
        _l("Days"),
        choices=[],
        validators=[required(_l("Please choose a day, or several."))],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    begins = StringField(_l("From"), validators=[required(_l("Please write a time such as 09:00."))])
    ends = StringField(_l("To"), validators=[required(_l("Please write a time such as 09:00."))])

    def __init__(self, people: Sequence[Staff] = (), days: Sequence[date] = (), **more: Any) -> None:
        super().__init__(**more)
        self.person.choices = options({one.id: one.alias for one in people})
        self.days.choices = options({day.isoformat(): format_date(day, "EEE d MMM") for day in days})

    def validate_begins(self, field: Field) -> None:
        """Must be a time of day."""
        if read_time(field.data or "") is None:
            raise ValidationError(_l("Please write a time such as 09:00."))

    def validate_ends(self, field: Field) -> None:
        """Must be a time of day."""
        self.validate_begins(field)

    def chosen_days(self) -> list[date]:
        """The days that were ticked."""
        return [date.fromisoformat(day) for day in self.days.data or []]

    def times(self) -> tuple[time, time]:
        """From when to when."""
        begins, ends = read_time(self.begins.data or ""), read_time(self.ends.data or "")
        assert begins is not None
        assert ends is not None
        return begins, ends


class OfferForm(StoaForm):
    """Whom somebody asks to take over a shift."""

    colleague = SelectField(_l("Colleague"), choices=[], validators=[required(_l("Please choose somebody."))])

    def __init__(self, people: Sequence[Staff] = (), **more: Any) -> None:
        super().__init__(**more)
        self.colleague.choices = options({one.id: one.alias for one in people})


class TopicsForm(StoaForm):
    """Topics that somebody does not want to be offered."""

    topics = SelectMultipleField(
        _l("Do not offer me"),
        choices=[],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def __init__(self, topics: Sequence[tuple[str, Any]] = (), **more: Any) -> None:
        super().__init__(**more)
        self.topics.choices = options(dict(topics))


class PairForm(StoaForm):
    """Somebody's buddy and senior."""

    buddy = SelectField(_l("Buddy: talks with them after a hard text"), choices=[])
    senior = SelectField(_l("Senior: approves while they learn"), choices=[])

    def __init__(self, people: Sequence[Staff] = (), **more: Any) -> None:
        super().__init__(**more)
        names = {"": _l("nobody")} | {one.id: one.alias for one in people}
        self.buddy.choices = options(names)
        self.senior.choices = options(names)


def read_time(typed: str) -> time | None:
    """A time of day such as "9", "09:00" or "9:30"; None when it is none."""
    found = re.fullmatch(r"\s*([01]?\d|2[0-3])(?:[:.]([0-5]\d)(?::00)?)?\s*", typed, re.ASCII)
    return time(int(found[1]), int(found[2] or 0)) if found else None
