"""`flask demo load`."""

import click
from flask import current_app
from flask.cli import AppGroup

from core.clock import utcnow
from core.web import settings_of
from demo.loader import STAFF_FILE, load_demo

demo_commands = AppGroup("demo", help="Invented people, to try Stoa with.")


@demo_commands.command("load")
def load_command() -> None:
    """Load the demo into a demo installation. Safe to repeat after a load that broke off."""
    settings = settings_of(current_app)
    count = load_demo(settings, now=utcnow())
    click.echo(
        f"The demo is loaded: {count} threads. Its staff's passwords are in {settings.data_dir / STAFF_FILE}"
    )
