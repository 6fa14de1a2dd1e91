"""The catalogs: in step with the sources, the same at every run, and safe to fill in."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.translations import (
    Report,
    catalog_path,
    check_catalogs,
    compile_stale_catalogs,
    update_catalogs,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = """
<h1>{{ _("Hello %(name)s", name="") }}</h1>
<p>{{ ngettext("%(num)s reply", "%(num)s replies", 2) }}</p>
<p>{{ _("Welcome") }}</p>
"""
# What a translator writes, by language. Indonesian says one and many alike.
WELCOME = {"el": "Καλώς ήρθατε", "id": "Selamat datang"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout: one layout with three strings, one rule with a fourth, and its catalogs."""
    (tmp_path / "templates" / "_layout").mkdir(parents=True)
    (tmp_path / "templates" / "_layout" / "page.html").write_text(PAGE)
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "rule.py").write_text('from x import _l\nLABEL = _l("Late")\n')
    shutil.copy(ROOT / "babel.cfg", tmp_path)
    update_catalogs(tmp_path)
    return tmp_path


def translate(checkout: Path, language: str, source: str, *forms: str) -> None:
    """Fill in what a translator would, in the catalog of a language."""
    path = catalog_path(checkout, language)
    lines = path.read_text().split("\n")
    at = next(number for number, line in enumerate(lines) if line == f'msgid "{source}"')
    first = next(number for number in range(at, len(lines)) if lines[number].startswith("msgstr"))
    last = next(number for number in range(first, len(lines)) if not lines[number].startswith("msgstr"))
    keys = ["msgstr"] if lines[first].startswith('msgstr "') else [f"msgstr[{n}]" for n in range(len(forms))]
    lines[first:last] = [f'{key} "{form}"' for key, form in zip(keys, forms, strict=True)]
    path.write_text("\n".join(lines))


def faults(checkout: Path) -> str:
    return "\n".join(check_catalogs(checkout).faults)


def files(checkout: Path) -> dict[Path, str]:
    return {path: path.read_text() for path in (checkout / "locale").rglob("*.po*")}


def test_fresh_catalogs_are_in_step_and_name_what_they_lack(checkout: Path) -> None:
    strings = ["%(num)s reply", "Hello %(name)s", "Late", "Welcome"]
    report = check_catalogs(checkout)
    assert {language: sorted(lacking) for language, lacking in report.untranslated.items()} == {
        "el": strings,
        "id": strings,
    }
    assert replace(report, untranslated={}) == Report(strings=4, faults=[], untranslated={})


def test_strings_of_layouts_are_found(checkout: Path) -> None:
    assert 'msgid "Hello %(name)s"' in (checkout / "locale" / "messages.pot").read_text()


def test_a_second_update_changes_nothing(checkout: Path) -> None:
    translate(checkout, "el", "Welcome", WELCOME["el"])
    before = files(checkout)
    update_catalogs(checkout)
    assert files(checkout) == before


def test_a_template_that_cannot_be_read_is_an_error(checkout: Path) -> None:
    (checkout / "templates" / "broken.html").write_text('{{ _("Welcome") }')
    with pytest.raises(Exception, match="unexpected"):
        check_catalogs(checkout)


def test_indonesian_has_one_plural_form(checkout: Path) -> None:
    text = catalog_path(checkout, "id").read_text()
    assert "nplurals=1; plural=0;" in text
    assert "msgstr[1]" not in text


def test_greek_has_two_plural_forms(checkout: Path) -> None:
    text = catalog_path(checkout, "el").read_text()
    assert "nplurals=2; plural=(n != 1);" in text
    assert text.count("msgstr[1]") == 1


def test_a_new_string_is_missed_until_the_update(checkout: Path) -> None:
    (checkout / "templates" / "more.html").write_text('{{ _("Something new") }}')
    assert "messages.pot lacks “Something new”" in faults(checkout)
    assert "el/LC_MESSAGES/messages.po lacks “Something new”" in faults(checkout)
    update_catalogs(checkout)
    assert faults(checkout) == ""


def test_a_string_that_is_gone_is_noticed_and_then_dropped(checkout: Path) -> None:
    (checkout / "core" / "rule.py").unlink()
    assert "id/LC_MESSAGES/messages.po has “Late”, which is in no source" in faults(checkout)
    update_catalogs(checkout)
    assert faults(checkout) == ""
    assert "Late" not in catalog_path(checkout, "id").read_text()


def test_an_update_keeps_translations(checkout: Path) -> None:
    translate(checkout, "el", "Welcome", WELCOME["el"])
    (checkout / "templates" / "more.html").write_text('{{ _("Something new") }}')
    assert update_catalogs(checkout) == {"el": 4, "id": 5}
    assert WELCOME["el"] in catalog_path(checkout, "el").read_text()


