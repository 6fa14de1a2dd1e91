"""How texts like this one were decided: the same topic, the same reasons, the latest five, and no text."""

from datetime import timedelta

from flask import Flask

from core.db import transaction
from moderation.bands import Band
from moderation.decisions import undo
from moderation.models import Conduct, ReasonKind
from moderation.queries import open_reasons
from moderation.queue import add_reason
from moderation.similar import EarlierDecision, similar_decisions
from tests.cast import (
    MINUTE,
    NOON,
    begin_thread,
    decided,
    item,
    item_id_of,
    new_moderator,
    new_student,
    staff,
)

HOUR = timedelta(hours=1)


def text_decided(conduct: Conduct, *, by: str, slug: str = "adjustment-difficulties", hours: int = 0) -> str:
    """A text that was decided, some hours after noon. Returns its item's id."""
    now = NOON + hours * HOUR
    post_id = begin_thread(new_student(), f"Hour {hours} of a long day.", slug=slug, now=now)
    reason = "advert" if conduct is Conduct.NOT_HERE else ""
    return decided(post_id, conduct, by=by, reason=reason, now=now).id


def similar_to(item_id: str) -> list[EarlierDecision]:
    found = item(item_id)
    return similar_decisions(found, open_reasons(item_id))


def test_the_latest_five_of_the_same_topic_come_newest_first(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        for hours, conduct in enumerate([Conduct.NOT_HERE, *[Conduct.PUBLISH] * 4, Conduct.NOT_HERE]):
            text_decided(conduct, by=maya, hours=hours)
        waiting = item_id_of(begin_thread(new_student()))
        found = [one.conduct for one in similar_to(waiting)]
        assert found == [Conduct.NOT_HERE, *[Conduct.PUBLISH] * 4]


def test_a_reason_is_told_as_it_was_worded_then(app: Flask) -> None:
    with app.app_context():
        text_decided(Conduct.NOT_HERE, by=new_moderator())
        (one,) = similar_to(item_id_of(begin_thread(new_student())))
        assert (one.why is not None and one.why.key, one.day) == ("advert", NOON.date())


def test_another_topic_is_not_similar(app: Flask) -> None:
    with app.app_context():
        text_decided(Conduct.PUBLISH, by=new_moderator(), slug="academic-difficulties")
        assert similar_to(item_id_of(begin_thread(new_student()))) == []


def test_what_waited_for_other_reasons_is_not_similar(app: Flask) -> None:
    with app.app_context():
        text_decided(Conduct.PUBLISH, by=new_moderator())
        waiting = item_id_of(begin_thread(new_student()))
        with transaction():
            add_reason(item(waiting), ReasonKind.REPORT, Band.AMBER, now=NOON)
        assert similar_to(waiting) == []


def test_what_was_taken_back_counts_for_nothing(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        item_id = text_decided(Conduct.PUBLISH, by=maya)
        with transaction():
            undo(item(item_id), actor=staff(maya), now=NOON)
        assert similar_to(item_id_of(begin_thread(new_student(), now=NOON + MINUTE))) == []


def test_a_texts_own_history_is_not_among_them(app: Flask) -> None:
    with app.app_context():
        item_id = text_decided(Conduct.PUBLISH, by=new_moderator())
        with transaction():
            add_reason(item(item_id), ReasonKind.NEW_POST, Band.GREEN, now=NOON)
        assert similar_to(item_id) == []
