"""`flask triage …`: fit the ordering model on the team's own judgements, and say what it is worth."""

import json
import sys
from dataclasses import asdict
from typing import Any

import click
from flask.cli import AppGroup

from core.clock import utcnow
from core.crypto import CannotUnseal
from core.keys import KeysMissing
from moderation.bands import Band
from moderation.ordering.fitting import NotFitted, fit_model
from moderation.ordering.model import URGENCY, Model, load_model, model_path, save_model
from moderation.ordering.weighing import Judged, Order, confusion, judged_texts, weigh, weigh_pages

triage_commands = AppGroup("triage", help="The order within a band.")


@triage_commands.command("fit")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
def fit_command(as_json: bool) -> None:
    """Fit the ordering model. Exit code 1 and a sentence when it is refused; the one in use then stays."""
    click.echo("Reading what people have judged …", err=True)
    judged = judged_texts()
    click.echo(f"Fitting on {len(judged)} texts …", err=True)
    try:
        model, by_model, by_rules = fit_model(judged, now=utcnow())
        save_model(model)
    except (NotFitted, KeysMissing) as error:
        sys.exit(str(error))
    facts = {"texts": model.texts, "model": asdict(by_model), "rules": asdict(by_rules)}
    click.echo(
        json.dumps(facts)
        if as_json
        else f"In use from now on.\n{_line('model', by_model)}\n{_line('rules', by_rules)}"
    )


@triage_commands.command("report")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def report_command(as_json: bool) -> None:
    """Say how well the queue is ordered, on the fifth that no model learned from, and how often a page was
    for nothing.
    """
    try:
        model = load_model()
    except (CannotUnseal, KeysMissing) as error:
        sys.exit(f"The model cannot be read: {error}")
    report = make_report(model, [one for one in judged_texts() if one.is_held_out])
    click.echo(json.dumps(report) if as_json else _as_text(report))


@triage_commands.command("forget")
def forget_command() -> None:
    """Delete the fitted model. The queue is ordered by age again."""
    model_path().unlink(missing_ok=True)
    click.echo("There is no fitted model.")


def make_report(model: Model | None, held_out: list[Judged]) -> dict[str, Any]:
    """What `flask triage report` says."""
    pages = weigh_pages()
    return {
        "held_out": len(held_out),
        "risky": sum(one.is_risky for one in held_out),
        "rules": asdict(weigh(held_out)) | {"confusion": confusion(held_out, lambda one: one.rules)},
        "model": _about(model, held_out) if model is not None else None,
        "pages": asdict(pages) | {"precision": pages.precision, "lowered_per_night": pages.lowered_per_night},
    }


def _about(model: Model, held_out: list[Judged]) -> dict[str, Any]:
    guesses = confusion(held_out, lambda one: _likeliest(model, one.text))
    facts = {"fitted_on": model.fitted_on, "texts": model.texts, "confusion": guesses}
    return asdict(weigh(held_out, model.urgency)) | facts


def _likeliest(model: Model, text: str) -> Band:
    chances = model.chances(text)
    return Band(max(chances, key=lambda band: (chances[band], URGENCY[band])))


def _as_text(report: dict[str, Any]) -> str:
    lines = [f"{report['held_out']} texts held out, {report['risky']} of them crisis or red."]
    for name in ("rules", "model"):
        part = report[name]
        if part is None:
            lines.append("There is no fitted model: flask triage fit")
            continue
        lines.append(_line(name, Order(part["recall"], part["last_risky"])))
        lines += [
            f"    people said {band}: " + ", ".join(f"{other} {count}" for other, count in row.items())
            for band, row in part["confusion"].items()
        ]
    pages = report["pages"]
    lines.append(f"{pages['paged']} texts paged somebody, {pages['lowered']} of them were then lowered.")
    if pages["lowered_per_night"] is not None:
        lines.append(
            f"Lowered at night: {pages['lowered_per_night']:.2f} a night over {pages['nights']} nights."
        )
    return "\n".join(lines)


def _line(name: str, order: Order) -> str:
    first, last = f"{order.recall:.0%}", f"{order.last_risky:.0%}"
    return f"{name}: {first} of the risky texts in the first fifth, the last one at {last}"
