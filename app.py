"""The composition root: the only module that may import every package.

It joins them and holds no rule of its own.
"""

import secrets
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_migrate import Migrate

import accounts.views.admin
import accounts.views.door
import accounts.views.staff
import accounts.views.students
import accounts.views.training
import counselling.appointments.models
import counselling.clocks
import counselling.disclosure.models
import counselling.handing.models
import counselling.live.models
import counselling.professionals.models
import counselling.record.models
import counselling.trusted.models
import counselling.views.appointments
import counselling.views.away
import counselling.views.canned
import counselling.views.card
import counselling.views.case_forms
import counselling.views.cases
import counselling.views.checks
import counselling.views.closing
import counselling.views.colleagues
import counselling.views.confidentiality
import counselling.views.connection
import counselling.views.disclosure_asking
import counselling.views.disclosure_contact
import counselling.views.disclosure_keys
import counselling.views.disclosure_openings
import counselling.views.ending
import counselling.views.escalations
import counselling.views.fits
import counselling.views.folding
import counselling.views.forum_side
import counselling.views.handovers
import counselling.views.intake
import counselling.views.live
import counselling.views.live_room
import counselling.views.neutral
import counselling.views.notes
import counselling.views.own_appointments
import counselling.views.professionals
import counselling.views.promising
import counselling.views.ratings
import counselling.views.reaching
import counselling.views.record
import counselling.views.returning
import counselling.views.shared
import counselling.views.student
import counselling.views.supervision
import counselling.views.trusted
import counselling.views.trusted_talk
import counselling.views.worklist
import demo.styleguide
import forum.views.admin
import forum.views.drafts
import forum.views.entries
import forum.views.feeds
import forum.views.helplines
import forum.views.look
import forum.views.own
import forum.views.pages
import forum.views.preferences
import forum.views.reading
import forum.views.searching
import forum.views.standing_by
import forum.views.threads
import forum.views.writing
import insight.views
import moderation.views.acts
import moderation.views.admin
import moderation.views.appeals
import moderation.views.confirming
import moderation.views.live
import moderation.views.notes
import moderation.views.promises
import moderation.views.proposals
import moderation.views.queue
import moderation.views.reasons
import moderation.views.reports
import moderation.views.rota
import moderation.views.screening
import moderation.views.shifts
import moderation.views.team
from accounts import joining
from accounts.cli import staff_commands
from accounts.guard import init_guard, staff_or_none
from accounts.models import WebSession
from accounts.permissions import Permission, Role, may
from accounts.places import SHELVED, places_of_every_day
from accounts.ticket_cli import ticket_commands
from accounts.training import training_alarms
from core import audit, outbox, retention, worker
from core import views as core_views
from core.alarms import sealed_alarms
from core.backup import BackupParts
from core.channels import AddressRefused
from core.cli import (
    audit_commands,
    backup_commands,
    retention_commands,
    translations_commands,
    work_command,
)
from core.clock import utcnow
from core.damage import record_damage
from core.db import db, empty_write_ahead_log, engine_options, init_database, transaction
from core.installation import check_keys_fit, keys_or_none
from core.limits import init_limits
from core.places import mark_places
from core.queries import delete_expired
from core.robots import Listing
from core.search import SearchIndex
from core.settings import Mode, Settings, load_settings
from core.site import FOLDER as LOOK_FOLDER
from core.site import bring_look_in_step, write_look_file
from core.translations import compile_stale_catalogs
from core.web import init_web, settings_of
from counselling.appointments.releasing import forget_old_appointments, look_after_appointments
from counselling.cli import keys_commands
from counselling.disclosure.reviewing import look_after_openings, opening_alarms
from counselling.disclosure.rings import take_shares_back
from counselling.exporting import export_conversations
from counselling.handing.handovers import lapse_offers
from counselling.handing.untaken import tell_of_what_nobody_may_take, untaken_alarms
from counselling.live.attending import look_after_live_sessions
from counselling.notices import deliver_case_notices
from counselling.professionals.away import look_after_cases
from counselling.professionals.profiles import licence_alarms
from counselling.reaching import signs, unread
from counselling.retention import destroy_old_cases, warn_of_destruction
from counselling.taking import route_escalations
from counselling.threads.care import hand_back_after_its_time
from counselling.threads.thanking import thank_those_who_answered
from demo.cli import demo_commands
from demo.loader import STAFF_FILE, require_no_demo
from forum import tombstones
from forum.categories import ensure_default_categories
from forum.cli import search_commands, threads_commands, tombstones_commands
from forum.drafting import EDITED, forget_old_drafts
from forum.gate import join_gate
from forum.helpfile import FOLDER as HELP_FOLDER
from forum.indexing import index_posts, rebuild_index
from forum.models import TextDraft
from forum.retention import forget_idle_accounts, forget_old_texts
from forum.reviews import remind_of_reviews, review_alarms, send_reminders
from forum.sitetexts import write_site_files
from forum.views.pages import help_of_reader
from moderation import alarms, leaving, notices, pages, sweeping
from moderation.appeals.notices import send_appeal_notices, send_sanction_notices
from moderation.appeals.sending import forget_old_appeals
from moderation.cli import triage_commands
from moderation.gatekeeper import Gatekeeper
from moderation.handles import forget_old_months
from moderation.notes import export_notes, forget_old_notes
from moderation.promises import lateness
from moderation.promises.counting import forget_recent_waits
from moderation.proposals import confirming, excluding, granting, lowering, masking, second_looks
from moderation.proposals import proposing as proposals
from moderation.proposals.reading import act_alarms
from moderation.queries import items_needed_for
from moderation.reports import forget_old_reports
from moderation.review_models import ProposalKind
from moderation.screening.phases import load_phases
from moderation.team.rota import rota_alarms
from moderation.views import words

