"""Whatever of one case is damaged, in whatever table: everybody else's pages open, and every job runs.

The tables are asked what there is, so that a room that comes tomorrow is tried without a line.
"""

import os
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Boolean, Column, Date, Enum, Integer, LargeBinary, String, Table, text
from sqlalchemy.types import TypeDecorator

from core import worker
from core.clock import utcnow
from core.columns import PublicId, UtcDateTime
from core.db import db, transaction
from core.ids import decode_id, new_public_id
from core.web import settings_of
from tests.faults.stage import build_stage
from tests.journeys.scene import Scene
from tests.journeys.steps import new_student
from tests.journeys.ways_into_a_case import (
    every_form_of_the_professional,
    every_form_of_the_student,
    letter_of_the_professional,
    letter_of_the_student,
)
from tests.people import post_form

Cell = tuple[str, str]
STREAMS = ("/events", "/stream")


def sealed_columns() -> list[Cell]:
    """Every column with bytes in a table of cases."""
    return [
        (table.name, column.name)
        for table in db.metadata.sorted_tables
        if table.name == "cases" or "case_id" in table.columns
        for column in table.columns
        if isinstance(bare(column.type), LargeBinary) and not column.name.endswith("_tag")
    ]


def bare(kind: object) -> object:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def key_of_case(table: Table) -> str:
    return "id" if table.name == "cases" else "case_id"


@pytest.fixture
def scene(app: Flask) -> Scene:
    """Anna's case with everything in it that its forms take."""
    made = Scene(app, build_stage(app), {})
    for way in (
        letter_of_the_professional,
        letter_of_the_student,
        every_form_of_the_student,
        every_form_of_the_professional,
    ):
        way(made, "a sentence in a case")
    return made


@pytest.fixture
def ben(scene: Scene) -> FlaskClient:
    """Another student of Nora's."""
    browser = new_student(scene.app)
    asked = post_form(browser, "/counsel/request", {"body": "May I ask something?"})
    case_id = asked.headers["Location"].rsplit("/", 1)[-1]
    taken = post_form(scene.stage.nora, f"/counselling/cases/{case_id}/take", {}, page="/counselling/")
    assert taken.status_code == 303
    return browser


def rooms_of(case_address: str, browser: FlaskClient, app: Flask) -> list[str]:
    """Every page of a case that opens by the id of the case alone, for this browser, while all is well."""
    start, case_id = case_address.rsplit("/", 1)
    found = [
        rule.rule.replace("<public_id:case_id>", case_id)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{start}/<public_id:case_id>")
        and rule.arguments == {"case_id"}
        and "GET" in (rule.methods or set())
        and not rule.rule.endswith(STREAMS)
    ]
    return sorted(path for path in found if browser.get(path).status_code == 200)


def add_a_row_to_every_table(scene: Scene, case_id: int) -> None:
    """What no form of the scene fills has a row of this case all the same, in tables of tomorrow as well."""
    case = scene.stage.case.split("/")[-1]
    with scene.app.app_context():
        for table in {db.metadata.tables[name] for name, _column in sealed_columns()}:
            own = text(f"SELECT count(*) FROM {table.name} WHERE {key_of_case(table)} = :id")
            if not db.session.execute(own, {"id": case_id}).scalar_one():
                db.session.rollback()
                with transaction():
                    add_row(table, {"case_id": case})
        db.session.remove()


def add_row(table: Table, known: dict[str, Any]) -> Any:
    """One row with whatever the table needs. Gives its key."""
    values = dict(known)
    for column in table.columns:
        if column.name not in values and not column.nullable and column.server_default is None:
            values[column.name] = something_for(column)
    made = db.session.execute(table.insert().values(values).returning(*table.primary_key.columns))
    return made.one()[0]


def something_for(column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        found = db.session.execute(key.column.table.select().with_only_columns(key.column).limit(1)).scalar()
        return found if found is not None else add_row(key.column.table, {})
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class or []))
    made = {PublicId: new_public_id, UtcDateTime: utcnow, JSON: dict, Boolean: bool, Date: date.today}
    made |= {LargeBinary: lambda: os.urandom(300), Integer: lambda: 1, String: lambda: "x"}
    return next(make() for kind, make in made.items() if isinstance(column.type, kind))


