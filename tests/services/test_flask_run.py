"""`flask run` in a fresh checkout: the development server makes what it needs."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT_LINE = "Running on http://127.0.0.1:"
ANSWERS_WITHIN = 60.0


def test_flask_run_makes_data_directory_keys_and_tables(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOA_")}
    environment |= {"STOA_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    command = [sys.executable, "-m", "flask", "run", "--port", "0"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port_in(log, server)}/") as answer:
            page = answer.read().decode()
    finally:
        server.terminate()
        server.wait(timeout=30)

    assert "/c/adjustment-difficulties" in page
    assert "127.0.0.1 - -" not in log.read_text()
    assert (data_dir / "keys").stat().st_mode & 0o777 == 0o700


def port_in(log: Path, server: subprocess.Popen[bytes]) -> str:
    """The port that the server says it has, as soon as it says so."""
    until = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        text = log.read_text()
        if PORT_LINE in text:
            return text.split(PORT_LINE, 1)[1].split()[0]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()}")
