"""What every page with an editor does around its form: fill it again, show it before it is sent, keep what is
in it.

A student's text is kept as a draft whenever it comes back to them, unless they tick "do not keep". Visitors
and staff have no drafts: a visitor's text is kept while they join, and the browser holds what staff type.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from accounts.guard import current_student, signed_in, student_or_none
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.kept import forget_kept_form, kept_form, kept_path
from core.refusals import Refusal
from core.text import render_markdown
from forum.drafting import (
    FIELDS,
    KeptDraft,
    all_drafts,
    forget_all_drafts,
    forget_draft,
    keep_draft,
    kept_draft,
    take_out,
)
from forum.forms import refilled
from forum.gate import PersonalKind, PersonalMark, gate
from forum.views.turns import FROM_SCRIPT, challenge_to_write

AROUND = 30  # letters that are shown on either side of words that may show who somebody is


class Found(NamedTuple):
    """Words that may show who somebody is, with a little of what stands around them."""

    kind: PersonalKind
    before: str
    words: str
    after: str


@dataclass(frozen=True)
class Editor:
    """What a page shows around the form of a text."""

    place: str
    keeps: bool
    draft: KeptDraft | None = None
    has_kept: bool = False
    declines: bool = False
    preview: str = ""
    found: Sequence[Found] = ()
    asks: bool = False
    has_taken_out: bool = False
    status: int = 200
    challenge: Mapping[str, Any] | None = None


def draft_key() -> bytes | None:
    """The key of the drafts of whoever is here; None for those who have none."""
    session = signed_in() if student_or_none() is not None else None
    return bytes.fromhex(session.data_key) if session is not None and session.data_key else None


def open_editor(
    form: type[StoaForm], place: str, otherwise: Mapping[str, Sequence[str]] | None = None
) -> tuple[StoaForm, Editor]:
    """The form of a page that is opened: with what this browser left there when its sign-in ran out, else
    with the draft, else with what it would hold `otherwise`.
    """
    editor = replace(open_state(place), challenge=challenge_to_write())
    fields = kept_form(place, now=utcnow()) or (editor.draft.fields if editor.draft else otherwise)
    return refilled(form, fields), editor


def open_state(place: str) -> Editor:
    """What a page that is opened says about its form: that something was kept for it, or that there is a
    draft.
    """
    key, now = draft_key(), utcnow()
    has_kept = bool(kept_form(place, now=now))
    draft = kept_draft(key, place, now=now) if key and not has_kept else None
    return Editor(place, keeps=key is not None, draft=draft, has_kept=has_kept)


def look_before_sending(form: StoaForm, place: str) -> Editor | None:
    """What the page shows again instead of sending; None when the text may go.

    It comes back when it cannot be taken, when its writer wants to see it first, and when something in it may
    show who somebody is and a student has not chosen yet.
    """
    if not form.validate():
        return give_back(form, place)
    plain = _sent_back(place)
    editor: Editor | None = None
    if request.form.get("preview"):
        editor = replace(plain, preview=Markup(render_markdown(form.body.data)), found=_found(form))
    elif student_or_none() is not None:
        editor = _ask_about_personal(form, plain)
    if editor is not None:
        _keep(editor, form)
    return editor


def give_back(form: StoaForm, place: str) -> Editor:
    """What the page of a form shows that cannot be taken as it is."""
    editor = replace(_sent_back(place), status=422)
    _keep(editor, form)
    return editor


def _sent_back(place: str) -> Editor:
    return Editor(place, keeps=draft_key() is not None, declines=declines_drafts())


def _ask_about_personal(form: StoaForm, editor: Editor) -> Editor | None:
    """The question before sending, or what is left without those words; None when there is no question.

    Not 200, although nothing is wrong: a program that sends a text must see that it was not taken.
    """
    choice = request.form.get("personal")
    if choice == "take_out":
        marks = _marks(form)
        for part in _parts(form):
            form[part].data = take_out(form[part].data, [mark for mark in marks if mark.part == part])
        return replace(editor, has_taken_out=True)
    found = _found(form) if choice != "leave" else []
    return replace(editor, found=found, asks=True, status=422) if found else None


def _parts(form: StoaForm) -> list[str]:
    return [part for part in ("title", "body") if part in form and form[part].data]


def _marks(form: StoaForm) -> list[PersonalMark]:
    title = form.title.data if "title" in form else ""
    return gate().personal_data(title=title or "", body=form.body.data or "")


def _found(form: StoaForm) -> list[Found]:
    return excerpts({part: form[part].data for part in _parts(form)}, _marks(form))


def excerpts(texts: Mapping[str, str], marks: Sequence[PersonalMark]) -> list[Found]:
    """Each of the marked words with a little of what stands around them."""
    return [Found(mark.kind, *around(texts[mark.part], mark.start, mark.end)) for mark in marks]


def around(text: str, start: int, end: int) -> tuple[str, str, str]:
    """Words of a text between a little of what stands before and after them."""
    return _tail(text[:start]), text[start:end], _head(text[end:])


def _tail(text: str) -> str:
    """The last words of what stands before."""
    return text if len(text) <= AROUND else f"…{text[-AROUND:].partition(' ')[2] or text[-AROUND:]}"


def _head(text: str) -> str:
    """The first words of what comes after."""
    return text if len(text) <= AROUND else f"{text[:AROUND].rpartition(' ')[0] or text[:AROUND]} …"


def declines_drafts() -> bool:
    """Whether "do not keep" is ticked in the form that was sent."""
    return bool(request.form.get("no_draft"))


def _keep(editor: Editor, form: StoaForm) -> None:
    """Keep what stands in a form that comes back. It stands in the page too: a refusal stops nobody."""
    key = draft_key()
    if key is None:
        return
    try:
        with transaction():
            current_student()
            if editor.declines:
                forget_draft(key, editor.place, now=utcnow())
            else:
                keep_draft(key, editor.place, _typed(form), now=utcnow())
    except Refusal:
        return


def _typed(form: StoaForm) -> dict[str, list[str]]:
    typed = {name: form[name].data or "" for name in FIELDS if name in form}
    return {name: data if isinstance(data, list) else [data] for name, data in typed.items()}


def forget_unsent(place: str) -> None:
    """Forget what was kept for a form, in the transaction that took it; what waits for another form stays."""
    if kept_path() == place:
        forget_kept_form()
    key = draft_key()
    if key is not None:
        forget_draft(key, place, now=utcnow())


def own_drafts() -> list[KeptDraft]:
    """Every draft of whoever is here, the newest first."""
    key = draft_key()
    return all_drafts(key, now=utcnow()) if key else []


def forget_own_drafts() -> None:
    """Forget every draft of a student who goes, in the caller's transaction."""
    key = draft_key()
    if key is not None:
        forget_all_drafts(key, now=utcnow())


def go_on(location: str) -> ResponseReturnValue:
    """Lead on from a form that was taken. A script that sent it is told where and goes there itself: it could
    not see to which place in a page a redirect leads.
    """
    if request.headers.get(FROM_SCRIPT):
        return Response(status=201, headers={"Location": location})
    return redirect(location, code=303)
