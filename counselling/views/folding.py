"""A long conversation: what was written earlier is folded away, so that the newest stands first in sight."""

from collections.abc import Sequence
from typing import NamedTuple

from counselling.showing import LetterView
from counselling.views import bp


class Fold(NamedTuple):
    """Where the fold lies, and how much is behind it: letters, and live talks as one each."""

    at: int
    hidden: int


def fold(letters: Sequence[LetterView], shown: int) -> Fold:
    """Show the last letters, and never a part of a live talk."""
    begins = [
        place
        for place, one in enumerate(letters)
        if one.talk is None or place == 0 or letters[place - 1].talk != one.talk
    ]
    hidden = max(0, len(begins) - shown)
    return Fold(begins[hidden] if hidden else 0, hidden)


bp.add_app_template_filter(fold, "fold")
