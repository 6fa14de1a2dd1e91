"""What a professional promises of their own accord: an answer by a time, and a check-in on a day."""

import html
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from accounts.models import Account, Staff
from core.db import db, transaction
from core.models import OutboxRow
from core.refusals import Refusal
from counselling import clocks, queries
from counselling.cases import close_case, take_case
from counselling.messages import hear_student, write_letter
from counselling.models import Case, Obligation, ObligationKind, ObligationState
from counselling.obligations import NamedAct, promise, settle_obligations
from counselling.professionals import answering
from counselling.professionals.answering import (
    CannotBePutOff,
    NothingToAnswer,
    TooLate,
    answer_by,
    latest_answer,
    promise_check_in,
    promises_to_renew,
    times_to_choose,
)
from counselling.professionals.forms import AnswerByForm
from counselling.showing import view_conversation
from moderation.bands import Band
from moderation.team.hours import Hours
from tests.counselling.people import NOON, make_case
from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import hidden_fields, post_form

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def promised(case: Case, band: Band = Band.AMBER) -> Obligation:
    """An answer that the student waits for since noon."""
    with transaction():
        return promise(case, ObligationKind.ANSWER, band=band, now=NOON)


def say(case: Case, by: datetime, actor: Staff, *, now: datetime = NOON) -> None:
    with transaction():
        answer_by(case, by, actor=actor, now=now)


def check_in(case: Case, actor: Staff, *, is_told: bool = True) -> Obligation:
    """Maya promises on Wednesday to check in on Friday at noon."""
    with transaction():
        return promise_check_in(
            case, NOON + 2 * DAY, reason="the exam is over", is_told=is_told, actor=actor, now=NOON
        )


def test_reading_and_saying_when_renews_the_promise(case: Case, maya: Staff) -> None:
    waiting = promised(case)
    say(case, NOON + 30 * HOUR, maya)
    assert (waiting.due_at, waiting.state) == (NOON + 30 * HOUR, ObligationState.OPEN)


def test_the_student_is_told_that_the_letter_was_read_and_by_when(case: Case, maya: Staff) -> None:
    promised(case)
    say(case, NOON + 5 * HOUR, maya)
    view = view_conversation(case)
    assert view.has_said
    assert view.promise is not None
    assert view.promise.due_at == NOON + 5 * HOUR
    notices = [row.payload["notice"] for row in db.session.query(OutboxRow) if row.kind == "case_notice"]
    assert notices == ["read_and_answers"]


def test_the_letter_itself_still_is_what_keeps_the_promise(case: Case, maya: Staff) -> None:
    waiting = promised(case)
    say(case, NOON + 5 * HOUR, maya)
    with transaction():
        write_letter(case, "I have thought about it.", author=maya, now=NOON + 4 * HOUR)
    assert (waiting.state, waiting.settled_at) == (ObligationState.KEPT, NOON + 4 * HOUR)


def test_a_renewed_promise_pages_when_it_is_due_and_not_before(case: Case, maya: Staff) -> None:
    waiting = promised(case)
    say(case, NOON + 30 * HOUR, maya)
    clocks.climb(NOON + 29 * HOUR)
    assert waiting.climbed == 0
    clocks.climb(NOON + 31 * HOUR)
    assert (waiting.climbed, waiting.state) == (1, ObligationState.MISSED)


def test_a_promise_that_was_missed_stays_missed_although_it_is_renewed(case: Case, maya: Staff) -> None:
    waiting = promised(case)
    clocks.climb(NOON + 25 * HOUR)
    say(case, NOON + 30 * HOUR, maya, now=NOON + 26 * HOUR)
    assert (waiting.state, waiting.climbed) == (ObligationState.MISSED, 0)
    with transaction():
        write_letter(case, "Here I am.", author=maya, now=NOON + 27 * HOUR)
    assert waiting.state is ObligationState.MISSED


@pytest.mark.parametrize("band", [Band.CRISIS, Band.RED])
def test_an_urgent_letter_is_not_put_off_beyond_its_clock(case: Case, maya: Staff, band: Band) -> None:
    waiting = promised(case, band)
    due_at = waiting.due_at
    with pytest.raises(CannotBePutOff):
        say(case, due_at + timedelta(minutes=1), maya)
    assert waiting.due_at == due_at


def test_an_urgent_letter_may_be_promised_within_its_clock(case: Case, maya: Staff) -> None:
    waiting = promised(case, Band.RED)
    say(case, NOON + timedelta(minutes=40), maya)
    assert waiting.due_at == NOON + timedelta(minutes=40)


def test_after_two_lines_an_urgent_answer_can_be_continued_on_a_day(case: Case, maya: Staff) -> None:
    promised(case, Band.RED)
    with transaction():
        write_letter(case, "I read you. I write more tomorrow.", author=maya, now=NOON + HOUR)
    check_in(case, maya)
    assert [one.kind for one in queries.unsettled_obligations(case.id)] == [ObligationKind.CHECK_IN]


