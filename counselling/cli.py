"""The command of counselling: the change of the key that cases lie under."""

import json
import sys

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from core.clock import utcnow
from core.db import DatabaseBusy
from core.web import settings_of
from counselling.rotating import rotate_keys

keys_commands = AppGroup("keys", help="The keys that everything private lies under.")


@keys_commands.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def rotate_keys_command(as_json: bool) -> None:
    """Give the cases a new key, while Stoa runs. Killed at any point, it goes on when it is run again.

    Exit code 1 when there are cases that no key opens.
    """
    settings = settings_of(current_app)
    try:
        rotation = rotate_keys(
            settings.keys_dir,
            data_dir=settings.data_dir,
            now=utcnow(),
            tell=lambda sentence: click.echo(sentence, err=True),
        )
    except (DatabaseBusy, OperationalError) as error:
        sys.exit(
            f"The database could not be written ({type(error).__name__}). Everything can be read as before; "
            "run `flask keys rotate` again to go on."
        )
    if as_json:
        facts = {
            "rewrapped": rotation.rewrapped,
            "was_resumed": rotation.was_resumed,
            "unreadable": rotation.unreadable,
        }
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{rotation.rewrapped} cases lie under the new key. The earlier one is destroyed.")
        click.echo(
            f"Copy {settings.keys_dir} to the place where its copy is kept. A backup from before needs the "
            "copy of then: see the operations guide."
        )
        for case_id in rotation.unreadable:
            click.echo(f"No key opens the case {case_id}: it was left as it is.")
    if rotation.unreadable:
        sys.exit(1)
