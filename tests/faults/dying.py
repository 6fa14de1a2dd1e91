"""Letting a process die. Each module `killed*.py` is a program that ends itself by SIGKILL at a point."""

import signal
import subprocess
import sys

from core.settings import ROOT

AFTER_THE_LEASE = 200.0  # seconds, after which what the killed worker held is taken by another
DIES_WITHIN = 120.0


def killed_at(program: str, *words: object, **settings: str) -> list[str]:
    """Let such a program die. Gives the lines that it printed before."""
    command = [sys.executable, "-m", f"tests.faults.{program}", *map(str, words)]
    command += [f"{name}={value}" for name, value in settings.items()]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DIES_WITHIN, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    return died.stdout.splitlines()
