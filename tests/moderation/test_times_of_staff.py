"""How the lists of staff say a time."""

from datetime import timedelta

from flask import Flask

from core.clock import utcnow
from moderation.views.words import clock, time_or_day


def test_what_is_due_today_is_said_by_its_time_alone(app: Flask) -> None:
    with app.test_request_context():
        moment = utcnow()
        assert clock(moment).endswith(time_or_day(moment))
        assert len(time_or_day(moment)) == len("14:20")


def test_what_is_due_on_another_day_is_said_with_its_day(app: Flask) -> None:
    with app.test_request_context():
        moment = utcnow() + timedelta(days=2)
        assert time_or_day(moment) == clock(moment)
