"""The catalogs of translations: made from the sources, kept in step with them, and checked.

`locale/messages.pot` lists every string of the sources, and each language but English, which is the source,
has a catalog. The files hold no date, no line number and no guess, and are sorted: they change when a string
does and never otherwise, so that two people who add strings do not meet in the same lines.

Babel writes two plural forms for Indonesian, which has one, and takes a wrong placeholder without a word,
which then fails on the page of whoever reads that language. Both are checked here, and so is an English
sentence that was left standing as its own translation.
"""

import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from core.settings import LANGUAGES

SOURCE = "en"
PLURALS = {"el": (2, "(n != 1)"), "id": (1, "0")}
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)
# Words that a language shares with English. Any other translation that equals its source was forgotten.
SAME = {
    "el": frozenset({"Enter"}),
    "id": frozenset({"Alias", "Enter", "Forum", "Logo", "Senior", "moderator"}),
}
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None}
# Placeholders, and every other percent sign too: a lone one breaks a string that has placeholders.
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*[a-zA-Z]|%[sdrf%]?|\{\w*\}")
HEADER = (
    'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n'
)
WIDTH = 100

Key = tuple[str, str]


@dataclass(frozen=True)
class Report:
    """What a check found: faults as sentences, and the strings that each language still lacks."""

    strings: int
    faults: list[str]
    untranslated: dict[str, list[str]]


def update_catalogs(root: Path) -> dict[str, int]:
    """Write the template and bring every catalog in step with it.

    Gives the number of strings that each language lacks. A string that changed is a new one: nothing is taken
    over by resemblance.
    """
    template = extract_strings(root)
    folder = root / "locale"
    folder.mkdir(exist_ok=True)
    _write_whole(folder / "messages.pot", (HEADER + _render(template)).encode())
    lacking = {}
    for language in TRANSLATED:
        path = catalog_path(root, language)
        merged = _merged(template, _read(path) if path.exists() else Catalog(), language)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, (_header_of(language) + _render(merged)).encode())
        lacking[language] = sum(not is_translated(message) for message in _messages(merged))
    return lacking


def check_catalogs(root: Path) -> Report:
    """Compare the template and every catalog with the sources."""
    template = extract_strings(root)
    faults: list[str] = []
    untranslated: dict[str, list[str]] = {}
    _compare_with_sources(template, root, root / "locale" / "messages.pot", faults)
    for language in TRANSLATED:
        path = catalog_path(root, language)
        catalog = _compare_with_sources(template, root, path, faults)
        if catalog is None:
            continue
        name = path.relative_to(root)
        faults += [f"{name}: {fault}" for fault in _faults_of_catalog(catalog, language)]
        lacking = (message for message in _messages(catalog) if not is_translated(message))
        untranslated[language] = [_forms(message.id)[0] for message in lacking]
    return Report(len(list(_messages(template))), faults, untranslated)


