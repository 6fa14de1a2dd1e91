"""Appointments as pages: offering, choosing, coming, and what none of them may show."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.clock import utcnow
from core.db import DatabaseBusy, db, transaction
from core.keys import keyring
from core.models import AuditEvent
from counselling import queries
from counselling.appointments.details import appointments_of, details_of, set_details
from counselling.appointments.models import Appointment
from counselling.models import CaseState
from tests.conftest import MakeApp
from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import hidden_fields, join_as_student, post_form, run_outbox

LIST = "/counselling/appointments"
ROOM = "Room 12, second floor"
VIDEO = {"STOA_VIDEO_URL_TEMPLATE": "https://meet.example.ac/rooms/{room}?lang=en"}
SLOT = re.compile(r'name="slot" value="([0-9a-z]{13})"')


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def offer(browser: FlaskClient, **more: str) -> TestResponse:
    """Offer a time at nine, in two days."""
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    typed = {"day": day, "at": "09:00", "minutes": "50", "meeting": "face_to_face", "place": ROOM}
    return post_form(browser, LIST, typed | {"weeks": "1"} | more)


def slots_on(page: str) -> list[str]:
    return SLOT.findall(page)


def book(pair: Pair, code_word: str = "honey lantern", *, which: int = 0) -> TestResponse:
    own = f"{pair.own}/appointments"
    slot = slots_on(pair.student.get(own).text)[which]
    return post_form(pair.student, own, {"slot": slot, "code_word": code_word})


def booked(pair: Pair, **more: str) -> str:
    """The id of the student's appointment at a time that Maya has just offered."""
    assert offer(pair.maya, **more).status_code == 303
    assert book(pair).status_code == 303
    with pair.app.app_context():
        (row,) = db.session.query(Appointment)
        return row.id


def begin(pair: Pair, *, minutes_ago: float) -> None:
    """As if the appointment had begun so long ago, or would begin when that is negative."""
    with pair.app.app_context():
        with transaction():
            case = queries.case(pair.case_id, locked=True)
            assert case is not None
            (row,) = db.session.query(Appointment)
            about = details_of(case, row)
            assert about is not None
            starts_at = utcnow() - timedelta(minutes=minutes_ago)
            set_details(case, row, type(about)(**vars(about) | {"starts_at": starts_at}))
        db.session.remove()


def state(pair: Pair) -> str:
    with pair.app.app_context():
        case = queries.case(pair.case_id)
        assert case is not None
        return appointments_of(case)[-1].state.value


# Offering


def test_a_time_is_offered_and_taken_back(pair: Pair) -> None:
    assert offer(pair.maya, weeks="3").status_code == 303
    page = pair.maya.get(LIST).text
    acts = re.findall(r'action="(/counselling/appointments/[0-9a-z]{13}/withdraw)"', page)
    assert len(acts) == 3
    assert ROOM in page
    taken_back = pair.maya.post(acts[0], data=hidden_fields(page, action=acts[0]))
    assert taken_back.status_code == 303
    assert pair.maya.get(LIST).text.count("/withdraw") == 2


def test_nothing_that_a_time_needs_is_called_optional(pair: Pair) -> None:
    assert "(optional)" not in pair.maya.get(LIST).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", ""),
        ("day", "2020-01-01"),
        ("day", "tomorrow"),
        ("day", "9999-12-31"),
        ("at", "25:00"),
        ("at", ""),
        ("minutes", "5"),
        ("minutes", "181"),
        ("minutes", "9" * 400),
        ("meeting", "video"),
        ("meeting", "telepathy"),
        ("place", ""),
        ("place", "x" * 121),
        ("weeks", "0"),
        ("weeks", "13"),
    ],
)
def test_a_time_that_cannot_be_offered_comes_back(pair: Pair, field: str, value: str) -> None:
    answer = offer(pair.maya, **{field: value})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "You offer no time." in answer.text
    if field != "place":
        assert ROOM in answer.text


def test_without_a_server_for_video_the_page_says_why_there_is_none(pair: Pair) -> None:
    page = pair.maya.get(LIST).text
    assert 'value="video"' not in page
    assert "no server for video rooms is set" in page


