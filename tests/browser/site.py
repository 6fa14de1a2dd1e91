"""A real Stoa for browsers: the demo in a directory of its own, served on a free port of loopback.

The test process opens the same data directory, to sign people in and to bring texts and cases to where a
page needs them. It does so by the application's own rules, and not through forms, which would be slow.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from alembic import command
from flask import Flask

from accounts import queries
from accounts.joining import join
from accounts.models import Attendant
from accounts.websessions import SignedIn, find_session, sign_in
from app import create_app
from core.clock import utcnow
from core.db import db, transaction
from core.settings import load_settings
from core.web import settings_of
from counselling import queries as counselling_queries
from counselling.access import case_ids_of
from counselling.reaching.codes import give_return_code, returner_with
from counselling.trusted import queries as trusted_queries
from demo.loader import STAFF_FILE, load_demo
from tests.conftest import put_away

ROOT = Path(__file__).resolve().parents[2]
# Who plays which role, by user name. The stage adds the last two. Every other name is a student of the tests.
STAFF = {
    "moderator": "niki",
    "colleague": "bayu",
    "professional": "irida",
    "other professional": "ratna",
    "coordinator": "tomas",
    "researcher": "lene",
    "untrained": "ola",
    "learner": "noor",
    "new professional": "mira",
}
ROLES = ("visitor", "student", "moderator", "professional", "coordinator", "researcher")
T = TypeVar("T")


@dataclass
class Site:
    """A served demo, and the people who can be signed in to it."""

    app: Flask
    address: str
    students: dict[str, SignedIn] = field(default_factory=dict)
    codes_used: dict[str, int] = field(default_factory=dict)
    brought: str = ""

    def credentials_of(self, who: str) -> tuple[str, str, str]:
        """The user name, the password and the secret of the one-time codes that the demo gave somebody."""
        people = json.loads((settings_of(self.app).data_dir / STAFF_FILE).read_text(encoding="utf-8"))
        return next(
            (str(one["username"]), str(one["password"]), str(one["otp_secret"]))
            for one in people
            if one["username"] == STAFF[who]
        )

    def do(self, act: Callable[[], T]) -> T:
        """Run something inside the application, as a command would."""
        with self.app.app_context():
            try:
                return act()
            finally:
                db.session.remove()

    def cookie_for(self, who: str) -> tuple[str, str] | None:
        """The name and value of a new session's cookie. A visitor has none."""
        if who == "visitor":
            return None
        if who == "returner":
            return self.do(self._sign_in_returner)
        if who == "trusted":
            return self.do(self._sign_in_trusted)
        return self.do(lambda: self._sign_in_staff(who) if who in STAFF else self._sign_in_student(who))

    def _sign_in_staff(self, who: str) -> tuple[str, str]:
        with transaction():
            staff = queries.staff_by_username(STAFF[who])
            assert staff is not None
            return "stoa-staff", sign_in(staff, now=utcnow())

    def _sign_in_returner(self) -> tuple[str, str]:
        """With the code of the conversation that the student has."""
        known = self.join_once("student")
        with transaction():
            account = queries.account(known.person)
            assert account is not None
            case = counselling_queries.case(case_ids_of(account)[0], locked=True)
            assert case is not None
            return "stoa-returner", sign_in(returner_with(give_return_code(case, now=utcnow())), now=utcnow())

    def _sign_in_trusted(self) -> tuple[str, str]:
        """Whoever is in a talk because its student brought them."""
        with transaction():
            person = trusted_queries.trusted_person(self.brought, locked=True)
            assert person is not None
            attendant = Attendant(opens=person.id, mark=person.mark)
            return "stoa-trusted", sign_in(attendant, now=utcnow())

    def _sign_in_student(self, who: str) -> tuple[str, str]:
        known = self.join_once(who)
        with transaction():
            account = queries.account(known.person)
            assert account is not None
            return "stoa", sign_in(account, now=utcnow(), data_key=bytes.fromhex(known.data_key))

    def join_once(self, who: str) -> SignedIn:
        """Let a student join, the first time that they are met."""
        if who not in self.students:
            session = find_session(join(now=utcnow()), now=utcnow())
            assert session is not None
            with transaction():
                account = queries.account(session.person)
                assert account is not None
                account.is_confirmed, account.expires_at = True, None
            self.students[who] = session
        return self.students[who]


@contextmanager
def served_demo(data_dir: Path, **environment: str) -> Iterator[Site]:
    """Load the demo into an empty directory and serve it, as `./run` would, until the block ends."""
    settings = {"STOA_MODE": "demo", "STOA_DATA_DIR": str(data_dir), **environment}
    app = create_app(load_settings(settings))
    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")
        db.session.remove()
        db.engine.dispose()
    put_away(app)
    app = create_app(load_settings(settings))  # now with the keys that were made
    with app.app_context():
        app.extensions["stoa_first_start"]()
        load_demo(settings_of(app), now=utcnow())
        db.session.remove()
    with served(settings, log=data_dir.parent / f"{data_dir.name}.log") as address:
        yield Site(app, address)
    put_away(app)


@contextmanager
def served(settings: dict[str, str], *, log: Path) -> Iterator[str]:
    """Gunicorn with the configuration that an installation uses. Gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("STOA_", "FLASK_"))}
    bare.pop("GUNICORN_CMD_ARGS", None)
    line = [
        "-m",
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py",
        "--bind",
        f"127.0.0.1:{port}",
        "wsgi:app",
    ]
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, *line], cwd=ROOT, env=bare | settings, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/healthz", server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers. One that ended has its last words told."""
    patience = time.monotonic() + 60
    while time.monotonic() < patience and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text(encoding='utf-8')[-2000:]}")
