"""Phases of the screening that do not look at the words: what the topic, the author's first texts and the
hour mean for readers.
"""

from forum.models import ModerationMode
from moderation.screening.findings import Finding, NewText, whole

NEW_MEMBER_POSTS = 5


def ask_the_mode(text: NewText) -> Finding | None:
    """A topic may have every text read first."""
    holds = text.mode is ModerationMode.HOLD_ALL
    return Finding(None, whole("topic_holds")) if holds else None


def look_at_newness(text: NewText) -> Finding | None:
    """A topic may have an author's first texts read first. The moderator learns that readers wait, and not
    how many texts there were.
    """
    holds = text.mode is ModerationMode.HOLD_NEW and text.earlier_posts < NEW_MEMBER_POSTS
    return Finding(None, whole("topic_holds")) if holds else None


def look_at_hours(text: NewText) -> Finding | None:
    """It came while nobody of the team was there. The forum never closes: readers do not wait for that."""
    return None if text.is_staffed else Finding(None, whole("unstaffed"), holds=False)
