"""Every address of counselling, from the map itself: a page that comes tomorrow is walked without a line."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from core.ids import new_public_id

WORD = "x"


@dataclass(frozen=True)
class Address:
    """One address, filled with the ids of what is there, and whether it is opened or sent to."""

    endpoint: str
    method: str
    path: str


def addresses_of_counselling(app: Flask, **ids: str) -> list[Address]:
    """Each address with each of its methods. What has no id here gets one that stands for nothing."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("counselling."):
            continue
        values = {name: ids.get(name) or filling(rule, name) for name in rule.arguments}
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            path = adapter.build(rule.endpoint, values, method=method)
            found.append(Address(rule.endpoint, method, path))
    return found


def filling(rule: Rule, name: str) -> Any:
    """Something that this part of an address takes."""
    kind = type(rule._converters[name]).__name__
    return {"PublicIdConverter": new_public_id(), "IntegerConverter": 1}.get(kind, WORD)
