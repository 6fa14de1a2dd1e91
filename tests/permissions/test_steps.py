"""No step of training can do more than it says: every address that a moderator may send something to, tried
by each step on a text of its own, with CSRF on.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Step
from accounts.permissions import STAFF_ROOMS, Permission, Role, may
from accounts.queries import staff_by_username
from accounts.training import record_training
from accounts.websessions import sign_in
from app import create_app
from core.clock import utcnow
from core.db import db, transaction
from core.models import OutboxRow
from forum.models import Post, PostRevision
from moderation import queries, wellbeing
from moderation.access import locked_item
from moderation.bands import Band
from moderation.claims import claim
from moderation.decisions import decide
from moderation.models import Claim, Conduct, Decision, Escalation, QueueItem, Risk
from moderation.proposals.lowering import lowering
from moderation.proposals.proposing import propose
from moderation.queue import raise_item_band
from moderation.review_models import Appeal, Proposal, ProposalKind, Sanction, SanctionKind, TeamNote
from moderation.sanctions import set_sanction
from tests.cast import begin_thread, choice, item, item_id_of, new_moderator, new_student, post, staff
from tests.conftest import put_away, settings_for
from tests.people import hidden_fields
from tests.permissions.test_matrix import EXPECTED, NO_SUCH_ID, SOMETHING, methods_of, rules_of

EXPIRED = "expired"
STEPS = (Step.OBSERVER, Step.ASSISTED, EXPIRED)
SENT = {
    "moderation.decide_item": {"conduct": "publish", "risk": "none"},
    "moderation.mask_item_words": {"words": "home", "kind": "place"},
    "moderation.redact_item_words": {"words": "home", "kind": "place", "reason": "why", "at_once": "y"},
    "moderation.lower_item": {"band": "green", "reason": "why", "at_once": "y"},
    "moderation.protect_readers": {"act": "hide"},
    "moderation.set_sanction": {
        "step": "note",
        "reason": "hurts_someone",
        "days": "7",
        "message": "Thank you.",
    },
    "moderation.write_note": {"body": "We read what you wrote. We are here."},
    "moderation.answer_appeal": {"outcome": "overturned", "reply": "Thank you for writing."},
    "moderation.hand_item": {},
    "moderation.put_item_on_hold": {"reason": "why", "minutes": "30"},
    "moderation.ask_cover": {"note": "I need a pause."},
    "forum.write_reply": {"body": "I hear you. What was the last good evening like?"},
}
# What an independent one does with the same: else the test could not fail.
WORKS_ALONE = {
    "moderation.decide_item",
    "moderation.mask_item_words",
    "moderation.write_note",
    "moderation.lift_sanction",
    "forum.write_reply",
}


def endpoints_to_try(app: Flask) -> list[str]:
    """Whatever a moderator may send something to, but for leaving and for one's own choices."""
    return [
        endpoint
        for endpoint, permission in EXPECTED.items()
        if permission is not None
        and may(Role.MODERATOR, permission)
        and (permission in STAFF_ROOMS or permission is Permission.WRITE)
        and "POST" in methods_of(app, endpoint)
        and endpoint not in {"accounts.change_password", "forum.begin_thread"}
    ]


