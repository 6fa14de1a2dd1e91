"""The files of tests are dealt to the workers by what they cost."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.dealing import SECONDS, cost

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("start", SECONDS)
def test_each_line_is_about_files_that_there_are(start: str) -> None:
    assert list(ROOT.glob(f"{start}*"))


def test_the_first_line_that_fits_counts() -> None:
    assert cost("tests/browser/test_every_page.py", 2) < cost("tests/browser/test_story.py", 2)


def test_a_dear_file_comes_before_one_of_many_tests(tmp_path: Path) -> None:
    (tmp_path / "tests" / "browser").mkdir(parents=True)
    many = "import pytest\n\n@pytest.mark.parametrize('n', range(9))\ndef test_cheap(n):\n    pass\n"
    (tmp_path / "tests" / "test_many.py").write_text(many)
    (tmp_path / "tests" / "browser" / "test_dear.py").write_text("def test_dear():\n    pass\n")
    line = ["-n", "1", "--dist", "loadfile", "-p", "tests.dealing", "-p", "no:cacheprovider", "-v"]
    command = [sys.executable, "-m", "pytest", f"--rootdir={tmp_path}", "-c", "/dev/null", *line, "."]
    said = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    ).stdout
    ran = [line for line in said.splitlines() if "PASSED" in line]
    assert "test_dear" in ran[0]
