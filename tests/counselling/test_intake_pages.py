"""The beginning over HTTP, with CSRF on: asked before there is a case and after, read by the counsellor."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.permissions import Role
from core.web import settings_of
from tests.counselling.spellings import spellings_found
from tests.journeys.steps import begin_thread, new_staff, new_student
from tests.people import hidden_fields, post_form

CANARY = "The ferry by the lighthouse carries my amber fox."


@dataclass
class Pair:
    """A student who asked for a counsellor, and Maya, who took the case."""

    app: Flask
    student: FlaskClient
    maya: FlaskClient
    conversation: str
    case: str

    @property
    def intake(self) -> str:
        return f"{self.conversation}/intake"

    def tell(self, **answers: object) -> TestResponse:
        """The student answers, and presses Save."""
        return post_form(self.student, self.intake, dict(answers))

    def beginning(self) -> str:
        """What Maya reads of it."""
        return self.maya.get(f"{self.case}/beginning").text


def ask(student: FlaskClient, **typed: object) -> str:
    """Ask for a counsellor. Gives the address of the conversation."""
    sent = post_form(student, "/counsel/request", {"body": "I would like to talk."} | typed)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def take(professional: FlaskClient) -> str:
    """Take the case that waits. Gives its address."""
    found = re.search(r"/counselling/cases/[0-9a-z]{13}/take", professional.get("/counselling/").text)
    assert found is not None, "no case waits"
    taken = post_form(professional, found.group(), {}, page="/counselling/")
    return str(taken.headers["Location"])


@pytest.fixture
def pair(app: Flask) -> Pair:
    student, maya = new_student(app), new_staff(app, Role.PROFESSIONAL, "maya")
    conversation = ask(student)
    return Pair(app, student, maya, conversation, take(maya))


AREAS = {
    "romance": "Love, or the end of it",
    "family": "My family",
    "friends": "Friends, or being alone",
    "settling_in": "Settling in: a new town, country or language",
    "studies": "My studies",
    "work": "Work, and what comes after",
    "money": "Money",
    "bullied": "Somebody bullies or harasses me",
    "body": "My body and my health",
    "self": "How I feel about myself",
    "somebody_else": "I worry about somebody else",
    "something_else": "Something else",
}
ABOUT_BEING_BULLIED = {
    "bullied_where": "Where does it happen?",
    "bullied_by": "Who does it, in general?",
    "bullied_now": "Does it still go on?",
    "safe_today": "Are you safe today?",
}


def labels_on(page: str, field: str) -> dict[str, str]:
    """The words beside each answer of a question, by the value that is sent."""
    boxes = re.findall(rf'<input[^>]*name="{field}"[^>]*value="([^"]+)"[^>]*><span>(.*?)</span>', page)
    return dict(boxes)


def test_every_area_of_trouble_can_be_named(app: Flask) -> None:
    page = new_student(app).get("/counsel/request").text
    assert labels_on(page, "areas") == AREAS


def test_whoever_is_bullied_is_asked_four_things_about_it(app: Flask) -> None:
    page = new_student(app).get("/counsel/request").text
    for field, question in ABOUT_BEING_BULLIED.items():
        assert question in page, field
        assert all(labels_on(page, field).values()), field
        assert len(labels_on(page, field)) > 2, field


@pytest.mark.parametrize("language", ["el", "id"])
def test_no_area_is_without_words_in_another_language(app: Flask, language: str) -> None:
    student = new_student(app)
    student.get(f"/language/{language}")
    page = student.get("/counsel/request").text
    for field in ("areas", *ABOUT_BEING_BULLIED):
        named = labels_on(page, field)
        assert named.keys() >= (AREAS.keys() if field == "areas" else set())
        assert [one for one, words in named.items() if not words] == []
    assert set(labels_on(page, "areas").values()).isdisjoint(AREAS.values())


def test_what_is_told_with_the_wish_is_read_by_the_counsellor(app: Flask) -> None:
    student, maya = new_student(app), new_staff(app, Role.PROFESSIONAL, "maya")
    ask(student, areas=["money", "studies"], hope="a plan for May", distress="6", way="live")
    page = maya.get(f"{take(maya)}/beginning").text
    assert all(words in page for words in ("Money", "My studies", "a plan for May", "6 / 10", "A live chat"))


def test_a_wish_that_cannot_be_taken_gives_back_every_answer(app: Flask) -> None:
    student = new_student(app)
    told = {"areas": ["money", "bullied"], "safe_today": "yes", "distress": "6", "tried": "Long walks."}
    answer = post_form(student, "/counsel/request", {"body": " "} | told)
    assert answer.status_code == 422
    assert "Long walks." in answer.text
    for field, value in (("areas", "money"), ("areas", "bullied"), ("safe_today", "yes")):
        assert re.search(rf'name="{field}" value="{value}" checked', answer.text), (field, value)
    assert re.search(r'<option selected value="6">', answer.text)


def test_answers_that_were_typed_are_kept_before_there_is_a_case(app: Flask) -> None:
    student = new_student(app)
    fields = hidden_fields(student.get("/counsel/request").text, action="/counsel/request")
    student.post("/drafts", data=fields | {"areas": ["money"], "tried": "Long walks."})
    page = student.get("/counsel/request").text
    assert "Long walks." in page
    assert re.search(r'name="areas" value="money" checked', page)


def test_ticks_alone_are_kept_and_have_a_name_on_the_own_page(app: Flask) -> None:
    student = new_student(app)
    fields = hidden_fields(student.get("/counsel/request").text, action="/counsel/request")
    student.post("/drafts", data=fields | {"areas": ["money"]})
    assert re.search(r'<a href="/counsel/request">\s*To a counsellor\s*</a>', student.get("/me").text)


def test_the_student_reads_their_own_answers_again(pair: Pair) -> None:
    assert pair.tell(tried="Long walks.").status_code == 303
    assert "Long walks." in pair.student.get(pair.intake).text


def test_the_counsellor_sees_what_changed_since_they_looked(pair: Pair) -> None:
    pair.tell(tried="Long walks.", hope="A plan.")
    assert "changed since you looked" not in pair.beginning()
    pair.tell(tried="Short walks.", hope="A plan.")
    page = pair.beginning()
    assert page.count("changed since you looked") == 1
    assert "Short walks." in page


def test_typing_saves_by_itself_and_says_so(pair: Pair) -> None:
    fields = hidden_fields(pair.student.get(pair.intake).text, action=pair.intake)
    for words in ("Long", "Long walks."):
        kept = pair.student.post(f"{pair.intake}?typed=1", data=fields | {"tried": words})
        assert kept.status_code == 200
        assert '<p id="draft-kept">Saved.' in kept.text
    assert "Long walks." in pair.beginning()


def test_not_safe_shows_at_once_whom_to_call(pair: Pair) -> None:
    fields = hidden_fields(pair.student.get(pair.intake).text, action=pair.intake)
    kept = pair.student.post(f"{pair.intake}?typed=1", data=fields | {"safe_today": "no"})
    assert "You said that you are not safe" in kept.text
    assert 'class="help-lines"' in kept.text


def test_whom_to_call_stands_beside_the_question_without_any_script(pair: Pair) -> None:
    page = pair.student.get(pair.intake).text
    asked = page.index('id="safe_today"')
    assert "If you are not safe now" in page[asked:]


def test_not_safe_is_told_to_the_counsellor_and_helps_in_the_conversation(pair: Pair) -> None:
    pair.tell(safe_today="no", areas=["bullied"])
    assert "Not safe today" in pair.beginning()
    assert "You do not have to wait for a letter" in pair.student.get(pair.conversation).text


def test_a_second_window_is_told_and_gives_everything_back(pair: Pair) -> None:
    stale = hidden_fields(pair.student.get(pair.intake).text, action=pair.intake)
    pair.tell(tried="Long walks.")
    refused = pair.student.post(pair.intake, data=stale | {"tried": "Nothing yet."})
    assert refused.status_code == 409
    assert "Nothing yet." in refused.text
    assert "You changed this in another window" in refused.text
    again = hidden_fields(refused.text, action=pair.intake)
    assert pair.student.post(pair.intake, data=again | {"tried": "Nothing yet."}).status_code == 303


@pytest.mark.parametrize(
    "bad",
    [
        {"areas": ["money", "unheard_of"]},
        {"distress": "11"},
        {"safe_today": "perhaps"},
        {"way": "pigeon"},
        {"language": "xx"},
        {"hope": "x" * 1001},
        {"free_when": "x" * 201},
    ],
)
def test_bad_input_gives_everything_back(pair: Pair, bad: dict[str, object]) -> None:
    answer = pair.tell(**({"tried": "Long walks.", "areas": ["money"]} | bad))
    assert answer.status_code == 422
    assert "Long walks." in answer.text
    assert re.search(r'name="areas" value="money" checked', answer.text)


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_strange_number_of_a_version_loses_nothing(pair: Pair, seen: str) -> None:
    assert pair.tell(tried="Long walks.", seen=seen).status_code in {303, 409}


def test_without_its_token_nothing_is_lost(pair: Pair) -> None:
    answer = pair.student.post(pair.intake, data={"tried": "Long walks."})
    assert answer.status_code == 400
    assert "Long walks." in answer.text


def test_the_answers_of_others_are_as_if_they_were_not_there(pair: Pair) -> None:
    stranger, oren = new_student(pair.app), new_staff(pair.app, Role.PROFESSIONAL, "oren")
    missing = stranger.get("/counsel/0000000000000/intake")
    assert stranger.get(pair.intake).status_code == missing.status_code == 404
    fields = hidden_fields(pair.student.get(pair.intake).text, action=pair.intake)
    own = hidden_fields(stranger.get("/counsel/request").text, action="/counsel/request")
    fields |= {"csrf_token": own["csrf_token"]}
    assert stranger.post(pair.intake, data=fields | {"tried": "x"}).status_code == 404
    assert stranger.post(f"{pair.conversation}/threads", data=fields | {"thread": "x"}).status_code == 404
    assert oren.get(f"{pair.case}/beginning").status_code == 404


def test_a_thread_goes_along_later_and_is_taken_back(pair: Pair) -> None:
    thread = begin_thread(pair.student, "My own thread", "It is about the winter.").rsplit("/", 1)[1]
    choose = f"{pair.conversation}/threads"
    typed = {"thread": thread, "act": "attach"}
    assert post_form(pair.student, choose, typed, page=pair.intake).status_code == 303
    assert "It is about the winter." in pair.maya.get(f"{pair.case}/forum").text
    back = {"thread": thread, "act": "take_back"}
    assert post_form(pair.student, choose, back, page=pair.intake).status_code == 303
    assert "It is about the winter." not in pair.maya.get(f"{pair.case}/forum").text


def test_the_thread_of_somebody_else_is_not_sent_along(pair: Pair) -> None:
    thread = begin_thread(new_student(pair.app), "Not theirs", "It is about the spring.").rsplit("/", 1)[1]
    begin_thread(pair.student, "My own thread", "It is about the winter.")
    post_form(pair.student, f"{pair.conversation}/threads", {"thread": thread}, page=pair.intake)
    assert "It is about the spring." not in pair.maya.get(f"{pair.case}/forum").text


def test_a_private_answer_is_found_nowhere_on_the_disk(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    pair.tell(hope=CANARY, tried=CANARY, helps=CANARY, free_when=CANARY)
    assert pair.beginning().count(CANARY) == 4
    assert spellings_found(settings_of(pair.app).data_dir, CANARY) == []
    assert CANARY not in caplog.text


def test_no_browser_keeps_the_answers(pair: Pair) -> None:
    for browser, address in ((pair.student, pair.intake), (pair.maya, f"{pair.case}/beginning")):
        assert browser.get(address).headers["Cache-Control"] == "no-store"
