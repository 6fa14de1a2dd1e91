"""Who may join: anybody, whoever knows the shared word, or nobody while none is set."""

import pytest

from tests.conftest import MakeApp
from tests.people import join_as_student, post_form


def test_an_open_installation_asks_for_no_word(make_app: MakeApp) -> None:
    browser = make_app(STOA_JOIN="open").test_client()

    assert 'name="code"' not in browser.get("/join").text
    join_as_student(browser)
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("typed", ["olive 2026", "Olive2026", "  OLIVE  2026 "])
def test_the_shared_word_lets_in_however_it_is_spaced(make_app: MakeApp, typed: str) -> None:
    browser = make_app(STOA_JOIN="code", STOA_JOIN_CODE="Olive 2026").test_client()

    assert post_form(browser, "/join", {"code": typed}).status_code == 303


@pytest.mark.parametrize("typed", ["", "olive", "olive 2025", "2026"])
def test_another_word_does_not(make_app: MakeApp, typed: str) -> None:
    browser = make_app(STOA_JOIN="code", STOA_JOIN_CODE="Olive 2026").test_client()

    refused = post_form(browser, "/join", {"code": typed})

    assert refused.status_code == 422
    assert "not the word" in refused.text


def test_a_word_of_digits_alone_is_a_word(make_app: MakeApp) -> None:
    browser = make_app(STOA_JOIN="code", STOA_JOIN_CODE="2026").test_client()

    assert post_form(browser, "/join", {"code": ""}).status_code == 422


@pytest.mark.parametrize("join", ["code", "ticket"])
def test_where_nothing_is_set_nobody_can_join_and_the_page_says_so(make_app: MakeApp, join: str) -> None:
    browser = make_app(STOA_JOIN=join).test_client()

    assert "Nobody can join at the moment" in browser.get("/join").text
    forged = post_form(browser, "/join", {"code": ""}, page="/return")
    assert forged.status_code == 422