def test_however_often_it_is_renewed_an_answer_comes_within_three_times_its_clock(
    case: Case, maya: Staff
) -> None:
    waiting = promised(case)
    say(case, NOON + 70 * HOUR, maya)
    with pytest.raises(TooLate):
        say(case, NOON + 73 * HOUR, maya, now=NOON + 69 * HOUR)
    assert latest_answer(waiting) == NOON + 72 * HOUR


@pytest.mark.parametrize(
    ("by", "refused"), [(NOON - HOUR, TooLate), (NOON, TooLate), (NOON + 9 * DAY, TooLate)]
)
def test_a_time_that_is_past_or_far_is_refused(
    case: Case, maya: Staff, by: datetime, refused: type[Refusal]
) -> None:
    promised(case)
    with pytest.raises(refused):
        say(case, by, maya)


def test_without_a_letter_that_waits_there_is_nothing_to_put_off(case: Case, maya: Staff) -> None:
    with pytest.raises(NothingToAnswer):
        say(case, NOON + HOUR, maya)


def test_a_further_letter_with_words_of_danger_makes_a_renewed_promise_pressing_again(
    case: Case, maya: Staff
) -> None:
    waiting = promised(case)
    say(case, NOON + 30 * HOUR, maya)
    with transaction():
        hear_student(case, "I want to kill myself tonight.", now=NOON + HOUR)
    assert waiting.due_at <= NOON + 2 * HOUR


def test_only_times_that_every_promise_allows_are_offered(case: Case) -> None:
    promised(case, Band.RED)
    assert times_to_choose(promises_to_renew(case), now=NOON) == []


def offered_at(case: Case, day: int, hour: int, minute: int = 0) -> list[str]:
    """What is offered in March 2026 for a letter that came an hour before: the team is there on working days
    from 9 to 21.
    """
    now = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    with transaction():
        promise(case, ObligationKind.ANSWER, band=Band.AMBER, now=now - HOUR)
    return [f"{at:%a %H:%M}" for at in times_to_choose(promises_to_renew(case), now=now)]


def test_at_noon_two_hours_this_evening_and_the_next_days_are_offered(case: Case) -> None:
    assert offered_at(case, 4, 12) == ["Wed 14:00", "Wed 21:00", "Thu 12:00", "Thu 21:00", "Fri 21:00"]


def test_two_hours_begin_at_the_next_full_one(case: Case) -> None:
    assert offered_at(case, 4, 12, 20)[0] == "Wed 15:00"


def test_nothing_is_offered_for_a_time_at_which_nobody_is_there(case: Case) -> None:
    assert offered_at(case, 4, 20) == ["Wed 21:00", "Thu 12:00", "Thu 21:00", "Fri 21:00"]
    assert offered_at(case, 4, 22)[0] == "Thu 12:00"


def test_over_the_weekend_the_next_day_is_the_one_on_which_somebody_is_there(case: Case) -> None:
    assert offered_at(case, 6, 22) == ["Mon 12:00", "Mon 21:00"]


def test_without_hours_the_days_of_an_office_are_offered(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "staffed_hours", lambda: Hours(ZoneInfo("UTC"), {}, has_on_call=False))
    assert offered_at(case, 4, 12) == ["Wed 14:00", "Wed 17:00", "Thu 12:00", "Thu 17:00", "Fri 17:00"]


def test_a_case_that_is_taken_has_a_first_letter_promised(student: Account, maya: Staff) -> None:
    waiting = make_case(student, None)
    with transaction():
        take_case(waiting, actor=maya, now=NOON)
    assert [one.kind for one in queries.unsettled_obligations(waiting.id)] == [ObligationKind.FIRST_LETTER]


def test_a_check_in_is_not_kept_by_a_letter_of_the_day_it_was_promised(case: Case, maya: Staff) -> None:
    made = check_in(case, maya)
    with transaction():
        write_letter(case, "I write again on Friday.", author=maya, now=NOON)
    assert (made.state, made.settled_at) == (ObligationState.OPEN, None)


@pytest.mark.parametrize("act", [NamedAct.LETTER, NamedAct.LIVE])
def test_a_check_in_is_kept_by_words_on_its_day(case: Case, maya: Staff, act: NamedAct) -> None:
    made = check_in(case, maya)
    with transaction():
        settle_obligations(case, act, now=NOON + 2 * DAY - HOUR)
    assert made.state is ObligationState.KEPT


def test_a_check_in_pages_its_owner_when_it_is_due(case: Case, maya: Staff) -> None:
    made = check_in(case, maya)
    clocks.climb(NOON + 2 * DAY + HOUR)
    assert (made.state, made.climbed, made.owner_id) == (ObligationState.MISSED, 1, maya.id)


