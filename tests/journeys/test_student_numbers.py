"""A coordinator says how student numbers look, and whoever writes one is asked before they send."""

import pytest
from flask.testing import FlaskClient

from tests.people import post_form

PAGE, NEW = "/admin/student-numbers", "/c/family-relationships/new"


def send(student: FlaskClient, body: str) -> int:
    return post_form(student, NEW, {"title": "Sleepless", "body": body}).status_code


def test_numbers_of_the_shape_that_was_set_are_shown_before_sending(
    carla: FlaskClient, anna: FlaskClient
) -> None:
    assert send(anna, "They know me as 77/1234 here.") == 303
    assert post_form(carla, PAGE, {"shapes": "99/9999"}).status_code == 303
    assert send(anna, "They all know me as 77/1234 here.") == 422
    assert 'value="99/9999"' in carla.get(PAGE).text


def test_an_empty_shape_leaves_only_numbers_that_are_called_so(carla: FlaskClient, anna: FlaskClient) -> None:
    assert send(anna, "They know me as cs190345 here.") == 422
    assert post_form(carla, PAGE, {"shapes": ""}).status_code == 303
    assert send(anna, "They know me as cs190345 here.") == 303
    assert send(anna, "My student number is 20191234.") == 422


@pytest.mark.parametrize("shapes", ["99", "A(9+)+9999", "9" * 30, "9999," * 7, ".*9999"])
def test_what_is_no_shape_comes_back_with_what_to_write(carla: FlaskClient, shapes: str) -> None:
    answer = post_form(carla, PAGE, {"shapes": shapes})
    assert answer.status_code == 422
    assert "such as AA99999" in answer.text


def test_clocks_and_hours_stay_when_shapes_are_set(carla: FlaskClient) -> None:
    before = carla.get("/admin/hours").text.count("09:00")
    post_form(carla, PAGE, {"shapes": "AA99999"})
    assert carla.get("/admin/hours").text.count("09:00") == before
