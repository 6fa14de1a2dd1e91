"""Every pair of a state and an act of an opening, by each way: legal or refused, and nothing between."""

import pytest

from counselling.disclosure import states
from counselling.disclosure.models import Disclosure, DisclosureState, DisclosureWay
from counselling.disclosure.states import DisclosureAct, NotApproved, OpeningMovedOn, move_disclosure

# Written down a second time, on purpose: a change of the rules must be made in two places.
STEPS = {
    ("two", "asked", "approve"): "approved",
    ("two", "asked", "refuse"): "refused",
    ("two", "asked", "take_back"): "taken_back",
    ("two", "asked", "lapse"): "lapsed",
    ("two", "approved", "open"): "opened",
    ("two", "approved", "lapse"): "lapsed",
    ("alone", "asked", "open_alone"): "opened",
    ("alone", "asked", "lapse"): "lapsed",
}


@pytest.mark.parametrize("act", list(DisclosureAct))
@pytest.mark.parametrize("state", list(DisclosureState))
@pytest.mark.parametrize("way", list(DisclosureWay))
def test_an_opening_takes_legal_steps_and_no_others(
    way: DisclosureWay, state: DisclosureState, act: DisclosureAct
) -> None:
    opening = Disclosure(way=way, state=state)
    goal = STEPS.get((way.value, state.value, act.value))
    if goal is None:
        with pytest.raises((NotApproved, OpeningMovedOn)):
            move_disclosure(opening, act)
    else:
        move_disclosure(opening, act)
    assert opening.state == (goal or state)


def test_the_table_names_every_act() -> None:
    assert set(states.LEGAL) == set(DisclosureAct)
