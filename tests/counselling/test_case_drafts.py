"""What is typed in a case and not sent is kept, sealed, for its writer alone."""

import pytest
from flask import Flask

from accounts.models import Staff
from core.db import transaction
from core.refusals import Missing
from counselling.models import Case
from counselling.record import queries
from counselling.record.drafts import LETTER, STUDENT, forget_drafts, keep_draft, kept_draft
from tests.counselling.people import NOON
from tests.counselling.recording import Pair, begin_case, colleague
from tests.people import hidden_fields, join_as_student, post_form

SCRIPT = {"Stoa-Script": "1"}


@pytest.fixture
def pair(app: Flask) -> Pair:
    """A student and Maya."""
    return begin_case(app)


def keep(case: Case, writer: str, body: str, place: str = LETTER) -> None:
    with transaction():
        keep_draft(case, writer, place, {"body": [body], "csrf_token": ["secret"]}, now=NOON)


def words_of(case: Case, writer: str) -> object:
    found = kept_draft(case, writer, LETTER)
    return found and found.fields


def test_a_draft_opens_for_its_writer(case: Case, maya: Staff) -> None:
    keep(case, maya.id, "Half a letter.")
    assert words_of(case, maya.id) == {"body": ["Half a letter."]}


def test_nobody_else_has_it(case: Case, maya: Staff, oren: Staff) -> None:
    keep(case, maya.id, "Half a letter.")
    assert words_of(case, oren.id) is None
    assert words_of(case, STUDENT) is None


def test_a_draft_lies_sealed(case: Case) -> None:
    keep(case, STUDENT, "a quiet zebra")
    draft = queries.draft(case.id, STUDENT, LETTER)
    assert draft is not None
    assert b"zebra" not in draft.sealed


def test_one_writer_s_words_do_not_open_as_another_s(case: Case, maya: Staff) -> None:
    keep(case, maya.id, "Mine.")
    keep(case, STUDENT, "Theirs.")
    mine, theirs = (queries.draft(case.id, one, LETTER) for one in (maya.id, STUDENT))
    assert mine is not None
    assert theirs is not None
    with transaction():
        mine.sealed = theirs.sealed
    assert kept_draft(case, maya.id, LETTER) is None


def test_older_words_put_back_do_not_open(case: Case) -> None:
    keep(case, STUDENT, "Older.")
    draft = queries.draft(case.id, STUDENT, LETTER)
    assert draft is not None
    older = draft.sealed
    keep(case, STUDENT, "Newer.")
    with transaction():
        draft.sealed = older
    assert kept_draft(case, STUDENT, LETTER) is None


def test_keeping_nothing_forgets(case: Case) -> None:
    keep(case, STUDENT, "Words.")
    keep(case, STUDENT, "  \n")
    assert queries.draft(case.id, STUDENT, LETTER) is None


def test_a_chosen_lane_alone_is_no_draft(case: Case, maya: Staff) -> None:
    with transaction():
        assert keep_draft(case, maya.id, "note", {"lane": ["own"], "body": [""]}, now=NOON) is None


@pytest.mark.parametrize("place", ["", "letters", "note:", "note:../../x", "form:000000000000"])
def test_what_is_no_place_is_missing(case: Case, place: str) -> None:
    with pytest.raises(Missing), transaction():
        keep_draft(case, STUDENT, place, {"body": ["Words."]}, now=NOON)


def test_drafts_go_with_the_key(case: Case, maya: Staff) -> None:
    keep(case, maya.id, "Mine.")
    keep(case, STUDENT, "Theirs.")
    with transaction():
        forget_drafts(case)
    assert queries.draft(case.id, STUDENT, LETTER) is None
    assert queries.draft(case.id, maya.id, LETTER) is None


def type_letter(pair: Pair, words: str) -> dict[str, str]:
    """What Maya's browser sends while she types."""
    fields = hidden_fields(pair.maya.get(pair.case).text, action=f"{pair.case}/messages")
    return fields | {"body": words}


