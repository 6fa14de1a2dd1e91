"""Two students, two professionals, two moderators: every thing of one, asked for by the other, answers as one
that never was.

The addresses come from the application. One that is new, and has an id in it, is red here until a table says
whose it is, or why it is somebody else's too.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.db import db
from core.ids import PublicIdConverter, new_public_id
from core.web import settings_of
from tests.conftest import put_away, upgraded_app
from tests.journeys.strangers import ASKED, WRITTEN, House, build_house, said_by
from tests.journeys.whose_things import (
    ASKED_OF_A_COLLEAGUE,
    FOR_THE_LEAD,
    IN_A_FORM,
    NOBODY_YET,
    OWNED,
    SHARED,
    Fields,
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    app = upgraded_app(tmp_path_factory.mktemp("strangers") / "data")
    with app.app_context():
        app.extensions["stoa_first_start"]()
    yield build_house(app)
    put_away(app)


def rules(app: Flask) -> dict[str, list[Rule]]:
    """Every address with an id of ours in it, by its endpoint."""
    found: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        if any(isinstance(converter, PublicIdConverter) for converter in rule._converters.values()):
            found.setdefault(rule.endpoint, []).append(rule)
    return found


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


def ids_of(rule: Rule, things: Mapping[str, str]) -> dict[str, str]:
    """What stands in an address: ids of these things, and the number of a letter."""
    is_of_forum = rule.endpoint.startswith("forum.")
    named = {"number": "2"} | things | ({"thread_id": things["held_thread"]} if is_of_forum else {})
    named |= {"handover_id": things["refused_handover"]} if rule.endpoint in FOR_THE_LEAD else {}
    return {name: named[name] for name in rule.arguments}


def test_every_address_with_an_id_is_in_one_of_the_tables(house: House) -> None:
    assert sorted(rules(house.app)) == sorted([*OWNED, *SHARED])


@pytest.mark.parametrize("endpoint", OWNED)
def test_a_strangers_thing_answers_as_one_that_never_was(house: House, endpoint: str) -> None:
    who, fields = OWNED[endpoint]
    for rule in rules(house.app)[endpoint]:
        theirs = ids_of(rule, house.theirs)
        missing = {name: one if name == "number" else new_public_id() for name, one in theirs.items()}
        for method in methods_of(rule):
            for typed in ({name: text.format_map(house.own) for name, text in fields.items()}, {}):
                real = house.ask(f"other {who}", rule, method, theirs, typed)
                never = house.ask(f"other {who}", rule, method, missing, typed)
                # A form that is not filled in may lead back to its page, which then is missing as well.
                found = {404} if typed or method == "GET" else {404, 303}
                assert real.status_code in found, f"{method} {rule} with {sorted(typed)}"
                assert said_by(real, theirs) == said_by(never, missing), f"{method} {rule}"


@pytest.mark.parametrize(
    "endpoint", [one for one in OWNED if one.startswith("counselling.")], ids=lambda one: one.split(".")[1]
)
def test_a_strangers_thing_inside_ones_own_case_is_none(house: House, endpoint: str) -> None:
    who, fields = OWNED[endpoint]
    for rule in rules(house.app)[endpoint]:
        inner = set(rule.arguments) - {"case_id", "number"}
        if "case_id" not in rule.arguments or not inner:
            continue
        own = ids_of(rule, house.own)
        theirs = own | {name: house.theirs[name] for name in inner}
        missing = own | {name: new_public_id() for name in inner}
        typed = {name: text.format_map(house.own) for name, text in fields.items()}
        for method in methods_of(rule):
            real = house.ask(f"other {who}", rule, method, theirs, typed)
            never = house.ask(f"other {who}", rule, method, missing, typed)
            assert real.status_code == 404, f"{method} {rule}"
            assert said_by(real, theirs) == said_by(never, missing), f"{method} {rule}"


@pytest.mark.parametrize(("who", "method", "endpoint", "name", "thing", "fields"), IN_A_FORM)
def test_a_strangers_id_in_a_form_of_ones_own_is_none(
    house: House, who: str, method: str, endpoint: str, name: str, thing: str, fields: Fields
) -> None:
    (rule,) = rules(house.app)[endpoint]
    own = ids_of(rule, house.own)
    told = []
    # The first answer is left out: whoever opens a page has looked since.
    for one in (new_public_id(), house.theirs[thing], new_public_id()):
        answer = house.ask(f"other {who}", rule, method, own, fields | {name: one})
        told.append(said_by(answer, {"ID": one}))
    assert told[1] == told[2]


@pytest.mark.parametrize("endpoint", ["accept_escalation", "decline_escalation", "take_case"])
def test_who_comes_too_late_is_told_so_and_nothing_else(house: House, endpoint: str) -> None:
    (rule,) = rules(house.app)[f"counselling.{endpoint}"]
    ids = ids_of(rule, house.theirs)
    answer = house.ask("other professional", rule, "POST", ids, {"reason": "No hours."})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert not [
        words for words in (*WRITTEN, *house.theirs.values()) if words in page and words not in ids.values()
    ]


@pytest.mark.parametrize("endpoint", [one for one in OWNED if one not in NOBODY_YET])
def test_what_is_asked_for_is_there(house: House, endpoint: str, tmp_path: Path) -> None:
    """Whoever has it, or was asked, is not told that it never was: the tables above ask for real things."""
    who, fields = OWNED[endpoint]
    who = ASKED if endpoint in ASKED_OF_A_COLLEAGUE else who
    data = settings_of(house.app).data_dir
    with house.app.app_context():
        db.session.remove()
        db.engine.dispose()
    shutil.copytree(data, tmp_path / "before")
    try:
        for rule in rules(house.app)[endpoint]:
            ids = ids_of(rule, house.theirs)
            typed = {name: text.format_map(house.theirs) for name, text in fields.items()}
            told = {
                method: house.ask(who, rule, method, ids, typed).status_code for method in methods_of(rule)
            }
            assert not set(told.values()) & {400, 404}, f"{rule}: {told}"
    finally:
        with house.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for file in data.glob("stoa.db*"):
            file.unlink()
        for file in (tmp_path / "before").glob("stoa.db*"):
            shutil.copy(file, data)
