"""Commands of the kernel: the audit log, the worker, translations."""

import json
import sys
import threading
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from core.audit import verify_log
from core.keys import KeysMissing
from core.translations import check_catalogs, update_catalogs
from core.web import settings_of
from core.worker import work

audit_commands = AppGroup("audit", help="The audit log.")


@audit_commands.command("verify")
def verify_command() -> None:
    """Check the whole audit log. Exit code 1 and a sentence for each fault when it is not whole."""
    try:
        faults = verify_log(settings_of(current_app).data_dir)
    except KeysMissing as error:
        sys.exit(str(error))
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo("The audit log is whole.")


@click.command("work")
@with_appcontext
def work_command() -> None:
    """Run the background worker in this process until it is stopped. Waits when another one runs."""
    stop = threading.Event()
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        work(application, stop=stop)
    except KeyboardInterrupt:
        stop.set()


translations_commands = AppGroup("translations", help="The catalogs of translations.")


@translations_commands.command("update")
def update_translations_command() -> None:
    """Bring locale/ in step with the strings of the sources."""
    for language, lacking in update_catalogs(Path(current_app.root_path)).items():
        click.echo(f"{language}: {lacking} strings are not translated yet")


@translations_commands.command("check")
@click.option("--json", "as_json", is_flag=True)
def check_translations_command(as_json: bool) -> None:
    """Check locale/ against the sources. Exit code 1 and a sentence for each fault when they differ.

    Strings that are not translated yet are counted and are no fault: readers get them in English.
    """
    report = check_catalogs(Path(current_app.root_path))
    facts = {"strings": report.strings, "faults": report.faults, "untranslated": report.untranslated}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        for fault in report.faults:
            click.echo(fault)
        for language, lacking in report.untranslated.items():
            click.echo(f"{language}: {lacking} of {report.strings} strings are not translated yet")
    if report.faults:
        sys.exit(1 if as_json else "The catalogs are not in step. Run: flask translations update")
