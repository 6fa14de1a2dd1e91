"""What an author is told about their own words: which of them a reason concerns, and what would help.

Words are kept as places in the wording that was decided on, never as letters: what is taken out of a text for
good must not live on here.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from core.queries import outbox_row
from core.refusals import Refusal
from core.wording import current_language
from forum import queries as forum_queries
from forum.gate import Advice, AdviceMark
from forum.lifecycle import original_of
from forum.models import Post
from forum.passages import passage_address
from moderation import queries
from moderation.models import Conduct, Decision
from moderation.wording.reasons import cited_reason

WORDS_AT_MOST = 20
ADVISES = frozenset({Conduct.ASK_CHANGE, Conduct.NOT_HERE, Conduct.HIDE})
# These change nothing that was asked before.
SILENT = frozenset({Conduct.KEEP_HELD, Conduct.DISMISS})


class WordsNotThere(Refusal):
    """Words were marked that do not stand in the text."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Some of the words that you marked do not stand in the text. Nothing was decided.")


def read_lines(typed: str) -> tuple[str, ...]:
    """The words that a moderator marked, one line each."""
    return tuple(dict.fromkeys(line for raw in typed.splitlines() if (line := " ".join(raw.split()))))


def missing_words(post: Post, words: Iterable[str]) -> list[str]:
    """Those that do not stand in the newest wording."""
    parts = _parts(post, post.latest_revision)
    return [one for one in words if not any(_places(one, text) for text in parts.values())]


def place_marks(post: Post, words: Sequence[str]) -> list[dict[str, Any]] | None:
    """Where the marked words stand in the newest wording, each time that they do. Raises WordsNotThere."""
    if missing_words(post, words):
        raise WordsNotThere
    parts = _parts(post, post.latest_revision)
    marks = [
        {"part": part, "start": start, "end": end}
        for one in words
        for part, text in parts.items()
        for start, end in _places(one, text)
    ]
    return marks or None


def quoted_words(decision_id: str) -> list[str]:
    """The words that a decision is about, as its author wrote them; none where they are no longer kept."""
    decision = queries.decision(decision_id)
    item = queries.item(decision.item_id) if decision is not None else None
    if decision is None or item is None or not decision.marks:
        return []
    return words_of_marks(item.post, decision.revision, decision.marks)


def words_of_marks(post: Post, revision: int, marks: Sequence[dict[str, Any]]) -> list[str]:
    """The words at these places of a wording, each once."""
    parts = _parts(post, revision)
    words = (parts.get(mark["part"], "")[mark["start"] : mark["end"]] for mark in marks)
    return list(dict.fromkeys(filter(None, words)))


def advice_for(post: Post) -> Advice | None:
    """What the newest decision that has left asks of the author; None when it asks nothing."""
    item = queries.item_of_post(post.id)
    decision = _deciding(queries.decisions_of(item.id)) if item is not None else None
    if decision is None or decision.conduct not in ADVISES:
        return None
    if decision.notice_row is not None and outbox_row(decision.notice_row) is not None:
        return None
    reason = cited_reason(decision.reason, decision.reason_version)
    words = reason.wording(current_language()) if reason is not None else None
    return Advice(
        reason=words.text if words is not None else "",
        example=words.example if words is not None else "",
        language=words.language if words is not None else "",
        passage=passage_address(reason.anchor if reason is not None else ""),
        message=decision.message or "",
        revision=decision.revision,
        marks=[AdviceMark(mark["part"], mark["start"], mark["end"]) for mark in decision.marks or []],
    )


def _deciding(decisions: Sequence[Decision]) -> Decision | None:
    """The newest that holds: not reversed, and not one that left the text as it was."""
    reversed_ids = {decision.reverses_id for decision in decisions}
    return next(
        (
            decision
            for decision in decisions
            if decision.id not in reversed_ids
            and decision.reverses_id is None
            and decision.conduct not in SILENT
        ),
        None,
    )


def _parts(post: Post, revision: int) -> dict[str, str]:
    words = original_of(forum_queries.revision(post.id, revision))
    return {part: words[part] for part in ("title", "body") if words[part]}


def _places(words: str, text: str) -> list[tuple[int, int]]:
    """Wherever these words stand in a text; line ends count as spaces."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    return [match.span() for match in re.finditer(pattern, text)] if pattern else []
