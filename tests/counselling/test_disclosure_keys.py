"""The six words with which somebody opens, and the key ring of a role: who makes it, who comes, who goes."""

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from accounts.staffing import close_staff, give_role
from core.crypto import CannotUnseal, unseal
from core.db import db, transaction
from core.kept import keep_form, kept_form
from core.keys import keyring
from core.queries import latest_audit_event
from core.refusals import Missing
from counselling.disclosure import queries
from counselling.disclosure.rings import (
    NotAHolder,
    NotOffered,
    StillHeld,
    is_holder,
    on_call_without_key,
    renew_ring,
    ring_private,
    rings_in_use,
    take_shares_back,
    view_ring,
)
from counselling.disclosure.words import (
    CONFIRM_WITHIN,
    NoWords,
    WordsNotTyped,
    WordsRanOut,
    WrongOpeningWords,
    issue_words,
    issued_words,
    new_opening_key,
    unlock,
)
from tests.counselling.opening import KEYS as PAGE
from tests.counselling.opening import give_words, let_in, make_words, put_on_call
from tests.counselling.people import NOON, add_staff_row
from tests.journeys.steps import new_staff
from tests.people import post_form


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


def test_the_first_of_a_role_makes_its_ring(maya: Staff) -> None:
    words = give_words(maya)
    ring = queries.used_ring(Role.PROFESSIONAL)
    assert ring is not None
    assert ring_private(ring, unlock(maya, words), person=maya)


def test_capitals_and_spaces_of_the_words_do_not_matter(maya: Staff) -> None:
    words = give_words(maya)
    assert unlock(maya, words.upper().replace(" ", "  ")) == unlock(maya, words)


def test_other_words_open_nothing(maya: Staff, oren: Staff) -> None:
    give_words(maya)
    with pytest.raises(WrongOpeningWords):
        unlock(maya, give_words(oren))


def test_whoever_made_none_is_told_so(maya: Staff) -> None:
    with pytest.raises(NoWords):
        unlock(maya, "one two three four five six")


def test_the_private_half_does_not_open_with_any_key_of_the_server(maya: Staff) -> None:
    give_words(maya)
    key, keys = queries.opening_key(maya.id), keyring()
    assert key is not None
    for root in (keys.server, keys.pepper, keys.salt, keys.audit, *keys.case_keys):
        with pytest.raises(CannotUnseal):
            unseal(root, key.wrapped, aad=f"opening key:{maya.id}".encode())


def test_two_words_are_asked_back(maya: Staff) -> None:
    issued = issue_words(maya, now=NOON)
    with pytest.raises(WordsNotTyped):
        new_opening_key(maya, issued, ["wrong", "words"])


def test_words_that_were_shown_to_somebody_else_are_not_confirmed(maya: Staff, oren: Staff) -> None:
    with pytest.raises(WordsRanOut):
        issued_words(oren, issue_words(maya, now=NOON).token, now=NOON)


def test_words_that_were_shown_too_long_ago_are_not_confirmed(maya: Staff) -> None:
    token = issue_words(maya, now=NOON).token
    assert issued_words(maya, token, now=NOON + CONFIRM_WITHIN).token == token
    with pytest.raises(WordsRanOut):
        issued_words(maya, token, now=NOON + CONFIRM_WITHIN + timedelta(seconds=1))


def test_a_newcomer_opens_nothing_before_a_colleague_admits_them(maya: Staff, oren: Staff) -> None:
    words, others = give_words(maya), give_words(oren)
    ring = queries.used_ring(Role.PROFESSIONAL)
    assert ring is not None
    with pytest.raises(NotAHolder):
        ring_private(ring, unlock(oren, others), person=oren)
    let_in(oren, holder=maya, words=words)
    private = ring_private(ring, unlock(maya, words), person=maya)
    assert ring_private(ring, unlock(oren, others), person=oren) == private


def test_nobody_of_another_role_is_admitted(maya: Staff, carla: Staff) -> None:
    words = give_words(maya)
    give_words(carla)
    with pytest.raises(Missing):
        let_in(carla, holder=maya, words=words)


def test_whoever_does_not_hold_the_ring_admits_nobody(maya: Staff, oren: Staff) -> None:
    give_words(maya)
    others = give_words(oren)
    with pytest.raises(NotAHolder):
        let_in(oren, holder=oren, words=others)


def test_admitting_is_in_the_log(maya: Staff, oren: Staff) -> None:
    words = give_words(maya)
    give_words(oren)
    let_in(oren, holder=maya, words=words)
    assert latest_audit_event(kind="key_holder_admitted", actor=maya.actor, target=f"staff:{oren.id}")


def test_new_words_give_back_what_the_old_ones_opened(maya: Staff) -> None:
    old = give_words(maya)
    give_words(maya)
    assert not is_holder(maya)
    with pytest.raises(WrongOpeningWords):
        unlock(maya, old)


def test_boxes_are_made_only_while_both_roles_hold_a_ring(maya: Staff, carla: Staff) -> None:
    give_words(maya)
    with pytest.raises(NotOffered):
        rings_in_use()
    give_words(carla)
    assert set(rings_in_use()) == {Role.PROFESSIONAL, Role.COORDINATOR}


