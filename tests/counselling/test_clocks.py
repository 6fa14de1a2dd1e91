"""Every clock of a professional climbs from rung to rung, and stops only by the act that it waits for.

Escalations, new cases and each kind of promise, those of tomorrow included: the lists are read from the code.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from counselling import clocks, queries
from counselling.cases import take_case
from counselling.live.sessions import ask_for_live
from counselling.messages import hear_student
from counselling.models import Case, Obligation, ObligationKind
from counselling.obligations import TERMS, NamedAct, promise, settle_obligations
from counselling.professionals.away import set_away
from counselling.taking import accept_escalation, decline_escalation
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.models import Escalation
from moderation.team.duties import Rung
from moderation.team.hours import professional_due
from moderation.team.models import Duty
from tests.cast import on_duty
from tests.conftest import MakeApp
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, make_case, write_post
from tests.people import Credentials, add_staff_person, sign_in_as

Clocked = Escalation | Case | Obligation
MAIL = {
    "STOA_SMTP_HOST": "127.0.0.1",
    "STOA_SMTP_PORT": "9",
    "STOA_SMTP_SECURITY": "none",
    "STOA_SMTP_FROM": "stoa@uni.example",
    "STOA_PAGE_TO": "oncall@uni.example",
}
WHATS = ["escalation", "case", *ObligationKind]
PROMISES = list(ObligationKind)


@pytest.fixture
def paged(make_app: MakeApp) -> Iterator[Flask]:
    """A service with a mail server, and one person on each rung."""
    app = make_app(**MAIL)
    with app.app_context():
        people = {
            "nora": add_staff_row(Role.PROFESSIONAL, "nora"),
            "oren": add_staff_row(Role.PROFESSIONAL, "oren"),
            "sam": add_staff_row(Role.PROFESSIONAL, "sam"),
            "vera": add_staff_row(Role.PROFESSIONAL, "vera"),
            "carla": add_staff_row(Role.COORDINATOR, "carla"),
        }
        on_duty(people["oren"].id, Duty.ON_CALL, since=NOON, hours=24 * 30)
        on_duty(people["sam"].id, Duty.SECOND, since=NOON, hours=24 * 30)
        with transaction():
            for name in people:
                person(name).page_address = f"{name}@uni.example"
        yield app


def person(name: str) -> Staff:
    found = account_queries.staff_by_username(name)
    assert found is not None
    return found


def begin(what: str, band: Band) -> Clocked:
    """Something for professionals begins at noon: an escalation, a case that nobody has, or a promise of
    Nora's.
    """
    student = add_student()
    if what == "escalation":
        return escalate_post(write_post(student), band)
    if what == "case":
        case = make_case(student, None, band)
        with transaction():
            case.due_at = professional_due(band, since=NOON)
        return case
    case = make_case(student, person("nora"), band)
    with transaction():
        return promise(case, ObligationKind(what), band=band, now=NOON)


def due_of(row: Clocked) -> timedelta:
    assert row.due_at is not None
    return row.due_at - NOON


def after(row: Clocked, times: int) -> None:
    """The clock has run out this often."""
    clocks.climb(NOON + times * due_of(row) + timedelta(seconds=1))


def paged_people() -> set[str]:
    """Whom pages name since the last time that somebody asked."""
    with transaction():
        rows = db.session.query(OutboxRow).filter_by(kind="page").all()
        ids = {row.payload["staff"] for row in rows if "staff" in row.payload}
        for row in rows:
            db.session.delete(row)
    return {one.username for one in db.session.query(Staff) if one.id in ids}


def steps_logged() -> list[str]:
    events = db.session.query(AuditEvent).filter_by(kind="overdue").order_by(AuditEvent.sequence)
    return [event.detail["step"] for event in events]


FROM_ON_CALL = [{"oren"}, {"sam"}, {"nora", "vera"}, {"carla"}, set()]
FROM_OWNER = [{"nora"}, {"oren"}, {"sam"}, {"vera"}, {"carla"}]


@pytest.mark.parametrize("what", WHATS)
def test_a_red_clock_climbs_one_rung_each_time_it_runs_out(paged: Flask, what: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        new_on_rung = FROM_ON_CALL if what in {"escalation", "case"} else FROM_OWNER
        reached = new_on_rung[0]
        first = paged_people()
        # A case that a student asks for pages when they ask (tests/counselling/test_taking.py).
        assert first == (reached if what != "case" else set())
        for times, new in enumerate(new_on_rung[1:], start=1):
            after(row, times)
            reached = reached | new
            assert paged_people() == reached, times


@pytest.mark.parametrize("what", WHATS)
def test_the_log_keeps_each_step(paged: Flask, what: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        for times in range(1, 6):
            after(row, times)
        rungs = [Rung.ON_CALL, Rung.SECOND, Rung.ALL_PROFESSIONALS, Rung.COORDINATORS, Rung.COORDINATORS]
        is_owned = what not in {"escalation", "case"}
        assert steps_logged() == (rungs if is_owned else [*rungs[1:], Rung.COORDINATORS])


@pytest.mark.parametrize("kind", PROMISES)
def test_a_calm_promise_asks_its_owner_alone_when_it_is_first_late(
    paged: Flask, kind: ObligationKind
) -> None:
    with paged.app_context():
        row = begin(kind, Band.AMBER)
        assert paged_people() == set()
        seen = []
        for times in range(1, 4):
            after(row, times)
            seen.append(paged_people())
        assert seen == [{"nora"}, {"nora", "oren"}, {"nora", "oren", "sam"}]


@pytest.mark.parametrize("what", WHATS)
def test_a_clock_that_has_time_left_pages_nobody(paged: Flask, what: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        paged_people()
        clocks.climb(NOON + due_of(row) - timedelta(seconds=1))
        assert paged_people() == set()


@pytest.mark.parametrize("what", WHATS)
def test_a_clock_pages_once_for_each_time_however_often_the_job_runs(paged: Flask, what: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        after(row, 1)
        paged_people()
        after(row, 1)
        assert paged_people() == set()


@pytest.mark.parametrize("what", WHATS)
def test_a_worker_that_was_away_asks_everybody_whom_it_skipped(paged: Flask, what: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        paged_people()
        after(row, 4)
        assert paged_people() == {"nora", "oren", "sam", "vera", "carla"}


def test_a_promise_whose_owner_has_left_asks_who_is_on_call_at_once(paged: Flask) -> None:
    with paged.app_context():
        row = begin(ObligationKind.ANSWER, Band.AMBER)
        with transaction():
            person("nora").closed_at = NOON
        after(row, 1)
        assert paged_people() == {"oren"}


# What stops a clock.


def stop(act: str) -> Callable[[Clocked], None]:
    """The named act that an escalation or a new case waits for."""

    def do(row: Clocked) -> None:
        with transaction():
            if isinstance(row, Case):
                case = queries.case(row.id, locked=True)
                assert case is not None
                take_case(case, actor=person("nora"), now=NOON)
                return
            escalation = moderation_queries.escalation(row.id)
            assert escalation is not None
            if act == "accept":
                accept_escalation(escalation, actor=person("nora"), now=NOON)
            else:
                decline_escalation(escalation, reason="A song.", actor=person("nora"), now=NOON)

    return do


def set_nora_away(*, cover: Staff | None) -> None:
    with transaction():
        nora, day = person("nora"), NOON.date()
        set_away(nora, first=day, last=day, cover=cover, reply="", actor=nora, now=NOON)


def paged_at_once(case: Case) -> set[str]:
    names = {person(name).id: name for name in ("nora", "oren", "sam", "vera", "carla")}
    rows = [row.payload for row in db.session.query(OutboxRow).filter_by(kind="page")]
    return {names[row["staff"]] for row in rows if row["target"] == case.id and "staff" in row}


@pytest.mark.usefixtures("paged")
def test_danger_while_the_owner_is_away_without_a_cover_asks_who_is_on_call_at_once() -> None:
    case = make_case(add_student(), person("nora"))
    set_nora_away(cover=None)
    with transaction():
        hear_student(case, "I want to kill myself tonight.", now=NOON)
    assert paged_at_once(case) == {"nora", "oren"}


@pytest.mark.usefixtures("paged")
def test_who_asks_to_talk_while_the_owner_is_away_asks_the_cover() -> None:
    case = make_case(add_student(), person("nora"))
    set_nora_away(cover=person("vera"))
    with transaction():
        ask_for_live(case, now=NOON)
    assert paged_at_once(case) == {"vera"}


@pytest.mark.parametrize(
    ("what", "act"), [("escalation", "accept"), ("escalation", "decline"), ("case", "take")]
)
def test_the_named_act_stops_the_clock(paged: Flask, what: str, act: str) -> None:
    with paged.app_context():
        row = begin(what, Band.RED)
        due = due_of(row)
        stop(act)(row)
        clocks.climb(NOON + 5 * due)
        assert row.climbed == 0


@pytest.mark.parametrize("kind", PROMISES)
@pytest.mark.parametrize("act", list(NamedAct))
def test_a_promise_is_cleared_by_its_named_acts_and_by_no_other(
    paged: Flask, kind: ObligationKind, act: NamedAct
) -> None:
    with paged.app_context():
        row = begin(kind, Band.RED)
        with transaction():
            settle_obligations(row.case, act, now=NOON + due_of(row))  # type: ignore[union-attr]
        paged_people()
        after(row, 1)
        is_over = act in TERMS[kind].kept_by
        assert (paged_people() == set()) is is_over
        assert (row.climbed == 0) is is_over


# Looking stops nothing.


@pytest.fixture
def nora(make_app: MakeApp) -> tuple[Flask, FlaskClient]:
    """A professional who is signed in."""
    app = make_app(**MAIL)
    browser = app.test_client()
    who: Credentials = add_staff_person(app, Role.PROFESSIONAL, username="nora")
    sign_in_as(browser, who)
    return app, browser


def pages_of_counselling(app: Flask, ids: dict[str, str]) -> list[str]:
    """Every page of the professionals that these ids lead to, by the list of addresses."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        return [
            adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/counselling/")
            and "GET" in (rule.methods or ())
            and rule.arguments <= ids.keys()
        ]


