"""How many may join from one network, and what comes after that.

A campus is one network, so the usual pace is wide. After it the page gives a browser with script a little
work to do, and then lets it in; without script a few still get in each minute, and the others are told when
to press again. Nobody is kept out for long, and nothing that was typed is lost.
"""

from typing import Any

from flask import request

from core import proof
from core.clock import utcnow
from core.db import transaction
from core.limits import Pace, count_turn, has_turn

JOINING = Pace("joining", network="20 per minute; 60 per hour")
JOINING_WITHOUT_PROOF = Pace("joining_without_proof", network="4 per minute")
WAIT_SECONDS = 60


def challenge_to_join() -> dict[str, Any] | None:
    """What the script on the page should work at; None while it need not."""
    return None if has_turn(JOINING) else proof.make_challenge(now=utcnow())


def take_turn_to_join() -> bool:
    """Whether this one may go on now."""
    if count_turn(JOINING):
        return True
    with transaction():
        has_proof = proof.use_solution(request.form.get(proof.FIELD, ""), now=utcnow())
    return has_proof or count_turn(JOINING_WITHOUT_PROOF)