def test_a_damaged_cell_closes_no_room_of_its_case(scene: Scene) -> None:
    """A sentence stands in its place, or it is as if it were not there. Without its key nothing opens."""
    stage = scene.stage
    rooms = [(stage.nora, path) for path in rooms_of(stage.case, stage.nora, scene.app)]
    rooms += [(stage.anna, path) for path in rooms_of(stage.conversation, stage.anna, scene.app)]
    assert len(rooms) > 15
    case_id = decode_id(stage.case.split("/")[-1])
    add_a_row_to_every_table(scene, case_id)
    closed, empty = {}, set()
    for cell in sealed_columns():
        kept = damage(scene.app, cell, case_id, empty_too=True)
        if not kept:
            empty.add(cell)
            continue
        statuses = {path: browser.get(path).status_code for browser, path in rooms}
        mend(scene.app, cell, kept)
        if shut := sorted(path for path, status in statuses.items() if status >= 500):
            closed[cell] = shut
    assert stage.case in closed.pop(("cases", "wrapped_key"))
    assert closed == {}
    assert empty == set(), "no row was made for these"


def test_one_damaged_case_closes_no_page_and_no_job_of_others(scene: Scene, ben: FlaskClient) -> None:
    case_id = decode_id(scene.stage.case.split("/")[-1])
    bens = ben.get("/counsel").text
    tried, faults = [], []
    for cell in sealed_columns():
        kept = damage(scene.app, cell, case_id)
        if kept:
            tried.append(cell)
            faults += [f"{'.'.join(cell)}: {fault}" for fault in what_fails(scene, ben)]
        mend(scene.app, cell, kept)
    assert len(tried) > 5
    assert faults == [], "\n".join(faults)
    assert "May I ask something?" in bens


def damage(app: Flask, cell: Cell, case_id: int, *, empty_too: bool = False) -> dict[int, bytes | None]:
    """Change these bytes of one case, or put some where none were. Gives what they were."""
    table, column = cell
    own = key_of_case(db.metadata.tables[table])
    with app.app_context():
        filled = "" if empty_too else f"AND {column} IS NOT NULL"
        found = text(f"SELECT rowid, {column} FROM {table} WHERE {own} = :id {filled}")
        kept = {row[0]: row[1] for row in db.session.execute(found, {"id": case_id})}
        db.session.remove()
    mend(app, cell, dict.fromkeys(kept, os.urandom(300)))
    return kept


def mend(app: Flask, cell: Cell, kept: Mapping[int, bytes | None]) -> None:
    table, column = cell
    with app.app_context():
        with transaction():
            for row, content in kept.items():
                changed = text(f"UPDATE {table} SET {column} = :content WHERE rowid = :row")
                db.session.execute(changed, {"content": content, "row": row})
        db.session.remove()


def what_fails(scene: Scene, ben: FlaskClient) -> list[str]:
    """Pages of others that are not there, own pages that fail without a word, jobs that break."""
    stage = scene.stage
    others = [(stage.nora, "/counselling/"), (ben, "/counsel"), (stage.maya, "/moderation/queue")]
    own = [(stage.nora, stage.case), (stage.anna, stage.conversation), (stage.anna, "/counsel")]
    own += [(stage.anna, "/me"), (stage.anna, "/me/export"), (stage.nora, f"{stage.case}/record")]
    found = [path for browser, path in others if browser.get(path).status_code != 200]
    found += [path for browser, path in own if browser.get(path).status_code == 500]
    with scene.app.app_context():
        later = utcnow() + timedelta(seconds=11)
        for job in worker._jobs():
            job.next_at = later
        worker.run_once(now=later)
        worker.tell_trouble(settings_of(scene.app).data_dir)
        db.session.remove()
    return found + worker.broken_jobs(settings_of(scene.app).data_dir)
