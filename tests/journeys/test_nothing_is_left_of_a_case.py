"""A year after a case was closed, and a month after that was told, nothing of its words is left: no sealed
cell of it holds anything, and no key opens one in which they stand. What was counted stays.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, Table, select

from accounts.blobs import read_blob
from accounts.models import Account
from core.clock import utcnow
from core.columns import SealedText
from core.db import db
from core.models import AuditEvent, OutboxRow
from core.retention import forget_what_is_due
from core.web import settings_of
from counselling import queries
from counselling.models import Case, CaseState
from tests.counselling.test_every_damaged_column import bare
from tests.faults.stage import build_stage
from tests.journeys.residue import find
from tests.journeys.scene import Scene
from tests.journeys.ways_into_a_case import WAYS
from tests.journeys.ways_of_rooms import send
from tests.people import run_outbox

SENTENCE = "a marzipan éléphant under the stairs"
# These would end the case by other ways than time, or send to what the other ways have sent to already.
WANDERING = {name for name in WAYS if name.startswith("every form")}
# Words of the same sentence that are of no case: each is forgotten by a rule of its own, or by its author.
OF_NO_CASE = {
    "absences.reply",
    "canned_texts.title",
    "canned_texts.words",
    "escalations.decline_reason",
    "queue_reasons.note",  # the same reason, before the moderators
}
BLOBS = ("threads", "mailbox", "sanctions", "cases")
TERM, WARNING = timedelta(days=370), timedelta(days=339)


@pytest.fixture
def scene(app: Flask) -> Scene:
    """A case with the sentence in it by every way, closed, and read by both sides."""
    made = Scene(app, build_stage(app))
    for name, way in WAYS.items():
        if name not in WANDERING:
            way(made, SENTENCE)
            run_outbox(app)
    send(made.stage.anna, f"{made.stage.conversation}/code", page=f"{made.stage.conversation}/reach")
    assert SENTENCE in made.stage.anna.get(made.stage.conversation).text
    assert SENTENCE in made.stage.nora.get(made.stage.case).text
    return made


def case_of(scene: Scene) -> Case:
    found = queries.case(scene.stage.case.rsplit("/", 1)[1])
    assert found is not None
    return found


def tables_of_cases() -> list[Table]:
    return [
        table for table in db.metadata.sorted_tables if table.name == "cases" or "case_id" in table.columns
    ]


def sealed_cells(case: Case) -> dict[str, int]:
    """How many cells of this case hold bytes, by table and column."""
    held = {}
    for table in tables_of_cases():
        own = table.c.id if table.name == "cases" else table.c.case_id
        for column in table.columns:
            if isinstance(bare(column.type), LargeBinary):
                rows = db.session.execute(select(column).where(own == case.id)).scalars()
                if count := sum(1 for one in rows if one):
                    held[f"{table.name}.{column.name}"] = count
    return held


def opened_cells() -> Iterator[tuple[str, str]]:
    """Whatever the keys of the installation open, everywhere, and where it stands."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SealedText):
                for value in db.session.execute(select(column)).scalars():
                    yield f"{table.name}.{column.name}", json.dumps(value, ensure_ascii=False)
    for account in db.session.query(Account):
        for name in BLOBS:
            yield f"accounts.{name}", json.dumps(read_blob(account, name), ensure_ascii=False)
    for row in db.session.query(OutboxRow):
        yield "outbox_rows", json.dumps(row.payload, ensure_ascii=False)
    for event in db.session.query(AuditEvent):
        yield "audit_events", json.dumps(event.detail, ensure_ascii=False)


def let_time_pass(until: datetime) -> None:
    """What the worker does once a day, on the two days that matter."""
    for now in (until - TERM + WARNING, until):
        forget_what_is_due(now=now)
        db.session.expire_all()


def test_beyond_the_term_no_cell_of_a_case_holds_anything(scene: Scene) -> None:
    with scene.app.app_context():
        before = sealed_cells(case_of(scene))
        assert len(before) > 20, before
        let_time_pass(utcnow() + TERM)
        assert case_of(scene).destroyed_at is not None
        assert sealed_cells(case_of(scene)) == {}


def test_beyond_the_term_no_key_opens_a_word_of_it(scene: Scene) -> None:
    marks = (SENTENCE, scene.number, scene.address)
    with scene.app.app_context():
        let_time_pass(utcnow() + TERM)
        told = {place for place, words in opened_cells() if any(mark in words for mark in marks)}
    assert told <= OF_NO_CASE
    everything = {"sentence": SENTENCE, "number": scene.number, "address": scene.address}
    assert find(settings_of(scene.app).data_dir, everything) == []


def test_what_was_counted_stays(scene: Scene) -> None:
    with scene.app.app_context():
        rows = {table.name: rows_of(table, case_of(scene)) for table in tables_of_cases()}
        outcome, messages = case_of(scene).outcome, case_of(scene).message_count
        log = db.session.query(AuditEvent).count()
        let_time_pass(utcnow() + TERM)
        gone = case_of(scene)
        assert (gone.state, gone.outcome, gone.message_count) == (CaseState.CLOSED, outcome, messages)
        assert db.session.query(AuditEvent).count() > log
        for name in ("case_messages", "encounters", "obligations", "assignments", "handovers"):
            table = db.metadata.tables[name]
            assert rows_of(table, gone) == rows[name] > 0, name


def rows_of(table: Table, case: Case) -> int:
    own = table.c.id if table.name == "cases" else table.c.case_id
    return len(db.session.execute(select(own).where(own == case.id)).all())
