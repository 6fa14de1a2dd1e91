"""Clinical supervision: asking a supervisor about one's own case, and what they read and answer."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from accounts.queries import staff_aliases
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.refusals import Missing
from core.submissions import earlier_result, remember_result
from core.text import BODY_LIMIT
from counselling.access import Part, case_of_part
from counselling.handing import queries as handing_queries
from counselling.handing.allowed import supervision_for
from counselling.handing.forms import (
    NOTE_LIMIT,
    REASON_LIMIT,
    WORDS_LIMIT,
    PurposeForm,
    ReplyForm,
    SupervisionForm,
)
from counselling.handing.models import Supervision
from counselling.handing.offering import colleagues_for
from counselling.handing.purposes import Purpose
from counselling.handing.purposes import state_purpose as state
from counselling.handing.supervising import ask_supervisor as ask
from counselling.handing.supervising import (
    end_supervision,
    open_supervision,
    reply_to_colleague,
    view_supervision,
)
from counselling.models import AuthorKind, Case
from counselling.reading import PurposeNeeded
from counselling.showing import LetterView, head_of, view_letters
from counselling.views import (
    ask_for_purpose,
    bp,
    forget_kept,
    opened_case,
    own_case_to_decide_on,
    refilled,
)
from counselling.views.colleagues import chosen_colleague

WORDS_SHOWN = 60


@bp.route("/counselling/cases/<public_id:case_id>/supervisor", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def ask_supervisor(case_id: str) -> ResponseReturnValue:
    """Put one's own case, or chosen messages, before a supervisor."""
    form, path = SupervisionForm(), url_for(".ask_supervisor", case_id=case_id)
    if not form.is_submitted():
        return _asking_page(case_id, refilled(SupervisionForm(formdata=None), path))
    if not form.validate():
        return _asking_page(case_id, form, status=422)
    goal = url_for(".show_colleagues", case_id=case_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}:supervisor"
        if earlier_result(form.submission, sender=sender) is None:
            ask(
                own_case_to_decide_on(case_id),
                supervisor=chosen_colleague(form.colleague.data),
                numbers=form.chosen_numbers(),
                question=form.question.data,
                consent=form.consent.data,
                days=form.days.data,
                actor=staff,
                now=utcnow(),
            )
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        forget_kept(path)
    flash(_("Your supervisor is asked."))
    return redirect(goal, code=303)


def _asking_page(case_id: str, form: SupervisionForm, *, status: int = 200) -> ResponseReturnValue:
    case = _case_of_owner(case_id)
    form.offer(colleagues_for(case, but=[case.owner_id]))
    form.offer_messages([(one.number, _label(one)) for one in view_letters(case)])
    page = render_template(
        "counselling/ask_supervisor.html",
        view=head_of(case),
        case=case,
        form=form,
        note_limit=NOTE_LIMIT,
        reason_limit=REASON_LIMIT,
    )
    return page, status


def _case_of_owner(case_id: str) -> Case:
    case = opened_case(case_id)
    if case_of_part(case.id, person=current_staff(), now=utcnow())[1] is not Part.OWNER:
        raise Missing(case_id)
    return case


def _label(letter: LetterView) -> str:
    words = " ".join(letter.html.striptags().split())
    begin = words if len(words) <= WORDS_SHOWN else words[:WORDS_SHOWN].rsplit(" ", 1)[0] + " …"
    others = {
        AuthorKind.STUDENT: _("the student"),
        AuthorKind.TRUSTED: _("somebody whom the student brought"),
    }
    who = others.get(letter.side, letter.byline)
    return f"{letter.number}. {who}: {begin}"


@bp.get("/counselling/cases/<public_id:case_id>/supervisions/<public_id:supervision_id>")
@requires(Permission.COUNSEL)
def show_asked_supervision(case_id: str, supervision_id: str) -> ResponseReturnValue:
    """What the owner of a case asked a supervisor, and the answer."""
    case = _case_of_owner(case_id)
    supervision = _supervision_of(case, supervision_id)
    return render_template(
        "counselling/show_asked_supervision.html",
        view=head_of(case),
        case=case,
        supervision=supervision,
        asked=view_supervision(supervision, case),
        supervisor=staff_aliases([supervision.supervisor_id]).get(supervision.supervisor_id, ""),
        now=utcnow(),
    )


def _supervision_of(case: Case, supervision_id: str, *, locked: bool = False) -> Supervision:
    supervision = handing_queries.supervision(supervision_id, locked=locked)
    if supervision is None or supervision.case_id != case.id:
        raise Missing(supervision_id)
    return supervision