def test_a_string_that_became_a_plural_is_translated_anew(checkout: Path) -> None:
    translate(checkout, "el", "Late", "Αργά")
    (checkout / "core" / "rule.py").write_text(
        'from x import ngettext\nngettext("Late", "%(num)s late", 2)\n'
    )
    update_catalogs(checkout)
    assert faults(checkout) == ""
    assert "Αργά" not in catalog_path(checkout, "el").read_text()


@pytest.mark.parametrize(
    "wrong", ["Γεια", "Γεια %(nmae)s", "Γεια %(name)d", "Γεια %(name)s %(name)s", "100% %(name)s"]
)
def test_a_wrong_placeholder_is_noticed(checkout: Path, wrong: str) -> None:
    translate(checkout, "el", "Hello %(name)s", wrong)
    assert "different placeholders" in faults(checkout)


def test_a_right_placeholder_passes(checkout: Path) -> None:
    translate(checkout, "el", "Hello %(name)s", "Γεια σου, %(name)s")
    assert faults(checkout) == ""


def test_the_one_indonesian_form_must_name_the_number(checkout: Path) -> None:
    translate(checkout, "id", "%(num)s reply", "balasan")
    assert "different placeholders" in faults(checkout)


def test_a_missing_plural_form_is_noticed(checkout: Path) -> None:
    translate(checkout, "el", "%(num)s reply", "%(num)s απάντηση", "")
    assert "needs 2 form(s)" in faults(checkout)


def test_a_wrong_plural_rule_is_noticed(checkout: Path) -> None:
    path = catalog_path(checkout, "id")
    path.write_text(path.read_text().replace("nplurals=1; plural=0;", "nplurals=2; plural=(n != 1);"))
    assert "the header must say nplurals=1; plural=0;" in faults(checkout)


def test_a_fuzzy_translation_is_noticed(checkout: Path) -> None:
    path = catalog_path(checkout, "el")
    path.write_text(path.read_text().replace('msgid "Welcome"', '#, fuzzy\nmsgid "Welcome"'))
    assert "“Welcome” is fuzzy" in faults(checkout)


def test_an_english_sentence_as_its_own_translation_is_noticed(checkout: Path) -> None:
    translate(checkout, "id", "Welcome", "Welcome")
    assert "“Welcome” stands there in English" in faults(checkout)


def test_english_in_one_plural_form_is_noticed(checkout: Path) -> None:
    translate(checkout, "el", "%(num)s reply", "%(num)s απάντηση", "%(num)s replies")
    assert "“%(num)s reply” stands there in English" in faults(checkout)


def test_a_word_that_both_languages_have_may_be_the_same(checkout: Path) -> None:
    (checkout / "templates" / "more.html").write_text('{{ _("Alias") }}{{ _("%(num)s: %(num)s", num=1) }}')
    update_catalogs(checkout)
    translate(checkout, "id", "Alias", "Alias")
    translate(checkout, "id", "%(num)s: %(num)s", "%(num)s: %(num)s")
    assert faults(checkout) == ""


@pytest.mark.parametrize("language", ["el", "id"])
def test_a_catalog_that_is_away_is_noticed(checkout: Path, language: str) -> None:
    catalog_path(checkout, language).unlink()
    assert f"{language}/LC_MESSAGES/messages.po cannot be read" in faults(checkout)


def test_a_changed_catalog_is_compiled_anew(checkout: Path) -> None:
    compile_stale_catalogs(checkout)
    compiled = catalog_path(checkout, "id").with_suffix(".mo")
    assert WELCOME["id"].encode() not in compiled.read_bytes()
    translate(checkout, "id", "Welcome", WELCOME["id"])
    compile_stale_catalogs(checkout)
    assert WELCOME["id"].encode() in compiled.read_bytes()


def test_the_command_names_the_cure(app: Flask, checkout: Path) -> None:
    app.root_path = str(checkout)
    catalog_path(checkout, "el").unlink()
    answer = app.test_cli_runner().invoke(args=["translations", "check"])
    assert answer.exit_code == 1
    assert "Run: flask translations update" in answer.output


def test_our_catalogs_hold_what_the_sources_use_and_nothing_else() -> None:
    assert check_catalogs(ROOT).faults == []


@pytest.mark.parametrize("language", ["el", "id"])
def test_every_string_of_ours_is_translated(language: str) -> None:
    assert check_catalogs(ROOT).untranslated[language] == []


@pytest.mark.parametrize(("language", "word"), [("el", "Βοήθεια"), ("id", "Bantuan")])
def test_a_reader_gets_their_language(client: FlaskClient, language: str, word: str) -> None:
    page = client.get("/help", headers={"Accept-Language": language}).text
    assert f'<html lang="{language}"' in page
    assert word in page
