"""Whatever of one case is damaged, in whatever table: everybody else's pages open, and every job runs.

The tables are asked what there is, so that a room that comes tomorrow is tried without a line.
"""

import os
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, Table, text
from sqlalchemy.types import TypeDecorator

from core import worker
from core.clock import utcnow
from core.db import db, transaction
from core.ids import decode_id
from core.web import settings_of
from tests.faults.stage import build_stage
from tests.journeys.steps import new_student
from tests.journeys.ways_into_a_case import (
    Scene,
    every_form_of_the_professional,
    every_form_of_the_student,
    letter_of_the_professional,
    letter_of_the_student,
)
from tests.people import post_form

Cell = tuple[str, str]


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


def damage(app: Flask, cell: Cell, case_id: int) -> dict[int, bytes]:
    """Change these bytes of one case. Gives what they were."""
    table, column = cell
    own = key_of_case(db.metadata.tables[table])
    with app.app_context():
        found = text(f"SELECT rowid, {column} FROM {table} WHERE {own} = :id AND {column} IS NOT NULL")
        kept = {row[0]: row[1] for row in db.session.execute(found, {"id": case_id})}
        db.session.remove()
    mend(app, cell, dict.fromkeys(kept, os.urandom(300)))
    return kept


def mend(app: Flask, cell: Cell, kept: dict[int, bytes]) -> None:
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
