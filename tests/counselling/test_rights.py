"""Who reaches what of a case, for every address that there is.

The addresses come from the application itself, so that a new room of a case is tested here by being there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from accounts import queries as account_queries
from accounts.models import Account, Staff
from accounts.permissions import Role
from accounts.websessions import sign_in
from core.clock import utcnow
from core.db import db, transaction
from counselling import queries
from counselling.cases import assign_case
from counselling.handing.members import invite, join_case, leave_case
from counselling.handing.purposes import Purpose, state_purpose
from counselling.models import MemberPart
from tests.conftest import upgraded_app
from tests.counselling.people import add_staff_row, add_student, make_case

NO_SUCH_ID = "0000000000001"
# Taking is how a case comes to somebody: who comes too late is told so.
FOR_OUTSIDERS = {"counselling.take_case"}
INSIDERS = ("owner", "second", "cover")
PROFESSIONALS_OUTSIDE = ("former owner", "ended second", "invited second", "late cover", "other professional")
STAFF_OUTSIDE = ("moderator", "coordinator", "researcher")
STUDENTS = ("student", "other student")


@dataclass(frozen=True)
class House:
    """One case, and everybody who ever had to do with it, signed in."""

    app: Flask
    case_id: str
    browsers: dict[str, FlaskClient]
    staff_ids: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    app = upgraded_app(tmp_path_factory.mktemp("rights") / "data")
    # Whether a token is asked for is another test's matter; here it would stand before the door.
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        people: dict[str, Staff | Account] = {
            name: add_staff_row(Role.PROFESSIONAL, name) for name in [*INSIDERS, *PROFESSIONALS_OUTSIDE]
        }
        people |= {name: add_staff_row(Role(name), name) for name in STAFF_OUTSIDE}
        people |= {name: add_student() for name in STUDENTS}
        case_id = _open_case(people)
        browsers = {name: _browser_of(app, person) for name, person in people.items()}
        staff_ids = {name: person.id for name, person in people.items()}
        db.session.remove()
    yield House(app, case_id, browsers, staff_ids)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _open_case(people: dict[str, Staff | Account]) -> str:
    student, staff = people["student"], {name: one for name, one in people.items() if isinstance(one, Staff)}
    assert isinstance(student, Account)
    case = make_case(student, staff["former owner"])
    now = utcnow()
    with transaction():
        assign_case(case, owner=staff["owner"], now=now)
        for name in ("second", "ended second", "invited second"):
            invite(case, colleague=staff[name], actor=staff["owner"], now=now)
        for name in ("second", "ended second"):
            join_case(case, staff=staff[name], part=MemberPart.SECOND, until=None, actor=None, now=now)
        leave_case(case, staff=staff["ended second"], actor=staff["owner"], now=now)
        for name, until in (("cover", now + timedelta(days=1)), ("late cover", now)):
            join_case(case, staff=staff[name], part=MemberPart.COVER, until=until, actor=None, now=now)
    return case.id


def _browser_of(app: Flask, person: Staff | Account) -> FlaskClient:
    browser = app.test_client()
    with transaction():
        token = sign_in(person, now=utcnow())
    browser.set_cookie("stoa-staff" if isinstance(person, Staff) else "stoa", token)
    return browser


def rules(app: Flask) -> list[Rule]:
    """Every address of a case on the professionals' side."""
    found = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/counselling/cases/")]
    assert len(found) > 15
    return found


def ask(house: House, who: str, rule: Rule, method: str, *, case_id: str) -> TestResponse:
    values = dict.fromkeys(rule.arguments, NO_SUCH_ID) | {"case_id": case_id}
    for name, converter in rule._converters.items():
        if type(converter).__name__ in {"IntegerConverter", "NumberConverter"}:
            values[name] = "1"
        elif isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
    path = house.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    return house.browsers[who].open(path, method=method, buffered=False)


def without_noise(page: str, *ids: str) -> str:
    """A page without what differs from answer to answer."""
    page = re.sub(r'(value|name)="[^"]*"', "", page)
    for one in ids:
        page = page.replace(one, "")
    return page


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


