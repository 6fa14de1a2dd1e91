"""The style guide: a page that draws every part of the house with the macros that pages use.

For whoever builds the next page, in English. It exists in the demo and in development only: a live
installation has no such address. Everybody on it is invented.
"""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import (
    BooleanField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from accounts.guard import requires
from accounts.permissions import Permission
from core.charts import Bar, BarChart, bar_chart
from core.clock import utcnow
from core.forms import options
from core.palette import meetings_of, palettes
from counselling.models import AuthorKind
from counselling.showing import LetterView
from moderation.bands import Band

bp = Blueprint("demo", __name__)

TODAY = date(2026, 3, 14)
WARNINGS = {"loss": "death and loss", "health": "illness"}
TOPICS = {"a": "Academic difficulties", "f": "Family relationships"}
STAGES = {"none": "Not begun", "begun": "Begun", "done": "Done"}


class SampleForm(Form):
    """One field of each kind. It is drawn and never sent."""

    title = StringField("Title", [InputRequired("Please fill this in.")])
    body = TextAreaField("Your text", [InputRequired("Please fill this in.")])
    warnings = SelectMultipleField(
        "Does it speak of something that may be hard to read?", choices=options(WARNINGS)
    )
    stage = RadioField("Stage", choices=options(STAGES), default="begun")
    topic = SelectField("Topic", choices=options(TOPICS))
    own_device = BooleanField("This is my own phone")


@bp.get("/styleguide")
@requires(Permission.READ)
def show_styleguide() -> ResponseReturnValue:
    """Every part, drawn by the macros that the pages use."""
    wrong = SampleForm(prefix="wrong-")
    wrong.validate()
    static = Path(current_app.static_folder or "")
    stylesheet = (static / "stoa.css").read_text(encoding="utf-8")
    icons = re.findall(r'<symbol id="([^"]+)"', (static / "icons.svg").read_text(encoding="utf-8"))
    day, night = palettes(stylesheet)
    return render_template(
        "demo/show_styleguide.html",
        form=SampleForm(),
        wrong=wrong,
        day=day,
        night=night,
        meetings=meetings_of(stylesheet),
        bands=list(Band),
        icons=icons,
        posts=sample_posts(),
        threads=sample_threads(),
        letters_shown=sample_letters(),
        steps=sample_steps(),
        chart=sample_chart(),
        words=["lantern", "orchard", "velvet", "harbour", "pebble", "willow"],
    )


def sample_posts() -> list[dict[str, Any]]:
    """A post as it is, one that waits, one with a warning, and one of a trained peer."""
    common = {
        "status": "published",
        "badge": "",
        "day": TODAY,
        "warnings": [],
        "is_mine": False,
        "lang": "en",
    }
    text = Markup("<p>%s</p>") % "I moved here in autumn. I know the way to the library and nobody's name."
    answer = Markup("<p>%s</p>") % "That was my first year too. What does a good hour look like for you?"
    return [
        common | {"id": "sample-1", "byline": "Quiet Heron", "html": text, "position": 1},
        common | {"id": "sample-2", "byline": "Niki", "badge": "peer", "html": answer, "position": 2},
        common
        | {"id": "sample-3", "byline": "Amber Finch", "html": text, "position": 3, "warnings": ["loss"]},
        common
        | {"id": "sample-4", "byline": "Quiet Heron", "html": text, "position": 4, "is_mine": True}
        | {"status": "held", "day": None},
    ]


def sample_threads() -> list[dict[str, Any]]:
    """Two rows of a list of threads. They lead nowhere."""
    nowhere = "0000000000001"
    return [
        {"id": nowhere, "title": "Nobody to eat with", "category": "Social relationships"}
        | {"reply_count": 3, "day": TODAY, "warnings": []},
        {"id": nowhere, "title": "The first birthday without her", "category": "Family relationships"}
        | {"reply_count": 0, "day": TODAY, "warnings": ["loss"]},
    ]


def sample_letters() -> list[LetterView]:
    """A letter from each side."""
    now = utcnow()
    hello = Markup("<p>%s</p>") % "Hello, thank you for writing. Take your time."
    reply = Markup("<p>%s</p>") % "It took me three days to open this. I am glad that I did."
    return [
        LetterView(1, AuthorKind.PROFESSIONAL, "Irida", hello, now, is_read=True),
        LetterView(2, AuthorKind.STUDENT, "Quiet Heron", reply, now, is_read=True),
    ]


def sample_steps() -> list[dict[str, Any]]:
    """A case from its beginning to what is promised."""
    noon = datetime(2026, 3, 10, 12, tzinfo=utcnow().tzinfo)
    return [
        {"state": "done", "at": noon, "what": "The case was opened"},
        {"state": "done", "at": noon + timedelta(hours=5), "what": "First letter to the student"},
        {"state": "now", "at": noon + timedelta(days=2), "what": "An encounter goes on"},
        {"state": "ahead", "at": noon + timedelta(days=4), "what": "Answer to the student"},
    ]


def sample_chart() -> BarChart:
    """How long texts waited, by band; one count is too small to be told."""
    return bar_chart(
        [
            Bar("Crisis", None, "fewer than 10"),
            Bar("Red", 38, "38 min"),
            Bar("Amber", 96, "96 min"),
            Bar("Green", 214, "214 min"),
        ]
    )
