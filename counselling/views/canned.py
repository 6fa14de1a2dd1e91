"""The prepared words of a professional and of the team."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.submissions import earlier_result, remember_result
from core.wording import current_language
from counselling.forms import LetterForm
from counselling.record.canned import add_canned_text, canned_text, canned_texts_for, retire_canned_text
from counselling.record.forms import CANNED_LIMIT, CannedForm
from counselling.record.models import CannedText
from counselling.views import bp, forget_kept, refilled


@bp.route("/counselling/canned", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def list_canned_texts() -> ResponseReturnValue:
    """The texts that one may begin a letter with, and a new one."""
    if request.method == "GET":
        return _canned_page(refilled(CannedForm(formdata=None), request.path))
    form = CannedForm()
    if not form.validate():
        return _canned_page(form, status=422)
    with transaction():
        staff, now = current_staff(), utcnow()
        sender = f"staff:{staff.id}:canned"
        if earlier_result(form.submission, sender=sender) is None:
            add_canned_text(
                title=form.title.data,
                words=form.words.data,
                language=current_language(),
                is_team_s=form.whose.data == "team",
                actor=staff,
                now=now,
            )
            remember_result(form.submission, sender=sender, location=request.path, now=now)
        forget_kept(request.path)
    return redirect(request.path, code=303)


@bp.post("/counselling/canned/<public_id:text_id>/retire")
@requires(Permission.COUNSEL)
def retire_canned(text_id: str) -> ResponseReturnValue:
    """Offer a text no more."""
    with transaction():
        retire_canned_text(canned_text(text_id, person=current_staff()), now=utcnow())
    return redirect(url_for(".list_canned_texts"), code=303)


def offered_words() -> Sequence[CannedText]:
    """The prepared words of whoever is signed in, for the letter box."""
    return canned_texts_for(current_staff())


bp.add_app_template_global(offered_words, "offered_words")


def begin_with_prepared(letter: LetterForm) -> None:
    """Put the words that were chosen by `?words=` before what stands in a letter already."""
    if request.method == "GET" and "words" in request.args:
        text = canned_text(request.args["words"], person=current_staff())
        letter.body.data = "\n\n".join(filter(None, [text.words, letter.body.data]))


def _canned_page(form: CannedForm, *, status: int = 200) -> ResponseReturnValue:
    texts = canned_texts_for(current_staff())
    page = render_template("counselling/list_canned_texts.html", texts=texts, form=form, limit=CANNED_LIMIT)
    return page, status
