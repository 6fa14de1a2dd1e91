"""Meeting at a set time: a student comes to a door with a code word, and nobody learns more than that."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.clock import utcnow
from core.db import db, transaction
from core.ids import decode_id
from core.web import settings_of
from counselling import queries
from counselling.appointments.details import appointments_of, details_of, set_details
from counselling.appointments.models import Appointment
from tests.journeys.residue import find
from tests.journeys.steps import accept_escalation, begin_thread, escalate_next, write_letter
from tests.people import post_form, run_outbox

ROOM, CODE_WORD = "Room 12, second floor", "quince marzipan"
DAY = timedelta(days=3)


@pytest.fixture
def case(anna: FlaskClient, maya: FlaskClient, nora: FlaskClient) -> str:
    """Anna's case, which Nora has, with a first letter."""
    begin_thread(anna, "Empty", "I feel hopeless.")
    escalate_next(maya)
    address = accept_escalation(nora)
    write_letter(nora, address, "Shall we meet? You find my times at Appointments.")
    return address


def offer(nora: FlaskClient, *, weeks: int = 1) -> None:
    day = (utcnow() + DAY).date().isoformat()
    time = {"day": day, "at": "09:00", "minutes": "50", "meeting": "face_to_face", "place": ROOM}
    assert post_form(nora, "/counselling/appointments", time | {"weeks": str(weeks)}).status_code == 303


def own_of(case: str) -> str:
    return f"/counsel/{case.rsplit('/', 1)[-1]}/appointments"


def book(anna: FlaskClient, case: str) -> None:
    found = re.search(r'name="slot" value="([0-9a-z]{13})"', anna.get(own_of(case)).text)
    assert found is not None, "no time is offered"
    sent = post_form(anna, own_of(case), {"slot": found.group(1), "code_word": CODE_WORD})
    assert sent.status_code == 303, sent.text


def let_the_hour_come(app: Flask, case: str) -> None:
    """As if the appointment had begun an hour ago."""
    with app.app_context(), transaction():
        row = queries.case(case.rsplit("/", 1)[-1], locked=True)
        assert row is not None
        (appointment,) = db.session.query(Appointment)
        about = details_of(row, appointment)
        assert about is not None
        begun = type(about)(**vars(about) | {"starts_at": utcnow() - timedelta(hours=1)})
        set_details(row, appointment, begun)


def test_from_a_time_on_offer_to_a_door_and_to_the_record(
    app: Flask, anna: FlaskClient, nora: FlaskClient, case: str
) -> None:
    # Given a counsellor who offers a time
    offer(nora)

    # When the student books it under a code word
    book(anna, case)

    # Then the student is reminded wherever they come in
    for path in ("/counsel", own_of(case)):
        assert CODE_WORD in anna.get(path).text
    assert "Your appointment:" in anna.get("/me").text

    # And the list for the door says when, and the code word
    day = (utcnow() + DAY).date().isoformat()
    assert CODE_WORD in nora.get(f"/counselling/appointments/door?day={day}").text

    # When it took place, the record of it comes next
    let_the_hour_come(app, case)
    page = nora.get(f"{case}/appointments").text
    kept = re.search(r'action="([^"]+/kept)"', page)
    assert kept is not None
    answer = post_form(nora, kept.group(1), {}, page=f"{case}/appointments")
    assert answer.headers["Location"] == f"{case}/record"

    # And nobody is reminded any more
    assert "Your appointment:" not in anna.get("/me").text


def test_whoever_steals_the_disk_cannot_wait_at_the_door(
    app: Flask, anna: FlaskClient, nora: FlaskClient, case: str
) -> None:
    # Given two times of which one is booked
    offer(nora, weeks=2)
    book(anna, case)
    run_outbox(app)

    # Then the code word is nowhere in the clear
    assert find(settings_of(app).data_dir, {"code word": CODE_WORD}) == []

    # And no row that names the case names the slot, its time or its room
    with app.app_context():
        row = queries.case(case.rsplit("/", 1)[-1])
        assert row is not None
        (view,) = appointments_of(row)
        secrets = [view.about.slot, str(decode_id(view.about.slot)), ROOM, *stamps(view.about.starts_at)]
        for table in db.metadata.sorted_tables:
            if table.name == "slots":
                continue
            found = db.session.connection().exec_driver_sql(f"SELECT * FROM {table.name}").mappings()
            told = str([[one for one in record.values() if not isinstance(one, bytes)] for record in found])
            for secret in secrets:
                assert secret not in told, (table.name, secret)


def stamps(moment: datetime) -> list[str]:
    """A moment as a database or a log would write it."""
    return [f"{moment:%Y-%m-%d %H:%M}", f"{moment:%Y-%m-%dT%H:%M}"]


def test_another_student_and_a_colleague_learn_nothing_of_it(
    anna: FlaskClient, ben: FlaskClient, maya: FlaskClient, nora: FlaskClient, case: str
) -> None:
    # Given a booked appointment
    offer(nora)
    book(anna, case)

    # Then to another student and to a peer moderator its pages do not exist
    assert ben.get(own_of(case)).status_code == 404
    for path in ("/counselling/appointments", f"{case}/appointments"):
        assert ben.get(path).status_code == 404
        assert maya.get(path).status_code == 403
