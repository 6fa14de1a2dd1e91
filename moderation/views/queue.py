"""The queue and one item of it."""

from datetime import datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission
from core import kept
from core.clock import utcnow
from core.db import transaction
from core.forms import StoaForm
from core.ids import MalformedId, decode_id
from core.paging import MalformedCursor, cut_page, decode_cursor, encode_cursor
from core.submissions import earlier_result, remember_result
from core.web import settings_of
from core.wording import current_language
from forum import queries as forum_queries
from forum.models import SiteTextKind
from forum.passages import mark_passages, passages_of_rules
from forum.sitetexts import read_site_text
from moderation import page_queries, queries
from moderation.access import lock_author_of, locked_item
from moderation.act_forms import CoverForm, HandForm, HoldForm
from moderation.decisions import undo
from moderation.forms import ActForm, DecisionForm
from moderation.judging import colleagues
from moderation.models import QueueItem
from moderation.offering import visible_item, visible_items
from moderation.proposals.confirming import decide_or_propose
from moderation.proposals.forms import SendBackForm
from moderation.proposals.waiting import decisions_to_confirm, typed_before
from moderation.reading import ItemView, view_item
from moderation.views import bp
from moderation.wording.reasons import offered_reasons

SHOWN = 15
# What a moderator chose or typed before a sign-in ran out.
TYPED = {"conduct", "risk", "reason", "message", "marked", "note", "prompted_by", "already_said"}


@bp.get("/moderation/queue")
@requires(Permission.SEE_QUEUE)
def show_queue() -> ResponseReturnValue:
    """What waits, the most urgent first, then the oldest."""
    now, staff = utcnow(), current_staff()
    items = visible_items(staff, after=place_in_list(), limit=SHOWN + 1, now=now)
    page = cut_page(items, size=SHOWN, key=_item_cursor)
    return render_template(
        "moderation/show_queue.html",
        items=page.rows,
        kinds=page_queries.open_kinds([item.id for item in page.rows]),
        after=page.after,
        own=queries.live_items_of(staff.id, now),
        kept=page_queries.items_held_for(staff.id),
        confirming=decisions_to_confirm(staff, now=now),
        now=now,
        form=ActForm(),
    )


@bp.get("/moderation/items/<public_id:item_id>")
@requires(Permission.SEE_QUEUE)
def show_item(item_id: str) -> ResponseReturnValue:
    """One text with its thread around it, why it waits, and the decision to take."""
    item = visible_item(current_staff(), item_id, now=utcnow())
    kept_fields = kept.kept_form(url_for(".show_item", item_id=item_id), now=utcnow())
    return item_page(item, fresh_form(item, kept_fields))


def fresh_form(item: QueueItem, kept_fields: dict[str, list[str]] | None = None) -> DecisionForm:
    """The decision form as the page first shows it, with what was typed before a sign-in ran out."""
    band = item.band.value
    form = DecisionForm(formdata=None, role=current_staff().role, band=band, esc_band=band)
    kept_fields = kept_fields or typed_before(item, current_staff())
    for name, values in (kept_fields or {}).items():
        if name in TYPED and values:
            form[name].data = values[0]
    form.claim.data = item.claim_token or ""
    form.revision.data, form.version.data = item.post.latest_revision, item.version
    return form


def item_page(
    item: QueueItem, form: DecisionForm, *, sending_back: SendBackForm | None = None, status: int = 200
) -> ResponseReturnValue:
    """The item's page around a form; around another one, too, where a colleague's decision is sent back."""
    now, staff = utcnow(), current_staff()
    view: ItemView = view_item(item, reader=staff, now=now)
    page = render_template(
        "moderation/show_item.html",
        view=view,
        item=item,
        form=form,
        sending_back=(sending_back or SendBackForm(formdata=None)).beside_others("send-back"),
        ways=_other_ways(staff, now=now) if view.is_mine else {},
        rules=_rules(),
        passages=passages_of_rules(),
        reasons=offered_reasons(staff.role),
        now=now,
    )
    return page, status


