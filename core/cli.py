"""Commands of the kernel: the audit log, the worker, backups, retention, translations."""

import json
import sys
import threading
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from core.audit import verify_log
from core.backup import BackupParts, BackupRefused, create_backup
from core.clock import utcnow
from core.keys import KeysMissing
from core.restoring import restore_backup
from core.retention import forget_what_is_due
from core.translations import check_catalogs, update_catalogs
from core.web import settings_of
from core.worker import work

audit_commands = AppGroup("audit", help="The audit log.")


@audit_commands.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the faults as JSON.")
def verify_command(as_json: bool) -> None:
    """Check the whole audit log. Exit code 1 and a sentence for each fault when it is not whole."""
    try:
        faults = verify_log(settings_of(current_app).data_dir)
    except KeysMissing as error:
        sys.exit(str(error))
    if as_json:
        click.echo(json.dumps({"faults": faults}))
    else:
        click.echo("\n".join(faults) or "The audit log is whole.")
    if faults:
        sys.exit(1)


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


backup_commands = AppGroup("backup", help="Save everything, and bring it back.")


def _backup_parts() -> BackupParts:
    parts: BackupParts = current_app.extensions["stoa_backup"]
    return parts


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


@backup_commands.command("create")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the key files into it: then it opens what is private.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def create_backup_command(directory: Path, with_keys: bool, as_json: bool) -> None:
    """Write a backup into DIRECTORY, while Stoa runs."""
    settings = settings_of(current_app)
    try:
        manifest = create_backup(
            directory, settings=settings, parts=_backup_parts(), with_keys=with_keys, now=utcnow(), tell=_tell
        )
    except BackupRefused as refusal:
        sys.exit(str(refusal))
    facts = {
        "directory": str(directory.absolute()),
        "made_at": manifest.made_at,
        "revision": manifest.revision,
        "files": len(manifest.files),
        "bytes": sum(entry.bytes for entry in manifest.files.values()),
        "holds_keys": manifest.holds_keys,
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"The backup is in {directory}: {facts['files']} files, {facts['bytes']:,} bytes.")
    if manifest.holds_keys:
        click.echo("The key files are in it: whoever has it can read what is private. Lock it away.")
    else:
        click.echo(
            f"The key files are not in it. Keep a copy of {settings.keys_dir} in another place: without them "
            "nobody can open what is private, and with them and the backup anybody can."
        )


@backup_commands.command("restore")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def restore_backup_command(directory: Path, as_json: bool) -> None:
    """Put the backup in DIRECTORY in the place of the data. Stoa must be stopped."""
    settings = settings_of(current_app)
    try:
        restored = restore_backup(
            directory, settings=settings, parts=_backup_parts(), now=utcnow(), tell=_tell
        )
    except BackupRefused as refusal:
        sys.exit(str(refusal))
    kept_in = str(restored.kept_in) if restored.kept_in else None
    if as_json:
        facts = {"made_at": restored.made_at, "kept_in": kept_in, "log_faults": restored.log_faults}
        click.echo(json.dumps(facts))
        return
    click.echo(f"Everything is as it was at {restored.made_at}. Everybody has to sign in again.")
    for fault in restored.log_faults:
        click.echo(f"The audit log of the backup is not whole: {fault}")
    if kept_in:
        click.echo(f"What was here before is in {kept_in}: delete it when you no longer need it.")
    click.echo("What was deleted after the backup is here again, accounts too.")


retention_commands = AppGroup("retention", help="What Stoa forgets by itself.")


@retention_commands.command("run")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def run_retention_command(as_json: bool) -> None:
    """Forget now what is due, as the worker does each day. Exit code 1 when a rule failed."""
    forgotten = forget_what_is_due(utcnow())
    if as_json:
        click.echo(json.dumps(forgotten))
    else:
        for name, count in forgotten.items():
            click.echo(f"{name}: {'failed, the log says why' if count is None else count}")
    if None in forgotten.values():
        sys.exit(1)


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
    untranslated = {language: len(strings) for language, strings in report.untranslated.items()}
    facts = {"strings": report.strings, "faults": report.faults, "untranslated": untranslated}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        for fault in report.faults:
            click.echo(fault)
        for language, lacking in untranslated.items():
            click.echo(f"{language}: {lacking} of {report.strings} strings are not translated yet")
    if report.faults:
        sys.exit(1 if as_json else "The catalogs are not in step. Run: flask translations update")