def test_closing_ends_a_check_in(case: Case, maya: Staff) -> None:
    check_in(case, maya)
    with transaction():
        close_case(case, summary="It went well.", actor=maya, now=NOON)
    assert not queries.unsettled_obligations(case.id)


def test_a_check_in_that_is_for_the_professional_alone_is_not_told(case: Case, maya: Staff) -> None:
    check_in(case, maya, is_told=False)
    view = view_conversation(case)
    assert (view.promise, list(view.check_ins)) == (None, [])
    assert not db.session.query(OutboxRow).filter_by(kind="case_notice").count()


def test_a_check_in_that_is_told_stands_in_the_conversation(case: Case, maya: Staff) -> None:
    made = check_in(case, maya)
    assert list(view_conversation(case).check_ins) == [made]


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student who asked, and Maya who took the case, each at a browser."""
    return begin_case(app)


def test_the_student_reads_by_when_the_counsellor_answers(pair: Pair) -> None:
    page = pair.maya.get(pair.case).text
    (by, *_more) = re.findall(r'name="by"[^>]*value="(\d[^"]*)"', page)
    answer = post_form(pair.maya, f"{pair.case}/answer-by", {"by": html.unescape(by)}, page=pair.case)
    assert answer.status_code == 303
    assert "Your counsellor has read your letter and answers by" in pair.student.get(pair.own).text


def test_a_time_later_than_what_was_promised_says_so(app: Flask) -> None:
    with app.test_request_context():
        form = AnswerByForm(formdata=None)
        form.offer([NOON + 2 * HOUR, NOON + DAY, NOON + 2 * DAY], promised=NOON + 3 * HOUR, now=NOON)
        assert [str(choice.label) for choice in form.by.choices][:3] == [
            "Today at 14:00",
            "Tomorrow at 12:00: later than promised until now",
            "Friday at 12:00: later than promised until now",
        ]


def test_what_a_button_said_holds_however_late_it_is_pressed(app: Flask) -> None:
    with app.test_request_context():
        form = AnswerByForm(MultiDict({"by": (NOON + 2 * HOUR).isoformat()}), meta={"csrf": False})
        form.offer([NOON + 3 * HOUR], promised=None, now=NOON + HOUR)
        assert form.validate()
        assert form.moment(ZoneInfo("UTC")) == NOON + 2 * HOUR


@pytest.mark.parametrize("by", ["today", "2026-03-04T12:00", ""])
def test_what_is_no_moment_is_refused(pair: Pair, by: str) -> None:
    assert post_form(pair.maya, f"{pair.case}/answer-by", {"by": by}, page=pair.case).status_code == 422


def test_another_time_calls_nothing_optional_that_it_needs(pair: Pair) -> None:
    assert "(optional)" not in pair.maya.get(pair.case).text


def test_another_time_needs_its_day_and_comes_back_with_what_was_typed(pair: Pair) -> None:
    answer = post_form(pair.maya, f"{pair.case}/answer-by", {"by": "at", "hour": "16:40"}, page=pair.case)
    assert answer.status_code == 422
    assert 'value="16:40"' in answer.text


def test_a_time_too_far_ahead_is_refused_beside_its_field(pair: Pair) -> None:
    fields = {"by": "at", "day": "2099-01-01", "hour": "12:00"}
    answer = post_form(pair.maya, f"{pair.case}/answer-by", fields, page=pair.case)
    assert answer.status_code == 422
    assert 'value="2099-01-01"' in answer.text


def test_a_check_in_clicked_twice_is_one(pair: Pair) -> None:
    day = (datetime.now(UTC) + 3 * DAY).date().isoformat()
    fields = hidden_fields(pair.maya.get(pair.case).text, action=f"{pair.case}/check-ins")
    fields |= {"on": day, "at": "12:00", "reason": "after the exam", "told": "no"}
    clicks = [pair.maya.post(f"{pair.case}/check-ins", data=fields).status_code for _ in range(2)]
    assert clicks == [303, 303]
    assert pair.maya.get(pair.case).text.count("after the exam") == 1


@pytest.mark.parametrize("act", ["answer-by", "check-ins"])
def test_a_colleague_promises_nothing_in_a_case_that_is_not_theirs(pair: Pair, act: str) -> None:
    oren = colleague(pair.app)
    fields = hidden_fields(oren.get("/counselling/").text)
    fields |= {"by": "today", "on": "2099-01-01", "at": "12", "reason": "x", "told": "no"}
    missing = "/counselling/cases/0000000000000"
    answers = [oren.post(f"{where}/{act}", data=fields).status_code for where in (pair.case, missing)]
    assert answers == [404, 404]
