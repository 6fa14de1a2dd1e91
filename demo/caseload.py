"""The cases of the demo, as `content/cases.toml` tells them, step by step.

Each step is done by the same rules as for everybody else; what it does stands in the module of its kind.
"""

from collections.abc import Iterator

from demo import colleagues, conversing, recording, telling
from demo.cast import Act, Cast, Doing, Event, Facts, read_content

STEPS: dict[str, Doing] = conversing.STEPS | recording.STEPS | colleagues.STEPS | telling.STEPS


def case_events(cast: Cast) -> Iterator[Event]:
    """Everything that happens in cases, each with its time."""
    for case in read_content("cases.toml")["case"]:
        if "asked" in case:
            yield cast.moment(case["asked"]), lambda at, case=case: conversing.ask(cast, case, at)  # type: ignore[misc]
        for step in case.get("step", []):
            yield cast.moment(step), _event(cast, case["key"], step)


def _event(cast: Cast, key: str, step: Facts) -> Act:
    return lambda at: STEPS[step["do"]](cast, key, step, at)