def test_pressing_offer_twice_offers_once(pair: Pair) -> None:
    page = pair.maya.get(LIST)
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    typed = {"day": day, "at": "09:00", "minutes": "50", "meeting": "face_to_face", "place": ROOM}
    fields = hidden_fields(page.text, action=LIST) | typed | {"weeks": "1"}
    assert [pair.maya.post(LIST, data=fields).status_code for _ in range(2)] == [303, 303]
    assert pair.maya.get(LIST).text.count("/withdraw") == 1


def test_a_time_within_an_absence_says_that_it_is_not_offered(pair: Pair) -> None:
    offer(pair.maya)
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    away = {"first": day, "last": day, "cover": "", "reply": ""}
    assert post_form(pair.maya, "/counselling/away", away).status_code == 303
    assert "not offered: you are away then" in pair.maya.get(LIST).text
    assert slots_on(pair.student.get(f"{pair.own}/appointments").text) == []


# Booking


def test_the_student_books_and_both_see_it(pair: Pair) -> None:
    booked(pair)
    own = pair.student.get(f"{pair.own}/appointments").text
    assert ROOM in own
    assert "honey lantern" in own
    for path in (LIST, f"{pair.case}/appointments"):
        assert "honey lantern" in pair.maya.get(path).text
    assert "Next appointment" in pair.maya.get(pair.case).text
    assert "Your next appointment:" in pair.maya.get("/counselling/").text


def test_two_easy_words_are_proposed_in_the_reader_s_language(pair: Pair) -> None:
    offer(pair.maya)
    proposed = re.compile(r'id="code_word"[^>]*value="([^"]+)"')
    for language, letters in (("en", "[a-z]+"), ("el", "[α-ωά-ώ]+"), ("id", "[a-z]+")):
        page = pair.student.get(f"{pair.own}/appointments", headers={"Accept-Language": language}).text
        found = proposed.search(page)
        assert found is not None
        assert re.fullmatch(f"{letters} {letters}", unescape(found.group(1)))


def test_the_student_is_reminded_at_the_next_visit(pair: Pair) -> None:
    booked(pair)
    goal = f'href="{pair.own}/appointments"'
    assert "honey lantern" in pair.student.get("/counsel").text
    assert "honey lantern" in pair.student.get(pair.own).text
    assert f"Your appointment: <a {goal}" in pair.student.get("/me").text


def test_who_has_no_appointment_is_reminded_of_none(pair: Pair) -> None:
    offer(pair.maya)
    for path in ("/me", "/counsel", pair.own):
        assert "Your appointment" not in pair.student.get(path).text


def test_pressing_book_twice_books_once(pair: Pair) -> None:
    offer(pair.maya)
    own = f"{pair.own}/appointments"
    page = pair.student.get(own).text
    fields = hidden_fields(page, action=own) | {"slot": slots_on(page)[0], "code_word": "two words"}
    assert [pair.student.post(own, data=fields).status_code for _ in range(2)] == [303, 303]
    with pair.app.app_context():
        assert db.session.query(Appointment).count() == 1


def test_a_time_that_is_gone_says_so_and_shows_the_others(pair: Pair) -> None:
    offer(pair.maya, weeks="2")
    own = f"{pair.own}/appointments"
    page = pair.student.get(own).text
    first, second = slots_on(page)
    withdraw = f"{LIST}/{first}/withdraw"
    pair.maya.post(withdraw, data=hidden_fields(pair.maya.get(LIST).text, action=withdraw))
    fields = hidden_fields(page, action=own) | {"slot": first, "code_word": "quiet pebble"}
    answer = pair.student.post(own, data=fields)
    assert answer.status_code == 409
    assert "Somebody else has just taken this time" in answer.text
    assert slots_on(answer.text) == [second]
    assert "quiet pebble" in answer.text


@pytest.mark.parametrize("code_word", ["", "x" * 41, "my name is Dimitra", "anna@example.ac"])
def test_a_code_word_that_cannot_be_taken_comes_back(pair: Pair, code_word: str) -> None:
    offer(pair.maya)
    answer = book(pair, code_word)
    assert answer.status_code == 422
    assert f'value="{code_word}"' in answer.text


