"""Forms for the institution's own face."""

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, StringField, ValidationError

from core.assets import assets_of_request
from core.colour import AccentUnreadable, ColourMalformed, Pair, Palette, parse_colour, shades_of
from core.forms import Line, StoaForm, required
from core.logos import LARGEST_LOGO, Logo, LogoRefused, read_logo
from core.site import Look

ROLES = {
    "accent": _l("this colour"),
    "on-accent": _l("the writing on a button"),
    "ink": _l("text"),
    "quiet": _l("small print"),
    "focus": _l("the frame of what is chosen"),
    "page": _l("the page"),
    "surface": _l("a card"),
    "sunken": _l("the foot of the page"),
    "accent-soft": _l("its own soft ground"),
}
REASONS = {
    "too_large": _l("This picture is too large. It may have 20 kB."),
    "unknown": _l("This is no PNG, WebP or SVG."),
    "damaged": _l("This picture is damaged or not complete. Please save it again and send that."),
    "too_wide": _l("This picture is too wide or too high: 4,000 pixels at most."),
    "not_only_drawing": _l(
        "This SVG holds more than a drawing: a script, a picture from elsewhere, or notes of the program "
        "that made it. Save it as a plain SVG, or as PNG."
    ),
}


def why_unreadable(pair: Pair, nearest: str, *, by_night: bool) -> str:
    """The sentence of a refused accent: which two colours meet, by how much they fail, and what would do."""
    words = {
        "colour": ROLES[pair.colour],
        "ground": ROLES[pair.ground],
        "ratio": format_decimal(int(pair.ratio * 100) / 100),
        "needed": format_decimal(pair.needed),
        "nearest": nearest,
    }
    if by_night:
        return _(
            "At night, %(colour)s on %(ground)s has a contrast of %(ratio)s, and %(needed)s is needed. The "
            "nearest colour that can be read is %(nearest)s.",
            **words,
        )
    return _(
        "By day, %(colour)s on %(ground)s has a contrast of %(ratio)s, and %(needed)s is needed. The nearest "
        "colour that can be read is %(nearest)s.",
        **words,
    )


class Readable:
    """A colour, cleaned in place, that can be read by day or by night; "" leaves it to Stoa."""

    def __init__(self, *, by_night: bool) -> None:
        self.by_night = by_night

    def __call__(self, _form: StoaForm, field: Field) -> None:
        field.data = (field.data or "").strip()
        if not field.data:
            return
        try:
            colour = parse_colour(field.data)
            shades_of(colour, self._palette())
        except ColourMalformed as error:
            raise ValidationError(_("Write a colour as # and six digits, for example #2a5d50.")) from error
        except AccentUnreadable as refusal:
            sentence = why_unreadable(refusal.pair, refusal.nearest, by_night=self.by_night)
            raise ValidationError(sentence) from refusal
        field.data = colour

    def _palette(self) -> Palette:
        colours = assets_of_request()
        return colours.night if self.by_night else colours.day


class LookForm(StoaForm):
    name = StringField(_l("Name of this forum"), validators=[Line(limit=60, optional=True)])
    short_name = StringField(
        _l("Name on a telephone's first screen"), validators=[Line(limit=20, optional=True)]
    )
    has_neutral_tabs = BooleanField(_l("Show the short name in the browser's tab, too"))
    accent = StringField(_l("Accent colour by day"), validators=[Readable(by_night=False)])
    accent_dark = StringField(_l("Accent colour by night"), validators=[Readable(by_night=True)])
    lists_threads = BooleanField(_l("Search engines may list threads"))

    def look(self) -> Look:
        """What was chosen."""
        chosen = {name: self[name].data for name in Look.__dataclass_fields__}
        return Look(**chosen)


class LogoForm(StoaForm):
    logo = FileField(_l("Picture"), validators=[required(_l("Please choose a picture."))])
    picture: Logo

    def validate_logo(self, field: Field) -> None:
        """Look through the picture that was sent, and keep it as `picture`."""
        body = field.data.stream.read(LARGEST_LOGO + 1) if field.data else b""
        if not body:
            raise ValidationError(_("Please choose a picture."))
        try:
            self.picture = read_logo(body)
        except LogoRefused as refusal:
            raise ValidationError(REASONS[refusal.reason]) from refusal