@bp.post("/counselling/cases/<public_id:case_id>/supervisions/<public_id:supervision_id>/end")
@requires(Permission.COUNSEL)
def end_asked_supervision(case_id: str, supervision_id: str) -> ResponseReturnValue:
    """The owner ends a supervision: the supervisor reads nothing any more."""
    with transaction():
        supervision = _supervision_of(own_case_to_decide_on(case_id), supervision_id, locked=True)
        end_supervision(supervision, actor=current_staff(), now=utcnow())
    flash(_("The supervision is ended."))
    return redirect(url_for(".show_colleagues", case_id=case_id), code=303)


@bp.get("/counselling/supervisions/<public_id:supervision_id>")
@requires(Permission.COUNSEL)
def show_supervision(supervision_id: str) -> ResponseReturnValue:
    """What a supervisor was asked, and what they may read for it."""
    path = url_for(".show_supervision", supervision_id=supervision_id)
    return _supervision_page(supervision_id, refilled(ReplyForm(formdata=None), path))


def _supervision_page(supervision_id: str, form: StoaForm, *, status: int = 200) -> ResponseReturnValue:
    now = utcnow()
    try:
        view = open_supervision(supervision_id, reader=current_staff(), now=now)
    except PurposeNeeded:
        question = url_for(".state_supervision_purpose", supervision_id=supervision_id)
        ask_for_purpose(question, url_for(".show_supervision", supervision_id=supervision_id))
    asker = staff_aliases([view.supervision.asked_by]).get(view.supervision.asked_by, "")
    page = render_template(
        "counselling/show_supervision.html",
        view=view,
        supervision=view.supervision,
        asker=asker,
        form=form,
        limit=BODY_LIMIT,
        now=now,
    )
    return page, status


@bp.route("/counselling/supervisions/<public_id:supervision_id>/open", methods=["GET", "POST"])
@requires(Permission.COUNSEL)
def state_supervision_purpose(supervision_id: str) -> ResponseReturnValue:
    """Why a supervisor opens what was put before them: said before they read it."""
    form = PurposeForm()
    goal = url_for(".show_supervision", supervision_id=supervision_id)
    if not form.is_submitted() or not form.validate():
        _supervision, case = supervision_for(supervision_id, supervisor=current_staff(), now=utcnow())
        page = render_template(
            "counselling/state_purpose.html",
            case=case,
            part="supervisor",
            question=url_for(".state_supervision_purpose", supervision_id=supervision_id),
            form=form,
            goal=goal,
            words_limit=WORDS_LIMIT,
        )
        return page, 422 if form.is_submitted() else 200
    with transaction():
        staff, now = current_staff(), utcnow()
        supervision, case = supervision_for(supervision_id, supervisor=staff, now=now, locked=True)
        purpose, words = Purpose(form.purpose.data), form.words.data or ""
        state(case, purpose, words, reader=staff, now=now, supervision=supervision)
    return redirect(goal, code=303)


@bp.post("/counselling/supervisions/<public_id:supervision_id>/reply")
@requires(Permission.COUNSEL)
def reply_as_supervisor(supervision_id: str) -> ResponseReturnValue:
    """The supervisor's answer."""
    form = ReplyForm()
    if not form.validate():
        return _supervision_page(supervision_id, form, status=422)
    goal = url_for(".show_supervision", supervision_id=supervision_id)
    with transaction():
        staff, now = current_staff(), utcnow()
        sender = f"staff:{staff.id}:supervision-reply"
        if earlier_result(form.submission, sender=sender) is None:
            supervision, case = supervision_for(supervision_id, supervisor=staff, now=now, locked=True)
            reply_to_colleague(supervision, case, form.body.data, actor=staff, now=now)
            remember_result(form.submission, sender=sender, location=goal, now=now)
        forget_kept(goal)
    flash(_("Your colleague has your answer."))
    return redirect(goal, code=303)


@bp.post("/counselling/supervisions/<public_id:supervision_id>/end")
@requires(Permission.COUNSEL)
def end_supervising(supervision_id: str) -> ResponseReturnValue:
    """The supervisor ends it and reads nothing any more."""
    with transaction():
        staff, now = current_staff(), utcnow()
        supervision, _case = supervision_for(supervision_id, supervisor=staff, now=now, locked=True)
        end_supervision(supervision, actor=staff, now=now)
    flash(_("The supervision is ended."))
    return redirect(url_for(".show_worklist"), code=303)
