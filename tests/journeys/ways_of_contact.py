"""The way by which words get into sealed contact details, and into what is said about opening them."""

import re
from datetime import timedelta

from accounts import queries as account_queries
from core.clock import utcnow
from core.db import db
from tests.counselling.opening import make_words, put_on_call
from tests.journeys.scene import Scene
from tests.journeys.steps import path_of
from tests.people import post_form

OPENING = re.compile(r'href="(/staff/openings/[0-9a-z]{13})"')


def sealed_contact(scene: Scene, sentence: str) -> None:
    """Left by the student, opened by two with reasons, and by the person on call alone, who is reviewed."""
    nora, carla, case = scene.stage.nora, scene.stage.carla, scene.stage.case
    words, others = make_words(nora), make_words(carla)
    left = dict.fromkeys(("name", "phone", "address", "someone", "more"), sentence) | {"alone": "y"}
    assert post_form(scene.stage.anna, f"{scene.stage.conversation}/contact", left).status_code == 303
    said = {"reason": sentence, "telling": sentence, "days": "3", "days_reason": sentence}
    opening = path_of(post_form(nora, f"{case}/contact", said))
    post_form(carla, f"{opening}/approve", {"passphrase": others}, page=opening)
    shown = post_form(nora, f"{opening}/open", {"passphrase": words}, page=opening)
    assert sentence in shown.text
    _put_nora_on_call(scene)
    alone = post_form(nora, f"{case}/contact", said | {"way": "alone", "passphrase": words})
    assert sentence in alone.text
    openings = set(OPENING.findall(carla.get("/staff/openings").text))
    (to_review,) = {one for one in openings if f'action="{one}/review"' in carla.get(one).text}
    review = {"verdict": "right", "words": sentence}
    assert post_form(carla, f"{to_review}/review", review, page=to_review).status_code == 303


def _put_nora_on_call(scene: Scene) -> None:
    with scene.app.app_context():
        person = account_queries.staff_by_username("nora")
        assert person is not None
        now = utcnow()
        put_on_call(person, begins_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=7))
        db.session.remove()
