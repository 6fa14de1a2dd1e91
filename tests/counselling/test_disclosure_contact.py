"""What a student leaves sealed: nothing until they leave it, theirs to replace and take back, and gone with
the case.
"""

from datetime import timedelta

import pytest
from flask import Flask

from accounts.models import Account, Staff
from accounts.permissions import Role
from core.crypto import CannotUnseal
from core.db import db, transaction
from core.keys import keyring
from core.web import settings_of
from counselling import queries as case_queries
from counselling.disclosure import queries
from counselling.disclosure.boxes import INNER, OUTER, Boxes, Details, open_alone, open_inner, open_outer
from counselling.disclosure.contacts import (
    allows_one,
    boxes_of,
    is_readable,
    leaves_contact,
    place_of,
    take_back_contact,
)
from counselling.disclosure.models import KeyRing, OpeningKey, RingShare, SealedContact
from counselling.disclosure.rings import NotOffered, renew_ring, ring_private
from counselling.disclosure.words import unlock
from counselling.models import Case
from counselling.retention import destroy_content
from tests.counselling.opening import LEFT, give_words, leave, let_in, make_words
from tests.counselling.people import NOON, add_staff_row, add_student, make_case
from tests.counselling.talking import Talk
from tests.journeys.residue import find
from tests.journeys.steps import new_staff
from tests.people import post_form, run_outbox


@pytest.fixture
def carla(inside: Flask) -> Staff:  # noqa: ARG001
    """A coordinator."""
    return add_staff_row(Role.COORDINATOR, "carla")


@pytest.fixture
def words(maya: Staff, carla: Staff) -> dict[str, str]:
    """The words of a professional and of a coordinator."""
    return {"maya": give_words(maya), "carla": give_words(carla)}


def kept(case: Case) -> tuple[SealedContact, Boxes]:
    contact = queries.contact(case.id)
    assert contact is not None
    boxes = boxes_of(case, contact)
    assert boxes is not None
    return contact, boxes


def ring(role: Role) -> KeyRing:
    found = queries.used_ring(role)
    assert found is not None
    return found


def opened_by_two(case: Case, maya: Staff, carla: Staff, words: dict[str, str]) -> Details:
    contact, boxes = kept(case)
    outer = ring_private(ring(OUTER), unlock(carla, words["carla"]), person=carla)
    inner_box = open_outer(outer, boxes, ring(OUTER), place=place_of(contact))
    inner = ring_private(ring(INNER), unlock(maya, words["maya"]), person=maya)
    return open_inner(inner, inner_box, ring(INNER), place=place_of(contact))


def test_nothing_is_left_before_the_student_leaves_it(case: Case) -> None:
    assert queries.contact(case.id) is None
    assert not leaves_contact(case)


def test_without_both_rings_nothing_is_taken(case: Case, maya: Staff) -> None:
    give_words(maya)
    with pytest.raises(NotOffered):
        leave(case)
    assert queries.contact(case.id) is None


