"""Reaching a student who may not come back: a number, a sign, a code, a first letter that nobody reads."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask

from accounts.models import Account, Staff
from accounts.permissions import Role
from core import outbox
from core.channels import ChannelFailed
from core.db import db, transaction
from core.models import AuditEvent, OutboxRow
from counselling import clocks, queries
from counselling.cases import close_case, take_case
from counselling.conversants import CodeRanOut, conversant_of, conversant_with_code
from counselling.ending import end_by_student
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case, CaseState, ObligationKind, ObligationState
from counselling.reaching import queries as reaching_queries
from counselling.reaching import signs
from counselling.reaching.asking import ask_to_be_reached
from counselling.reaching.codes import (
    CodeOpensNothing,
    give_return_code,
    returner_with,
    take_back_return_code,
)
from counselling.reaching.staying import case_to_stay_in
from counselling.reaching.unread import chase_unread_first_letters
from counselling.reaching.ways import NoNumber, Ways, leaves_number, open_number, record_call, ways_of
from counselling.reading import open_conversation
from counselling.retention import destroy_content
from counselling.sealing import links_of
from counselling.unread import Shows
from moderation.bands import Band
from moderation.models import Escalation, EscalationState
from tests.conftest import MakeApp
from tests.counselling.people import NOON, add_staff_row, add_student, escalate_post, make_case, write_post
from tests.journeys.sinks import MailSink
from tests.journeys.steps import new_student
from tests.people import post_form

SOON, LATE = NOON + timedelta(hours=1), NOON + timedelta(hours=2, minutes=1)
WAYS = Ways("somebody@mail.example", "210 000 00 00", "after eight")


def write(case: Case, author: Staff, *, now: datetime = NOON) -> None:
    with transaction():
        write_letter(case, "How are you?", author=author, now=now)


def leave(case: Case, ways: Ways = WAYS) -> None:
    with transaction():
        ask_to_be_reached(case, ways, now=NOON)


def open_kinds(case: Case) -> list[ObligationKind]:
    return [one.kind for one in queries.unsettled_obligations(case.id)]


def read(case: Case, student: Account, *, now: datetime, shows: Shows = Shows.CONVERSATION) -> None:
    open_conversation(case.id, conversant=conversant_of(student), now=now, shows=shows)


def test_what_a_student_leaves_opens_again_for_the_case_alone(case: Case) -> None:
    leave(case)
    found = reaching_queries.reach_back(case.id)
    assert ways_of(case) == WAYS
    assert found is not None
    assert b"mail.example" not in (found.ping or b"")
    assert b"210" not in (found.call_back or b"")


def test_a_number_promises_a_call_once(case: Case) -> None:
    leave(case)
    leave(case)
    assert open_kinds(case) == [ObligationKind.CALL_BACK]


def test_a_number_in_a_closed_case_opens_it_again(case: Case, maya: Staff) -> None:
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=NOON)
    leave(case, Ways(address="somebody@mail.example"))
    assert case.state is CaseState.CLOSED
    leave(case)
    assert (case.state, open_kinds(case)) == (CaseState.IN_CONTACT, [ObligationKind.CALL_BACK])


def test_a_number_in_a_closed_case_that_nobody_had_is_somebody_s_to_call(student: Account) -> None:
    case = make_case(student, None)
    with transaction():
        end_by_student(case, now=NOON)
    leave(case)
    assert [(one.id, one.due_at) for one in queries.takeable_cases()] == [
        (case.id, NOON + timedelta(hours=24))
    ]


def test_a_number_that_is_taken_back_promises_nothing(case: Case) -> None:
    leave(case)
    leave(case, Ways())
    assert (ways_of(case), open_kinds(case)) == (Ways(), [])


def test_who_sees_the_number_leaves_a_trace(case: Case, maya: Staff) -> None:
    leave(case)
    with transaction():
        assert open_number(case, actor=maya, now=NOON).number == WAYS.number
    event = db.session.query(AuditEvent).filter_by(kind="number_shown").one()
    assert (event.actor, event.target) == (maya.actor, f"case:{case.id}")
    assert WAYS.number not in str(event.detail)


def test_without_a_number_nothing_is_shown(case: Case, maya: Staff) -> None:
    with pytest.raises(NoNumber), transaction():
        open_number(case, actor=maya, now=NOON)


def test_a_call_that_reached_nobody_is_promised_again(case: Case, maya: Staff) -> None:
    leave(case)
    with transaction():
        record_call(case, is_reached=False, actor=maya, now=SOON)
    assert open_kinds(case) == [ObligationKind.CALL_BACK]
    with transaction():
        record_call(case, is_reached=True, actor=maya, now=LATE)
    assert open_kinds(case) == []


def test_a_first_letter_that_nobody_reads_becomes_a_promise_after_two_hours(case: Case, maya: Staff) -> None:
    write(case, maya)
    chase_unread_first_letters(SOON)
    assert ObligationKind.FIRST_UNREAD not in open_kinds(case)
    chase_unread_first_letters(LATE)
    chase_unread_first_letters(LATE)
    assert open_kinds(case).count(ObligationKind.FIRST_UNREAD) == 1


def test_reading_the_letter_keeps_that_promise(case: Case, maya: Staff, student: Account) -> None:
    write(case, maya)
    chase_unread_first_letters(LATE)
    read(case, student, now=LATE)
    chase_unread_first_letters(LATE + timedelta(days=1))
    (kept,) = [one for one in queries.obligations(case.id) if one.kind is ObligationKind.FIRST_UNREAD]
    assert kept.state is ObligationState.KEPT


def test_looking_into_another_room_is_not_reading_the_letter(
    case: Case, maya: Staff, student: Account
) -> None:
    write(case, maya)
    read(case, student, now=SOON, shows=Shows.TALK)
    chase_unread_first_letters(LATE)
    read(case, student, now=LATE, shows=Shows.TALK)
    assert ObligationKind.FIRST_UNREAD in open_kinds(case)


def test_a_counsellor_who_writes_again_has_reached_nobody(case: Case, maya: Staff) -> None:
    write(case, maya)
    chase_unread_first_letters(LATE)
    write(case, maya, now=LATE)
    assert ObligationKind.FIRST_UNREAD in open_kinds(case)


def test_an_unread_first_letter_climbs_like_every_promise(case: Case, maya: Staff) -> None:
    write(case, maya)
    chase_unread_first_letters(LATE)
    clocks.climb(LATE + timedelta(days=3))
    (late,) = queries.unsettled_obligations(case.id)
    assert late.state is ObligationState.MISSED
    assert late.climbed > 0


def test_a_later_letter_is_no_first_letter(case: Case, maya: Staff, student: Account) -> None:
    write(case, maya)
    read(case, student, now=SOON)
    write(case, maya, now=SOON)
    chase_unread_first_letters(LATE + timedelta(hours=3))
    assert ObligationKind.FIRST_UNREAD not in open_kinds(case)


def test_a_code_opens_its_case_however_it_is_typed(case: Case) -> None:
    with transaction():
        code = give_return_code(case, now=NOON)
    typed = f" {code.upper().replace('-', ' ').replace('0', 'O')} "
    conversant = conversant_with_code(returner_with(typed))
    assert (conversant.student, conversant.case_ids) == (None, (case.id,))


def test_the_code_itself_is_kept_nowhere(case: Case) -> None:
    with transaction():
        code = give_return_code(case, now=NOON)
    assert case.return_tag is not None
    assert code.replace("-", "").encode() not in case.return_tag


def test_a_newer_code_ends_what_an_older_one_opened(case: Case) -> None:
    with transaction():
        first = give_return_code(case, now=NOON)
    came_before = returner_with(first)
    with transaction():
        give_return_code(case, now=NOON)
    with pytest.raises(CodeRanOut):
        conversant_with_code(came_before)
    with pytest.raises(CodeOpensNothing):
        returner_with(first)


def test_a_code_that_was_ended_opens_nothing(case: Case) -> None:
    with transaction():
        code = give_return_code(case, now=NOON)
        take_back_return_code(case, now=NOON)
    with pytest.raises(CodeOpensNothing):
        returner_with(code)


@pytest.mark.parametrize("typed", ["", "0000-0000-0000-0000", "wrong", "ο" * 16])
def test_no_other_words_open_anything(case: Case, typed: str) -> None:
    with transaction():
        give_return_code(case, now=NOON)
    with pytest.raises(CodeOpensNothing):
        returner_with(typed)


def test_destroying_a_case_destroys_code_number_and_address(case: Case) -> None:
    leave(case)
    with transaction():
        code = give_return_code(case, now=NOON)
        destroy_content(case, now=NOON)
    found = reaching_queries.reach_back(case.id)
    assert found is not None
    assert (found.ping, found.call_back) == (None, None)
    with pytest.raises(CodeOpensNothing):
        returner_with(code)


def test_who_stays_after_an_urgent_text_has_a_case_with_that_text(student: Account, maya: Staff) -> None:
    post = write_post(student, body="I cannot bear it any longer.")
    escalation = escalate_post(post, Band.CRISIS)
    with transaction():
        case = case_to_stay_in(student, post=post, now=NOON)
    assert (case.band, links_of(case)["escalations"]) == (Band.CRISIS, [escalation.id])
    with transaction():
        take_case(case, actor=maya, now=SOON)
    assert db.session.get_one(Escalation, escalation.id).state is EscalationState.ACCEPTED


def test_a_text_of_somebody_else_goes_along_with_nobody(student: Account) -> None:
    post = write_post(add_student())
    escalate_post(post, Band.CRISIS)
    with transaction():
        case = case_to_stay_in(student, post=post, now=NOON)
    assert (case.band, links_of(case)["escalations"], links_of(case)["threads"]) == (Band.AMBER, [], [])


def test_who_has_a_counsellor_stays_with_them(student: Account, maya: Staff) -> None:
    case = make_case(student, maya)
    with transaction():
        assert case_to_stay_in(student, post=None, now=NOON).id == case.id


@pytest.fixture
def mailing(make_app: MakeApp, mail: MailSink) -> Iterator[Flask]:
    app = make_app(**mail.settings())
    with app.app_context():
        yield app


def case_with_sign(app: Flask) -> tuple[Case, Staff]:
    assert app
    maya = add_staff_row(Role.PROFESSIONAL, "maya")
    case = make_case(add_student(), maya)
    leave(case, Ways(address="somebody@mail.example"))
    return case, maya


def send_what_waits(now: datetime = NOON) -> None:
    outbox.drain(now=now)
    db.session.rollback()


def test_nobody_is_called_or_sent_a_sign_who_did_not_ask_for_it(mailing: Flask, mail: MailSink) -> None:
    assert mailing
    maya = add_staff_row(Role.PROFESSIONAL, "maya")
    case = make_case(add_student(), maya)
    write(case, maya)
    assert (ways_of(case), leaves_number(case), reaching_queries.reach_back(case.id)) == (Ways(), False, None)
    assert open_kinds(case) == []
    assert db.session.query(OutboxRow).filter_by(kind="case_sign").count() == 0
    send_what_waits()
    assert mail.letters == []


def test_on_the_pages_that_offer_a_call_or_a_sign_nothing_is_chosen_beforehand(
    make_app: MakeApp, mail: MailSink
) -> None:
    student = new_student(make_app(**mail.settings()))
    stay = student.get("/counsel/stay").text
    asked = post_form(student, "/counsel/request", {"body": "May I talk?"})
    reach = student.get(f"{asked.headers['Location']}/reach").text
    assert " checked" not in stay + reach
    fields = re.findall(r'<input[^>]*name="(?:number|when|email)"[^>]*>', stay + reach)
    assert len(fields) == 6
    assert [field for field in fields if re.search(r'value="[^"]', field)] == []


def test_a_sign_says_that_something_waits_and_nothing_else(mailing: Flask, mail: MailSink) -> None:
    case, maya = case_with_sign(mailing)
    write(case, maya)
    send_what_waits()
    (letter,) = [one for one in mail.letters if "somebody@mail.example" in one]
    headers, body = letter.split("\r\n\r\n", 1)
    assert body.strip() == "Something waits for you."
    assert "Subject: Something waits for you." in headers
    assert [word for word in (case.id, "tudent", "Quiet Heron") if word in letter] == []


def test_one_sign_in_twelve_hours(mailing: Flask, mail: MailSink) -> None:
    case, maya = case_with_sign(mailing)
    for hours in (0, 1, 13):
        moment = NOON + timedelta(hours=hours)
        write(case, maya, now=moment)
        send_what_waits(moment)
    assert len([one for one in mail.letters if "somebody@mail.example" in one]) == 2


def test_what_was_read_meanwhile_needs_no_sign(mailing: Flask, mail: MailSink) -> None:
    case, maya = case_with_sign(mailing)
    write(case, maya)
    with transaction():
        queries.mark_read(case.id, AuthorKind.PROFESSIONAL, NOON)
    send_what_waits()
    assert [one for one in mail.letters if "somebody@mail.example" in one] == []


def test_an_address_that_is_refused_is_deleted_and_the_student_told(mailing: Flask, mail: MailSink) -> None:
    mail.refused.add("somebody@mail.example")
    case, maya = case_with_sign(mailing)
    write(case, maya)
    send_what_waits()
    assert ways_of(case).address == ""
    rows = [row.payload["notice"] for row in db.session.query(OutboxRow).filter_by(kind="case_notice")]
    assert "sign_refused" in rows


def test_a_mail_server_that_is_away_is_tried_again(mailing: Flask, mail: MailSink) -> None:
    mail.refuses = True
    case, maya = case_with_sign(mailing)
    write(case, maya)
    with pytest.raises(ChannelFailed):
        signs.send_signs([{"case": case.id}], NOON)
    assert ways_of(case).address != ""


def test_no_row_of_the_outbox_holds_an_address(mailing: Flask) -> None:
    case, maya = case_with_sign(mailing)
    write(case, maya)
    rows = [row.payload for row in db.session.query(OutboxRow).filter_by(kind="case_sign")]
    assert rows == [{"case": case.id}]


def test_without_a_mail_server_no_sign_waits_for_one(case: Case, maya: Staff) -> None:
    leave(case)
    write(case, maya)
    assert db.session.query(OutboxRow).filter_by(kind="case_sign").count() == 0


def test_a_student_who_wrote_is_looked_for_by_nobody(case: Case, maya: Staff) -> None:
    write(case, maya)
    chase_unread_first_letters(LATE)
    with transaction():
        hear_student(case, "I am here.", now=LATE)
    assert ObligationKind.FIRST_UNREAD not in open_kinds(case)


def test_who_has_only_the_code_is_written_to_when_their_account_is_gone(
    case: Case, student: Account, maya: Staff
) -> None:
    with transaction():
        code = give_return_code(case, now=NOON)
        db.session.delete(student)
    write(case, maya)
    conversant = conversant_with_code(returner_with(code))
    assert queries.count_unread(conversant.case_ids, AuthorKind.PROFESSIONAL) == {case.id: 1}
