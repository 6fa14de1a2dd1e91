"""`flask tickets …`: the tickets that let students in, on paper."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from accounts import ticket_queries
from accounts.ticketcodes import readable_ticket
from accounts.tickets import print_tickets, store_tickets, void_tickets
from accounts.ticketsheets import ticket_sheets
from core.clock import utcnow

MOST = 20_000

ticket_commands = AppGroup("tickets", help="Printed tickets that let students in.")


@ticket_commands.command("print")
@click.argument("count", type=click.IntRange(1, MOST))
@click.option("--out", type=click.Path(path_type=Path), help="Write the page into this new file.")
@click.option("--json", "as_json", is_flag=True, help="Print the tickets, or with --out the count, as JSON.")
def print_command(count: int, out: Path | None, as_json: bool) -> None:
    """Make a page of tickets to print, cut and shuffle. They are shown this once."""
    codes = print_tickets(count)
    page = ticket_sheets(codes)
    if out is not None:
        _write_new(out, page)
    try:
        store_tickets(codes, actor="command", now=utcnow())
    except BaseException:
        if out is not None:
            out.unlink(missing_ok=True)  # papers that open nothing
        raise
    facts: dict[str, object] = {"printed": len(codes)}
    if out is not None:
        facts["file"] = str(out)
        told = f"{len(codes)} tickets are in {out}. Print it, delete it, cut the tickets and shuffle them."
        click.echo(json.dumps(facts) if as_json else told)
    else:
        facts["tickets"] = [readable_ticket(code) for code in codes]
        click.echo(json.dumps(facts) if as_json else page)


def _write_new(path: Path, page: str) -> None:
    """Write a file that only its owner reads. One that is there is left alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        sys.exit(f"{path} cannot be written: {error.strerror}. No tickets were made.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(page)


@ticket_commands.command("count")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def count_command(as_json: bool) -> None:
    """Say how many tickets may still be used, and how many were, by month."""
    left, spent = ticket_queries.count_tickets(), ticket_queries.spent_tickets()
    if as_json:
        click.echo(json.dumps({"left": left, "spent": spent}))
        return
    click.echo(f"left     {left}")
    for month, count in spent.items():
        click.echo(f"{month}  {count} spent")


@ticket_commands.command("void")
@click.argument("day", type=click.DateTime(formats=["%Y-%m-%d"]))
@click.option("--json", "as_json", is_flag=True, help="Print the count as JSON.")
def void_command(day: datetime, as_json: bool) -> None:
    """Let the tickets that were printed on DAY open nothing any more: a stack was lost."""
    count = void_tickets(day.date(), actor="command", now=utcnow())
    click.echo(json.dumps({"voided": count}) if as_json else f"{count} tickets open nothing any more.")
