"""The house stays as it was drawn: who may import whom, who may ask the database, who may commit."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "accounts", "forum", "moderation", "counselling", "insight", "demo", "app", "wsgi")
DOMAIN = ("accounts", "forum", "moderation", "counselling", "insight")
# Below the models: words that tables use, and words. Below access: whose a text is, which access asks.
FLOORS = {
    "permissions": 0,
    "bands": 0,
    "pseudonyms": 0,
    "models": 1,
    "queries": 2,
    "authorship": 3,
    "access": 4,
    "views": 6,
}
VERBS = 5  # every other module of a package, and `forms`, which views alone may use
STATEMENTS = {"select", "update", "delete", "insert", "text"}
Finder = Callable[[str, str], list[str]]


def modules() -> Iterator[Path]:
    """Every Python file of the service."""
    for package in PACKAGES:
        single = ROOT / f"{package}.py"
        yield from [single] if single.exists() else sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each module that is imported, and the line. `from a import b` counts as a and as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((f"{origin}.{alias.name}", node.lineno) for alias in node.names)


def is_ours(name: str) -> bool:
    return name.split(".")[0] in PACKAGES


def upward_imports(path: str, source: str) -> list[str]:
    """Imports from the left of the order to its right, and relative ones, which would hide them."""
    own = PACKAGES.index(path.split("/")[0].removesuffix(".py"))
    return [
        f"{path}:{line} imports {name}"
        for name, line in imports(ast.parse(source))
        if name.startswith(".") or (is_ours(name) and PACKAGES.index(name.split(".")[0]) > own)
    ]


def floor_of(parts: Sequence[str]) -> int:
    """The floor of a module by its name below the package, which may lead through a room of its own."""
    themes = (re.sub(r".*_(queries|models)$", r"\1", part) for part in parts)
    return next((FLOORS[theme] for theme in themes if theme in FLOORS), VERBS)


def climbing_imports(path: str, source: str) -> list[str]:
    """Inside a package: imports against models <- queries <- access <- verb modules <- views."""
    package, _, rest = path.partition("/")
    if package not in DOMAIN or rest == "cli.py":
        return []
    own = floor_of(rest.removesuffix(".py").split("/"))
    return [
        f"{path}:{line} imports {name}"
        for name, line in imports(ast.parse(source))
        if name.split(".")[0] == package and floor_of(name.split(".")[1:]) > own and "." in name
    ]


# What the screening may know besides words: how soon, what the gate asks, and two lists of names.
KNOWN_TO_SCREENING = (
    "core",
    "moderation.screening",
    "moderation.bands",
    "moderation.models.ReasonKind",
    "forum.gate",
    "forum.models.ModerationMode",
)


def mixed_screening(path: str, source: str) -> list[str]:
    """Imports by which the screening would know more than it should: texts, authors, the queue."""
    if not path.startswith("moderation/screening/"):
        return []
    return [
        f"{path}:{line} imports {name}"
        for name, line in imports(ast.parse(source))
        if is_ours(name) and not name.startswith(KNOWN_TO_SCREENING)
    ]


def forms_outside_views(path: str, source: str) -> list[str]:
    """Imports of a package's forms by anything but its views."""
    if "/views" in path or path.endswith("/forms.py"):
        return []
    return [
        f"{path}:{line} imports {name}"
        for name, line in imports(ast.parse(source))
        if is_ours(name) and "forms" in name.split(".")[1:] and name.split(".")[0] != "core"
    ]


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The last name of each function or method that is called, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node.lineno


def commits(path: str, source: str) -> list[str]:
    """Commits outside of core/db.py. The search index is no database: its files have an end of their own."""
    if path in {"core/db.py", "core/search/segments.py"}:
        return []
    return [f"{path}:{line} commits" for name, line in calls(ast.parse(source)) if name == "commit"]


def statements(path: str, source: str) -> list[str]:
    """SQLAlchemy's statements outside of queries.py and of `…_queries.py`, which holds one theme of a file
    that has grown long. In a model, `text` is the condition of an index.
    """
    if re.search(r"/([a-z]+_)?queries\.py$", path):
        return []
    allowed = {"text"} if path.endswith("models.py") else set()
    return [
        f"{path}:{line} uses {name}"
        for name, line in imports(ast.parse(source))
        if name.startswith("sqlalchemy") and name.split(".")[-1] in STATEMENTS - allowed
    ]


def hidden_imports(path: str, source: str) -> list[str]:
    """Imports of ours inside a function, where a circle could hide."""
    return [
        f"{path}:{line} imports {name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name, line in imports(node)
        if is_ours(name) or name.startswith(".")
    ]


def backrefs(path: str, source: str) -> list[str]:
    """Relations that one package would hang onto another's tables."""
    return [
        f"{path}:{node.lineno} has a backref"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == "backref"
    ]


