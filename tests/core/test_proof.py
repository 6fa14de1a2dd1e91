"""Proof of work: what counts as one, and how often."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from altcha import Challenge, solve_challenge
from flask import Flask

from core import proof
from core.clock import utcnow
from core.db import db, transaction


@pytest.fixture(autouse=True)
def inside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside an application whose puzzles are easy: how hard they are is not what these tests are about."""
    monkeypatch.setattr(proof, "COST", 10)
    with app.app_context():
        yield
        db.session.remove()


def solved(challenge: dict[str, Any]) -> str:
    solution = solve_challenge(Challenge.from_dict(challenge))
    assert solution is not None
    return packed(challenge, solution.to_dict())


def packed(challenge: dict[str, Any], solution: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps({"challenge": challenge, "solution": solution}).encode()).decode()


def uses(payload: str) -> bool:
    with transaction():
        return proof.use_solution(payload, now=utcnow())


def test_a_solution_is_one() -> None:
    assert proof.is_solved(solved(proof.make_challenge(now=utcnow())), now=utcnow())


def test_each_solution_works_once() -> None:
    payload = solved(proof.make_challenge(now=utcnow()))
    assert uses(payload)
    assert not uses(payload)


def test_the_same_solution_in_other_signs_works_no_second_time() -> None:
    challenge = proof.make_challenge(now=utcnow())
    payload = solved(challenge)
    solution = json.loads(base64.b64decode(payload))["solution"]
    assert uses(payload)
    assert not uses(packed(challenge, solution | {"time": 7}))


def test_what_was_rolled_back_was_not_used() -> None:
    payload = solved(proof.make_challenge(now=utcnow()))
    with pytest.raises(ZeroDivisionError), transaction():
        assert proof.use_solution(payload, now=utcnow()) / 0
    assert uses(payload)


def test_a_solution_is_good_for_two_hours() -> None:
    payload = solved(proof.make_challenge(now=utcnow()))
    assert proof.is_solved(payload, now=utcnow() + timedelta(minutes=119))
    assert not proof.is_solved(payload, now=utcnow() + timedelta(minutes=121))


def test_a_challenge_that_somebody_made_easier_is_none_of_ours() -> None:
    challenge = proof.make_challenge(now=utcnow())
    easier = challenge | {"parameters": challenge["parameters"] | {"keyPrefix": "00"}}
    assert not proof.is_solved(solved(easier), now=utcnow())


def test_a_challenge_that_somebody_made_last_longer_is_none_of_ours() -> None:
    challenge = proof.make_challenge(now=utcnow())
    later = challenge["parameters"]["expiresAt"] + 10_000
    longer = challenge | {"parameters": challenge["parameters"] | {"expiresAt": later}}
    assert not proof.is_solved(solved(longer), now=utcnow())


def test_a_guess_is_no_solution() -> None:
    challenge = proof.make_challenge(now=utcnow())
    assert not proof.is_solved(packed(challenge, {"counter": 0, "derivedKey": "00" * 32}), now=utcnow())


def test_a_challenge_of_another_installation_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr(proof, "_key", lambda purpose: f"another {purpose}".encode().ljust(32))
        payload = solved(proof.make_challenge(now=utcnow()))
    assert not proof.is_solved(payload, now=utcnow())


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "none",
        "!",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b"{}").decode(),
        base64.b64encode(b'{"challenge": 7}').decode(),
        base64.b64encode(b'{"challenge": {"parameters": [], "signature": []}}').decode(),
        base64.b64encode(b"[" * 1400).decode(),
        "A" * 1_000_000,
        "é" * 40,
    ],
    ids=lambda payload: payload[:12] or "nothing",
)
def test_what_is_no_payload_is_no_proof(payload: str) -> None:
    assert not proof.is_solved(payload, now=utcnow())


def test_no_puzzle_is_much_harder_than_another() -> None:
    counters = []
    for _ in range(30):
        solution = solve_challenge(Challenge.from_dict(proof.make_challenge(now=utcnow())))
        assert solution is not None
        counters.append(solution.counter)
    assert min(counters) >= proof.FEWEST
    assert max(counters) < proof.MOST
