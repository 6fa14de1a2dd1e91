"""The hand-over card: a student sees what went along, who has it, what was promised, and who opened it."""

import re
from datetime import timedelta

from flask import Flask
from flask_babel import force_locale

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.audit import record_event
from core.db import db, transaction
from counselling.cases import assign_case
from counselling.handing.purposes import Purpose, log_own_reading, state_purpose
from counselling.handing.supervising import ask_supervisor
from counselling.intake.answers import Answers, keep_answers
from counselling.intake.attaching import attach_threads
from counselling.intake.card import Card, Opened, card_of
from counselling.messages import hear_student, write_letter
from counselling.models import Case, CaseMember, MemberPart
from counselling.reaching.ways import Ways, open_number, set_ways
from counselling.reading import open_escalation
from counselling.record.neutral import log_summary
from counselling.taking import accept_escalation
from forum.authorship import own_thread_ids
from moderation.models import Escalation
from tests.counselling.people import NOON, add_student, make_case, write_post
from tests.journeys.steps import new_staff, new_student
from tests.people import post_form

LATER = NOON + timedelta(hours=1)
A_WEEK_LATER = NOON + timedelta(days=7)


def card(case: Case) -> Card:
    with force_locale("en"):
        return card_of(case, now=LATER)


def who(case: Case) -> list[str]:
    return [one.who for one in card(case).holders]


def test_a_case_that_nobody_has_says_so(student: Account) -> None:
    empty = card(make_case(student, None))
    assert (empty.holders, empty.openings, empty.promises) == ([], [], [])


def test_the_own_counsellor_has_a_name(case: Case, maya: Staff) -> None:
    assert who(case) == [f"{maya.alias}, your counsellor"]