ROOT = Path(__file__).resolve().parent

COMMANDS = (
    demo_commands,
    staff_commands,
    ticket_commands,
    threads_commands,
    search_commands,
    audit_commands,
    work_command,
    backup_commands,
    retention_commands,
    translations_commands,
    triage_commands,
    tombstones_commands,
    keys_commands,
)
STAFF_HOMES = {
    Role.MODERATOR: "moderation.show_queue",
    Role.PROFESSIONAL: "counselling.show_worklist",
    Role.COORDINATOR: "insight.show_overview",
    Role.RESEARCHER: "accounts.change_password",
}
# What search engines may list: what says what this is, and, if a coordinator says so, what people wrote. The
# search itself never: its addresses hold what somebody looked for.
LISTING = Listing(
    always=frozenset(
        {
            "forum.show_home",
            "forum.show_welcome",
            "forum.show_worry_guide",
            "forum.show_help",
            "forum.show_rules",
            "forum.show_privacy",
            "moderation.show_promises",
        }
    ),
    with_threads=frozenset(
        {
            "forum.show_thread",
            "forum.show_category",
            "forum.show_post",
            "forum.show_feed",
            "forum.show_category_feed",
            "forum.list_unanswered_threads",
        }
    ),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Put the application together.

    Raises UnsafeSettings or KeysUnfit with a sentence that says what to do.
    """
    settings = settings or load_settings()
    require_no_demo(settings)
    keys = keys_or_none(settings)
    app = Flask("stoa", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(
        STOA=settings,
        SECRET_KEY=keys.server_key("form cookie").hex() if keys else secrets.token_hex(32),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    app.extensions["stoa_keys"] = keys
    init_database(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    init_limits(app, settings)
    init_web(app, settings)
    compile_stale_catalogs(ROOT)
    init_guard(app)
    join_gate(app, Gatekeeper())
    mark_places(app, EDITED)
    app.extensions["stoa_search"] = SearchIndex(settings.data_dir / "search")
    app.extensions["stoa_exports"] = {"conversations": export_conversations, "team_notes": export_notes}
    app.extensions["stoa_staff_homes"] = STAFF_HOMES
    app.extensions["stoa_staff_left"] = leaving.free_items_of
    app.extensions["stoa_listing"] = LISTING
    app.extensions["stoa_first_start"] = fill_new_installation
    app.extensions["stoa_backup"] = BackupParts(
        files=(HELP_FOLDER, LOOK_FOLDER, STAFF_FILE),
        passing_tables=(WebSession.__tablename__, TextDraft.__tablename__),
        make_app=create_app,
        after_restore=fill_restored_installation,
        outlasting=(tombstones.FILE,),
        before_restore=save_what_is_not_noted,
    )
    register_pages(app)
    with app.app_context():
        register_background_work()
        register_acts()
        register_retention()
    check_keys_fit(app)
    tombstones.redact_before_serving(app)
    bring_look_in_step(app)
    load_phases()  # a broken phrase list stops the start, and not the first post
    return app


def register_pages(app: Flask) -> None:
    """Blueprints, commands, and what templates may ask."""
    for blueprint in (
        core_views.bp,
        accounts.views.bp,
        forum.views.bp,
        moderation.views.bp,
        counselling.views.bp,
        insight.views.bp,
    ):
        app.register_blueprint(blueprint)
    if settings_of(app).mode is not Mode.LIVE:
        app.register_blueprint(demo.styleguide.bp)
    for command in COMMANDS:
        app.cli.add_command(command)
    words.install(app)
    app.context_processor(staff_context)
    app.context_processor(lambda: {"help_lines": help_of_reader().nearest})
    app.add_template_global(lambda endpoint: endpoint in app.view_functions, "has_endpoint")


def register_background_work() -> None:
    """What the worker does: handlers of the outbox, and jobs."""
    outbox.register_handler(
        "page",
        outbox.Handler(
            pages.send_pages,
            inside=False,
            lane=pages.channel_of,
            own_fault=(AddressRefused,),
            urgent=True,
            longest_pause=pages.pause_of,
        ),
    )
    outbox.register_handler("notice", outbox.Handler(notices.send_notices))
    outbox.register_handler("late", outbox.Handler(lateness.send_late_messages))
    outbox.register_handler("appeal_notice", outbox.Handler(send_appeal_notices))
    outbox.register_handler("sanction_notice", outbox.Handler(send_sanction_notices))
    outbox.register_handler("case_notice", outbox.Handler(deliver_case_notices))
    outbox.register_handler("hard_thread", outbox.Handler(thank_those_who_answered))
    outbox.register_handler("case_sign", outbox.Handler(signs.send_signs, inside=False, lane=signs.lane_of))
    outbox.register_handler("escalation_raised", outbox.Handler(route_escalations))
    outbox.register_handler("second_look", outbox.Handler(second_looks.ask_for_second_looks))
    outbox.register_handler("tombstone", outbox.Handler(tombstones.write_tombstones, inside=False))
    outbox.register_handler("index", outbox.Handler(index_posts, alone=False, inside=False))
    outbox.register_handler("review_reminder", outbox.Handler(send_reminders, inside=False))
    worker.register_job("anchor", write_anchor, every=timedelta(seconds=2))
    worker.register_job("write-ahead log", lambda _now: empty_write_ahead_log(), every=timedelta(minutes=1))
    worker.register_job("lapsed claims", sweeping.free_lapsed_items, every=timedelta(seconds=10))
    worker.register_job("absent staff", leaving.free_items_of_absent_staff, every=timedelta(seconds=30))
    worker.register_job("stranded texts", sweeping.ask_about_stranded_items, every=timedelta(minutes=1))
    worker.register_job("overdue items", sweeping.chase_overdue_items, every=timedelta(seconds=30))
    worker.register_job("late texts", lateness.tell_of_late_texts, every=timedelta(seconds=30))
    worker.register_job("proposals", proposals.lapse_proposals, every=timedelta(minutes=1))
    worker.register_job(
        "waiting decisions", confirming.look_after_waiting_decisions, every=timedelta(seconds=10)
    )
    worker.register_job("reviews of acts", proposals.chase_reviews, every=timedelta(minutes=5))
    worker.register_job("absent counsellors", look_after_cases, every=timedelta(minutes=1))
    worker.register_job("overdue cases", counselling.clocks.climb, every=timedelta(seconds=30))
    worker.register_job("live sessions", look_after_live_sessions, every=timedelta(seconds=30))
    worker.register_job("unanswered offers", lapse_offers, every=timedelta(seconds=30))
    worker.register_job("appointments", look_after_appointments, every=timedelta(minutes=1))
    worker.register_job("openings", look_after_openings, every=timedelta(seconds=30))
    worker.register_job("opening keys", take_shares_back, every=timedelta(seconds=30))
    worker.register_job("untaken cases", tell_of_what_nobody_may_take, every=timedelta(seconds=30))
    worker.register_job("damage", record_damage, every=timedelta(minutes=1))
    worker.register_job("cares of threads", hand_back_after_its_time, every=timedelta(minutes=1))
    worker.register_job("unread letters", unread.chase_unread_first_letters, every=timedelta(minutes=1))
    worker.register_job("unconfirmed accounts", joining.forget_unconfirmed, every=timedelta(minutes=5))
    worker.register_job("kept forms", forget_expired, every=timedelta(minutes=10))
    worker.register_job("tombstones", tombstones.look_for_what_came_back, every=timedelta(minutes=10))
    worker.register_job("help files", rewrite_help_files, every=timedelta(hours=1))
    worker.register_job("reviews", remind_of_reviews, every=timedelta(hours=24))
    worker.register_job("drafts", forget_old_drafts, every=timedelta(minutes=10))
    worker.register_job("retention", retention.forget_what_is_due, every=timedelta(hours=24))


def register_acts() -> None:
    """What an approved proposal does, by its kind."""
    proposals.register_act(ProposalKind.REDACT, masking.redact_words)
    proposals.register_act(ProposalKind.LOWER_BAND, lowering.lower_band)
    proposals.register_act(ProposalKind.EXCLUDE, excluding.exclude)
    proposals.register_act(ProposalKind.GRANT_ROLE, granting.grant_role)
    proposals.register_act(ProposalKind.DECISION, confirming.let_leave)


def register_retention() -> None:
    """What is forgotten once a day, or by `flask retention run`. The counts are shown by these names."""
    for name, rule in (
        ("old texts", partial(forget_old_texts, is_needed=items_needed_for)),
        ("idle accounts", forget_idle_accounts),
        ("unconfirmed accounts", joining.forget_unconfirmed),
        ("old reports", forget_old_reports),
        ("old appeals", forget_old_appeals),
        ("old handles", forget_old_months),
        ("old notes", forget_old_notes),
        ("old skips", sweeping.forget_old_skips),
        ("recent waits", forget_recent_waits),
        ("cases that go soon", warn_of_destruction),
        ("old cases", destroy_old_cases),
        ("old appointments", forget_old_appointments),
        ("kept forms", forget_expired),
        ("drafts", forget_old_drafts),
    ):
        retention.register_rule(name, rule)


def fill_new_installation() -> None:
    """What a new installation needs beside empty tables: the default categories."""
    ensure_default_categories()


def save_what_is_not_noted() -> None:
    """Before another database takes the place of this one: what was redacted is noted beside it."""
    tombstones.write_waiting_tombstones(settings_of(current_app).data_dir)


def fill_restored_installation() -> None:
    """What was redacted since goes again. Then what can be made anew: the search index, and the files that
    pages show without asking the database.
    """
    tombstones.redact_what_came_back(settings_of(current_app).data_dir)
    rebuild_index()
    write_look_file(settings_of(current_app).data_dir)
    write_site_files(settings_of(current_app).data_dir)


def rewrite_help_files(_now: datetime) -> None:
    """A job: bring the files of crisis help in step with the database, after a start above all."""
    write_site_files(settings_of(current_app).data_dir)


def write_anchor(_now: datetime) -> None:
    """A job: anchor the audit log outside the database."""
    audit.write_anchor(settings_of(current_app).data_dir)


def forget_expired(now: datetime) -> int:
    """A job: forget remembered submissions and kept forms whose time is over. Gives how many."""
    with transaction():
        return delete_expired(now)


def staff_context() -> dict[str, Any]:
    """The staff's places, and what all of them must see.

    Asks the database only when somebody of the staff is signed in.
    """
    staff = staff_or_none()
    if staff is None:
        return {}
    now = utcnow()
    told = staff_alarms(staff.role) + alarms.own_alarms(staff, now=now) + act_alarms(staff, now=now)
    told += licence_alarms(staff, now=now) + opening_alarms(staff, now=now) + untaken_alarms(staff)
    return {"everyday": places_of_every_day(staff.role), "shelved": SHELVED, "staff_alarms": told}


def staff_alarms(role: Role) -> list[str]:
    """Sentences that every member of staff must see: paging that does not work, a worker that stands
    still; and to a coordinator, crisis help that was not checked for long, and a rota that runs out.
    """
    settings = settings_of(current_app)
    sentences = alarms.channel_alarms(now=utcnow()) + alarms.work_alarms()
    sentences += sealed_alarms(data_dir=settings.data_dir, keys_dir=settings.keys_dir)
    if may(role, Permission.RECORD_TRAINING):
        sentences += training_alarms(now=utcnow())
    if may(role, Permission.ADMINISTER):
        sentences += review_alarms(utcnow().date())
        sentences += rota_alarms(now=utcnow())
    if not worker.is_alive(settings.data_dir, now=utcnow()):
        sentences.append(
            _(
                "The background worker stands still: pages, notices and clocks do not run. Tell whoever "
                "runs this service."
            )
        )
    return sentences
