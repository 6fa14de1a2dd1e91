"""The way in, as an operator meets it: what `./run` refuses, in which words, and what it leaves alone.

Nothing here makes a virtual environment or starts a server.
"""

import ast
import importlib.util
import json
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_script(path: Path) -> ModuleType:
    """Import a script whose name is not a module's."""
    spec = importlib.util.spec_from_loader(
        "script_under_test", SourceFileLoader("script_under_test", str(path))
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder, with a space in its name, that holds `run` and nothing else."""
    folder = tmp_path / "my stoa"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder / "run")
    return folder


@pytest.fixture
def run(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run` as a module, at home in that folder, in a shell without settings of Stoa."""
    for name in ("STOA_DATA_DIR", "STOA_DATABASE_URL", "STOA_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    return load_script(checkout / "run")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def sentence(refusal: pytest.ExceptionInfo[SystemExit]) -> str:
    return str(refusal.value)


def database_at(path: Path, revision: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.commit()
    connection.close()


def migration(checkout: Path, revision: str, *, after: str | None) -> None:
    folder = checkout / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{revision}.py").write_text(
        f"revision: str = {revision!r}\ndown_revision: str | None = {after!r}\n"
    )


# Before anything is made


def test_a_taken_port_is_told_in_one_sentence_before_anything_is_made(
    checkout: Path, taken_port: int
) -> None:
    started = subprocess.run(
        [sys.executable, checkout / "run", "--port", str(taken_port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        started.stderr
        == f"Port {taken_port} on 127.0.0.1 is taken by another program: choose another with --port.\n"
    )
    assert started.returncode == 1
    assert [path.name for path in checkout.iterdir()] == ["run"]


def test_a_python_that_is_too_old_is_told_which_one_is_needed(run: Any) -> None:
    with pytest.raises(SystemExit) as refusal:
        run.refuse_old_python((3, 8, 10))
    assert (
        sentence(refusal)
        == "Stoa needs Python 3.11 or later and this is 3.8.10: start it with `python3.11 run`."
    )


def test_an_old_python_can_read_the_script_far_enough_to_say_so() -> None:
    assert ast.parse((ROOT / "run").read_text(encoding="utf-8"), feature_version=(3, 7)).body


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "forum.example.org"])
def test_the_demo_refuses_an_address_that_others_could_reach(run: Any, host: str) -> None:
    with pytest.raises(SystemExit, match="The demo listens on loopback only"):
        run.refuse_other_address(run.parse_options(["--host", host]))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_the_demo_takes_any_loopback_address_and_answers_to_its_name(run: Any, host: str) -> None:
    options = run.parse_options(["--host", host])
    run.refuse_other_address(options)
    assert run.in_url(host) in run.serving_environment(options, Path("/data"))["STOA_HOSTS"].split(",")


def test_a_live_forum_may_listen_elsewhere(run: Any) -> None:
    options = run.parse_options(["--no-demo", "--host", "0.0.0.0"])
    run.refuse_other_address(options)
    assert run.serving_environment(options, Path("/data"))["STOA_MODE"] == "live"


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1", "²"])
def test_a_port_that_is_none_is_refused(run: Any, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.parse_options([f"--port={port}"])
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_a_word_that_is_no_command_is_refused(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["sevre"])
    assert "unrecognized arguments: sevre" in capsys.readouterr().err


def test_without_the_venv_module_the_package_to_install_is_named(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(SystemExit, match="`apt install python3-venv`"):
        run.make_venv(moved=False)


def test_a_data_directory_that_cannot_be_written_is_told_in_one_sentence(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SystemExit, match=r"cannot be written \(Not a directory\)"):
        run.refuse_unwritable(tmp_path / "file" / "data")


def test_looking_whether_a_data_directory_can_be_written_does_not_make_it(run: Any, tmp_path: Path) -> None:
    run.refuse_unwritable(tmp_path / "new" / "data")
    assert not (tmp_path / "new").exists()


# Demo and live


def test_a_live_forum_does_not_start_in_the_directory_of_the_demo(run: Any, tmp_path: Path) -> None:
    (tmp_path / "demo-staff.json").write_text("[]")
    with pytest.raises(SystemExit, match="holds the demo"):
        run.refuse_mixing(tmp_path, live=True)


def test_the_demo_does_not_start_in_the_directory_of_a_live_forum(run: Any, tmp_path: Path) -> None:
    database_at(tmp_path / "stoa.db", "0001")
    with pytest.raises(SystemExit, match="holds a forum that is not the demo"):
        run.refuse_mixing(tmp_path, live=False)


def test_the_demo_does_not_start_on_a_database_that_cannot_be_read(run: Any, tmp_path: Path) -> None:
    (tmp_path / "stoa.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(SystemExit, match="holds a forum that is not the demo"):
        run.refuse_mixing(tmp_path, live=False)


def test_an_interrupted_loading_of_the_demo_is_taken_up_at_the_next_start(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database_at(tmp_path / "stoa.db", "0001")
    monkeypatch.setattr(run, "call", lambda *_, **__: 1)
    with pytest.raises(SystemExit, match="The demo could not be loaded"):
        run.load_demo(tmp_path, {})
    run.refuse_mixing(tmp_path, live=False)
    assert not run.holds_demo(tmp_path)


def test_a_loaded_demo_is_not_loaded_again(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "call", lambda *_, **__: (tmp_path / "demo-staff.json").touch())
    run.load_demo(tmp_path, {})
    assert run.holds_demo(tmp_path)


def greeting(run: Any, data: Path, capsys: pytest.CaptureFixture[str], *words: str, first: bool) -> str:
    people = [{"username": "maya", "role": "moderator", "password": "harbour-lantern", "otp_secret": "X"}]
    (data / "demo-staff.json").write_text(json.dumps(people))
    run.greet(run.parse_options([*words]), data, first=first)
    return capsys.readouterr().out


def test_the_first_start_shows_the_demo_passwords(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "harbour-lantern" in greeting(run, tmp_path, capsys, first=True)


def test_a_later_start_shows_only_where_the_demo_passwords_are(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = greeting(run, tmp_path, capsys, first=False)
    assert "harbour-lantern" not in shown
    assert str(tmp_path / "demo-staff.json") in shown


def test_the_code_of_the_conversation_stands_apart_from_those_of_reports_and_appeals(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    student = {"passphrase": "six words", "return_code": "RETURN", "codes": {"report that waits": "REPORT"}}
    (tmp_path / "demo-student.json").write_text(json.dumps(student))
    lines = greeting(run, tmp_path, capsys, first=True).splitlines()
    assert lines[lines.index("  RETURN") - 1].endswith("/counsel/return:")
    assert "/report/status" in lines[lines.index("  REPORT  report that waits") - 1]


def test_a_later_start_says_where_the_words_of_the_student_are(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo-student.json").write_text("{}")
    assert str(tmp_path / "demo-student.json") in greeting(run, tmp_path, capsys, first=False)


def test_a_live_start_says_how_the_first_coordinator_is_made(
    run: Any, checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    (checkout / "var").mkdir()
    shown = greeting(run, checkout / "var", capsys, "--no-demo", first=False)
    assert "\n  .venv/bin/flask --app wsgi staff add NAME --role coordinator\n" in shown


def test_the_line_to_type_works_from_elsewhere_and_with_spaces(
    run: Any, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = run.flask_line(tmp_path / "my data", live=True)
    words = [
        "cd",
        str(checkout),
        "&&",
        f"STOA_DATA_DIR={tmp_path}/my data",
        ".venv/bin/flask",
        "--app",
        "wsgi",
    ]
    assert shlex.split(line) == words


# What is started learns


def test_a_shell_cannot_quietly_give_the_server_more_processes(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 4")
    environment = run.serving_environment(run.parse_options([]), Path("/data"))
    assert not environment.keys() & {"WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}


def test_a_test_never_meets_the_settings_of_the_shell(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOA_DATABASE_URL", "postgresql://somebody/live")
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://somebody/test")
    environment = run.bare_environment()
    assert "STOA_DATABASE_URL" not in environment
    assert "TEST_DATABASE_URL" in environment


def test_the_data_directory_may_be_named_in_the_settings_file(run: Any, checkout: Path) -> None:
    (checkout / ".env").write_text(
        "STOA_SITE_NAME=Ours\nexport STOA_DATA_DIR='kept here'  # on the big disk\n"
    )
    assert run.data_directory(None) == checkout / "kept here"


def test_the_data_directory_that_is_typed_counts_from_where_one_stands(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOA_DATA_DIR", "/elsewhere")
    assert run.data_directory("here") == tmp_path / "here"


# Later starts


def upgrades(run: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(run, "flask", lambda line, *_: asked.append(line))
    run.upgrade_database(data, {})
    return asked


def test_a_database_at_the_newest_migration_is_left_alone(
    run: Any, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration(checkout, "0001_first", after=None)
    migration(checkout, "0002_second", after="0001_first")
    database_at(tmp_path / "stoa.db", "0002_second")
    assert upgrades(run, tmp_path, monkeypatch) == []


def test_a_database_behind_the_newest_migration_is_upgraded(
    run: Any, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration(checkout, "0001_first", after=None)
    migration(checkout, "0002_second", after="0001_first")
    database_at(tmp_path / "stoa.db", "0001_first")
    assert upgrades(run, tmp_path, monkeypatch) == ["db upgrade"]


def test_what_is_installed_is_not_installed_again_until_the_requirements_change(
    run: Any, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(run, "call", lambda command, *_, **__: asked.append(command))
    run.PYTHON.parent.mkdir(parents=True)
    run.PYTHON.touch()
    (checkout / "requirements.txt").write_text("Flask==3.1.3\n")
    for _ in range(2):
        run.prepare("requirements.txt", ("requirements.txt",))
    (checkout / "requirements.txt").write_text("Flask==3.1.4\n")
    run.prepare("requirements.txt", ("requirements.txt",))
    assert [command[2:4] for command in asked] == [["pip", "install"]] * 2


# The server


@pytest.fixture
def gunicorn_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """deploy/gunicorn.conf.py, read as gunicorn reads it, for the demo."""
    monkeypatch.setenv("STOA_MODE", "demo")
    monkeypatch.setenv("STOA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    return load_script(ROOT / "deploy" / "gunicorn.conf.py")


def test_one_process_with_threads_serves_whatever_the_shell_says(gunicorn_settings: Any) -> None:
    chosen = gunicorn_settings
    assert (chosen.workers, chosen.worker_class, chosen.threads) == (1, "gthread", 16)


def test_the_log_of_the_server_holds_no_address(
    gunicorn_settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = importlib.import_module("gunicorn.config").Config()
    log = gunicorn_settings.DiscreetLog(config)
    log.error_log.addHandler(caplog.handler)
    log.warning("Invalid request from ip=192.0.2.7: Invalid HTTP request line: 'GET /search?q=word'")
    log.exception("Error handling request %s %s", "GET", "/search?q=word")
    log.error_log.removeHandler(caplog.handler)
    assert [record.getMessage() for record in caplog.records] == [
        "A request that is no HTTP was refused",
        "A request ended in an error",
    ]


def test_the_server_refuses_another_address_for_the_demo_however_it_is_started(
    gunicorn_settings: Any,
) -> None:
    with pytest.raises(SystemExit, match="the demo listens on loopback only"):
        gunicorn_settings.on_starting(server_with(address=(("0.0.0.0", 8000),)))


def test_the_number_of_processes_is_the_settings_alone(gunicorn_settings: Any) -> None:
    with pytest.raises(SystemExit, match="STOA_WEB_PROCESSES"):
        gunicorn_settings.on_starting(server_with(workers=2))
    gunicorn_settings.on_starting(server_with(workers=1))


def server_with(*, workers: int = 1, address: tuple[tuple[str, int], ...] = (("127.0.0.1", 8000),)) -> Any:
    """What gunicorn hands to its hooks, as far as ours looks."""
    return SimpleNamespace(cfg=SimpleNamespace(workers=workers, address=address))
