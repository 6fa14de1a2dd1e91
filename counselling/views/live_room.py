"""Talking live, the professional's side: inviting, opening, the lines, the stages, and more time."""

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_staff, requires, session_watch
from accounts.permissions import Permission
from accounts.queries import staff_member
from core.clock import utcnow
from core.db import db, transaction
from core.forms import StoaForm
from core.live import asked_by_pages, state_once, stream
from counselling import queries as case_queries
from counselling.access import part_in
from counselling.encounters import encounter_to_join, mark_stages
from counselling.forms import STAGE_NAMES, LetterForm
from counselling.live.cut_off import CutOff
from counselling.live.forms import CALL_LIMIT, CutOffForm, ExtendForm, LookForm, SayForm, StageForm
from counselling.live.lines import OnlyCannedLine, say_as_professional
from counselling.live.presence import QUIET_WORDS
from counselling.live.sessions import (
    NotTalking,
    agree_on_cut_off,
    end_live,
    extend_live,
    invite_or_open,
    session_to_change,
)
from counselling.live.showing import view_live
from counselling.live.watching import look_at_live
from counselling.models import AuthorKind
from counselling.reaching.ways import leaves_number
from counselling.reading import PurposeNeeded, case_to_poll, open_to_read
from counselling.record.drafts import LIVE, forget_draft
from counselling.showing import head_of
from counselling.unread import Shows
from counselling.views import bp, case_to_work_on, forget_kept, opened_case
from counselling.views.drafting import opened_for_staff, staff_editor
from counselling.views.live import (
    back_to,
    is_only_looking,
    is_writing_page,
    late_line,
    lines_answer,
    loading_itself,
    note_presence,
    refused_line,
    taken_line,
)

SIDE = AuthorKind.PROFESSIONAL


@bp.get("/counselling/cases/<public_id:case_id>/live")
@requires(Permission.COUNSEL)
def show_live_room(case_id: str) -> ResponseReturnValue:
    """Talking live with the student of a case. The reading is in the audit log before the page is made."""
    return _room_page(case_id)


@bp.get("/counselling/cases/<public_id:case_id>/live/again")
@requires(Permission.COUNSEL)
@asked_by_pages
def refresh_live_room(case_id: str) -> ResponseReturnValue:
    """The same page, which loads itself anew: for readers without script who asked for that."""
    return loading_itself(_room_page(case_id))


@bp.errorhandler(PurposeNeeded)
def ask_page_for_purpose(_error: PurposeNeeded) -> ResponseReturnValue:
    """Tell an open page that its reader has to say again why they read. It asks them, and keeps what they
    typed; a page that is opened leads to the question instead.
    """
    db.session.rollback()
    return jsonify({"purpose": True}), 403


def _room_page(
    case_id: str, form: StoaForm | None = None, *, cut_off: CutOffForm | None = None, status: int = 200
) -> ResponseReturnValue:
    now, path, is_given = utcnow(), url_for(".show_live_room", case_id=case_id), form is not None
    case = opened_case(case_id, Shows.TALK)
    state = staff_editor(case_id, LIVE, path)
    if form is None:
        form, state = opened_for_staff(SayForm(formdata=None), case, LIVE, path)
    note_presence(case, SIDE, now=now)
    live = view_live(case, SIDE, now=now)
    return render_template(
        "counselling/show_live_room.html",
        view=head_of(case),
        case=case,
        live=live,
        form=form,
        state=state,
        cut_off=(cut_off or _cut_off_form(live.agreed)).beside_others("agreed"),
        call_limit=CALL_LIMIT,
        stages=STAGE_NAMES,
        quiet_words=QUIET_WORDS,
        writes=is_given or is_writing_page(),
        back=back_to(),
        has_number=leaves_number(case),
        now=now,
    ), status


def _cut_off_form(agreed: CutOff) -> CutOffForm:
    form = CutOffForm(formdata=None)
    form.show(agreed)
    return form


