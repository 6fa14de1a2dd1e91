"""What changed since somebody looked: nothing before their first look, nothing that a refresh can lose."""

from datetime import datetime, timedelta

from flask_babel import force_locale

from accounts.models import Staff
from core.db import db, transaction
from counselling.handing.purposes import Purpose, state_purpose
from counselling.messages import hear_student
from counselling.models import Case, CaseMember, MemberPart
from counselling.professionals.frontcard import FrontCard, front_card
from counselling.reading import open_to_read
from counselling.record.filling import Saving, begin_form, save_form
from counselling.record.models import FormKind
from counselling.showing import view_case
from tests.counselling.people import NOON

MINUTE = timedelta(minutes=1)


def look(case: Case, reader: Staff, *, minutes: float = 0) -> FrontCard:
    """Open the page of the case: the reading is logged, then the card is made."""
    asked_at = NOON + minutes * MINUTE
    opened = open_to_read(case.id, reader=reader, now=asked_at)
    with force_locale("en"):
        return front_card(view_case(opened), reader=reader, asked_at=asked_at)


def hear(case: Case, *, minutes: float) -> None:
    with transaction():
        hear_student(case, "One thing more.", now=NOON + minutes * MINUTE)


def add_second(case: Case, oren: Staff, *, says_why_at: datetime) -> None:
    with transaction():
        member = CaseMember(case_id=case.id, staff_id=oren.id, part=MemberPart.SECOND, invited_at=NOON)
        member.joined_at = NOON - timedelta(hours=1)
        db.session.add(member)
        db.session.flush()
        state_purpose(case, Purpose.THINK_ALONG, "", reader=oren, now=says_why_at)


def test_the_first_page_of_a_case_has_nothing_to_compare_with(case: Case, maya: Staff) -> None:
    assert look(case, maya).since is None


def test_back_on_the_page_in_the_first_visit_it_is_not_the_first_time(case: Case, maya: Staff) -> None:
    look(case, maya)
    assert look(case, maya, minutes=2).since == NOON


def test_a_letter_that_came_during_the_first_visit_is_new(case: Case, maya: Staff) -> None:
    look(case, maya)
    hear(case, minutes=1)
    assert look(case, maya, minutes=2).changes == ["1 new letter"]


def test_a_refresh_keeps_what_was_new(case: Case, maya: Staff) -> None:
    look(case, maya)
    hear(case, minutes=60)
    shown = [look(case, maya, minutes=minutes).changes for minutes in (90, 91, 104)]
    assert shown == [["1 new letter"]] * 3


def assessed(case: Case, maya: Staff, *, is_final: bool) -> None:
    with transaction():
        form = begin_form(case, FormKind.RISK_ASSESSMENT, actor=maya, now=NOON)
        answers = {"thoughts": "none", "plan": "no", "means": "no", "timeframe": "no", "done": "We talked."}
        saving = Saving(answers, version=form.version, is_final=is_final)
        save_form(case, form, saving, actor=maya, now=NOON)


def test_a_risk_assessment_that_is_not_finished_assesses_nothing_yet(case: Case, maya: Staff) -> None:
    assessed(case, maya, is_final=False)
    assert look(case, maya, minutes=1).assessed_on is None


def test_a_finished_risk_assessment_has_its_day(case: Case, maya: Staff) -> None:
    assessed(case, maya, is_final=True)
    assert look(case, maya, minutes=1).assessed_on == NOON.date()


def test_a_second_who_has_just_said_why_sees_it_for_the_first_time(case: Case, oren: Staff) -> None:
    add_second(case, oren, says_why_at=NOON - timedelta(seconds=1))
    assert look(case, oren).since is None


def test_a_second_who_comes_back_to_the_page_does_not(case: Case, oren: Staff) -> None:
    add_second(case, oren, says_why_at=NOON)
    look(case, oren)
    assert look(case, oren, minutes=5).since == NOON
