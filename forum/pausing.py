"""A thread that a counsellor looks after: replies may pause, and it may say that it is looked after.

Both end when the counsellor hands it back. The thread itself stays readable.
"""

from flask_babel import gettext as _

from core.refusals import Refusal
from forum.models import Thread


class RepliesPaused(Refusal):
    """Replies in this thread pause."""

    @property
    def sentence(self) -> str:
        return _("Replies in this thread pause for a while. Nothing is lost: what you typed is below.")


def pause_replies(thread: Thread) -> None:
    """From now on nobody but a counsellor answers here. On a locked thread."""
    thread.is_paused = True


def resume_replies(thread: Thread) -> None:
    """Everybody may answer again. On a locked thread."""
    thread.is_paused = False


def say_cared_for(thread: Thread, *, is_said: bool) -> None:
    """Whether the thread says that a counsellor looks after it. On a locked thread."""
    thread.is_cared_for = is_said


def require_open_for_replies(thread: Thread) -> None:
    """Raises RepliesPaused."""
    if thread.is_paused:
        raise RepliesPaused(thread.id)
