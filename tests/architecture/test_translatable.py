"""Every word that a person reads goes through translation: in templates, in rules and in scripts.

Each search says what it finds in a source, is run over ours, and is shown a planted fault.
"""

import ast
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.lexer import TOKEN_DATA, TOKEN_VARIABLE_BEGIN

ROOT = Path(__file__).resolve().parents[2]
Finder = Callable[[str], list[str]]

# Names of languages, each in its own, and our own name.
PROPER_NAMES = {"English", "Ελληνικά", "Bahasa Indonesia", "Stoa"}
SPOKEN_ATTRIBUTES = {
    "alt",
    "aria-description",
    "aria-label",
    "aria-roledescription",
    "label",
    "placeholder",
    "title",
}
BUTTONS = {"button", "reset", "submit"}
GETTEXT = {"_": 1, "_l": 1, "gettext": 1, "lazy_gettext": 1, "ngettext": 2, "lazy_ngettext": 2}
# Patterns of dates and times are no words: the language's own names are put into them.
PATTERN_FILTERS = {"dateformat", "datetimeformat", "timedeltaformat", "timeformat"}
CLASS_BLOCK = re.compile(r"\{%-? block (?:body_class|top_class|modules) -?%\}.*?\{%-? endblock -?%\}", re.S)
WORD = re.compile(r"[^\W\d_]{2,}")
KEYS = re.compile(r"[a-z_ ]+")
LONE_ATTRIBUTE = re.compile(r'\bdata-[\w-]+(?:="[^"]*")?')  # of a macro that gives attributes alone
SENTENCE = re.compile(r"[^\W\d_]{2,}[,:;]? +[^\W\d_]+")


class SpokenText(HTMLParser):
    """Collects what a page says: its text, and the attributes that are read aloud or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(LONE_ATTRIBUTE.sub("", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_button = tag == "input" and given.get("type") in BUTTONS
        for name, value in given.items():
            # A script shows what data attributes hold, unless they hold keys.
            is_shown = name.startswith("data-") and SENTENCE.search(value) and not KEYS.fullmatch(value)
            if name in SPOKEN_ATTRIBUTES or is_shown or (name == "value" and is_button):
                self.said.append(value)


def bare_text(source: str) -> list[str]:
    """Words of a template that stand in its markup."""
    shown = CLASS_BLOCK.sub("", source)
    data = ""
    for _, kind, value in Environment().lex(shown):
        if kind == TOKEN_DATA:
            data += value
        elif kind == TOKEN_VARIABLE_BEGIN and data.endswith(("<", "</")):
            data += "b"  # the name of the tag is a variable
    parser = SpokenText()
    parser.feed(data)
    parser.close()
    pieces = (" ".join(piece.split()) for piece in parser.said)
    return [piece for piece in pieces if WORD.search(piece) and piece not in PROPER_NAMES]


def bare_strings(source: str) -> list[str]:
    """Words of a template that stand in its expressions and are said without being translated."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    passed: set[int] = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT:
            passed |= {id(argument) for argument in call.args[: GETTEXT[call.node.name]]}
    for used in tree.find_all(nodes.Filter):
        if used.name in PATTERN_FILTERS:
            passed |= {id(argument) for argument in used.args}
    for compared in tree.find_all(nodes.Compare):
        passed |= {id(const) for const in compared.find_all(nodes.Const)}
    return [
        const.value
        for const in tree.find_all(nodes.Const)
        if isinstance(const.value, str)
        and id(const) not in passed
        and const.value not in PROPER_NAMES
        and (SENTENCE.search(const.value) or re.match(r"[A-ZΑ-Ω][^\W\d_]", const.value))
    ]


def called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


# Whom the first argument of these reaches: the log, whoever runs a command, another programmer.
NOT_FOR_READERS = {
    "debug", "info", "warning", "error", "exception", "log", "compile", "search", "match", "sub", "text",
    "CheckConstraint", "Index", "execute", "server_key", "format_date", "format_datetime", "format_time",
}  # fmt: skip
# What a rate limit or a header says to programs, and what WTForms says before we say it in our words.
FOR_PROGRAMS = re.compile(r"\d+ per \w+|attachment;|application/|Cookie, |>; rel=|Not a valid ")
PROGRAMMERS_ERRORS = (
    "Error",
    "Exception",
    "Refused",
    "List",
    "Missing",
    "Unfit",
    "Outside",
    "Busy",
    "Settings",
)