def extract_strings(root: Path) -> Catalog:
    """Every string of the sources, as `babel.cfg` says where they are."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        root,
        method_map=methods,
        options_map=options,
        keywords=KEYWORDS,
        # Babel passes over folders that begin with _, such as our layouts.
        directory_filter=lambda path: not Path(path).name.startswith("."),
    )
    catalog = Catalog()
    for _file, _line, message_id, _comments, context in found:
        catalog.add(message_id, context=context)
    return catalog


def compile_stale_catalogs(root: Path) -> None:
    """Compile each catalog that is newer than what was compiled from it.

    A checkout that cannot be written is left as it is.
    """
    for language in TRANSLATED:
        source = catalog_path(root, language)
        target = source.with_suffix(".mo")
        with suppress(OSError):
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            compiled = io.BytesIO()
            write_mo(compiled, _read(source))
            _write_whole(target, compiled.getvalue())


def catalog_path(root: Path, language: str) -> Path:
    """Where the catalog of a language lies."""
    return root / "locale" / language / "LC_MESSAGES" / "messages.po"


def is_translated(message: Message) -> bool:
    """Whether a string has its translation, in every form."""
    return all(_forms(message.string))


def _merged(template: Catalog, old: Catalog, language: str) -> Catalog:
    """The strings of the template with the translations that fit them."""
    merged = read_po(io.BytesIO(_header_of(language).encode()), locale=language)
    for message in _messages(template):
        known = old.get(message.id, message.context)
        fits = known is not None and _forms(known.id) == _forms(message.id) and not known.fuzzy
        string = known.string if known is not None and fits else None
        notes = known.user_comments if known is not None else []
        merged.add(message.id, string, context=message.context, user_comments=notes)
    return merged


def _compare_with_sources(template: Catalog, root: Path, path: Path, faults: list[str]) -> Catalog | None:
    """Say which strings a file lacks and which it has too many. Gives its catalog when it can be read."""
    name = path.relative_to(root)
    try:
        catalog = _read(path)
    except (OSError, PoFileError, ValueError) as error:
        faults.append(f"{name} cannot be read: {error}")
        return None
    wanted, present = _keys(template), _keys(catalog)
    faults += [f"{name} lacks “{_shortened(key)}”" for key in sorted(wanted - present)]
    faults += [f"{name} has “{_shortened(key)}”, which is in no source" for key in sorted(present - wanted)]
    return catalog


def _faults_of_catalog(catalog: Catalog, language: str) -> Iterator[str]:
    forms = PLURALS[language][0]
    if (catalog.num_plurals, catalog.plural_expr) != PLURALS[language]:
        yield f"the header must say {_plural_rule(language)}"
    for message in _messages(catalog):
        name = _shortened(_key(message))
        if message.fuzzy:
            yield f"“{name}” is fuzzy: a person has to look at it"
        if not any(_forms(message.string)):
            continue
        wanted = forms if len(_forms(message.id)) > 1 else 1
        if len(_forms(message.string)) != wanted or not is_translated(message):
            yield f"“{name}” needs {wanted} form(s)"
        elif not _has_same_placeholders(message):
            yield f"“{name}” and its translation have different placeholders"
        elif _is_left_in_english(message, language):
            yield f"“{name}” stands there in English, and is no word that {language} shares with it"


def _has_same_placeholders(message: Message) -> bool:
    """Whether each form can be filled as its source can.

    The singular may name the number or write it as a word; the last form must do as the source's plural does.
    """
    sources = [_placeholders(text) for text in _forms(message.id)]
    translations = [_placeholders(text) for text in _forms(message.string)]
    return translations[-1] == sources[-1] and all(one in sources for one in translations)


def _is_left_in_english(message: Message, language: str) -> bool:
    """Whether a form is the source itself, though it has words and they are not shared."""
    sources = [source for source in _forms(message.id) if re.search(r"[^\W\d_]", PLACEHOLDER.sub("", source))]
    return any(form in sources and form not in SAME[language] for form in _forms(message.string))


def _placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _keys(catalog: Catalog) -> set[Key]:
    return {_key(message) for message in _messages(catalog)}


def _key(message: Message) -> Key:
    return "\0".join(_forms(message.id)), message.context or ""


def _shortened(key: Key) -> str:
    text = key[0].split("\0")[0]
    return text if len(text) <= 60 else text[:57] + "…"


def _forms(text: object) -> tuple[str, ...]:
    """A string, or its forms when it has several."""
    if isinstance(text, (list, tuple)):
        return tuple(form or "" for form in text)
    return (str(text or ""),)


def _plural_rule(language: str) -> str:
    count, expression = PLURALS[language]
    return f"nplurals={count}; plural={expression};"


def _header_of(language: str) -> str:
    return f'{HEADER}"Language: {language}\\n"\n"Plural-Forms: {_plural_rule(language)}\\n"\n'


def _render(catalog: Catalog) -> str:
    buffer = io.BytesIO()
    write_po(
        buffer,
        catalog,
        width=WIDTH,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return "\n" + buffer.getvalue().decode().rstrip("\n") + "\n"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        language = path.parent.parent.name if path.suffix == ".po" else None
        return read_po(file, locale=language, ignore_obsolete=True, abort_invalid=True)


def _write_whole(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
