"""Pages that fail are tried again and shown; when none gets through at all, every staff page says that people
must use the telephone.
"""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.permissions import Role
from core import outbox
from core.clock import utcnow
from core.db import db, transaction
from core.models import OutboxRow
from moderation.alarms import channel_alarms, own_alarms
from moderation.bands import Band
from moderation.pages import page_staff
from moderation.team.models import Duty
from tests.cast import new_staff, on_duty, staff
from tests.conftest import MakeApp
from tests.journeys.sinks import HookSink, MailSink
from tests.journeys.steps import new_staff as sign_in_new_staff

NOON = datetime.fromisoformat("2026-03-04T12:00:00+00:00")
NOBODY = "Nobody can be paged at the moment"
OWN = "nora@uni.example"


@pytest.fixture
def paged_app(make_app: MakeApp, mail: MailSink, hook: HookSink) -> Flask:
    return make_app(**mail.settings(), **hook.settings())


def page(now: datetime, band: Band = Band.CRISIS) -> None:
    """Somebody must be paged, and the worker tries."""
    with transaction():
        page_staff("escalation", "a-target", band=band, due_at=now, now=now)
    outbox.drain(now=now)


def alarms_at(now: datetime) -> list[str]:
    return channel_alarms(now=now)


def nora_on_call(since: datetime = NOON) -> str:
    who = new_staff(Role.PROFESSIONAL, "nora")
    on_duty(who, Duty.ON_CALL, since=since)
    return who


def with_address(who: str) -> str:
    with transaction():
        staff(who).page_address = OWN
    return who


def test_one_channel_that_fails_is_named_and_the_other_is_not_alarmed(
    paged_app: Flask, mail: MailSink
) -> None:
    mail.refuses = True
    with paged_app.test_request_context():
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert alarm.startswith("Pages by email do not get through")


def test_two_channels_down_are_an_alarm_of_another_kind(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    mail.refuses = hook.refuses = True
    with paged_app.test_request_context():
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert alarm.startswith(f"{NOBODY}: pages by email and by webhook do not get through. Phone the people")


@pytest.mark.parametrize("only", ["email", "webhook"])
def test_the_only_channel_down_is_the_same_alarm(
    make_app: MakeApp, mail: MailSink, hook: HookSink, only: str
) -> None:
    mail.refuses = hook.refuses = True
    app = make_app(**(mail if only == "email" else hook).settings())
    with app.test_request_context():
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert alarm.startswith(f"{NOBODY}: pages by {only} do not get through.")


def test_the_alarm_names_who_must_be_called_by_telephone(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    mail.refuses = hook.refuses = True
    with paged_app.test_request_context():
        nora_on_call()
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert alarm.endswith("On call now: Nora.")


def test_every_staff_page_shows_it_and_no_page_of_a_student(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    mail.refuses = hook.refuses = True
    with paged_app.app_context():
        page(utcnow())
        db.session.remove()
    for role, address in (
        (Role.MODERATOR, "/moderation/queue"),
        (Role.PROFESSIONAL, "/counselling/"),
        (Role.COORDINATOR, "/admin/clocks"),
        (Role.RESEARCHER, "/staff/password"),
    ):
        assert NOBODY in sign_in_new_staff(paged_app, role, f"a-{role}").get(address).text, address
    assert NOBODY not in paged_app.test_client().get("/").text


def test_the_alarm_ends_when_one_channel_is_well_again(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    mail.refuses = hook.refuses = True
    with paged_app.test_request_context():
        page(NOON)
        hook.refuses = False
        outbox.drain(now=NOON + timedelta(seconds=20))
        assert not any(NOBODY in alarm for alarm in alarms_at(NOON))
        assert len(alarms_at(NOON)) == 1


def test_a_page_that_got_through_one_channel_is_still_tried_on_the_other(
    paged_app: Flask, mail: MailSink, hook: HookSink
) -> None:
    mail.refuses = True
    with paged_app.test_request_context():
        page(NOON)
        mail.refuses = False
        outbox.drain(now=NOON + timedelta(seconds=20))
        assert alarms_at(NOON) == []
    assert (len(mail.letters), len(hook.posts)) == (1, 1)


@pytest.mark.parametrize(
    ("band", "most"),
    [
        (Band.CRISIS, timedelta(seconds=20)),
        (Band.RED, timedelta(minutes=1)),
        (Band.AMBER, timedelta(minutes=5)),
        (Band.GREEN, timedelta(minutes=5)),
    ],
)
def test_an_urgent_page_is_tried_more_often(
    make_app: MakeApp, hook: HookSink, band: Band, most: timedelta
) -> None:
    hook.refuses = True
    with make_app(**hook.settings()).app_context():
        page(NOON, band)
        now = NOON
        for _ in range(12):
            row = db.session.query(OutboxRow).filter_by(kind="page").one()
            pause, now = row.due_at - now, row.due_at
            outbox.drain(now=now)
            db.session.expire_all()
        assert pause == most


def test_one_address_that_is_refused_holds_up_no_other(paged_app: Flask, mail: MailSink) -> None:
    mail.refused.add(OWN)
    with paged_app.test_request_context():
        with_address(nora_on_call())
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert len(mail.letters) == 1
    assert alarm.startswith("Pages to Nora do not get through: their own address refuses them.")


def test_a_general_address_that_is_refused_holds_up_nobody_s_own(paged_app: Flask, mail: MailSink) -> None:
    mail.refused.add("oncall@uni.example")
    with paged_app.test_request_context():
        with_address(nora_on_call())
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert f"To: {OWN}" in mail.letters[0]
    assert alarm.startswith("Pages by email do not get through")


def test_one_of_two_general_addresses_that_is_refused_is_told_and_the_other_has_the_page(
    make_app: MakeApp, mail: MailSink, hook: HookSink
) -> None:
    mail.refused.add("gone@uni.example")
    settings = mail.settings() | {"STOA_PAGE_TO": "gone@uni.example, oncall@uni.example"}
    with make_app(**settings, **hook.settings()).test_request_context():
        page(NOON)
        (alarm,) = alarms_at(NOON)
    assert len(mail.letters) == 1
    assert alarm.startswith("One of the general addresses for pages refuses them.")


def test_who_is_on_call_without_an_address_is_told(paged_app: Flask) -> None:
    with paged_app.test_request_context():
        who = nora_on_call()
        (alarm,) = own_alarms(staff(who), now=NOON)
        assert alarm.startswith("You are on call and have no address")
        assert own_alarms(staff(with_address(who)), now=NOON) == []
        assert own_alarms(staff(new_staff(Role.PROFESSIONAL, "oren")), now=NOON) == []


def test_no_address_of_a_person_is_in_what_is_logged(
    paged_app: Flask, mail: MailSink, caplog: pytest.LogCaptureFixture
) -> None:
    mail.refused.add(OWN)
    with paged_app.test_request_context():
        with_address(nora_on_call())
        page(NOON)
        kept = [row.last_error for row in db.session.query(OutboxRow)]
    assert "AddressRefused" in caplog.text
    assert OWN not in caplog.text + "".join(kept)
