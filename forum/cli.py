"""`flask threads …`, `flask search …` and `flask tombstones …`."""

import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from core.clock import utcnow
from core.keys import KeysMissing
from core.search import SearchBusy, SearchUnavailable
from core.web import settings_of
from forum import index_queries, indexing
from forum.exporting import export_lines
from forum.importing import OTHER_TO, BadLine, ImportResult, StoppedAtBadLine, Watch, import_threads
from forum.tombstones import redact_what_came_back

threads_commands = AppGroup("threads", help="Threads in and out, as JSON Lines.")
tombstones_commands = AppGroup("tombstones", help="What was redacted stays so.")
search_commands = AppGroup("search", help="The search index.")


@threads_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Stop at the first bad line.")
@click.option(
    "--other-to", default=OTHER_TO, show_default=True, metavar="SLUG", help='The category for "other".'
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def import_command(file: Path, strict: bool, other_to: str, as_json: bool) -> None:
    """Take in the threads of FILE that are not here yet, and put them into the search index."""
    before, stopped = index_queries.newest_sequence(), None
    with click.progressbar(length=file.stat().st_size, label="Reading", file=sys.stderr) as bar:
        watch = Watch(
            bad_line=lambda number, reason: click.echo(f"\nline {number}: {reason}", err=True),
            progress=lambda position: bar.update(position - bar.pos),
        )
        try:
            result = import_threads(file, other_to=other_to, strict=strict, now=utcnow(), watch=watch)
        except StoppedAtBadLine as error:
            result, stopped = error.result, str(error)
        except BadLine as error:
            sys.exit(str(error))
    indexed = _index_after(before) if result.added else True
    _tell(result, as_json=as_json)
    if stopped:
        sys.exit(f"Stopped at {stopped}")
    if not indexed:
        sys.exit("The threads are in, but not in the search index. Run: flask search rebuild")


def _index_after(sequence: int) -> bool:
    click.echo("Indexing …", err=True)
    try:
        indexing.add_published_after(sequence)
    except SearchUnavailable as error:
        click.echo(str(error), err=True)
        return False
    return True


def _tell(result: ImportResult, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "added": result.added,
            "answers": result.answers,
            "skipped": result.skipped,
            "bad": result.bad,
            "bad_lines": [{"line": number, "reason": reason} for number, reason in result.bad_lines],
        }
        click.echo(json.dumps(facts))
        return
    click.echo(
        f"{result.added} threads with {result.answers} answers added, "
        f"{result.skipped} were here already, {result.bad} bad lines."
    )


@threads_commands.command("export")
def export_command() -> None:
    """Write all that is published to standard output, in the form that `threads import` reads."""
    for line in export_lines():
        click.echo(line.encode())


@search_commands.command("rebuild")
@click.option("--json", "as_json", is_flag=True)
def rebuild_command(as_json: bool) -> None:
    """Make the search index anew from what is published."""
    try:
        count = indexing.rebuild_index(lambda done: click.echo(f"{done} posts", err=True))
    except SearchBusy:
        sys.exit("The search index is being written by somebody else. Try again in a moment.")
    except SearchUnavailable as error:
        sys.exit(str(error))
    click.echo(json.dumps({"posts": count}) if as_json else f"The search index holds {count} posts.")


@search_commands.command("check")
@click.option("--json", "as_json", is_flag=True)
def check_command(as_json: bool) -> None:
    """Compare the search index with what is published. Ends with 1 when they differ."""
    try:
        drift = indexing.check_index()
    except SearchUnavailable as error:
        sys.exit(f"{error} Run: flask search rebuild")
    if as_json:
        click.echo(json.dumps({"missing": len(drift.missing), "extra": len(drift.extra)}))
    elif drift.is_clean:
        click.echo("The search index is in step with the forum.")
    else:
        click.echo(
            f"Missing from the search index: {len(drift.missing)} posts; too many in it: {len(drift.extra)}."
        )
        click.echo("Run: flask search rebuild")
    if not drift.is_clean:
        sys.exit(1)


@tombstones_commands.command("replay")
@click.option("--json", "as_json", is_flag=True)
def replay_command(as_json: bool) -> None:
    """Redact again what a database that was brought back still holds. Stoa does the same at each start."""
    try:
        count = redact_what_came_back(settings_of(current_app).data_dir)
    except KeysMissing as error:
        sys.exit(str(error))
    if as_json:
        click.echo(json.dumps({"redacted_again": count}))
    elif count:
        click.echo(f"{count} redactions were done again. Nobody reads these words any more.")
    else:
        click.echo("Nothing came back: every redaction holds.")