def test_others_have_only_a_role(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        assign_case(case, owner=oren, now=LATER)
        member = CaseMember(case_id=case.id, staff_id=maya.id, part=MemberPart.SECOND, invited_at=NOON)
        member.joined_at = NOON
        db.session.add(member)
    names = " ".join(who(case))
    assert "A second counsellor, who helps yours" in names
    assert "An earlier counsellor" in names
    assert maya.alias not in names


def test_what_went_along_is_named(case: Case, student: Account) -> None:
    write_post(student, title="Exams")
    with transaction():
        attach_threads(case, own_thread_ids(student), student=student)
        hear_student(case, "I am here.", now=NOON)
        keep_answers(case, Answers(tried="Long walks."), now=NOON)
    shown = card(case)
    assert [title for _id, title in shown.threads] == ["Exams"]
    assert (shown.letters, shown.has_told) == (1, True)


def test_a_text_that_was_passed_on_is_named_by_its_title(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        taken = accept_escalation(escalation, actor=maya, now=NOON)
    assert [one.title for one in card(taken.case).texts] == ["Exams"]


def test_what_was_promised_is_shown_until_and_after_it_is_kept(case: Case, maya: Staff) -> None:
    with transaction():
        hear_student(case, "I am here.", now=NOON)
    assert [(one.what, one.settled_at) for one in card(case).promises] == [("An answer to you", None)]
    with transaction():
        write_letter(case, "So am I.", author=maya, now=LATER)
    assert [one.is_kept for one in card(case).promises if one.what == "An answer to you"] == [True]


def test_a_late_answer_is_not_called_kept(case: Case, maya: Staff) -> None:
    with transaction():
        hear_student(case, "I am here.", now=NOON)
        write_letter(case, "So am I.", author=maya, now=A_WEEK_LATER)
    answer = next(one for one in card(case).promises if one.what == "An answer to you")
    assert (answer.settled_at, answer.is_kept) == (A_WEEK_LATER, False)


def test_who_opened_it_is_told_by_role_time_and_reason(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        log_own_reading(case, reader=maya, now=NOON)
        state_purpose(case, Purpose.COVER, "She asked me to.", reader=oren, now=LATER)
    assert card(case).openings == [
        Opened("Another counsellor", LATER, "because your counsellor was away"),
        Opened("Your counsellor", NOON, ""),
    ]


def test_what_a_supervisor_opened_is_told_as_well(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        supervision = ask_supervisor(
            case,
            supervisor=oren,
            numbers=None,
            question="What do I miss?",
            consent="She agreed.",
            days=7,
            actor=maya,
            now=NOON,
        )
        state_purpose(case, Purpose.SUPERVISION, "", reader=oren, now=LATER, supervision=supervision)
    assert card(case).openings == [
        Opened("Another counsellor", LATER, "to go through it with your counsellor")
    ]


def test_who_read_a_text_before_anybody_took_it_is_told_as_well(
    escalation: Escalation, maya: Staff, oren: Staff
) -> None:
    open_escalation(escalation.id, reader=oren, now=NOON)
    open_escalation(escalation.id, reader=maya, now=LATER)
    with transaction():
        taken = accept_escalation(escalation, actor=maya, now=LATER)
    why = "to see a text of yours that moderators passed on"
    assert card(taken.case).openings == [
        Opened("Your counsellor", LATER, why),
        Opened("Another counsellor", NOON, why),
    ]


def test_who_saw_the_number_is_told_by_role_and_time(case: Case, maya: Staff, oren: Staff) -> None:
    with transaction():
        set_ways(case, Ways(number="210 000 00 00"), now=NOON)
        open_number(case, actor=maya, now=NOON)
        open_number(case, actor=oren, now=LATER)
    why = "to see the number that you left"
    assert card(case).openings == [
        Opened("Another counsellor", LATER, why),
        Opened("Your counsellor", NOON, why),
    ]


def test_who_opened_the_neutral_summary_is_told_by_role_and_time(case: Case, maya: Staff) -> None:
    with transaction():
        log_summary(case, reader=maya, now=NOON)
    why = "to see the summary for the centre's records, which has none of your words"
    assert card(case).openings == [Opened("Your counsellor", NOON, why)]


def test_a_reason_that_is_not_known_is_still_told(case: Case, oren: Staff) -> None:
    detail = {"purpose": "something new"}
    with transaction():
        record_event("case_read", actor=oren.actor, target=f"case:{case.id}", detail=detail, now=NOON)
    assert card(case).openings == [Opened("Another counsellor", NOON, "for a reason that was written down")]


def test_who_had_it_before_is_not_taken_for_the_counsellor_of_today(
    case: Case, maya: Staff, oren: Staff
) -> None:
    with transaction():
        log_own_reading(case, reader=maya, now=NOON)
        assign_case(case, owner=oren, now=LATER)
    assert [one.who for one in card(case).openings] == ["An earlier counsellor"]


def test_the_openings_of_another_case_are_not_shown(case: Case, maya: Staff) -> None:
    other = make_case(add_student(), maya)
    with transaction():
        log_own_reading(other, reader=maya, now=NOON)
    assert card(case).openings == []


def test_the_card_over_http(app: Flask) -> None:
    student, maya = new_student(app), new_staff(app, Role.PROFESSIONAL, "maya")
    sent = post_form(student, "/counsel/request", {"body": "May I talk?"})
    address = f"{sent.headers['Location']}/card"
    before = student.get(address)
    assert "Nobody yet. A counsellor takes it up by" in before.text
    assert before.headers["Cache-Control"] == "no-store"
    found = re.search(r"/counselling/cases/[0-9a-z]{13}/take", maya.get("/counselling/").text)
    assert found is not None
    case = post_form(maya, found.group(), {}, page="/counselling/").headers["Location"]
    assert maya.get(case).status_code == 200
    page = student.get(address).text
    assert "Maya, your counsellor" in page
    assert "<li>Your counsellor, " in page


def test_the_card_of_somebody_else_is_as_if_it_were_not_there(app: Flask) -> None:
    student, stranger = new_student(app), new_student(app)
    sent = post_form(student, "/counsel/request", {"body": "May I talk?"})
    assert stranger.get(f"{sent.headers['Location']}/card").status_code == 404
    assert stranger.get("/counsel/0000000000000/card").status_code == 404