@pytest.fixture(scope="module")
def house(empty_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with a moderator of each step."""
    data_dir = tmp_path_factory.mktemp("steps") / "data"
    shutil.copytree(empty_installation, data_dir)
    app = create_app(settings_for(data_dir))
    with app.app_context():
        app.extensions["stoa_first_start"]()
        new_moderator("maya")
        for name in (*STEPS, Step.INDEPENDENT):
            person = new_moderator(str(name))
            if name is not Step.INDEPENDENT:
                with transaction():
                    step, ends = (Step.INDEPENDENT, utcnow()) if name == EXPIRED else (Step(name), None)
                    record_training(
                        staff(person),
                        step=step,
                        reason="a test",
                        actor="command",
                        now=utcnow(),
                        expires_at=ends,
                    )
        db.session.remove()
    yield app
    put_away(app)


@pytest.fixture(autouse=True)
def nobody_is_tired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here many texts are decided at one moment."""
    monkeypatch.setattr(wellbeing, "ITEMS_AT_MOST", 10_000)
    monkeypatch.setattr(wellbeing, "HARD_AT_MOST", 10_000)


def person_id(name: str) -> str:
    found = staff_by_username(name)
    assert found is not None
    return found.id


def browser_of(app: Flask, name: str) -> FlaskClient:
    browser = app.test_client()
    with transaction():
        token = sign_in(staff(person_id(name)), now=utcnow())
    db.session.remove()
    browser.set_cookie("stoa-staff", token)
    return browser


def scene(endpoint: str, name: str) -> dict[str, str]:
    """A text of which something could be done, in somebody's hands if they may take it. Gives the ids."""
    now, maya = utcnow(), person_id("maya")
    post_id = begin_thread(new_student(), now=now)
    item_id, sanction_id = item_id_of(post_id), NO_SUCH_ID
    if endpoint in {"moderation.set_sanction", "moderation.lift_sanction"}:
        decide_as_maya(item_id, Conduct.NOT_HERE, reason="hurts_someone")
        with transaction():
            held = locked_item(item_id)
            sanction_id = set_sanction(
                held,
                SanctionKind.SLOW_MODE,
                reason="hurts_someone",
                ends_at=now + wellbeing.STINT_AT_MOST,
                actor=staff(maya),
                now=now,
            ).id
    elif endpoint == "moderation.write_note":
        decide_as_maya(item_id, Conduct.PUBLISH, Risk.REACH_OUT)
    elif endpoint in {"forum.write_reply", "moderation.protect_readers", "moderation.mask_item_words"}:
        decide_as_maya(item_id, Conduct.PUBLISH)
    elif endpoint == "moderation.lower_item":
        with transaction():
            raise_item_band(item(item_id), Band.RED, now=now)
    proposal_id = NO_SUCH_ID
    if endpoint.startswith("moderation.") and "proposal" in endpoint:
        with transaction():
            raise_item_band(item(item_id), Band.RED, now=now)
            act = lowering(locked_item(item_id), Band.GREEN, reason="why")
            proposal_id = propose(act, actor=staff(maya), now=now).id
    with transaction():
        found = item(item_id)
        if name == Step.ASSISTED and found.is_open and endpoint != "moderation.take_next_item":
            for other in queries.live_items_of(person_id(name), now):
                other.claim_ends_at = now - wellbeing.REST_AFTER_MUCH
            db.session.flush()
            claim(locked_item(item_id), actor=staff(person_id(name)), now=now)
    ids = {"item_id": item_id, "thread_id": post(post_id).thread_id, "sanction_id": sanction_id}
    return ids | {"proposal_id": proposal_id, "post_id": post_id}


def decide_as_maya(item_id: str, conduct: Conduct, risk: Risk = Risk.NONE, **more: Any) -> None:
    maya, now = staff(person_id("maya")), utcnow()
    with transaction():
        held = locked_item(item_id)
        claim(held, actor=maya, now=now)
        decide(held, choice(held, conduct, risk, **more), actor=maya, now=now)


def outside() -> dict[str, Any]:
    """All that could reach a student, or lower something."""
    db.session.expire_all()
    found = {
        "posts": sorted((one.id, str(one.status), one.visible_revision) for one in db.session.query(Post)),
        "wordings": sorted((one.post_id, one.number, one.body) for one in db.session.query(PostRevision)),
        "bands": sorted((one.id, one.rank) for one in db.session.query(QueueItem)),
        "rows": sorted(one.kind for one in db.session.query(OutboxRow) if one.kind not in {"index", "page"}),
        "proposals": sorted(
            (one.id, str(one.state))
            for one in db.session.query(Proposal)
            if one.kind is not ProposalKind.DECISION
        ),
        "sanctions": sorted((one.id, one.lifted_at is None) for one in db.session.query(Sanction)),
    }
    counts = {
        table.__tablename__: db.session.query(table).count()
        for table in (Decision, TeamNote, Escalation, Appeal)
    }
    db.session.remove()
    return found | counts


def send(app: Flask, browser: FlaskClient, endpoint: str, ids: dict[str, str]) -> int:
    """What such an endpoint is sent, by somebody who opened a page with a token."""
    (rule, *_) = rules_of(app, endpoint)
    values = {name: ids.get(name, SOMETHING.get(name, NO_SUCH_ID)) for name in rule.arguments}
    address = str(app.url_map.bind("localhost").build(endpoint, values))
    token = hidden_fields(browser.get("/moderation/team").text)["csrf_token"]
    found = queries.item(ids["item_id"])
    assert found is not None
    seen = {
        "claim": found.claim_token or "",
        "revision": str(found.post.latest_revision),
        "version": str(found.version),
        "submission_id": f"{endpoint}-{ids['item_id']}",
        "csrf_token": token,
    }
    db.session.remove()
    return browser.post(address, data=seen | SENT.get(endpoint, {})).status_code


@pytest.mark.parametrize("step", STEPS)
def test_nothing_leaves_by_any_address_that_a_step_does_not_allow(house: Flask, step: str) -> None:
    with house.app_context():
        browser = browser_of(house, str(step))
        tried = endpoints_to_try(house)
        for endpoint in tried:
            ids = scene(endpoint, str(step))
            before = outside()
            status = send(house, browser, endpoint, ids)
            assert status < 500, endpoint
            assert outside() == before, (endpoint, status)
        assert {"moderation.decide_item", "moderation.lift_sanction", "forum.write_reply"} <= set(tried)


@pytest.mark.parametrize("step", [Step.OBSERVER, EXPIRED])
def test_who_may_not_work_takes_nothing_into_their_hands(house: Flask, step: str) -> None:
    with house.app_context():
        browser = browser_of(house, str(step))
        for endpoint in ("moderation.take_next_item", "moderation.claim_item", "moderation.skip_item"):
            assert send(house, browser, endpoint, scene(endpoint, str(step))) == 403, endpoint
        held_by = {one.staff_id for one in db.session.query(Claim).filter_by(ended_at=None)}
        assert person_id(str(step)) not in held_by


@pytest.mark.parametrize("endpoint", sorted(WORKS_ALONE))
def test_the_same_from_an_independent_one_leaves(house: Flask, endpoint: str) -> None:
    with house.app_context():
        browser, me = browser_of(house, Step.INDEPENDENT), person_id(Step.INDEPENDENT)
        ids = scene(endpoint, Step.INDEPENDENT)
        if endpoint == "moderation.decide_item":
            with transaction():
                claim(locked_item(ids["item_id"]), actor=staff(me), now=utcnow())
        before = outside()
        assert send(house, browser, endpoint, ids) == 303
        assert outside() != before