def standing(row: Clocked) -> tuple[object, ...]:
    return (
        row.state,
        row.due_at,
        row.climbed,
        getattr(row, "settled_at", None),
        getattr(row, "answered_at", None),
    )


def fetched(kind: type[Clocked], row_id: str) -> Clocked:
    found = cast(Clocked | None, db.session.get(kind, row_id))
    assert found is not None
    return found


@pytest.mark.parametrize("what", WHATS)
def test_no_page_that_is_looked_at_stops_a_clock(nora: tuple[Flask, FlaskClient], what: str) -> None:
    # Given something that waits for professionals
    app, browser = nora
    with app.app_context():
        row = begin(what, Band.RED)
        before, kind, row_id = standing(row), type(row), row.id
        ids = {"escalation_id": row.id} if isinstance(row, Escalation) else {}
        ids |= {"case_id": row.id if isinstance(row, Case) else row.case_id} if not ids else {}  # type: ignore[union-attr]
        db.session.remove()

    # When every page of theirs is opened
    opened = 0
    for address in pages_of_counselling(app, ids):
        with browser.get(address) as answer:
            opened += answer.status_code == 200

    # Then it stands as it stood, and its clock runs on
    assert opened > 0
    with app.app_context():
        assert standing(fetched(kind, row_id)) == before
        clocks.climb(NOON + due_of(fetched(kind, row_id)) + timedelta(seconds=1))
        db.session.expire_all()
        assert fetched(kind, row_id).climbed == 1
