"""Two at once in a handover: one winner, a clear answer for the other, and never a case without an owner."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from accounts import queries as account_queries
from accounts.models import Staff
from accounts.permissions import Role
from core.clock import utcnow
from core.db import transaction
from core.refusals import Missing, Refusal
from counselling import queries
from counselling.access import case_to_decide_on
from counselling.cases import close_case
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import offer_for, offer_from
from counselling.handing.conflicts import recuse_from_case
from counselling.handing.handovers import accept_handover, offer_case, refuse_handover, take_back
from counselling.handing.models import HandoverState
from counselling.models import CaseState
from tests.counselling.people import add_staff_row, add_student, make_case

Act = Callable[[dict[str, str]], None]


def member_of_staff(ids: dict[str, str], name: str) -> Staff:
    person = account_queries.staff_member(ids[name], locked=True)
    assert person is not None
    return person


def accepts(ids: dict[str, str]) -> None:
    oren = member_of_staff(ids, "oren")
    handover, case = offer_for(ids["offer"], receiver=oren, locked=True)
    accept_handover(handover, case, actor=oren, now=utcnow())


def refuses(ids: dict[str, str]) -> None:
    oren = member_of_staff(ids, "oren")
    handover, case = offer_for(ids["offer"], receiver=oren, locked=True)
    refuse_handover(handover, case, reason="", actor=oren, now=utcnow())


def takes_back(ids: dict[str, str]) -> None:
    maya = member_of_staff(ids, "maya")
    handover, case = offer_from(ids["offer"], owner=maya)
    take_back(handover, case, actor=maya, now=utcnow())


def closes(ids: dict[str, str]) -> None:
    maya = member_of_staff(ids, "maya")
    case = case_to_decide_on(ids["case"], person=maya, now=utcnow())
    close_case(case, summary="It went well.", actor=maya, now=utcnow())


def says_she_knows_them(ids: dict[str, str]) -> None:
    recuse_from_case(ids["case"], actor=member_of_staff(ids, "maya"), now=utcnow())


def offers_to(name: str) -> Act:
    def offer(ids: dict[str, str]) -> None:
        maya, colleague = member_of_staff(ids, "maya"), member_of_staff(ids, name)
        case = case_to_decide_on(ids["case"], person=maya, now=utcnow())
        offer_case(case, colleague=colleague, note="Please.", actor=maya, now=utcnow())

    return offer


def set_up(app: Flask, *, is_offered: bool) -> dict[str, str]:
    with app.app_context():
        ids = {name: add_staff_row(Role.PROFESSIONAL, name).id for name in ("maya", "oren", "kim")}
        maya = account_queries.staff_member(ids["maya"])
        case = make_case(add_student(), maya)
        ids["case"] = case.id
        if is_offered:
            with transaction():
                offers_to("oren")(ids)
            offer = handing_queries.open_handover(case.id)
            assert offer is not None
            ids["offer"] = offer.id
    return ids


def at_once(app: Flask, ids: dict[str, str], *acts: Act) -> list[str]:
    """What each of them was answered, sorted."""
    results: list[str] = []
    start = threading.Barrier(len(acts))

    def press(act: Act) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    act(ids)
                results.append("done")
            except Missing:
                results.append("missing")
            except Refusal as refusal:
                results.append(type(refusal).__name__)

    threads = [threading.Thread(target=press, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def state_of(app: Flask, ids: dict[str, str]) -> tuple[str | None, HandoverState, CaseState]:
    with app.app_context():
        case, offer = queries.case(ids["case"]), handing_queries.handover(ids["offer"])
        assert case is not None
        assert offer is not None
        live = queries.live_assignment(case.id)
        assert (live.staff_id if live is not None else None) == case.owner_id
        return case.owner_id, offer.state, case.state


def test_two_tabs_accept_and_one_of_them_does(both_databases: Flask) -> None:
    ids = set_up(both_databases, is_offered=True)
    assert at_once(both_databases, ids, accepts, accepts) == ["OfferGone", "done"]
    assert state_of(both_databases, ids)[:2] == (ids["oren"], HandoverState.ACCEPTED)


def test_an_offer_is_accepted_or_taken_back_and_never_both(both_databases: Flask) -> None:
    ids = set_up(both_databases, is_offered=True)
    results = at_once(both_databases, ids, accepts, takes_back)
    ends: dict[tuple[str | None, HandoverState], list[str]] = {
        (ids["oren"], HandoverState.ACCEPTED): ["done", "missing"],  # it is no longer the giver's
        (ids["maya"], HandoverState.TAKEN_BACK): ["OfferGone", "done"],
    }
    assert ends[state_of(both_databases, ids)[:2]] == results


def test_an_offer_is_accepted_or_refused_and_never_both(both_databases: Flask) -> None:
    ids = set_up(both_databases, is_offered=True)
    assert at_once(both_databases, ids, accepts, refuses) == ["OfferGone", "done"]
    assert state_of(both_databases, ids)[:2] in {
        (ids["oren"], HandoverState.ACCEPTED),
        (ids["maya"], HandoverState.REFUSED),
    }


def test_a_case_is_closed_or_goes_over_and_never_both(both_databases: Flask) -> None:
    ids = set_up(both_databases, is_offered=True)
    results = at_once(both_databases, ids, accepts, closes)
    ends: dict[tuple[str | None, HandoverState, CaseState], list[str]] = {
        (ids["oren"], HandoverState.ACCEPTED, CaseState.ASSIGNED): ["done", "missing"],
        (ids["maya"], HandoverState.TAKEN_BACK, CaseState.CLOSED): ["OfferGone", "done"],
    }
    assert ends[state_of(both_databases, ids)] == results


def test_a_case_is_offered_to_two_and_one_offer_stands(both_databases: Flask) -> None:
    ids = set_up(both_databases, is_offered=False)
    assert at_once(both_databases, ids, offers_to("oren"), offers_to("kim")) == ["AlreadyOffered", "done"]
    with both_databases.app_context():
        assert len(handing_queries.handovers(ids["case"])) == 1


@pytest.mark.parametrize("other", [accepts, refuses])
def test_whoever_knows_the_student_is_out_whatever_the_colleague_does(
    both_databases: Flask, other: Act
) -> None:
    ids = set_up(both_databases, is_offered=True)
    at_once(both_databases, ids, says_she_knows_them, other)
    assert state_of(both_databases, ids)[0] != ids["maya"]