def test_a_letter_comes_back_in_the_second_tab_and_goes_when_it_is_sent(pair: Pair) -> None:
    typed = type_letter(pair, "Half a letter.")
    answer = pair.maya.post(f"{pair.case}/drafts", data=typed, headers=SCRIPT)
    assert answer.status_code == 200
    assert 'id="draft-kept">Kept at' in answer.text
    assert "Half a letter." not in answer.text
    assert "Half a letter." in pair.maya.get(pair.case).text
    assert pair.maya.post(f"{pair.case}/messages", data=typed).status_code == 303
    assert "have not sent" not in pair.maya.get(pair.case).text


def test_a_button_keeps_and_throws_away_without_script(pair: Pair) -> None:
    kept = pair.maya.post(f"{pair.case}/drafts", data=type_letter(pair, "Half a letter."))
    assert (kept.status_code, kept.headers["Location"]) == (303, pair.case)
    page = pair.maya.get(pair.case).text
    assert "Half a letter." in page
    thrown = hidden_fields(page, action=f"{pair.case}/drafts")
    assert thrown["discard"] == "1"
    pair.maya.post(f"{pair.case}/drafts", data=thrown)
    assert "Half a letter." not in pair.maya.get(pair.case).text


def test_a_student_s_letter_is_kept_and_comes_back(pair: Pair) -> None:
    fields = hidden_fields(pair.student.get(pair.own).text, action=f"{pair.own}/messages")
    pair.student.post(f"{pair.own}/drafts", data=fields | {"body": "I meant to say"}, headers=SCRIPT)
    assert "I meant to say" in pair.student.get(pair.own).text
    assert "I meant to say" not in pair.maya.get(pair.case).text
    post_form(pair.student, f"{pair.own}/messages", {"body": "I said it."}, page=pair.own)
    assert "I meant to say" not in pair.student.get(pair.own).text


def test_a_student_who_declines_keeps_nothing(pair: Pair) -> None:
    fields = hidden_fields(pair.student.get(pair.own).text, action=f"{pair.own}/messages")
    words = {"body": "Not this.", "no_draft": "1"}
    pair.student.post(f"{pair.own}/drafts", data=fields | words, headers=SCRIPT)
    assert "Not this." not in pair.student.get(pair.own).text


def test_a_letter_that_is_too_long_is_kept_as_well(pair: Pair) -> None:
    post_form(pair.student, f"{pair.own}/messages", {"body": "x" * 8001}, page=pair.own)
    assert "x" * 8001 in pair.student.get(pair.own).text


def test_a_note_and_a_form_come_back(pair: Pair) -> None:
    form = pair.begin_form("safety_plan")
    for page, name in ((f"{pair.case}/notes", "body"), (form, "q_signs")):
        fields = hidden_fields(pair.maya.get(page).text, action=page)
        pair.maya.post(f"{pair.case}/drafts", data=fields | {name: "Half of it."}, headers=SCRIPT)
        assert "Half of it." in pair.maya.get(page).text
        sent = fields | {name: "All of it.", "lane": "team"}
        assert pair.maya.post(page, data=sent).status_code == 303
        assert "Half of it." not in pair.maya.get(page).text


def test_the_button_leads_nowhere_else(pair: Pair) -> None:
    elsewhere = type_letter(pair, "Words.") | {"back_to": "https://example.org/"}
    assert pair.maya.post(f"{pair.case}/drafts", data=elsewhere).headers["Location"] == pair.case


def test_nobody_keeps_a_draft_in_another_s_case(pair: Pair) -> None:
    oren, other = colleague(pair.app), pair.app.test_client()
    join_as_student(other)
    words = {"place": "letter", "body": "Hello."}
    token = hidden_fields(oren.get("/counselling/").text)
    assert oren.post(f"{pair.case}/drafts", data=token | words).status_code == 404
    token = hidden_fields(other.get("/counsel/request").text)
    assert other.post(f"{pair.own}/drafts", data=token | words).status_code == 404