RULES: list[tuple[Finder, str, str]] = [
    (upward_imports, "core/paging.py", "from forum.models import Post"),
    (upward_imports, "forum/gate.py", "import counselling.models"),
    (upward_imports, "moderation/queue.py", "def f():\n    from app import create_app"),
    (upward_imports, "insight/counts.py", "from . import queries"),
    (climbing_imports, "forum/models.py", "from forum.queries import thread"),
    (climbing_imports, "forum/queries.py", "from forum import access"),
    (climbing_imports, "forum/list_queries.py", "from forum import access"),
    (climbing_imports, "forum/access.py", "from forum.posting import write"),
    (climbing_imports, "forum/posting.py", "from forum.views import bp"),
    (climbing_imports, "moderation/team/models.py", "from moderation.team import queries"),
    (climbing_imports, "moderation/team/rota.py", "from moderation.views import bp"),
    (mixed_screening, "moderation/screening/phases.py", "from moderation import queries"),
    (mixed_screening, "moderation/screening/phases.py", "from accounts.models import Account"),
    (forms_outside_views, "forum/posting.py", "from forum.forms import ThreadForm"),
    (forms_outside_views, "forum/posting.py", "from forum import forms"),
    (commits, "forum/posting.py", "db.session.commit()"),
    (statements, "forum/posting.py", "from sqlalchemy import select"),
    (statements, "forum/views/reading.py", "from sqlalchemy import delete as remove"),
    (statements, "core/outbox.py", "from sqlalchemy.sql import text"),
    (statements, "forum/models.py", "from sqlalchemy import String, text, select"),
    (hidden_imports, "forum/posting.py", "def write():\n    from core.db import db"),
    (hidden_imports, "forum/posting.py", "class A:\n    async def f(self):\n        import core.db"),
    (backrefs, "forum/models.py", "posts = relationship('Post', backref='thread')"),
]


@pytest.mark.parametrize(
    "rule", list(dict.fromkeys(rule for rule, _, _ in RULES)), ids=lambda rule: rule.__name__
)
def test_the_house_keeps_the_rule(rule: Finder) -> None:
    found = [
        fault
        for module in modules()
        for fault in rule(str(module.relative_to(ROOT)), module.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(("rule", "path", "fault"), RULES)
def test_a_planted_fault_is_found(rule: Finder, path: str, fault: str) -> None:
    assert rule(path, fault)


@pytest.mark.parametrize(
    ("rule", "path", "sound"),
    [
        (
            upward_imports,
            "forum/gate.py",
            "import corelib\nfrom core.db import db\nfrom accounts import queries",
        ),
        (upward_imports, "app.py", "import counselling.models"),
        (climbing_imports, "forum/views/reading.py", "from forum import access\nfrom forum.forms import F"),
        (climbing_imports, "forum/posting.py", "from forum.lifecycle import publish"),
        (climbing_imports, "moderation/rota_queries.py", "from moderation.team.models import Shift"),
        (mixed_screening, "moderation/screening/phases.py", "from moderation.bands import Band"),
        (forms_outside_views, "forum/views/writing.py", "from forum.forms import ThreadForm"),
        (commits, "core/db.py", "session.commit()"),
        (statements, "forum/queries.py", "from sqlalchemy import select"),
        (statements, "forum/models.py", "from sqlalchemy import String, text"),
        (hidden_imports, "forum/posting.py", "import core.db\ndef f():\n    import json"),
    ],
)
def test_sound_code_is_left_alone(rule: Finder, path: str, sound: str) -> None:
    assert rule(path, sound) == []


def test_every_package_was_looked_at() -> None:
    seen = {str(module.relative_to(ROOT)).split("/")[0].removesuffix(".py") for module in modules()}
    assert seen == set(PACKAGES)


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert not [module for module in modules() if drawers & {module.stem, module.parent.name}]


INLINE = re.compile(
    r"""<style|<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE
)
OUTSIDE = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.I
)


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_holds_no_inline_style_or_script_and_nothing_from_elsewhere(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.S)
    assert not INLINE.search(text)
    assert not OUTSIDE.search(text)


@pytest.mark.parametrize(
    "planted",
    [
        "<style>p{}</style>",
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<p style="color:red">',
        '<a onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_planted_inline_code_is_found(planted: str) -> None:
    assert INLINE.search(planted)


@pytest.mark.parametrize(
    "planted", ['<script src="https://cdn.example/x.js">', "<img alt='' src='//x.example/y'>"]
)
def test_a_planted_foreign_source_is_found(planted: str) -> None:
    assert OUTSIDE.search(planted)


def test_our_own_script_is_no_inline_script() -> None:
    assert not INLINE.search('<script type="module" src="{{ asset(\'js/exit.js\') }}"></script>')


def test_counselling_is_out_of_reach_of_everything_that_handles_public_text() -> None:
    readers = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules()
        for name, _ in imports(ast.parse(module.read_text(encoding="utf-8")))
        if name.split(".")[0] == "counselling"
        and module.relative_to(ROOT).parts[0] in {"core", "accounts", "forum", "moderation"}
    ]
    assert readers == []
