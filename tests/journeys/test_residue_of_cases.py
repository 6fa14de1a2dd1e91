"""A sentence that somebody put into a case, by any way, lies nowhere in the clear: not while the service
runs, not after the index was made anew, not in a backup, and not in what was logged or sent to pages.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from wtforms import HiddenField, StringField
from wtforms.fields.core import UnboundField

from core.forms import StoaForm
from core.web import settings_of
from tests.conftest import MakeApp
from tests.faults.stage import build_stage
from tests.journeys.residue import find
from tests.journeys.scene import Scene
from tests.journeys.sinks import HookSink, MailSink
from tests.journeys.ways_into_a_case import WAYS, letter_of_the_student
from tests.people import run_outbox

# Letters that are written otherwise in JSON, in addresses and in bytes
SENTENCE = "a marzipan éléphant under the stairs"
WRITTEN = {"body", "hope"}  # fields without which the wandering would have found nothing


# Where no sentence is typed, or what is typed there is of no case. Everything else has to have a way.
NO_WAY = {
    "AdmitForm.passphrase": "unlocks, and is never kept",
    "AnswerByForm.hour": "a time of day",
    "AskForm.passphrase": "unlocks, and is never kept",
    "CheckInForm.at": "a time of day",
    "CodeForm.code": "is compared, and never kept",
    "ConfidentialityForm.body_el": "a page for everybody",
    "ConfidentialityForm.body_en": "a page for everybody",
    "ConfidentialityForm.body_id": "a page for everybody",
    "DrillForm.passphrase": "unlocks, and is never kept",
    "IssuedForm.word_one": "is compared, and never kept",
    "IssuedForm.word_two": "is compared, and never kept",
    "LookForm.body": "is given back: the way of talking live types there as well",
    "MoveCasesForm.case": "an id, or all of them",
    "OpenForm.passphrase": "unlocks, and is never kept",
    "OwnLookForm.body": "is given back: the way of talking live types there as well",
    "SlotForm.at": "a time of day",
    "SlotForm.place": "a room, for every student of these professionals to read",
    "WayForm.passphrase": "unlocks, and is never kept",
}


@pytest.fixture
def logging_app(logged: Path, make_app: MakeApp, hook: HookSink, mail: MailSink) -> Flask:
    """An application whose pages go out by mail and webhook, while everything is logged."""
    assert logged.exists()
    return make_app(**hook.settings(), **mail.settings())


def gone_every_way(app: Flask) -> Scene:
    scene = Scene(app, build_stage(app))
    for way in WAYS.values():
        way(scene, SENTENCE)
        run_outbox(app)
        if way is letter_of_the_student:
            assert SENTENCE in scene.stage.anna.get(scene.stage.conversation).text
    return scene


def text_fields() -> set[str]:
    """Every field of a form of counselling into which somebody types words, by form and name. A form that is
    only the beginning of others counts where they are.
    """
    forms = [one for one in kinds_of(StoaForm) if one.__module__.startswith("counselling.")]
    return {
        f"{form.__name__}.{name}"
        for form in forms
        if form.__name__ != "IntakeFields"
        for name in dir(form)
        if is_for_words(getattr(form, name))
    }


def kinds_of(form: type[StoaForm]) -> Iterator[type[StoaForm]]:
    for kind in form.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def is_for_words(field: object) -> bool:
    return (
        isinstance(field, UnboundField)
        and issubclass(field.field_class, StringField)
        and not issubclass(field.field_class, HiddenField)
    )


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The fields into which one of the marks was typed, in forms that were found good."""
    found: set[str] = set()
    validate = StoaForm.validate
    marks = (SENTENCE, Scene.number, Scene.address)

    def note(form: StoaForm, extra_validators: object = None) -> bool:
        is_fine = validate(form, extra_validators)
        for one in form if is_fine else ():
            if isinstance(one.data, str) and any(mark in one.data for mark in marks):
                found.add(f"{type(form).__name__}.{one.name}")
        return is_fine

    monkeypatch.setattr(StoaForm, "validate", note)
    return found


def command(app: Flask, *words: object) -> None:
    done = app.test_cli_runner().invoke(args=[str(word) for word in words])
    assert done.exit_code == 0, done.output


def test_every_field_for_words_has_a_way(app: Flask, typed: set[str]) -> None:
    gone_every_way(app)
    assert sorted(text_fields() - typed - NO_WAY.keys()) == []
    assert sorted(NO_WAY.keys() - text_fields()) == []


def test_a_sentence_of_a_case_lies_nowhere_in_the_clear(
    logging_app: Flask, logged: Path, hook: HookSink, mail: MailSink, tmp_path: Path
) -> None:
    # Given a sentence that went into a case by every way there is
    scene = gone_every_way(logging_app)
    kept = settings_of(logging_app).data_dir
    marks = {"sentence": SENTENCE, "number": scene.number, "address": scene.address}
    typed = {name for shape, status in scene.sent.items() if status == 303 for name in shape[1:]}
    assert typed >= WRITTEN, scene.sent

    # Then it is not on the disk while the write-ahead log is alive
    assert (kept / "stoa.db-wal").stat().st_size > 10_000
    assert find(kept, marks) == []

    # Nor after the index was made anew, nor in a backup
    command(logging_app, "search", "rebuild")
    command(logging_app, "backup", "create", tmp_path / "backup" / "of-today")
    assert find(kept, marks) == []
    assert find(tmp_path / "backup", marks) == []

    # Nor under a new key
    command(logging_app, "keys", "rotate")
    assert find(kept, marks) == []

    # Nor in what was logged, and in what was sent to pages
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(logged, outside / "everything.log")
    (outside / "hooks").write_bytes(b"\n".join(body for _headers, body in hook.posts))
    # A sign goes to the address: it stands above the letter, and nowhere in it.
    letters = [letter.replace(f"To: {scene.address}", "") for letter in mail.letters]
    (outside / "mails").write_text("\n".join(letters))
    assert hook.posts
    assert find(outside, marks) == []