def test_what_was_left_opens_with_the_words_of_both_roles(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    leave(case)
    assert opened_by_two(case, maya, carla, words) == LEFT


def test_it_opens_for_somebody_who_joined_later(
    case: Case, maya: Staff, oren: Staff, carla: Staff, words: dict[str, str]
) -> None:
    leave(case)
    theirs = give_words(oren)
    let_in(oren, holder=maya, words=words["maya"])
    assert opened_by_two(case, oren, carla, {"maya": theirs, "carla": words["carla"]}) == LEFT


@pytest.mark.usefixtures("words")
def test_without_the_tick_there_is_no_box_for_one(case: Case) -> None:
    leave(case)
    assert kept(case)[1].for_one is None
    assert not allows_one(case)


def test_with_the_tick_a_professional_is_enough_and_a_coordinator_is_not(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    leave(case, alone=True)
    contact, boxes = kept(case)
    assert boxes.for_one is not None
    private = ring_private(ring(INNER), unlock(maya, words["maya"]), person=maya)
    assert open_alone(private, boxes.for_one, ring(INNER), place=place_of(contact)) == LEFT
    others = ring_private(ring(OUTER), unlock(carla, words["carla"]), person=carla)
    with pytest.raises(CannotUnseal):
        open_alone(others, boxes.for_one, ring(INNER), place=place_of(contact))


def test_one_role_alone_does_not_open_what_two_must(case: Case, maya: Staff, words: dict[str, str]) -> None:
    leave(case, alone=True)
    contact, boxes = kept(case)
    private = ring_private(ring(INNER), unlock(maya, words["maya"]), person=maya)
    with pytest.raises(CannotUnseal):
        open_inner(private, boxes.for_two, ring(INNER), place=place_of(contact))


@pytest.mark.usefixtures("words")
def test_a_box_does_not_open_in_the_place_of_another_case(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    other = make_case(add_student(), maya)
    leave(case)
    leave(other)
    _contact, boxes = kept(case)
    others, _boxes = kept(other)
    private = ring_private(ring(OUTER), unlock(carla, words["carla"]), person=carla)
    with pytest.raises(CannotUnseal):
        open_outer(private, boxes, ring(OUTER), place=place_of(others))


def test_what_was_replaced_does_not_open_any_more(
    case: Case, maya: Staff, carla: Staff, words: dict[str, str]
) -> None:
    leave(case)
    _contact, earlier = kept(case)
    leave(case, Details(phone="0999"))
    contact, _boxes = kept(case)
    private = ring_private(ring(OUTER), unlock(carla, words["carla"]), person=carla)
    with pytest.raises(CannotUnseal):
        open_outer(private, earlier, ring(OUTER), place=place_of(contact))
    assert opened_by_two(case, maya, carla, words) == Details(phone="0999")


@pytest.mark.usefixtures("words")
def test_boxes_of_different_details_have_the_same_size(case: Case) -> None:
    leave(case, Details(phone="1"))
    short = kept(case)[1]
    leave(case, LEFT)
    assert len(kept(case)[1].for_two) == len(short.for_two)


@pytest.mark.usefixtures("words")
def test_what_is_taken_back_is_gone(case: Case) -> None:
    leave(case, alone=True)
    with transaction():
        take_back_contact(case, now=NOON)
    contact = queries.contact(case.id)
    assert contact is not None
    assert contact.sealed is None
    assert not leaves_contact(case)
    assert not allows_one(case)


@pytest.mark.usefixtures("words")
def test_it_is_destroyed_with_the_case(case: Case) -> None:
    leave(case)
    with transaction():
        locked = case_queries.case(case.id, locked=True)
        assert locked is not None
        destroy_content(locked, now=NOON)
    contact = queries.contact(case.id)
    assert contact is not None
    assert contact.sealed is None


@pytest.mark.usefixtures("words")
def test_after_all_words_of_a_role_are_lost_it_counts_as_unreadable_and_the_student_is_told(
    app: Flask, case: Case, student: Account, maya: Staff
) -> None:
    leave(case)
    give_words(maya)
    with transaction():
        renew_ring(maker=maya, now=NOON)
    assert not is_readable(queries.contact(case.id))
    run_outbox(app)
    db.session.rollback()
    assert student.unread == 1


def test_database_and_all_keys_do_not_open_it(app: Flask, case: Case, words: dict[str, str]) -> None:
    """Whoever has the whole data directory and every key tries everything that lies there as a key."""
    leave(case, alone=True)
    contact, boxes = kept(case)
    keys = keyring()
    candidates = [keys.server, keys.pepper, keys.salt, keys.audit, *keys.case_keys]
    for model in (OpeningKey, RingShare, KeyRing):
        for row in db.session.query(model).all():
            stored = [value for value in vars(row).values() if isinstance(value, bytes)]
            candidates += [value[start : start + 32] for value in stored for start in range(len(value) - 31)]
    assert boxes.for_one is not None
    for key in candidates:
        with pytest.raises(CannotUnseal):
            open_alone(key, boxes.for_one, ring(INNER), place=place_of(contact))
        with pytest.raises(CannotUnseal):
            open_outer(key, boxes, ring(OUTER), place=place_of(contact))
    marks = {"name": LEFT.name, "address": LEFT.address, "words": words["maya"].replace(" ", "")}
    assert find(settings_of(app).data_dir, marks) == []


def offered(app: Flask) -> None:
    """Somebody of each role has words."""
    make_words(new_staff(app, Role.PROFESSIONAL, "nora"))
    make_words(new_staff(app, Role.COORDINATOR, "carla"))


def test_the_page_offers_nothing_while_nobody_could_open_it(talk: Talk) -> None:
    page = talk.student.get(f"/counsel/{talk.case_id}/contact")
    assert page.status_code == 200
    assert "nobody could open it" in page.text
    assert 'name="phone"' not in page.text


def test_a_student_leaves_replaces_and_takes_back_on_the_page(app: Flask, talk: Talk) -> None:
    offered(app)
    place = f"/counsel/{talk.case_id}/contact"
    assert post_form(talk.student, place, {"phone": "0123 456789"}).status_code == 303
    page = talk.student.get(place).text
    assert "It lies sealed." in page
    assert "0123" not in page
    assert post_form(talk.student, place, {"phone": "0999", "alone": "y"}).status_code == 303
    assert post_form(talk.student, f"{place}/forget", {}, page=place).status_code == 303
    assert "What you left" not in talk.student.get(place).text


def test_the_tick_is_never_preselected(app: Flask, talk: Talk) -> None:
    offered(app)
    place = f"/counsel/{talk.case_id}/contact"
    post_form(talk.student, place, {"phone": "0123 456789", "alone": "y"})
    assert "checked" not in talk.student.get(place).text


def test_nothing_filled_in_is_asked_for_again_and_nothing_typed_is_lost(app: Flask, talk: Talk) -> None:
    offered(app)
    place = f"/counsel/{talk.case_id}/contact"
    assert post_form(talk.student, place, {}).status_code == 422
    answer = post_form(talk.student, place, {"phone": "0123 456789", "more": "x" * 1001})
    assert answer.status_code == 422
    assert "0123 456789" in answer.text


def test_with_the_code_of_a_conversation_nothing_is_left_or_taken_back(app: Flask, talk: Talk) -> None:
    offered(app)
    place = f"/counsel/{talk.case_id}"
    post_form(talk.student, f"{place}/contact", {"phone": "0123 456789"})
    code = post_form(talk.student, f"{place}/code", {}, page=f"{place}/reach").text
    code = code.split('id="return-code" translate="no">')[1].split("<")[0]
    finder = app.test_client()
    assert post_form(finder, "/counsel/return", {"code": code}).status_code == 303
    assert finder.get(f"{place}/reach").status_code == 200
    assert finder.get(f"{place}/contact").status_code == 303
    assert f"{place}/contact" not in finder.get(f"{place}/reach").text
    with app.app_context():
        assert queries.contact(talk.case_id) is not None


def test_another_student_finds_no_such_page(app: Flask, talk: Talk) -> None:
    offered(app)
    with app.app_context():
        other = make_case(add_student(), None).id
    assert talk.student.get(f"/counsel/{other}/contact").status_code == 404
    assert talk.student.get("/counsel/0000000000001/contact").status_code == 404


def test_the_date_of_the_box_is_its_newest(case: Case, words: dict[str, str]) -> None:
    assert words
    leave(case)
    leave(case, now=NOON + timedelta(days=1))
    assert kept(case)[0].left_at == NOON + timedelta(days=1)
