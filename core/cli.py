"""Commands of the kernel: the audit log and the worker."""

import sys
import threading

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from core.audit import verify_log
from core.web import settings_of
from core.worker import work

audit_commands = AppGroup("audit", help="The audit log.")


@audit_commands.command("verify")
def verify_command() -> None:
    """Check the whole audit log. Exit code 1 and a sentence for each fault when it is not whole."""
    faults = verify_log(settings_of(current_app).data_dir)
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