@pytest.mark.parametrize("slot", ["", "nonsense", "0000000000001"])
def test_a_time_that_was_never_there_is_refused(pair: Pair, slot: str) -> None:
    offer(pair.maya)
    own = f"{pair.own}/appointments"
    answer = post_form(pair.student, own, {"slot": slot, "code_word": "two words"})
    assert answer.status_code in {409, 422}
    assert len(slots_on(answer.text)) == 1


def test_a_second_appointment_is_refused_in_words(pair: Pair) -> None:
    own = f"{pair.own}/appointments"
    assert offer(pair.maya, weeks="2").status_code == 303
    page = pair.student.get(own).text
    fields = hidden_fields(page, action=own) | {"code_word": "two words"}
    first, second = slots_on(page)
    assert pair.student.post(own, data=fields | {"slot": first}).status_code == 303
    again = pair.student.post(own, data=fields | {"slot": second, "submission_id": "another"})
    assert again.status_code == 409
    assert "You have an appointment already" in again.text


@pytest.mark.parametrize("case_state", list(CaseState))
def test_a_closed_conversation_says_how_to_come_to_a_time(pair: Pair, case_state: CaseState) -> None:
    offer(pair.maya)
    with pair.app.app_context(), transaction():
        case = queries.case(pair.case_id, locked=True)
        assert case is not None
        case.state = case_state
    page = pair.student.get(f"{pair.own}/appointments").text
    is_open = case_state not in {CaseState.NEW, CaseState.CLOSED}
    assert bool(slots_on(page)) is is_open
    assert ("Write a letter, and it is open again" in page) is (case_state is CaseState.CLOSED)


# Who comes


def test_the_list_for_the_door_has_times_and_code_words_and_nothing_else(pair: Pair) -> None:
    booked(pair)
    day = (utcnow() + timedelta(days=2)).date().isoformat()
    page = pair.maya.get(f"{LIST}/door?day={day}").text
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", main) == ["09:00", "honey lantern"]
    assert pair.case_id not in main
    assert ROOM not in main


def test_on_paper_the_list_for_the_door_names_no_service_and_no_alarm(pair: Pair) -> None:
    booked(pair)
    page = pair.maya.get(f"{LIST}/door").text
    assert '<header class="top no-print">' in page
    alarms = re.findall(r'<div class="(alarms[^"]*)"', page)
    assert alarms == ["alarms no-print"]


