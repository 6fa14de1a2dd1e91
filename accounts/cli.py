"""`flask staff …`: the commands that need no coordinator yet."""

import json
import sys

import click
import pyotp
from flask import current_app
from flask.cli import AppGroup

from accounts import queries
from accounts.models import Staff, Step
from accounts.permissions import STAFF_ROLES, Role
from accounts.staffing import NameTaken, add_staff, reset_otp
from core.clock import utcnow
from core.db import transaction
from core.web import settings_of

staff_commands = AppGroup("staff", help="Staff accounts.")


@staff_commands.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in STAFF_ROLES]), required=True)
@click.option("--alias", default="", help="The name that students see; by default the user name.")
@click.option(
    "--step",
    type=click.Choice([step.value for step in Step]),
    default=Step.INDEPENDENT.value,
    show_default=True,
)
@click.option("--keep-password", is_flag=True, help="Do not ask for a new password at the first sign-in.")
@click.option("--json", "as_json", is_flag=True, help="Print username, password and otp_secret as JSON.")
def add_command(name: str, role: str, alias: str, step: str, keep_password: bool, as_json: bool) -> None:
    """Make a staff account and print its password and second factor, once."""
    try:
        new = add_staff(
            name,
            role=Role(role),
            alias=alias,
            step=Step(step),
            keep_password=keep_password,
            actor="command",
            now=utcnow(),
        )
    except NameTaken:
        sys.exit(f"There is a staff account or alias {name} already.")
    facts = {"username": new.staff.username, "password": new.password, "otp_secret": new.otp_secret}
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"Name:      {facts['username']}\nPassword:  {facts['password']}")
    click.echo(f"Second factor (type it into an authenticator app): {facts['otp_secret']}")
    if not keep_password:
        click.echo("The password must be changed at the first sign-in, at /staff/login.")


@staff_commands.command("reset-otp")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def reset_otp_command(name: str, as_json: bool) -> None:
    """Give a member of staff a new second factor."""
    with transaction():
        secret = reset_otp(_named(name), actor="command", now=utcnow())
    click.echo(
        json.dumps({"username": name, "otp_secret": secret}) if as_json else f"New second factor: {secret}"
    )


@staff_commands.command("code")
@click.argument("name")
def code_command(name: str) -> None:
    """Print a current one-time code. In the demo only: there the people are invented."""
    if not settings_of(current_app).is_demo:
        sys.exit("One-time codes are printed in the demo only.")
    click.echo(pyotp.TOTP(_named(name).otp_secret).now())


def _named(name: str) -> Staff:
    staff = queries.staff_by_username(name.strip().lower(), locked=True)
    if staff is None:
        sys.exit(f"There is no staff account {name}.")
    return staff
