"""The screening calls a professional by itself when words say that somebody may end their life at a named
time, with a plan, or with a farewell.

No moderator has to see the text first, and none can call it off: who lowers the band or decides about the
text leaves the escalation where it is. Only a professional's act ends it. Red waits for a person's judgement.
"""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from core.web import settings_of
from moderation.bands import Band
from moderation.escalations import Briefing, escalate
from moderation.models import Escalation, QueueItem
from moderation.screening.explanations import explain_key
from moderation.screening.phases import Screening


def call_professional(item: QueueItem, screening: Screening, *, now: datetime) -> Escalation | None:
    """Hand a text of crisis over, in the transaction that stores it. The item's row is locked.

    One that waits already is told what was found, and pages again. After one that was accepted, declined or
    resolved a new one waits: whoever has the student's case is given it.
    """
    if screening.band is not Band.CRISIS:
        return None
    briefing = Briefing(band=Band.CRISIS, prompted_by=what_was_found(screening), already_said="")
    return escalate(item, briefing, actor=None, now=now)


def what_was_found(screening: Screening) -> str:
    """What the marked words may mean, in the installation's language: nobody knows yet who will read it.

    Never the words themselves: they stand in the text, and whoever may read it finds them marked there.
    """
    language = settings_of(current_app).default_language
    marks = [mark for finding in screening.findings for mark in finding.marks]
    keys = dict.fromkeys(
        mark.key for mark in sorted(marks, key=lambda mark: mark.band.rank) if mark.band.rank <= Band.RED.rank
    )
    sentences = [sentence for key in keys if (sentence := explain_key(key, language))]
    with force_locale(language):
        called = _("The screening called a professional by itself, before anybody had read these words.")
    return " ".join([called, *sentences])