def _rules() -> tuple[str, str] | None:
    """The house rules with their passages named, and their language; None while the institution has none."""
    found = read_site_text(settings_of(current_app), SiteTextKind.HOUSE_RULES, current_language())
    return (mark_passages(found[0]), found[1]) if found is not None else None


def _other_ways(staff: Staff, *, now: datetime) -> dict[str, StoaForm]:
    """The forms for what can be done but decide. They stand beside the decision's: their fields have ids of
    their own.
    """
    people = colleagues(staff, now=now)
    ways: dict[str, StoaForm] = {
        "hold": HoldForm(formdata=None).offer(people),
        "hand": HandForm(formdata=None).offer(people),
        "cover": CoverForm(formdata=None),
    }
    return {name: form.beside_others(name) for name, form in ways.items()}


@bp.post("/moderation/items/<public_id:item_id>/decision")
@requires(Permission.DECIDE)
def decide_item(item_id: str) -> ResponseReturnValue:
    """Decide, in both parts."""
    form = DecisionForm(role=current_staff().role)
    is_fine = form.validate()
    if form.marked.data and not form.marked.errors:
        item = visible_item(current_staff(), item_id, now=utcnow())
        is_fine = not form.refuse_missing(item.post) and is_fine
    if not is_fine:
        return item_page(visible_item(current_staff(), item_id, now=utcnow()), form, status=422)
    goal = url_for(".show_item", item_id=item_id)
    with transaction():
        staff = current_staff()
        sender = f"staff:{staff.id}"
        if earlier_result(form.submission, sender=sender) is None:
            decide_or_propose(locked_item(item_id), form.choice(), actor=staff, now=utcnow())
            remember_result(form.submission, sender=sender, location=goal, now=utcnow())
        kept.forget_kept_form()
    return redirect(goal, code=303)


@bp.post("/moderation/items/<public_id:item_id>/undo")
@requires(Permission.DECIDE)
def undo_decision(item_id: str) -> ResponseReturnValue:
    """Take one's last decision back, while the author has not been told."""
    with transaction():
        lock_author_of(item_id)
        undo(locked_item(item_id), actor=current_staff(), now=utcnow())
    flash(_("Your decision is taken back. Nobody was told."))
    return redirect(url_for(".show_item", item_id=item_id), code=303)


@bp.get("/moderation/unanswered")
@requires(Permission.SEE_QUEUE)
def list_unanswered() -> ResponseReturnValue:
    """Threads that wait for a first reply, the longest waiting first."""
    cursor = decode_cursor(request.args.get("after"), str, str)
    after = (_moment(cursor[0]), _id(cursor[1])) if cursor else None
    threads = forum_queries.unanswered_threads(after=after, limit=SHOWN + 1)
    page = cut_page(threads, size=SHOWN, key=lambda row: encode_cursor(row.published_at.isoformat(), row.id))
    return render_template(
        "moderation/list_unanswered.html", threads=page.rows, after=page.after, now=utcnow()
    )


def place_in_list() -> tuple[int, datetime, str] | None:
    """Where the list was cut that this request goes on with. Raises MalformedCursor."""
    cursor = decode_cursor(request.args.get("after"), int, str, str)
    return (int(cursor[0]), _moment(cursor[1]), _id(cursor[2])) if cursor else None


def _item_cursor(item: QueueItem) -> str:
    return encode_cursor(item.rank, item.stands_at.isoformat(), item.id)


def _moment(text: str | int) -> datetime:
    """A time out of a cursor. Raises MalformedCursor."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise MalformedCursor from error
    if moment.tzinfo is None:
        raise MalformedCursor
    return moment


def _id(text: str | int) -> str:
    """An id out of a cursor. Raises MalformedCursor."""
    try:
        decode_id(str(text))
    except MalformedId as error:
        raise MalformedCursor from error
    return str(text)