@pytest.mark.parametrize("who", PROFESSIONALS_OUTSIDE)
def test_to_a_professional_without_a_part_the_case_is_as_missing(house: House, who: str) -> None:
    for rule in rules(house.app):
        for method in methods_of(rule):
            if rule.endpoint in FOR_OUTSIDERS:
                continue
            theirs = ask(house, who, rule, method, case_id=house.case_id)
            missing = ask(house, who, rule, method, case_id=NO_SUCH_ID)
            assert theirs.status_code == missing.status_code, f"{method} {rule}"
            # A form that is not filled in may lead back to its page, which then is missing as well.
            assert theirs.status_code == (303 if method == "POST" and theirs.location else 404), rule
            theirs_read = without_noise(theirs.text + (theirs.location or ""), house.case_id)
            assert theirs_read == without_noise(missing.text + (missing.location or ""), NO_SUCH_ID), rule


@pytest.mark.parametrize("who", STAFF_OUTSIDE)
def test_other_staff_are_turned_away_before_anything_is_looked_up(house: House, who: str) -> None:
    for rule in rules(house.app):
        for method in methods_of(rule):
            for case_id in (house.case_id, NO_SUCH_ID):
                assert ask(house, who, rule, method, case_id=case_id).status_code == 403, f"{method} {rule}"


@pytest.mark.parametrize("who", STUDENTS)
def test_to_students_the_professionals_side_does_not_exist(house: House, who: str) -> None:
    for rule in rules(house.app):
        for method in methods_of(rule):
            answer = ask(house, who, rule, method, case_id=house.case_id)
            assert answer.status_code == 404, f"{method} {rule}"


@pytest.mark.parametrize("who", ["second", "cover"])
def test_whoever_works_along_reads_nothing_before_they_said_why(house: House, who: str) -> None:
    asks_why = f"/counselling/cases/{house.case_id}/open"
    for rule in rules(house.app):
        if "GET" in methods_of(rule) and rule.endpoint != "counselling.state_purpose":
            answer = ask(house, who, rule, "GET", case_id=house.case_id)
            is_asked = answer.status_code == 303 and answer.headers["Location"].startswith(asks_why)
            assert is_asked or answer.status_code in {403, 404}, f"{rule}: {answer.status_code}"


def test_the_owner_opens_every_room(house: House) -> None:
    for rule in rules(house.app):
        if "GET" in methods_of(rule) and set(rule.arguments) == {"case_id"}:
            answer = ask(house, "owner", rule, "GET", case_id=house.case_id)
            assert answer.status_code in {200, 303}, f"{rule}: {answer.status_code}"
            answer.close()


def let_second_say_why(house: House) -> None:
    with house.app.app_context():
        with transaction():
            case = queries.case(house.case_id, locked=True)
            second = account_queries.staff_member(house.staff_ids["second"])
            assert case is not None
            assert second is not None
            state_purpose(case, Purpose.THINK_ALONG, "", reader=second, now=utcnow())
        db.session.remove()


@pytest.mark.parametrize("room", ["", "/record", "/forum", "/closing", "/colleagues"])
def test_a_second_who_said_why_opens_the_rooms(house: House, room: str) -> None:
    let_second_say_why(house)
    assert house.browsers["second"].get(f"/counselling/cases/{house.case_id}{room}").status_code == 200


def test_a_second_is_not_shown_how_to_close(house: House) -> None:
    let_second_say_why(house)
    page = house.browsers["second"].get(f"/counselling/cases/{house.case_id}/closing").text
    assert "Only the colleague who has this case closes it." in page
    assert 'name="summary"' not in page


@pytest.mark.parametrize("who", ["second", "cover"])
@pytest.mark.parametrize("act", ["close", "offer", "invite"])
def test_what_only_the_owner_decides_is_refused_to_others(house: House, who: str, act: str) -> None:
    colleague = house.staff_ids["other professional"]
    words = {"summary": "Over.", "note": "Please.", "colleague": colleague}
    answer = house.browsers[who].post(f"/counselling/cases/{house.case_id}/{act}", data=words)
    assert answer.status_code == 403
