"""The one place that asks the screening.

A screening that fails is no reason to lose or to publish a text: it becomes one more that a person must read.
What failed is logged by its place in the code, and never with the text.
"""

import traceback

from flask import current_app

from moderation.bands import Band
from moderation.screening.findings import NewText
from moderation.screening.phases import Screening, run_phases
from moderation.screening.risks import Verdict, screen_text

SCREENING_FAILED = "screening failed"  # kept as an item's note; moderators read it in their language


def screen_new_text(text: NewText) -> Screening:
    """What every phase says of a new text. One that fails is logged, and the others still run."""
    screening = run_phases(text)
    for name, error in screening.failures:
        log_failure(name, error)
    return screening


def screen_or_none(text: str) -> Verdict | None:
    """The verdict on a text, or None when the screening failed, which is logged without the text."""
    try:
        return screen_text(text)
    except Exception as error:  # whatever went wrong, the text must be kept and read by a person
        log_failure("screen_text", error)
        return None


def band_of(text: str) -> Band:
    """How soon a person must read a text; amber when the screening failed."""
    verdict = screen_or_none(text)
    return verdict.band if verdict is not None else Band.AMBER


def log_failure(name: str, error: Exception) -> None:
    """Say what failed and where. What the error itself says is left out: it may quote the text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    current_app.logger.error("%s in %s: %s at %s", SCREENING_FAILED, name, type(error).__name__, places)