def is_for_programmers(raised: ast.expr | None) -> bool:
    name = called_name(raised) if isinstance(raised, ast.Call) else ""
    return name.endswith(PROGRAMMERS_ERRORS) and name != "ValidationError"


def unspoken(tree: ast.AST) -> Iterator[ast.AST]:
    """Parts of a module that no reader hears: docstrings, what is translated, logs, patterns, own errors."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                yield node
            case ast.FunctionDef() if node.name.startswith("register_"):
                yield node
            case ast.Call() if called_name(node) in GETTEXT.keys() | NOT_FOR_READERS:
                yield from node.args
            case ast.Raise() if is_for_programmers(node.exc):
                yield node


def bare_sentences(source: str) -> list[str]:
    """Sentences of a Python module that could reach a person and are not translated."""
    tree = ast.parse(source)
    passed = {id(inner) for node in unspoken(tree) for inner in ast.walk(node)}
    return [
        f"{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in passed
        and SENTENCE.search(node.value)
        and not FOR_PROGRAMS.match(node.value)
    ]


def bare_refusals(source: str) -> list[str]:
    """Sentences that a refusal says, or is given when it is raised, without being translated."""
    tree = ast.parse(source)
    refusals = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("Refusal" in ast.unparse(base) for base in node.bases)
    }
    spoken: list[ast.AST] = list(refusals.values())
    spoken += [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and called_name(node) in refusals
    ]
    return [fault for node in spoken for fault in bare_sentences(ast.unparse(node))]


def bare_labels(source: str) -> list[str]:
    """Labels and messages of forms, flashed words and sentences of refusals that are plain strings."""
    found = []
    for node in ast.walk(ast.parse(source)):
        words: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = called_name(node)
            words += [
                keyword.value for keyword in node.keywords if keyword.arg in {"label", "message", "title"}
            ]
            if name.endswith("Field") or name in {"flash", "ValidationError", "required"}:
                words += node.args[:1]
        elif isinstance(node, ast.Assign):
            is_sentence = any(getattr(target, "id", "") == "sentence" for target in node.targets)
            words += [node.value] if is_sentence else []
        found += [
            f"{word.lineno}: {word.value}"
            for word in words
            if isinstance(word, ast.Constant) and isinstance(word.value, str) and WORD.search(word.value)
        ]
    return found


def scripted_words(source: str) -> list[str]:
    """Sentences that a script holds itself, instead of taking them from the page."""
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", source, flags=re.S)
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'|`([^`]*)`', code)
    texts = [next(filter(None, groups), "") for groups in strings]
    is_selector = re.compile(r"[#.\[:>]\w")
    return [text for text in texts if SENTENCE.search(text) and not is_selector.search(text)]


def templates() -> list[Path]:
    """All but the style guide: it speaks to whoever builds, and no live installation has it."""
    return [path for path in sorted((ROOT / "templates").rglob("*.html")) if path.parent.name != "demo"]


def speaking_modules() -> list[Path]:
    """Modules that make what people read: views, forms, refusals, pages for what went wrong.

    A command speaks to whoever runs Stoa, and `core/views.py` to machines.
    """
    packages = ("core", "accounts", "forum", "moderation", "counselling", "insight")
    modules = [ROOT / "app.py", *(path for name in packages for path in sorted((ROOT / name).rglob("*.py")))]
    return [
        module
        for module in modules
        if module not in {ROOT / "core" / "views.py"}
        and ("views" in (module.stem, module.parent.name) or module.name in {"app.py", "forms.py", "web.py"})
    ]


def domain_modules() -> list[Path]:
    """Every module but the commands: labels and refusals may stand in any."""
    packages = ("core", "accounts", "forum", "moderation", "counselling", "insight")
    return [
        path for name in packages for path in sorted((ROOT / name).rglob("*.py")) if path.name != "cli.py"
    ]


def found_in(paths: list[Path], finder: Finder) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in paths
        for fault in finder(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("finder", [bare_text, bare_strings], ids=lambda finder: finder.__name__)
def test_every_word_of_a_template_is_translated(finder: Finder) -> None:
    assert found_in(templates(), finder) == []


def test_every_sentence_of_a_form_and_a_view_is_translated() -> None:
    assert found_in(speaking_modules(), bare_sentences) == []


@pytest.mark.parametrize("finder", [bare_labels, bare_refusals], ids=lambda finder: finder.__name__)
def test_every_label_and_every_refusal_is_translated(finder: Finder) -> None:
    assert found_in(domain_modules(), finder) == []


def test_scripts_take_their_words_from_the_page() -> None:
    assert found_in(sorted((ROOT / "static" / "js").glob("*.js")), scripted_words) == []


def test_views_forms_and_pages_for_what_went_wrong_were_looked_at() -> None:
    seen = {str(module.relative_to(ROOT)) for module in speaking_modules()}
    assert {"app.py", "core/forms.py", "core/web.py", "forum/views/reading.py", "insight/views.py"} <= seen


@pytest.mark.parametrize(
    ("finder", "planted"),
    [
        (bare_text, "<p>Nothing waits.</p>"),
        (bare_text, "<p>{{ _('Hello') }}, friend</p>"),
        (bare_text, "<{{ heading }}>Topics</{{ heading }}>"),
        (bare_text, '<nav aria-label="Places">'),
        (bare_text, '<input type="search" placeholder="Search{{ x }}">'),
        (bare_text, '<input type="submit" value="Send">'),
        (bare_text, '<p data-left="Characters left: {n}"></p>'),
        (bare_text, '<a {% if x %}title="More"{% endif %}>'),
        (bare_strings, "{{ 'Nothing waits' }}"),
        (bare_strings, "{{ name or 'Nobody' }}"),
        (bare_strings, "{{ _('By %(name)s', name='an old friend') }}"),
        (bare_strings, "{% set title = 'One text' %}"),
        (bare_strings, "{% call notice('info', 'Shown once') %}{% endcall %}"),
        (bare_sentences, "def f():\n    return 'nothing waits'"),
        (bare_sentences, "def f(n):\n    return f'{n} texts wait'"),
        (bare_sentences, "raise ValidationError('Please write something.')"),
        (bare_labels, "StringField('Title')"),
        (bare_labels, "Regexp('^a$', message='Wrong')"),
        (bare_labels, "flash('Done')"),
        (bare_labels, "class Late(Refusal):\n    sentence = 'Late'"),
        (bare_refusals, "class Late(Refusal):\n  def sentence(self):\n    return 'It is late.'"),
        (bare_refusals, "class Late(Refusal):\n    pass\nraise Late('It is late.')"),
        (scripted_words, "status.textContent = 'Copied it';"),
        (scripted_words, "status.textContent = `${n} letters left`;"),
    ],
)  # fmt: skip
def test_a_planted_bare_word_is_found(finder: Finder, planted: str) -> None:
    assert finder(planted)


@pytest.mark.parametrize(
    ("finder", "sound"),
    [
        (bare_text, "<p>{{ _('Nothing waits.') }}</p>{# a remark #}"),
        (bare_text, '<input name="title" value="publish" data-kind="info">'),
        (bare_text, '<{{ h }}{% if x %} lang="{{ x }}"{% endif %}>{{ name }}</{{ h }}>'),
        (bare_text, '<details data-opens-for="ask_change not_here">'),
        (bare_text, '<a lang="id">Bahasa Indonesia</a> · —'),
        (bare_strings, "{{ ngettext('%(num)s reply', '%(num)s replies', n) }}"),
        (bare_strings, "{% if f.type == 'RadioField' %}{{ at|datetimeformat('d MMMM, HH:mm') }}{% endif %}"),
        (bare_sentences, '"""A module that says why it exists."""\nlogger.error("it went wrong at %s", x)'),
        (bare_sentences, "raise ValueError('the phrase is too short')"),
        (bare_labels, "StringField(_l('Title'), validators=[required(_l('Please write something.'))])"),
        (bare_labels, "class Missing(Refusal):\n    sentence = ''"),
        (scripted_words, 'document.querySelector("form input:not([type=hidden])"); // a remark'),
    ],
)  # fmt: skip
def test_what_is_translated_or_is_no_word_is_left_alone(finder: Finder, sound: str) -> None:
    assert finder(sound) == []