@pytest.mark.parametrize("path", [LIST, f"{LIST}/door?day={{day}}"])
def test_a_code_word_is_shown_only_after_the_reading_was_logged(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    booked(pair)
    address = path.format(day=(utcnow() + timedelta(days=2)).date().isoformat())
    with monkeypatch.context() as broken:
        broken.setattr("counselling.appointments.showing.record_event", no_log)
        assert "honey lantern" not in pair.maya.get(address).text
    assert "honey lantern" in pair.maya.get(address).text
    with pair.app.app_context():
        events = [one for one in db.session.query(AuditEvent) if one.kind == "appointments_read"]
        assert [one.target for one in events] == [f"case:{pair.case_id}"]


def no_log(*_args: object, **_facts: object) -> None:
    raise DatabaseBusy("the log cannot be written")


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_shows_today(pair: Pair, day: str) -> None:
    assert pair.maya.get(f"{LIST}/door?day={day}").status_code == 200


def test_a_colleague_sees_nobody_of_these(pair: Pair) -> None:
    booked(pair)
    oren = colleague(pair.app)
    assert "honey lantern" not in oren.get(LIST).text
    assert oren.get(f"{pair.case}/appointments").status_code == 404


def test_a_colleague_s_time_cannot_be_taken_back(pair: Pair) -> None:
    offer(pair.maya)
    found = re.search(r"/counselling/appointments/[0-9a-z]{13}/withdraw", pair.maya.get(LIST).text)
    assert found is not None
    oren = colleague(pair.app)
    token = hidden_fields(oren.get(LIST).text, action=LIST)
    missing = "/counselling/appointments/0000000000001/withdraw"
    answers = [oren.post(path, data=token) for path in (found.group(), missing)]
    assert [one.status_code for one in answers] == [404, 404]


def test_another_student_s_appointment_is_missing(pair: Pair) -> None:
    appointment = booked(pair)
    other = begin_other(pair)
    for path in (f"{pair.own}/appointments", f"{pair.own}/appointments/{appointment}.ics"):
        assert other.student.get(path).status_code == 404
    assert other.student.get(f"{other.own}/appointments/{appointment}.ics").status_code == 404
    token = hidden_fields(other.student.get(f"{other.own}/end").text)
    cancel = f"{other.own}/appointments/{appointment}/cancel"
    assert other.student.post(cancel, data=token).status_code == 404


def begin_other(pair: Pair) -> Pair:
    """Another student, whose case Maya has as well."""
    other = pair.app.test_client()
    from_first = pair.maya
    return Pair(pair.app, other, from_first, ask_and_take(other, from_first))


def ask_and_take(student: FlaskClient, maya: FlaskClient) -> str:
    join_as_student(student)
    sent = post_form(student, "/counsel/request", {"body": "I would like to talk, too."})
    case_id = sent.headers["Location"].split("#")[0].rsplit("/", 1)[1]
    assert post_form(maya, f"/counselling/cases/{case_id}/take", {}, page="/counselling/").status_code == 303
    return case_id


# Video


@pytest.fixture
def video_pair(make_app: MakeApp) -> Pair:
    """The same, where the institution has a server for video rooms."""
    return begin_case(make_app(**VIDEO))


@pytest.mark.parametrize(("minutes_ago", "is_open"), [(-20, False), (-10, True), (30, True)])
def test_both_reach_the_room_around_its_time(video_pair: Pair, minutes_ago: float, is_open: bool) -> None:
    booked(video_pair, meeting="video")
    begin(video_pair, minutes_ago=minutes_ago)
    links = []
    for browser, path in (
        (video_pair.student, f"{video_pair.own}/appointments"),
        (video_pair.student, video_pair.own),
        (video_pair.maya, LIST),
        (video_pair.maya, f"{video_pair.case}/appointments"),
    ):
        page = browser.get(path).text
        links += re.findall(r'<a[^>]*href="(https://meet\.example[^"]*)"[^>]*>', page)
        assert "<iframe" not in page
        if is_open:
            assert 'target="_blank" rel="noopener noreferrer">Open the video room' in page
    assert len(links) == (4 if is_open else 0)
    assert len(set(links)) <= 1
    if is_open:
        assert re.fullmatch(r"https://meet\.example\.ac/rooms/[0-9a-f]{40}\?lang=en", unescape(links[0]))


def test_a_video_appointment_has_no_place(video_pair: Pair) -> None:
    booked(video_pair, meeting="video")
    assert ROOM not in video_pair.student.get(f"{video_pair.own}/appointments").text


# The file


def test_the_calendar_file_says_when_and_nothing_else(pair: Pair) -> None:
    appointment = booked(pair)
    answer = pair.student.get(f"{pair.own}/appointments/{appointment}.ics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert "SUMMARY:Appointment\r\n" in answer.text
    for word in ("honey", "Room", "Maya", "Stoa", "localhost", pair.case_id, appointment):
        assert word not in answer.text


def test_two_downloads_are_one_event(pair: Pair) -> None:
    path = f"{pair.own}/appointments/{booked(pair)}.ics"
    uids = {re.search(r"UID:(\S+)", pair.student.get(path).text).group(1) for _ in range(2)}  # type: ignore[union-attr]
    assert len(uids) == 1


def test_what_was_cancelled_is_no_file(pair: Pair) -> None:
    appointment = booked(pair)
    cancel(pair, appointment)
    assert pair.student.get(f"{pair.own}/appointments/{appointment}.ics").status_code == 404


def cancel(pair: Pair, appointment: str) -> None:
    goal = f"{pair.own}/appointments/{appointment}/cancel"
    sent = post_form(pair.student, goal, {}, page=f"{pair.own}/appointments")
    assert sent.status_code == 303


# Cancelling, and afterwards


def test_the_professional_sees_that_the_student_cancelled(pair: Pair) -> None:
    cancel(pair, booked(pair))
    assert "Cancelled by the student" in pair.maya.get(LIST).text
    assert "cancelled by the student" in pair.maya.get(f"{pair.case}/appointments").text
    assert len(slots_on(pair.student.get(f"{pair.own}/appointments").text)) == 1


def test_the_student_reads_why_the_professional_cancelled(pair: Pair) -> None:
    appointment = booked(pair)
    goal, page = f"{pair.case}/appointments/{appointment}/cancel", f"{pair.case}/appointments"
    sent = post_form(pair.maya, goal, {"words": "I am ill. I will write tomorrow."}, page=page)
    assert sent.status_code == 303
    run_outbox(pair.app)
    told = pair.student.get("/me").text
    assert "A time that you had set with your counsellor was cancelled." in told
    assert "I am ill" not in told
    own = pair.student.get(f"{pair.own}/appointments").text
    assert "I am ill. I will write tomorrow." in own
    assert slots_on(own) == []


@pytest.mark.parametrize("words", ["", "x" * 1001])
def test_cancelling_without_words_comes_back(pair: Pair, words: str) -> None:
    appointment = booked(pair)
    goal, page = f"{pair.case}/appointments/{appointment}/cancel", f"{pair.case}/appointments"
    answer = post_form(pair.maya, goal, {"words": words}, page=page)
    assert answer.status_code == 422
    assert words in answer.text
    assert state(pair) == "booked"


def settle(pair: Pair, appointment: str, how: str) -> TestResponse:
    goal, page = f"{pair.case}/appointments/{appointment}/{how}", f"{pair.case}/appointments"
    return post_form(pair.maya, goal, {}, page=page)


def test_what_took_place_leads_to_the_record(pair: Pair) -> None:
    appointment = booked(pair)
    begin(pair, minutes_ago=60)
    assert "How did it go?" in pair.maya.get(LIST).text
    answer = settle(pair, appointment, "kept")
    assert answer.headers["Location"] == f"{pair.case}/record"
    assert state(pair) == "kept"


def test_who_did_not_come_is_a_promise_that_the_student_does_not_see(pair: Pair) -> None:
    appointment = booked(pair)
    begin(pair, minutes_ago=60)
    assert settle(pair, appointment, "missed").status_code == 303
    page = pair.maya.get(pair.case).text
    assert "Check in with the student" in page
    assert "The student did not come to the appointment." in page
    assert "will get in touch with you" not in pair.student.get(pair.own).text


def test_nobody_says_beforehand_how_it_went(pair: Pair) -> None:
    appointment = booked(pair)
    goal = f"{pair.case}/appointments/{appointment}/kept"
    token = hidden_fields(pair.maya.get(f"{pair.case}/appointments").text, action="cancel")
    assert pair.maya.post(goal, data=token or pair.token(LIST)).status_code == 409
    assert state(pair) == "booked"


# While the key of cases is away


def test_without_the_key_of_cases_the_student_s_own_page_opens(pair: Pair) -> None:
    booked(pair)
    with pair.app.app_context():
        pair.app.extensions["stoa_keys"] = replace(keyring(), case=None)
    page = pair.student.get("/me")
    assert page.status_code == 200
    assert "Your appointment:" not in page.text


# What the professional sees without searching


def test_the_row_of_a_case_says_that_an_appointment_was_booked(pair: Pair) -> None:
    assert "appointment " not in row_of(pair)
    booked(pair)
    assert re.search(r"appointment \w+day \d+ \w+, 09:00", row_of(pair))
    assert "honey lantern" not in row_of(pair)


def row_of(pair: Pair) -> str:
    """The line of the case in the worklist."""
    page = pair.maya.get("/counselling/").text
    return page.partition(f'id="item-{pair.case_id}"')[2].partition("</li>")[0]


def test_no_row_of_a_colleague_tells_it(pair: Pair) -> None:
    booked(pair)
    assert "09:00" not in colleague(pair.app).get("/counselling/").text


@pytest.mark.parametrize(("is_cancelled", "words"), [(False, "booked"), (True, "cancelled")])
def test_the_front_card_says_what_happened_since_the_last_look(
    pair: Pair, is_cancelled: bool, words: str
) -> None:
    sentence = f"the student {words} an appointment"
    assert offer(pair.maya).status_code == 303
    pair.maya.get(pair.case)
    book(pair)
    if is_cancelled:
        own = f"{pair.own}/appointments"
        act = re.findall(rf'action="({own}/[0-9a-z]{{13}}/cancel)"', pair.student.get(own).text)[0]
        post_form(pair.student, act, {}, page=own)
    assert sentence in pair.maya.get(pair.case).text
