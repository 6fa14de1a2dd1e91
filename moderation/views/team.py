"""What each member of the team does for themselves and for the others: tasks, topics, the beginning and the
end of a stint; and, for the coordinator, who is whose buddy and senior.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts import queries as account_queries
from accounts.access import staff_for_admin
from accounts.guard import current_staff, requires
from accounts.models import Staff
from accounts.permissions import Permission, Role, may
from core.clock import utcnow
from core.db import transaction
from core.wording import current_language
from forum import queries as forum_queries
from forum.categories import in_language
from forum.forms import WARNING_NAMES
from moderation import stints
from moderation.team import queries as team_queries
from moderation.team import rota_queries
from moderation.team.duties import duties_of
from moderation.team.forms import PairForm, TopicsForm
from moderation.team.hours import can_be_called, told_by
from moderation.team.pairs import pair
from moderation.team.rota import in_hours
from moderation.team.tasks import finish_task, tasks_of
from moderation.views import bp
from moderation.wellbeing import opt_out, opted_out, resting_until

bp.add_app_template_filter(in_hours, "hours")
bp.add_app_template_filter(told_by, "told_by")
bp.add_app_template_global(can_be_called, "can_be_called")


@bp.app_template_global("start_card")
def present_start_card(person: Staff) -> stints.StartCard:
    """What somebody should know who comes to the queue now."""
    return stints.start_card(person, now=utcnow())


@bp.get("/moderation/team")
@requires(Permission.SERVE)
def show_team() -> ResponseReturnValue:
    """One's own tasks and those of one's duties, and what one asked for."""
    return _team(TopicsForm(_topics(), data={"topics": sorted(opted_out(current_staff()))}))


def _team(form: TopicsForm, *, status: int = 200) -> ResponseReturnValue:
    now, staff = utcnow(), current_staff()
    duties = duties_of(staff, now=now)
    tasks = tasks_of(staff, duties, now=now)
    setting = team_queries.moderator_setting(staff.id)
    people = {task.about_staff for task in tasks if task.about_staff}
    people |= {one for one in (setting.buddy_id, setting.senior_id) if one} if setting is not None else set()
    page = render_template(
        "moderation/show_team.html",
        tasks=tasks,
        duties=duties,
        setting=setting,
        names=account_queries.staff_aliases(sorted(people)),
        form=form,
        reads=may(staff.role, Permission.SEE_QUEUE),
        now=now,
    )
    return page, status


def _topics() -> list[tuple[str, object]]:
    language = current_language()
    categories = [(one.slug, in_language(one.names, language)) for one in forum_queries.all_categories()]
    speaking = [(str(key), _("Speaks of: %(topics)s", topics=name)) for key, name in WARNING_NAMES.items()]
    return [*categories, *speaking]


@bp.post("/moderation/team")
@requires(Permission.SERVE)
def choose_topics() -> ResponseReturnValue:
    """Not to be offered some topics (`topics`). No reason is asked."""
    form = TopicsForm(_topics())
    if not form.validate():
        return _team(form, status=422)
    with transaction():
        opt_out(current_staff(), frozenset(form.topics.data or []))
    flash(_("Noted. “Next for me” goes by it from now on."))
    return redirect(url_for(".show_team"), code=303)


@bp.post("/moderation/tasks/<public_id:task_id>/done")
@requires(Permission.SERVE)
def finish_team_task(task_id: str) -> ResponseReturnValue:
    """Somebody looked after it."""
    with transaction():
        finish_task(task_id, actor=current_staff(), now=utcnow())
    flash(_("Done. Thank you."))
    return redirect(url_for(".show_team"), code=303)


@bp.post("/moderation/begin")
@requires(Permission.DECIDE)
def begin_stint() -> ResponseReturnValue:
    """Somebody begins at the queue."""
    with transaction():
        stints.begin_stint(current_staff(), now=utcnow())
    return redirect(url_for(".show_queue"), code=303)


@bp.route("/moderation/end", methods=["GET", "POST"])
@requires(Permission.DECIDE)
def end_stint() -> ResponseReturnValue:
    """What one did, what is left to whom; and, by POST, the end of it."""
    if request.method == "GET":
        card = stints.end_card(current_staff(), now=utcnow())
        return render_template("moderation/end_stint.html", card=card, now=utcnow())
    with transaction():
        stints.end_stint(current_staff(), now=utcnow())
    return redirect(url_for(".show_rest"), code=303)


@bp.get("/moderation/rest")
@requires(Permission.SERVE)
def show_rest() -> ResponseReturnValue:
    """A kind page for somebody who stopped or asked for cover."""
    return render_template("moderation/show_rest.html", until=resting_until(current_staff(), now=utcnow()))


@bp.route("/admin/staff/<public_id:staff_id>/pair", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def pair_staff(staff_id: str) -> ResponseReturnValue:
    """Who is a moderator's buddy and senior (`buddy`, `senior`)."""
    person = staff_for_admin(staff_id)
    people = [
        one for one in rota_queries.people_of((Role.MODERATOR, Role.PROFESSIONAL)) if one.id != staff_id
    ]
    setting = team_queries.moderator_setting(staff_id)
    known = {"buddy": setting.buddy_id or "", "senior": setting.senior_id or ""} if setting else {}
    form = PairForm(people, data=known)
    if not form.validate_on_submit():
        page = render_template("moderation/pair_staff.html", person=person, form=form)
        return page, 422 if form.errors else 200
    with transaction():
        actor = current_staff()
        pair(
            staff_for_admin(staff_id),
            buddy=form.buddy.data,
            senior=form.senior.data,
            actor=actor,
            now=utcnow(),
        )
    flash(_("Noted."))
    return redirect(url_for("accounts.list_staff"), code=303)
