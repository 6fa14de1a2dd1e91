"""Two who look after the same case at the same moment, on both databases."""

import threading
from datetime import timedelta

from flask import Flask

from accounts import queries as account_queries
from accounts.permissions import Role
from core.db import transaction
from counselling import queries
from counselling.handing import queries as handing_queries
from counselling.professionals.away import look_after_cases, move_cases, set_away
from tests.counselling.people import NOON, add_staff_row, add_student, make_case


def test_two_leads_give_one_case_at_once_and_it_goes_to_one(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        maya = add_staff_row(Role.PROFESSIONAL, "maya")
        others = [add_staff_row(Role.PROFESSIONAL, name).id for name in ("oren", "rosa")]
        leads = [add_staff_row(Role.COORDINATOR, name).id for name in ("tomas", "irma")]
        maya_id, case_id = maya.id, make_case(add_student(), maya).id
        with transaction():
            set_away(maya, first=NOON.date(), last=NOON.date(), cover=None, reply="", actor=maya, now=NOON)
    results: list[tuple[int, int]] = []
    start = threading.Barrier(2)

    def give(place: int) -> None:
        with app.app_context():
            start.wait()
            with transaction():
                actor = account_queries.staff_member(leads[place], locked=True)
                person, to = (account_queries.staff_member(one) for one in (maya_id, others[place]))
                assert actor is not None
                assert person is not None
                assert to is not None
                results.append(move_cases(person, [case_id], to=to, actor=actor, now=NOON))

    threads = [threading.Thread(target=give, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(0, 1), (1, 0)]
    with app.app_context():
        case = queries.case(case_id)
        assert case is not None
        assert case.owner_id in others


def test_the_job_runs_twice_at_once_and_the_cover_is_one(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        maya, oren = (add_staff_row(Role.PROFESSIONAL, name) for name in ("maya", "oren"))
        case_id = make_case(add_student(), maya).id
        last = NOON.date() + timedelta(days=3)
        with transaction():
            set_away(maya, first=NOON.date(), last=last, cover=oren, reply="", actor=maya, now=NOON)
    start = threading.Barrier(2)

    def look() -> None:
        with app.app_context():
            start.wait()
            look_after_cases(NOON)

    threads = [threading.Thread(target=look) for _ in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(handing_queries.open_members(case_id)) == 1
