"""The rooms of the staff: each role finds its own, and is let in."""

import pytest
from flask import Flask

from accounts.permissions import STAFF_ROLES, Permission, Role, may
from accounts.places import EVERY_DAY, SHELVES, Place
from tests.journeys.steps import new_staff

ALL = EVERY_DAY + tuple(place for shelf in SHELVES for place in shelf.places)


@pytest.mark.parametrize("place", ALL, ids=lambda place: place.endpoint)
def test_whoever_finds_a_place_is_let_in(app: Flask, place: Place) -> None:
    asked: Permission = app.view_functions[place.endpoint].permission  # type: ignore[attr-defined]
    assert all(may(role, asked) for role in STAFF_ROLES if may(role, place.permission))


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_nobody_finds_a_room_twice(role: Role) -> None:
    found = [place.endpoint for place in ALL if may(role, place.permission)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_everybody_finds_the_rooms_of_their_role_and_no_others(app: Flask, role: Role) -> None:
    nora = new_staff(app, role, "nora")
    found = nora.get("/staff/places").text
    with app.test_request_context():
        addresses = {place.endpoint: app.url_for(place.endpoint) for place in ALL}
    theirs = {place.endpoint for place in ALL if may(role, place.permission)}
    assert {name for name, address in addresses.items() if f'href="{address}"' in found} == theirs
    assert [name for name in theirs if nora.get(addresses[name]).status_code != 200] == []


def test_a_page_on_a_shelf_marks_the_way_to_it(app: Flask) -> None:
    cora = new_staff(app, Role.COORDINATOR, "cora")
    mark = 'href="/staff/places" aria-current='
    assert f'{mark}"page"' in cora.get("/staff/places").text
    assert f'{mark}"true"' in cora.get("/admin/staff").text
    assert mark not in cora.get("/staff/openings").text
