"""What a student tells at the beginning: sealed, by versions, and heard when it says danger."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.models import Account, Staff
from core.db import db, transaction
from core.refusals import Missing
from counselling import queries
from counselling.cases import close_case
from counselling.ending import end_by_student
from counselling.exporting import export_conversations
from counselling.intake.answers import (
    NOTHING,
    Answers,
    has_news,
    has_told,
    hope_of,
    keep_answers,
    mark_read,
    told_of,
)
from counselling.intake.attaching import attach_threads, attached_threads, take_back_thread
from counselling.intake.fields import Field
from counselling.intake.models import Intake
from counselling.intake.queries import intake
from counselling.intake.telling import ChangedElsewhere, save_answers, urgency_of
from counselling.intake.wants import set_wants, wanting, wants_of, wants_of_text
from counselling.messages import write_letter
from counselling.models import Case, CaseState, ObligationKind
from counselling.referrals import ask_for_counsellor
from counselling.retention import destroy_content
from counselling.taking import accept_escalation
from forum.authorship import own_thread_ids
from moderation.bands import Band
from moderation.models import Escalation
from tests.counselling.people import NOON, add_student, make_case, write_post

LATER = NOON + timedelta(hours=1)
TOLD = Answers(areas=("money", "bullied"), safe_today="yes", hope="To sleep again.", tried="Long walks.")


def save(case: Case, answers: Answers, **more: object) -> None:
    with transaction():
        save_answers(queries.case(case.id, locked=True), answers, **({"now": NOON} | more))  # type: ignore[arg-type]


def row(case: Case) -> Intake:
    found = intake(case.id)
    assert found is not None
    return found


def promised(case: Case) -> list[tuple[ObligationKind, Band]]:
    return [(one.kind, one.band) for one in queries.unsettled_obligations(case.id)]


def test_what_was_told_is_read_again(case: Case) -> None:
    save(case, TOLD)
    assert told_of(case).answers == TOLD


def test_nothing_of_it_lies_in_the_clear(case: Case) -> None:
    save(case, TOLD)
    clear = (row(case).answers or b"") + (row(case).hope or b"") + (case.wants or b"")
    assert not any(word in clear for word in (b"money", b"sleep", b"walks"))


def test_each_saving_is_a_version_and_the_same_again_is_none(case: Case) -> None:
    for answers in (TOLD, TOLD, replace(TOLD, tried="Nothing.")):
        save(case, answers)
    assert row(case).version == 2


def test_an_older_text_put_back_does_not_open(case: Case) -> None:
    save(case, TOLD)
    older = row(case).answers
    save(case, replace(TOLD, tried="Nothing."))
    with transaction():
        row(case).answers = older
    assert told_of(case).answers.tried == ""


def test_the_answers_of_another_case_do_not_open(case: Case) -> None:
    other = make_case(add_student(), None)
    save(case, TOLD)
    save(other, TOLD)
    with transaction():
        row(other).answers = row(case).answers
    assert told_of(other).answers.tried == ""


def test_answers_can_be_taken_out_again(case: Case) -> None:
    save(case, TOLD)
    save(case, NOTHING)
    assert told_of(case).answers == NOTHING


def test_it_goes_with_the_key(case: Case) -> None:
    save(case, TOLD)
    with transaction():
        destroy_content(case, now=NOON)
    assert (row(case).answers, row(case).hope, case.wants) == (None, None, None)
    assert told_of(case).answers == NOTHING
    assert wants_of(case) == wanting()


def test_a_second_window_does_not_wipe_out_the_first(case: Case) -> None:
    save(case, TOLD, page="first", seen=0)
    with pytest.raises(ChangedElsewhere):
        save(case, NOTHING, page="second", seen=0)
    assert told_of(case).answers == TOLD


def test_one_window_saves_on_and_on_as_somebody_types(case: Case) -> None:
    for words in ("To", "To sleep", "To sleep again."):
        save(case, Answers(hope=words), page="first", seen=0)
    assert told_of(case).answers.hope == "To sleep again."


def test_a_window_that_was_told_of_the_other_may_save(case: Case) -> None:
    save(case, TOLD, page="first", seen=0)
    save(case, NOTHING, page="second", seen=1)
    assert told_of(case).answers == NOTHING


def test_what_changed_since_the_counsellor_looked_is_known(case: Case) -> None:
    save(case, TOLD)
    assert told_of(case).news() == set()
    with transaction():
        mark_read(case.id, now=NOON)
    save(case, replace(TOLD, tried="Nothing."), now=LATER)
    assert told_of(case).news() == {"tried"}
    assert has_news(case)


def test_what_was_looked_at_is_no_news(case: Case) -> None:
    save(case, TOLD)
    with transaction():
        mark_read(case.id, now=LATER)
    assert not has_news(case)


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        (Answers(areas=("bullied",), bullied_now="yes"), None),
        (Answers(safe_today="yes"), None),
        (Answers(safe_today="not_sure"), None),
        (Answers(safe_today="no"), Band.RED),
        (Answers(distress="8"), None),
        (Answers(distress="9"), Band.AMBER),
        (Answers(distress="10"), Band.AMBER),
        (Answers(distress="10", safe_today="no"), Band.RED),
        (Answers(tried="I read a book about exams."), None),
        (Answers(hope="I want to kill myself."), Band.RED),
        (Answers(free_when="I want to kill myself."), Band.RED),
    ],
)
def test_how_soon_somebody_must_look(inside: Flask, answers: Answers, band: Band | None) -> None:  # noqa: ARG001
    found = urgency_of(answers)
    assert found == band


def test_not_safe_is_promised_a_red_answer(case: Case) -> None:
    save(case, Answers(safe_today="no"))
    assert promised(case) == [(ObligationKind.ANSWER, Band.RED)]
    assert case.band is Band.RED


def test_typing_on_promises_and_pages_no_second_time(case: Case) -> None:
    for words in ("I", "I am", "I am at home."):
        save(case, Answers(safe_today="no", tried=words))
    assert promised(case) == [(ObligationKind.ANSWER, Band.RED)]


def test_an_old_answer_promises_nothing_after_the_letter_has_come(case: Case, maya: Staff) -> None:
    save(case, Answers(safe_today="no"))
    with transaction():
        write_letter(case, "I am here.", author=maya, now=LATER)
    save(case, Answers(safe_today="no", free_when="Evenings."), now=LATER)
    assert promised(case) == []


def test_danger_that_is_new_is_promised_again(case: Case, maya: Staff) -> None:
    save(case, Answers(safe_today="no"))
    with transaction():
        write_letter(case, "I am here.", author=maya, now=LATER)
    save(case, Answers(safe_today="no", tried="I want to kill myself."), now=LATER)
    assert promised(case) == [(ObligationKind.ANSWER, Band.RED)]


def test_a_case_that_nobody_has_comes_nearer(student: Account) -> None:
    case = make_case(student, None, Band.AMBER)
    with transaction():
        case.due_at = NOON + timedelta(days=1)
    save(case, Answers(safe_today="no"))
    assert case.band is Band.RED
    assert case.due_at is not None
    assert case.due_at <= NOON + timedelta(hours=1)


def test_very_bad_lifts_a_green_case(student: Account, maya: Staff) -> None:
    case = make_case(student, maya, Band.GREEN)
    save(case, Answers(distress="9"))
    assert case.band is Band.AMBER


def test_calm_answers_move_nothing(case: Case) -> None:
    save(case, TOLD)
    assert promised(case) == []
    assert case.state is CaseState.ASSIGNED


def test_danger_opens_a_closed_case_again(case: Case, maya: Staff) -> None:
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=NOON)
    save(case, Answers(safe_today="no"), now=LATER)
    assert case.state is CaseState.IN_CONTACT
    assert promised(case) == [(ObligationKind.ANSWER, Band.RED)]


def test_danger_opens_a_closed_case_that_nobody_had(student: Account) -> None:
    case = make_case(student, None, Band.GREEN)
    with transaction():
        end_by_student(case, now=NOON)
    save(case, Answers(safe_today="no"), now=LATER)
    assert promised(case) == [(ObligationKind.ANSWER, Band.RED)]
    assert [(one.id, one.due_at) for one in queries.takeable_cases()] == [
        (case.id, LATER + timedelta(hours=1))
    ]


def test_calm_answers_leave_a_closed_case_closed(case: Case, maya: Staff) -> None:
    with transaction():
        close_case(case, summary="Sleeps again.", actor=maya, now=NOON)
    save(case, TOLD, now=LATER)
    assert case.state is CaseState.CLOSED


def test_what_is_ticked_says_who_fits(case: Case) -> None:
    save(case, Answers(areas=("work", "money"), language="el", way="live"))
    assert wants_of(case) == {"fields": ["career", "money"], "language": "el", "way": "live"}


def test_somebody_who_asks_says_who_fits(student: Account) -> None:
    told = Answers(areas=("self",), language="id")
    with transaction():
        asked = ask_for_counsellor(student, body="May I talk?", answers=told, thread_ids=[], now=NOON)
    assert wants_of(asked) == {"fields": ["self"], "language": "id", "way": ""}
    assert told_of(asked).answers == told


def test_somebody_who_asks_and_is_not_safe_is_urgent(student: Account) -> None:
    told = Answers(safe_today="no")
    with transaction():
        asked = ask_for_counsellor(student, body="May I talk?", answers=told, thread_ids=[], now=NOON)
    assert asked.band is Band.RED


def test_an_escalated_text_says_who_fits(escalation: Escalation, maya: Staff) -> None:
    with transaction():
        taken = accept_escalation(escalation, actor=maya, now=NOON)
    assert wants_of(taken.case) == {"fields": ["study"], "language": "en", "way": ""}
    assert wants_of_text(escalation.post) == wants_of(taken.case)


def test_what_the_topic_said_stays_until_the_student_says_otherwise(case: Case) -> None:
    with transaction():
        set_wants(case, wanting(fields=[Field.STUDY], language="en"))
    save(case, Answers(way="live"))
    assert wants_of(case) == {"fields": ["study"], "language": "en", "way": "live"}
    save(case, Answers(way="live", areas=("money",)))
    assert wants_of(case)["fields"] == ["money"]


def test_a_thread_goes_along_later_and_comes_back(case: Case, student: Account) -> None:
    write_post(student, title="Exams")
    thread = own_thread_ids(student)[0]
    with transaction():
        attach_threads(case, [thread, thread], student=student)
    assert attached_threads(case) == [(thread, "Exams")]
    with transaction():
        take_back_thread(case, thread)
    assert attached_threads(case) == []


def test_the_thread_of_somebody_else_does_not_go_along(case: Case, student: Account) -> None:
    friend = add_student()
    write_post(friend)
    with transaction():
        attach_threads(case, own_thread_ids(friend), student=student)
    assert attached_threads(case) == []


def test_a_thread_that_never_went_along_cannot_be_taken_back(case: Case) -> None:
    with pytest.raises(Missing), transaction():
        take_back_thread(case, "0" * 13)


def test_what_was_hoped_for_before_there_were_more_questions_still_opens(case: Case) -> None:
    with transaction():
        keep_answers(case, Answers(hope="A plan."), now=NOON)
        row(case).answers = None  # as the migration leaves it
    db.session.expire_all()
    assert told_of(case).answers == Answers(hope="A plan.")


def test_the_student_takes_their_answers_along(case: Case, student: Account) -> None:
    save(case, TOLD)
    told = export_conversations(student)[0]["told_at_the_beginning"]
    assert (told["hope"], told["areas"]) == ("To sleep again.", ("money", "bullied"))


def test_what_is_damaged_hides_itself_and_not_that_something_was_told(case: Case) -> None:
    save(case, TOLD)
    with transaction():
        row(case).hope = row(case).answers = b"\0" * 300
    assert has_told(case)
    with force_locale("en"):
        assert "sleep" not in hope_of(case)


def test_two_windows_save_for_the_first_time_at_once(both_databases: Flask) -> None:
    with both_databases.app_context():
        case_id = make_case(add_student(), None).id
    results: list[str] = []
    start = threading.Barrier(2)

    def press(page: str) -> None:
        with both_databases.app_context():
            start.wait()
            try:
                with transaction():
                    found = queries.case(case_id, locked=True)
                    assert found is not None
                    save_answers(found, Answers(tried=page), page=page, seen=0, now=NOON)
                results.append("saved")
            except ChangedElsewhere:
                results.append("told")

    threads = [threading.Thread(target=press, args=(page,)) for page in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["saved", "told"]
    with both_databases.app_context():
        found = queries.case(case_id)
        assert found is not None
        assert told_of(found).version == 1
