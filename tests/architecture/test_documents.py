"""The documents tell the truth about names: links lead somewhere, and what they name is there.

Whether a sentence is true only a reader can say. A file, a function, a test, an address, a command or a
setting that no longer exists is found here.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from core.channels import webhook_signature
from core.clock import utcnow
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OPERATIONS = ROOT / "docs" / "operations.md"

FENCE = re.compile(r"^```.*?^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
# A file by its path from the root, perhaps with a name that is defined in it: `forum/gate.py:join_gate`.
NAMED_FILE = re.compile(r"([\w.-]+(?:/[\w.-]+)*\.(?:py|html|css|js|toml|txt|md|cfg))(?::(\w+(?:\.\w+)?))?")
NAMED_FOLDER = re.compile(r"[\w.-]+(?:/[\w.-]+)*/")
ADDRESS = re.compile(r"/[\w<>./?=-]*")
PLACEHOLDER = re.compile(r"<[^>]+>")
METHODS = ("GET", "POST")
HEADING = re.compile(r"^#+ +(.+)$", re.M)
VARIABLE = re.compile(r"STOA_[A-Z_]+")
OF_OTHERS = {"run", "shell", "routes"}  # commands of Flask itself
# What is made when Stoa runs, and so is in no checkout.
MADE_LATER = re.compile(
    r"(?:var|keys|search|help|look|screens|\.venv)/|.*\.db$|demo-(?:staff|student)\.json|manifest\.json"
)


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def in_prose(document: Path) -> Iterator[str]:
    """What stands in backticks, outside of fenced blocks."""
    yield from CODE.findall(FENCE.sub("", read(document)))


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


@cache
def names_defined_in(path: Path) -> set[str]:
    """Functions, classes, their methods and module-level values of a Python file."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def anchors_of(document: Path) -> set[str]:
    """The anchors that headings get on the usual hosts of repositories."""
    headings = HEADING.findall(read(document))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_documents_are_found() -> None:
    found = {named(one) for one in DOCUMENTS}
    assert {"README.md", "docs/architecture.md", "docs/decisions/README.md"} <= found


@each_document
def test_every_relative_link_leads_to_something(document: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", read(document))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (document.parent / path).resolve() if path else document
        if not goal.exists() or (anchor and anchor not in anchors_of(goal)):
            broken.append(target)
    assert broken == []


@each_document
def test_every_file_and_function_named_is_there(document: Path) -> None:
    missing = []
    for text in in_prose(document):
        if MADE_LATER.match(text):
            continue
        if NAMED_FOLDER.fullmatch(text) and not (ROOT / text).is_dir():
            missing.append(text)
        file = NAMED_FILE.fullmatch(text)
        if file is None or ("/" not in file[1] and file[2] is None):
            continue  # a bare name such as `models.py` stands for one in each package
        path = ROOT / file[1]
        if not path.is_file() or (file[2] and file[2] not in names_defined_in(path)):
            missing.append(text)
    assert missing == []


@each_document
def test_every_address_named_is_one_that_answers(document: Path, app: Flask) -> None:
    known = {PLACEHOLDER.sub("<>", rule.rule) for rule in app.url_map.iter_rules()}
    urls = app.url_map.bind("localhost")

    def answers(address: str) -> bool:
        return PLACEHOLDER.sub("<>", address) in known or any(urls.test(address, how) for how in METHODS)

    addresses = [text.split("?")[0] for text in in_prose(document) if ADDRESS.fullmatch(text)]
    assert [one for one in addresses if not answers(one)] == []


@each_document
def test_every_setting_named_exists(document: Path) -> None:
    known = {f"STOA_{field.name.upper()}" for field in fields(Settings)}
    assert set(VARIABLE.findall(read(document))) - known == set()


def test_the_handbook_of_operations_explains_every_setting() -> None:
    known = {f"STOA_{field.name.upper()}" for field in fields(Settings)}
    assert known - set(VARIABLE.findall(read(OPERATIONS))) == set()


def test_the_handbook_of_operations_explains_every_command(app: Flask) -> None:
    text = read(OPERATIONS)
    ours = {name: command for name, command in app.cli.commands.items() if name not in OF_OTHERS | {"db"}}
    wanted = {"db upgrade"}
    for name, command in ours.items():
        parts = command.commands if isinstance(command, click.Group) else {"": command}
        wanted |= {f"{name} {part}".strip() for part in parts}
    assert {line for line in wanted if f"`{line}" not in text} == set()


def test_the_example_that_checks_a_page_takes_ours_and_no_other() -> None:
    example = re.search(r"^```python\n(.*?)^```", read(OPERATIONS), re.M | re.S)
    assert example is not None
    there: dict[str, Any] = {}
    exec(example[1], there)
    stamp, body = str(int(utcnow().timestamp())), b'{"text": "a text waits"}'
    signature = webhook_signature("sixteen characters", stamp, body)
    assert there["is_from_stoa"]("sixteen characters", stamp, signature, body)
    assert not there["is_from_stoa"]("sixteen characters", stamp, signature, body + b" ")


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall(read(folder / "README.md")))
    assert {path.name for path in folder.glob("0*.md")} - listed == set()