def test_a_closed_account_holds_nothing_any_more(maya: Staff, carla: Staff) -> None:
    give_words(maya)
    with transaction():
        close_staff(maya, actor=carla.actor, now=NOON)
    assert not view_ring(Role.PROFESSIONAL).holders
    assert take_shares_back(NOON) == 1
    assert queries.opening_key(maya.id) is None


def test_another_role_takes_the_share_of_the_old_one(maya: Staff, carla: Staff) -> None:
    give_words(maya)
    ring = queries.used_ring(Role.PROFESSIONAL)
    assert ring is not None
    with transaction():
        give_role(maya, Role.COORDINATOR, actor=carla.actor, now=NOON)
    assert not view_ring(Role.PROFESSIONAL).holders
    take_shares_back(NOON)
    assert queries.share(ring.id, maya.id) is None


def test_a_ring_that_somebody_holds_is_not_made_anew(maya: Staff, oren: Staff) -> None:
    give_words(maya)
    give_words(oren)
    with pytest.raises(StillHeld), transaction():
        renew_ring(maker=oren, now=NOON)


def test_when_all_words_are_lost_a_new_ring_is_made(maya: Staff) -> None:
    give_words(maya)
    old = queries.used_ring(Role.PROFESSIONAL)
    give_words(maya)  # and with that the last share is gone
    with transaction():
        renew_ring(maker=maya, now=NOON)
    new = queries.used_ring(Role.PROFESSIONAL)
    assert old is not None
    assert new is not None
    assert new.id != old.id
    assert is_holder(maya)


def test_two_who_come_first_at_once_make_one_ring(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        ids = [add_staff_row(Role.PROFESSIONAL, name).id for name in ("maya", "oren")]
    start = threading.Barrier(2)

    def make(staff_id: str) -> None:
        with app.app_context():
            person = account_queries.staff_member(staff_id)
            assert person is not None
            start.wait()
            give_words(person)
            db.session.remove()

    threads = [threading.Thread(target=make, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(view_ring(Role.PROFESSIONAL).holders) == 1
        assert len(view_ring(Role.PROFESSIONAL).newcomers) == 1


def test_words_are_made_and_a_colleague_admitted_on_the_pages(app: Flask) -> None:
    nora, omar = new_staff(app, Role.PROFESSIONAL, "nora"), new_staff(app, Role.PROFESSIONAL, "omar")
    words = make_words(nora)
    make_words(omar)
    page = nora.get(PAGE).text
    omar_id = re.search(r'<option value="([0-9a-z]{13})">Omar', page)
    assert omar_id is not None
    fields = {"colleague": omar_id.group(1), "passphrase": words}
    assert post_form(nora, f"{PAGE}/admit", fields, page=PAGE).status_code == 303
    assert "They open." in omar.get(PAGE).text


def test_wrong_words_admit_nobody_and_are_not_given_back(app: Flask) -> None:
    nora, omar = new_staff(app, Role.PROFESSIONAL, "nora"), new_staff(app, Role.PROFESSIONAL, "omar")
    make_words(nora)
    make_words(omar)
    omar_id = re.search(r'<option value="([0-9a-z]{13})">Omar', nora.get(PAGE).text)
    assert omar_id is not None
    fields = {"colleague": omar_id.group(1), "passphrase": "marzipan under the stairs"}
    answer = post_form(nora, f"{PAGE}/admit", fields, page=PAGE)
    assert answer.status_code == 422
    assert "marzipan" not in answer.text


@pytest.mark.parametrize("name", ["passphrase", "issued", "word_one", "word_two"])
def test_words_typed_after_the_sign_in_ran_out_are_not_kept(app: Flask, name: str) -> None:
    with app.test_request_context():
        keep_form(PAGE, {name: ["marzipan"], "colleague": ["omar"]}, now=NOON)
        assert kept_form(PAGE, now=NOON) == {"colleague": ["omar"]}


def test_the_page_says_loudly_when_one_person_alone_holds_a_key(app: Flask) -> None:
    nora = new_staff(app, Role.PROFESSIONAL, "nora")
    assert "Students cannot leave contact details" in nora.get(PAGE).text
    make_words(nora)
    assert "Only one person holds the key" in nora.get(PAGE).text


def test_whoever_is_on_call_without_a_key_is_named(maya: Staff, oren: Staff) -> None:
    give_words(maya)
    for person in (maya, oren):
        put_on_call(person, begins_at=NOON, ends_at=NOON + timedelta(hours=8))
    assert [one.id for one in on_call_without_key(now=NOON)] == [oren.id]
    assert on_call_without_key(now=NOON + timedelta(hours=8)) == []


def test_the_words_are_in_no_cache(app: Flask) -> None:
    nora = new_staff(app, Role.PROFESSIONAL, "nora")
    answer = post_form(nora, f"{PAGE}/words", {}, page=PAGE)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.RESEARCHER])
def test_other_roles_have_no_words(app: Flask, role: Role) -> None:
    assert new_staff(app, role, "mika").get(PAGE).status_code == 403
