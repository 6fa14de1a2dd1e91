"""Refusals: what a rule answers when it says no. Each is a sentence and carries the HTTP status that fits."""

from typing import Any

from click import ClickException


class StartRefused(ClickException):
    """Stoa cannot start, or a command cannot run, as things are. The message is the sentence to show.

    Click prints it without a traceback; so does the server's log.
    """


class Refusal(Exception):
    """A rule said no.

    `status` is the answer's status; `template` may show more than the plain page, with `context`.
    """

    status = 409
    retry_after = 0  # seconds
    template = "_layout/refusal.html"

    def __init__(self, *facts: object, **context: Any) -> None:
        super().__init__(*facts)
        self.context = context

    @property
    def sentence(self) -> str:
        """What to tell the person, in their language."""
        raise NotImplementedError


class Missing(Refusal):
    """There is no such thing, or not for this person: the two answers are the same on purpose."""

    status = 404
    sentence = ""
