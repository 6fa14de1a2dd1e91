"""The one place that asks the screening.

A screening that fails is no reason to lose or to publish a text: it becomes one more that a person must read.
"""

from flask import current_app

from moderation.bands import Band
from moderation.screening import Verdict, screen_text

SCREENING_FAILED = "screening failed"  # kept as an item's note; moderators read it in their language


def screen_or_none(text: str) -> Verdict | None:
    """The verdict on a text, or None when the screening failed, which is logged without the text."""
    try:
        return screen_text(text)
    except Exception:  # whatever went wrong, the text must be kept and read by a person
        current_app.logger.exception(SCREENING_FAILED)
        return None


def band_of(text: str) -> Band:
    """How soon a person must read a text; amber when the screening failed."""
    verdict = screen_or_none(text)
    return verdict.band if verdict is not None else Band.AMBER
