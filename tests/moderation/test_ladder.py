"""Whom a page reaches: the people of its rung who have an address, everybody below them, and never nobody."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from accounts.permissions import Role
from core.db import db, transaction
from core.models import OutboxRow
from moderation.bands import Band
from moderation.pages import page_staff, send_pages
from moderation.team.duties import Rung, reached_at
from moderation.team.models import Duty
from tests.cast import NOON, begin_thread, new_staff, new_student, on_duty, staff
from tests.conftest import MakeApp
from tests.journeys.sinks import HookSink, MailSink

SECRETS = ("@", "nora", "oren", "peter", "carla", "counsellor@uni.example")


@pytest.fixture
def paged(make_app: MakeApp, mail: MailSink, hook: HookSink) -> Iterator[Flask]:
    """Inside an application that can page by both channels."""
    app = make_app(**mail.settings(), **hook.settings())
    with app.app_context():
        yield app


def person(role: Role, name: str, *, duty: Duty | None = None, has_address: bool = True) -> str:
    """A member of staff, with a duty and an address of their own."""
    who = new_staff(role, name)
    if duty is not None:
        on_duty(who, duty)
    if has_address:
        with transaction():
            staff(who).page_address = f"{name}@uni.example"
    return who


def the_ladder() -> dict[str, str]:
    """One person on each rung."""
    return {
        "nora": person(Role.PROFESSIONAL, "nora"),
        "oren": person(Role.PROFESSIONAL, "oren", duty=Duty.ON_CALL),
        "sam": person(Role.PROFESSIONAL, "sam", duty=Duty.SECOND),
        "vera": person(Role.PROFESSIONAL, "vera"),
        "carla": person(Role.COORDINATOR, "carla"),
    }


def names_at(rung: Rung, owner: str | None = None) -> list[str]:
    return [one.username for one in reached_at(rung, owner=owner, now=NOON)]


def rows() -> list[dict[str, object]]:
    return [row.payload for row in db.session.query(OutboxRow).filter_by(kind="page")]


def named(kind: str = "escalation", band: Band = Band.RED, **how: object) -> set[str]:
    """Whom the rows of one page name."""
    with transaction():
        page_staff(kind, "a-target", band=band, due_at=NOON, now=NOON, **how)  # type: ignore[arg-type]
    return {staff(str(row["staff"])).username for row in rows() if "staff" in row}


@pytest.mark.parametrize(
    ("rung", "expected"),
    [
        (Rung.OWNER, {"nora"}),
        (Rung.ON_CALL, {"nora", "oren"}),
        (Rung.SECOND, {"nora", "oren", "sam"}),
        (Rung.ALL_PROFESSIONALS, {"nora", "oren", "sam", "vera"}),
        (Rung.COORDINATORS, {"nora", "oren", "sam", "vera", "carla"}),
    ],
)
def test_each_rung_brings_its_people_and_keeps_those_below(
    paged: Flask, rung: Rung, expected: set[str]
) -> None:
    with paged.app_context():
        owner = the_ladder()["nora"]
        assert set(names_at(rung, owner)) == expected


def test_the_first_page_of_an_escalation_goes_to_who_is_on_call(paged: Flask) -> None:
    with paged.app_context():
        the_ladder()
        assert named() == {"oren"}


def test_what_was_promised_to_a_student_pages_the_owner_alone(paged: Flask) -> None:
    with paged.app_context():
        assert named("case", owner=the_ladder()["nora"]) == {"nora"}


def test_where_nobody_on_call_has_an_address_the_second_is_asked_at_once(paged: Flask) -> None:
    with paged.app_context():
        person(Role.PROFESSIONAL, "oren", duty=Duty.ON_CALL, has_address=False)
        person(Role.PROFESSIONAL, "sam", duty=Duty.SECOND)
        assert names_at(Rung.ON_CALL) == ["sam"]


def test_where_no_rota_gives_a_duty_all_professionals_are_asked_at_once(paged: Flask) -> None:
    with paged.app_context():
        person(Role.PROFESSIONAL, "vera")
        assert names_at(Rung.ON_CALL) == ["vera"]


def test_where_no_professional_has_an_address_the_coordinators_are_asked_at_once(paged: Flask) -> None:
    with paged.app_context():
        person(Role.COORDINATOR, "carla")
        assert names_at(Rung.ON_CALL) == ["carla"]


def test_a_moderator_on_call_is_paged_and_does_not_stand_for_a_professional(paged: Flask) -> None:
    with paged.app_context():
        person(Role.MODERATOR, "maya", duty=Duty.ON_CALL)
        person(Role.PROFESSIONAL, "sam", duty=Duty.SECOND)
        assert names_at(Rung.ON_CALL) == ["maya", "sam"]


def test_an_owner_who_has_left_is_passed_over(paged: Flask) -> None:
    with paged.app_context():
        owner = the_ladder()["nora"]
        with transaction():
            staff(owner).closed_at = NOON
        assert names_at(Rung.OWNER, owner) == ["oren"]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MODERATOR, Role.RESEARCHER])
def test_an_owner_who_works_here_as_something_else_now_is_passed_over(paged: Flask, role: Role) -> None:
    with paged.app_context():
        owner = the_ladder()["nora"]
        with transaction():
            staff(owner).role = role
        assert names_at(Rung.OWNER, owner) == ["oren"]


def test_an_owner_who_is_on_call_does_not_stand_for_two(paged: Flask) -> None:
    with paged.app_context():
        people = the_ladder()
        assert set(names_at(Rung.ON_CALL, people["oren"])) == {"oren", "sam"}


@pytest.mark.parametrize("kind", ["item", "cover", "review"])
def test_moderation_s_own_pages_go_to_who_is_on_call_besides(paged: Flask, kind: str) -> None:
    with paged.app_context():
        the_ladder()
        assert named(kind) == {"oren"}


@pytest.mark.parametrize("band", list(Band))
def test_the_general_addresses_and_the_webhook_get_every_page(paged: Flask, band: Band) -> None:
    with paged.app_context():
        named("case", band, owner=the_ladder()["nora"])
        general = [(row["channel"], row.get("place")) for row in rows() if "staff" not in row]
        assert sorted(general, key=str) == [("email", 0), ("webhook", None)]


def test_without_any_person_s_address_the_general_one_has_the_page(paged: Flask) -> None:
    with paged.app_context():
        assert named() == set()
        assert [row["place"] for row in rows() if row["channel"] == "email"] == [0]


def test_who_reads_the_general_address_anyway_gets_one_letter(paged: Flask) -> None:
    with paged.app_context():
        oren = person(Role.PROFESSIONAL, "oren", duty=Duty.ON_CALL)
        with transaction():
            staff(oren).page_address = "oncall@uni.example"
        assert named() == set()


def test_a_row_of_the_outbox_names_people_by_id_and_holds_no_address(paged: Flask) -> None:
    with paged.app_context():
        the_ladder()
        named()
        assert all(secret not in str(rows()) for secret in SECRETS)


def test_the_address_is_opened_when_the_page_leaves(paged: Flask, mail: MailSink) -> None:
    with paged.app_context():
        people = the_ladder()
        named()
        with transaction():
            staff(people["oren"]).page_address = "oren.new@uni.example"
        send_pages([row for row in rows() if "staff" in row], NOON)
    (letter,) = mail.letters
    assert "To: oren.new@uni.example" in letter


def test_who_took_their_address_away_meanwhile_gets_no_letter(paged: Flask, mail: MailSink) -> None:
    with paged.app_context():
        people = the_ladder()
        named()
        with transaction():
            staff(people["oren"]).page_address = None
        send_pages([row for row in rows() if "staff" in row], NOON)
    assert mail.letters == []


@pytest.mark.parametrize(
    ("rung", "words"),
    [
        (Rung.ON_CALL, "for: on call"),
        (Rung.SECOND, "for: second"),
        (Rung.ALL_PROFESSIONALS, "for: all professionals"),
        (Rung.COORDINATORS, "for: coordinators"),
        (Rung.OWNER, "for: the counsellor of the case"),
    ],
)
def test_the_webhook_hears_for_whom_by_duty_and_nothing_of_the_person(
    paged: Flask, hook: HookSink, rung: Rung, words: str
) -> None:
    with paged.app_context():
        named(rung=rung, owner=the_ladder()["nora"])
        send_pages([row for row in rows() if row["channel"] == "webhook"], NOON)
    ((_headers, body),) = hook.posts
    assert f", {words}" in body.decode()
    assert all(secret not in body.decode() for secret in SECRETS)


def test_a_page_whose_channel_was_taken_away_leaves_by_the_other(
    paged: Flask, hook: HookSink, mail: MailSink
) -> None:
    with paged.app_context():
        named()
        waiting = [row | {"channel": "pigeon"} for row in rows() if row["channel"] == "webhook"]
        send_pages(waiting, NOON)
    assert (len(mail.letters), len(hook.posts)) == (1, 0)


def test_a_text_of_crisis_reaches_who_is_on_call_for_both_clocks(paged: Flask) -> None:
    with paged.app_context():
        oren = the_ladder()["oren"]
        begin_thread(new_student(), "I want to kill myself tonight.")
        assert {row["kind"] for row in rows() if row.get("staff") == oren} == {"item", "escalation"}


def test_an_address_that_can_no_longer_be_opened_counts_as_none(paged: Flask) -> None:
    with paged.app_context():
        the_ladder()
        with transaction():
            damaged = {"who": "oren", "value": b"damaged"}
            statement = text("UPDATE staff SET page_address = :value WHERE username = :who")
            db.session.execute(statement, damaged)
            db.session.expire_all()
        assert names_at(Rung.ON_CALL) == ["sam"]
        assert named() == {"sam"}
