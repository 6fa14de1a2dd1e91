"""What professionals are offered by, and what happens when a licence ends."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.db import transaction
from counselling import queries
from counselling.cases import take_case
from counselling.intake.fields import Field
from counselling.intake.wants import set_wants, wanting
from counselling.messages import write_letter
from counselling.models import Case
from counselling.professionals.offers import Offer, Offers, offers_for
from counselling.professionals.profiles import (
    LicenceExpired,
    ProfileChanged,
    has_expired,
    licence_alarms,
    mark_of,
    profile_of,
    set_profile,
)
from counselling.professionals.worklist import Show, worklist_of
from counselling.taking import accept_escalation
from moderation.bands import Band
from moderation.models import Escalation
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, make_case, write_post
from tests.people import add_staff_person, hidden_fields, post_form, sign_in_as

TODAY = NOON.date()
DAY = timedelta(days=1)


def know(
    person: Staff,
    *fields: Field,
    languages: tuple[str, ...] = (),
    most: int | None = None,
    until: date | None = None,
) -> None:
    """A coordinator writes down what somebody is trained for."""
    with transaction():
        seen = mark_of(profile_of(person, now=NOON))
        set_profile(
            person,
            fields=fields,
            languages=languages,
            most_cases=most,
            licence_expires_on=until,
            seen=seen,
            actor=person,
            now=NOON,
        )


def waiting_case(language: str = "el", *fields: Field) -> Case:
    """Somebody asked for a counsellor."""
    case = make_case(add_student(), None)
    with transaction():
        set_wants(case, wanting(fields=fields, language=language))
    return case


def offer_to(person: Staff, case: Case) -> Offer:
    return offers_for([], [case], reader_id=person.id, now=NOON)[case.id]


def test_what_somebody_is_trained_for_and_speaks_is_marked_for_them(maya: Staff, oren: Staff) -> None:
    know(maya, Field.STUDY, languages=("el",))
    know(oren, Field.HEALTH, languages=("el",))
    case = waiting_case("el", Field.STUDY)
    assert (offer_to(maya, case).is_mine, offer_to(oren, case).is_mine) == (True, False)
    assert not offer_to(oren, case).is_open


def test_who_does_not_fit_may_take_it_all_the_same(maya: Staff, oren: Staff) -> None:
    know(maya, Field.STUDY)
    know(oren, Field.HEALTH)
    case = waiting_case("el", Field.STUDY)
    with transaction():
        take_case(case, actor=oren, now=NOON)
    assert case.owner_id == oren.id


def test_when_nobody_who_fits_has_room_it_is_offered_to_everybody(maya: Staff, oren: Staff) -> None:
    know(maya, Field.STUDY, most=1)
    know(oren, Field.HEALTH)
    make_case(add_student(), maya)
    offer = offer_to(oren, waiting_case("el", Field.STUDY))
    assert (offer.is_mine, offer.is_open) == (False, True)


def test_whose_licence_ended_counts_as_nobody_who_fits(maya: Staff) -> None:
    know(maya, Field.STUDY, until=TODAY - DAY)
    assert offer_to(maya, waiting_case("el", Field.STUDY)).is_open


def test_an_escalation_is_offered_by_its_topic_and_language(maya: Staff, oren: Staff) -> None:
    know(maya, Field.STUDY, languages=("en",))
    know(oren, Field.LAW, languages=("en",))
    handed = escalate_post(write_post(add_student()))
    offers = [offers_for([handed], [], reader_id=one.id, now=NOON)[handed.id] for one in (maya, oren)]
    assert [one.is_mine for one in offers] == [True, False]


def test_one_damaged_wish_breaks_no_list(maya: Staff) -> None:
    broken, fine = waiting_case("el", Field.STUDY), waiting_case("el", Field.STUDY)
    with transaction():
        broken.wants = b"not sealed at all" * 4
    ids = [one.id for one in worklist_of(maya, Show.ALL, now=NOON).unowned]
    assert set(ids) == {broken.id, fine.id}


def test_a_damaged_name_breaks_no_list(maya: Staff, case: Case) -> None:
    with transaction():
        case.pseudonym = b"not sealed at all" * 4
    assert [one.id for one in worklist_of(maya, Show.ALL, now=NOON).own] == [case.id]


def test_what_waits_is_listed_by_band_and_then_by_clock(maya: Staff) -> None:
    know(maya, Field.STUDY)
    green = make_case(add_student(), None, band=Band.GREEN)
    late, soon = make_case(add_student(), None), make_case(add_student(), None)
    red = make_case(add_student(), None, band=Band.RED)
    with transaction():
        set_wants(green, wanting(fields=[Field.STUDY]))
        late.opened_at, late.due_at, soon.due_at = NOON - DAY, NOON + 2 * DAY, NOON + DAY
    assert [one.id for one in worklist_of(maya, Show.ALL, now=NOON).unowned] == [
        red.id,
        soon.id,
        late.id,
        green.id,
    ]


def test_a_licence_holds_to_the_end_of_its_last_day(maya: Staff) -> None:
    know(maya, until=TODAY)
    profile = profile_of(maya, now=NOON)
    assert [has_expired(profile, now=NOON + one * DAY) for one in (0, 1)] == [False, True]


def test_whose_licence_ended_takes_no_case(maya: Staff, student: Account) -> None:
    know(maya, until=TODAY - DAY)
    waiting = make_case(student, None)
    with pytest.raises(LicenceExpired), transaction():
        take_case(waiting, actor=maya, now=NOON)
    assert waiting.owner_id is None


def test_whose_licence_ended_accepts_no_escalation(maya: Staff, escalation: Escalation) -> None:
    know(maya, until=TODAY - DAY)
    with pytest.raises(LicenceExpired), transaction():
        accept_escalation(escalation, actor=maya, now=NOON)
    assert not queries.open_cases_of_owner(maya.id)


def test_a_student_keeps_the_counsellor_whose_licence_ended_until_a_colleague_has_them(
    maya: Staff, case: Case
) -> None:
    know(maya, until=TODAY - DAY)
    with transaction():
        write_letter(case, "I am still here.", author=maya, now=NOON)
    assert case.owner_id == maya.id


@pytest.mark.parametrize(
    ("days", "begins"),
    [(31, None), (30, "Your licence ends"), (0, "Your licence ends"), (-1, "Your licence has")],
)
def test_a_professional_is_warned_thirty_days_before_and_told_after(
    maya: Staff, days: int, begins: str | None
) -> None:
    know(maya, until=TODAY + days * DAY)
    with force_locale("en"):
        told = licence_alarms(maya, now=NOON)
    assert [one[: len(begins)] for one in told] == [begins] if begins else told == []


def test_a_coordinator_is_told_how_many_licences_ended(maya: Staff) -> None:
    tomas = add_staff_row(Role.COORDINATOR, "tomas")
    know(maya, until=TODAY - DAY)
    with force_locale("en"):
        assert licence_alarms(tomas, now=NOON) == [
            "The licence of a professional has ended: see Professionals."
        ]


def test_two_who_save_at_once_do_not_overwrite_each_other(maya: Staff) -> None:
    know(maya, Field.LAW)
    with pytest.raises(ProfileChanged), transaction():
        set_profile(
            maya,
            fields=[],
            languages=[],
            most_cases=None,
            licence_expires_on=None,
            seen="",
            actor=maya,
            now=NOON,
        )
    assert profile_of(maya, now=NOON).fields == ["law"]


def test_who_is_offered_nothing_yet_sees_what_waits(maya: Staff) -> None:
    waiting = waiting_case()
    assert Offers(now=NOON).of(wanting(), reader_id=maya.id).is_mine is False
    assert [one.id for one in worklist_of(maya, Show.UNOWNED, now=NOON).unowned] == [waiting.id]


def test_a_coordinator_writes_down_a_licence_and_the_professional_their_fields(app: Flask) -> None:
    maya = add_staff_person(app, Role.PROFESSIONAL, username="maya")
    tomas, browser = app.test_client(), app.test_client()
    sign_in_as(tomas, add_staff_person(app, Role.COORDINATOR, username="tomas"))
    sign_in_as(browser, maya)
    sheet = f"/admin/staff/{maya.staff_id}/professional"
    fields = {"fields": ["law"], "languages": ["el"], "most_cases": "12", "licence_expires_on": "2031-05-01"}
    assert post_form(tomas, sheet, fields).status_code == 303
    assert (
        post_form(browser, "/counselling/profile", {"fields": ["study"], "languages": ["el"]}).status_code
        == 303
    )
    page = tomas.get(sheet).text
    assert 'value="2031-05-01"' in page
    assert 'value="12"' in page
    assert 'value="study" checked' in page
    assert 'value="law" checked' not in page


def test_a_professional_does_not_set_their_own_licence(app: Flask) -> None:
    maya = add_staff_person(app, Role.PROFESSIONAL, username="maya")
    browser = app.test_client()
    sign_in_as(browser, maya)
    post_form(browser, "/counselling/profile", {"licence_expires_on": "2099-01-01", "most_cases": "1"})
    assert browser.get(f"/admin/staff/{maya.staff_id}/professional").status_code == 403
    assert "2099" not in browser.get("/counselling/profile").text


def test_who_is_no_professional_has_no_profile(app: Flask) -> None:
    other = add_staff_person(app, Role.MODERATOR, username="mod")
    tomas = app.test_client()
    sign_in_as(tomas, add_staff_person(app, Role.COORDINATOR, username="tomas"))
    missing = "/admin/staff/0000000000000/professional"
    answers = [tomas.get(one) for one in (f"/admin/staff/{other.staff_id}/professional", missing)]
    assert [one.status_code for one in answers] == [404, 404]


def test_the_state_of_the_list_holds_no_name_and_no_word(app: Flask) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.PROFESSIONAL, username="maya"))
    with app.app_context():
        case_id = make_case(add_student(), None).id
    answer = browser.get("/counselling/state")
    (item,) = answer.get_json()["items"]
    assert item == {"id": case_id, "band": "amber", "state": "overdue"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_each_part_of_the_list_says_how_much_there_is(app: Flask) -> None:
    browser = app.test_client()
    sign_in_as(browser, add_staff_person(app, Role.PROFESSIONAL, username="maya"))
    with app.app_context():
        case_id = make_case(add_student(), None).id
    for part in Show:
        page = browser.get(f"/counselling/?show={part}")
        assert page.status_code == 200
        assert (f'id="item-{case_id}"' in page.text) is (part in {Show.ALL, Show.OVERDUE, Show.UNOWNED})
    assert hidden_fields(browser.get("/counselling/").text, f"/counselling/cases/{case_id}/take")