@bp.post("/counselling/cases/<public_id:case_id>/live")
@requires(Permission.COUNSEL)
def open_live_room(case_id: str) -> ResponseReturnValue:
    """Open the talk that the student waits for, or invite the student to one."""
    form = CutOffForm()
    if not form.validate():
        return _room_page(case_id, cut_off=form, status=422)
    with transaction():
        case, staff = case_to_work_on(case_id), current_staff()
        invite_or_open(case, form.agreement(), actor=staff, now=utcnow())
    return _back_to(case_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/cut-off")
@requires(Permission.COUNSEL)
def agree_on_live(case_id: str) -> ResponseReturnValue:
    """Agree anew on what happens when the line drops."""
    form = CutOffForm()
    if not form.validate():
        return _room_page(case_id, cut_off=form, status=422)
    with transaction():
        agree_on_cut_off(case_to_work_on(case_id), form.agreement(), now=utcnow())
    return _back_to(case_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/extend")
@requires(Permission.COUNSEL)
def extend_live_room(case_id: str) -> ResponseReturnValue:
    """A quarter of an hour more. Both see it."""
    form = ExtendForm()
    if form.validate():
        with transaction():
            extend_live(case_to_work_on(case_id), seen=form.seen.data, now=utcnow())
    return _back_to(case_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/stage")
@requires(Permission.COUNSEL)
def mark_live_stage(case_id: str) -> ResponseReturnValue:
    """One press on the stage bar, which only the professional sees."""
    form = StageForm()
    if form.validate():
        with transaction():
            case, now = case_to_work_on(case_id), utcnow()
            session_to_change(case)
            encounter = encounter_to_join(case, staff_id=current_staff().id, now=now)
            mark_stages(encounter, form.marks(), now=now)
    return _back_to(case_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/end")
@requires(Permission.COUNSEL)
def end_live_room(case_id: str) -> ResponseReturnValue:
    """End the talk, or take the invitation back."""
    with transaction():
        end_live(case_to_work_on(case_id), by=SIDE, now=utcnow())
    return _back_to(case_id)


@bp.post("/counselling/cases/<public_id:case_id>/live/lines")
@requires(Permission.COUNSEL)
def say_to_student(case_id: str) -> ResponseReturnValue:
    """One line of the talk. In a talk that is over it is given back, to be sent as a letter."""
    if is_only_looking():
        return _room_page(case_id, LookForm())
    form = SayForm()
    if not form.validate():
        return refused_line(form) or _room_page(case_id, form, status=422)
    try:
        with transaction():
            case, staff = case_to_work_on(case_id), current_staff()
            line = say_as_professional(
                case, form.body.data, sent_id=form.submission, author=staff, now=utcnow()
            )
            number = line.number
            forget_kept(url_for(".show_live_room", case_id=case_id))
            forget_draft(case, staff.id, LIVE)
    except OnlyCannedLine as refusal:
        form.body.errors = [refusal.sentence]
        return refused_line(form) or _room_page(case_id, form, status=refusal.status)
    except NotTalking as refusal:
        return late_line(refusal) or _room_page(case_id, LetterForm(), status=refusal.status)
    page = ".refresh_live_room" if back_to() == "again" else ".show_live_room"
    return taken_line(number, url_for(page, case_id=case_id))


@bp.get("/counselling/cases/<public_id:case_id>/live/messages")
@requires(Permission.COUNSEL)
@asked_by_pages
def list_lines_of_case(case_id: str) -> ResponseReturnValue:
    """The lines behind the number `after`, as the page shows them. Fetching them is reading the case, and is
    logged like it.
    """
    return lines_answer(open_to_read(case_id, reader=current_staff(), now=utcnow(), shows=Shows.TALK), SIDE)


@bp.get("/counselling/cases/<public_id:case_id>/live/events")
@requires(Permission.COUNSEL)
@asked_by_pages
def stream_live_room(case_id: str) -> ResponseReturnValue:
    """What there is to know of the talk, again whenever it has changed. Numbers and states only."""
    staff_id, is_signed_in = current_staff().id, session_watch(Permission.COUNSEL)
    case_to_poll(case_id, reader=current_staff(), now=utcnow())

    def is_welcome() -> bool:
        staff, case = staff_member(staff_id), case_queries.case(case_id)
        if staff is None or case is None or part_in(case, staff, now=utcnow()) is None:
            return False  # the case was handed over since
        return is_signed_in()

    return stream(lambda: look_at_live(case_id, SIDE, now=utcnow()), is_welcome)


@bp.get("/counselling/cases/<public_id:case_id>/live/state")
@requires(Permission.COUNSEL)
@asked_by_pages
def show_live_room_state(case_id: str) -> ResponseReturnValue:
    """The same once, for pages that have no stream."""
    case_to_poll(case_id, reader=current_staff(), now=utcnow())
    return jsonify(state_once(look_at_live(case_id, SIDE, now=utcnow())))


@bp.post("/counselling/cases/<public_id:case_id>/live/here")
@requires(Permission.COUNSEL)
@asked_by_pages
def keep_live_room(case_id: str) -> ResponseReturnValue:
    """The page is in sight. Answers with the state, so that a stream that has died unheard is noticed."""
    case = case_to_poll(case_id, reader=current_staff(), now=utcnow())
    note_presence(case, SIDE, now=utcnow())
    return jsonify(state_once(look_at_live(case_id, SIDE, now=utcnow())))


def _back_to(case_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show_live_room", case_id=case_id), code=303)
