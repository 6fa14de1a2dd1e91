"""Every address and every role: who is let in, and how the others are turned away.

`EXPECTED` names each endpoint on purpose: a page that nobody thought about fails here.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from accounts import guard, queries
from accounts.models import Account, Attendant, Returner, Staff
from accounts.permissions import STAFF_ROLES, STAFF_ROOMS, STUDENTS_ONLY, Permission, Role, may
from accounts.staffing import add_staff
from accounts.websessions import sign_in
from core.clock import utcnow
from core.crypto import new_key
from core.db import db, transaction
from core.ids import new_public_id
from counselling.cases import open_case
from counselling.reaching.codes import give_return_code, returner_with
from moderation.bands import Band
from tests.conftest import upgraded_app

# None: for machines and browsers, who are nobody.
EXPECTED: dict[str, Permission | None] = {
    "static": None,
    "core.show_asset": None,
    "core.show_favicon": None,
    "core.show_health": None,
    "core.show_manifest": None,
    "core.show_metrics": None,
    "core.show_readiness": None,
    "core.show_robots": None,
    "accounts.start_joining": Permission.JOIN,
    "accounts.confirm_joining": Permission.JOIN,
    "accounts.come_back": Permission.JOIN,
    "accounts.sign_out": Permission.SIGN_OUT,
    "accounts.leave": Permission.SIGN_OUT,
    "accounts.choose_language": Permission.READ,
    "accounts.choose_theme": Permission.READ,
    "accounts.choose_country": Permission.READ,
    "accounts.choose_keys": Permission.OWN_STAFF_ACCOUNT,
    "accounts.sign_in_staff": Permission.SIGN_IN_AS_STAFF,
    "accounts.show_staff_home": Permission.OWN_STAFF_ACCOUNT,
    "accounts.list_places": Permission.OWN_STAFF_ACCOUNT,
    "accounts.change_password": Permission.OWN_STAFF_ACCOUNT,
    "accounts.choose_paging": Permission.SERVE,
    "accounts.send_test_page": Permission.SERVE,
    "accounts.set_join_word": Permission.ADMINISTER,
    "accounts.list_staff": Permission.ADMINISTER,
    "accounts.add_staff": Permission.ADMINISTER,
    "accounts.close_staff": Permission.ADMINISTER,
    "accounts.reset_otp": Permission.ADMINISTER,
    "accounts.list_training": Permission.RECORD_TRAINING,
    "accounts.record_training": Permission.RECORD_TRAINING,
    "forum.show_home": Permission.READ,
    "forum.show_category": Permission.READ,
    "forum.show_thread": Permission.READ,
    "forum.show_post": Permission.READ,
    "forum.show_welcome": Permission.READ,
    "forum.choose_start": Permission.READ,
    "forum.show_worry_guide": Permission.READ,
    "forum.list_unanswered_threads": Permission.READ,
    "forum.show_feed": Permission.READ,
    "forum.show_category_feed": Permission.READ,
    "forum.search_posts": Permission.READ,
    "forum.show_reading": Permission.READ,
    "forum.choose_reading": Permission.READ,
    "forum.show_help": Permission.READ,
    "forum.show_privacy": Permission.READ,
    "forum.show_rules": Permission.READ,
    "forum.begin_thread": Permission.WRITE,
    "forum.write_reply": Permission.WRITE,
    "forum.edit_post": Permission.KEEP_OWN,
    "forum.edit_look": Permission.ADMINISTER,
    "forum.change_logo": Permission.ADMINISTER,
    "forum.show_look_preview": Permission.ADMINISTER,
    "forum.withdraw_post": Permission.KEEP_OWN,
    "forum.keep_draft": Permission.KEEP_OWN,
    "forum.discard_draft": Permission.KEEP_OWN,
    "forum.react_to_post": Permission.KEEP_OWN,
    "forum.follow_thread": Permission.KEEP_OWN,
    "forum.mute_name": Permission.KEEP_OWN,
    "forum.show_mine": Permission.KEEP_OWN,
    "forum.mark_notices_read": Permission.KEEP_OWN,
    "forum.export_own": Permission.KEEP_OWN,
    "forum.delete_account": Permission.KEEP_OWN,
    "forum.list_categories": Permission.ADMINISTER,
    "forum.add_category": Permission.ADMINISTER,
    "forum.edit_category": Permission.ADMINISTER,
    "forum.close_category": Permission.ADMINISTER,
    "forum.reopen_category": Permission.ADMINISTER,
    "forum.list_texts": Permission.ADMINISTER,
    "forum.edit_text": Permission.ADMINISTER,
    "forum.confirm_text": Permission.ADMINISTER,
    "forum.list_help_lines": Permission.ADMINISTER,
    "forum.add_help_line": Permission.ADMINISTER,
    "forum.edit_help_line": Permission.ADMINISTER,
    "forum.confirm_help_line": Permission.ADMINISTER,
    "forum.move_help_line": Permission.ADMINISTER,
    "forum.delete_help_line": Permission.ADMINISTER,
    "moderation.report_post": Permission.REPORT,
    "moderation.show_promises": Permission.READ,
    "moderation.show_report_status": Permission.REPORT,
    "moderation.take_report_back": Permission.REPORT,
    "moderation.show_appeal": Permission.APPEAL,
    "moderation.answer_appeal": Permission.DECIDE,
    "moderation.set_sanction": Permission.DECIDE,
    "moderation.lift_sanction": Permission.DECIDE,
    "moderation.show_queue": Permission.SEE_QUEUE,
    "moderation.show_queue_state": Permission.SEE_QUEUE,
    "moderation.stream_queue": Permission.SEE_QUEUE,
    "moderation.show_item": Permission.SEE_QUEUE,
    "moderation.list_unanswered": Permission.SEE_QUEUE,
    "moderation.take_next_item": Permission.DECIDE,
    "moderation.claim_item": Permission.DECIDE,
    "moderation.release_item": Permission.DECIDE,
    "moderation.put_item_on_hold": Permission.DECIDE,
    "moderation.hand_item": Permission.DECIDE,
    "moderation.skip_item": Permission.DECIDE,
    "moderation.recuse_from_item": Permission.DECIDE,
    "moderation.ask_cover": Permission.DECIDE,
    "moderation.decide_item": Permission.DECIDE,
    "moderation.undo_decision": Permission.DECIDE,
    "moderation.show_team": Permission.SERVE,
    "moderation.choose_topics": Permission.SERVE,
    "moderation.finish_team_task": Permission.SERVE,
    "moderation.show_rest": Permission.SERVE,
    "moderation.begin_stint": Permission.DECIDE,
    "moderation.end_stint": Permission.DECIDE,
    "moderation.pair_staff": Permission.ADMINISTER,
    "moderation.show_rota": Permission.SERVE,
    "moderation.offer_shift": Permission.SERVE,
    "moderation.keep_shift": Permission.SERVE,
    "moderation.accept_shift": Permission.SERVE,
    "moderation.decline_shift": Permission.SERVE,
    "moderation.plan_rota": Permission.ADMINISTER,
    "moderation.add_shifts": Permission.ADMINISTER,
    "moderation.copy_rota": Permission.ADMINISTER,
    "moderation.publish_rota": Permission.ADMINISTER,
    "moderation.remove_shift": Permission.ADMINISTER,
    "moderation.show_proposals": Permission.SERVE,
    "moderation.approve_proposal": Permission.SERVE,
    "moderation.refuse_proposal": Permission.SERVE,
    "moderation.review_act": Permission.SERVE,
    "moderation.confirm_decision": Permission.DECIDE,
    "moderation.send_decision_back": Permission.DECIDE,
    "moderation.take_decision_back": Permission.DECIDE,
    "moderation.propose_role": Permission.ADMINISTER,
    "moderation.mask_item_words": Permission.DECIDE,
    "moderation.unmask_item_words": Permission.DECIDE,
    "moderation.redact_item_words": Permission.DECIDE,
    "moderation.lower_item": Permission.DECIDE,
    "moderation.protect_readers": Permission.DECIDE,
    "moderation.set_clocks": Permission.ADMINISTER,
    "moderation.set_hours": Permission.ADMINISTER,
    "moderation.set_student_numbers": Permission.ADMINISTER,
    "moderation.answer_note": Permission.KEEP_OWN,
    "moderation.write_note": Permission.DECIDE,
    "moderation.take_note_back": Permission.DECIDE,
    "moderation.list_reasons": Permission.ADMINISTER,
    "moderation.add_reason": Permission.ADMINISTER,
    "moderation.edit_reason": Permission.ADMINISTER,
    "counselling.show_counsel": Permission.READ,
    "counselling.request_counsellor": Permission.ASK_COUNSELLOR,
    "counselling.edit_intake": Permission.TALK,
    "counselling.show_confidentiality": Permission.READ,
    "counselling.confirm_reading": Permission.TALK,
    "counselling.edit_confidentiality": Permission.ADMINISTER,
    "counselling.show_hand_over_card": Permission.TALK,
    "counselling.choose_thread": Permission.TALK,
    "counselling.show_intake_answers": Permission.COUNSEL,
    "counselling.show_conversation": Permission.TALK,
    "counselling.write_to_counsellor": Permission.TALK,
    "counselling.stay_here": Permission.ASK_COUNSELLOR,
    "counselling.show_own_appointments": Permission.TALK,
    "counselling.book_appointment": Permission.TALK,
    "counselling.cancel_own_appointment": Permission.TALK,
    "counselling.download_appointment": Permission.TALK,
    "counselling.show_appointments": Permission.COUNSEL,
    "counselling.publish_slots": Permission.COUNSEL,
    "counselling.withdraw_slot": Permission.COUNSEL,
    "counselling.show_door_list": Permission.COUNSEL,
    "counselling.show_case_appointments": Permission.COUNSEL,
    "counselling.cancel_appointment": Permission.COUNSEL,
    "counselling.keep_appointment": Permission.COUNSEL,
    "counselling.miss_appointment": Permission.COUNSEL,
    "counselling.show_ending": Permission.TALK,
    "counselling.end_conversation": Permission.TALK,
    "counselling.destroy_conversation": Permission.ASK_COUNSELLOR,
    "counselling.withdraw_letter": Permission.TALK,
    "counselling.export_conversation": Permission.TALK,
    "counselling.look_after_thread": Permission.COUNSEL,
    "counselling.answer_thread_words": Permission.TALK,
    "counselling.set_reach_back": Permission.TALK,
    "counselling.make_return_code": Permission.TALK,
    "counselling.end_return_code": Permission.ASK_COUNSELLOR,
    "counselling.come_back_with_code": Permission.JOIN,
    "counselling.show_number": Permission.COUNSEL,
    "counselling.record_call": Permission.COUNSEL,
    "counselling.show_worklist": Permission.COUNSEL,
    "counselling.show_escalation": Permission.COUNSEL,
    "counselling.accept_escalation": Permission.COUNSEL,
    "counselling.decline_escalation": Permission.COUNSEL,
    "counselling.show_case": Permission.COUNSEL,
    "counselling.take_case": Permission.COUNSEL,
    "counselling.stream_worklist": Permission.COUNSEL,
    "counselling.show_worklist_state": Permission.COUNSEL,
    "counselling.set_own_profile": Permission.COUNSEL,
    "counselling.leave_contact": Permission.ASK_COUNSELLOR,
    "counselling.forget_contact": Permission.ASK_COUNSELLOR,
    "counselling.ask_opening": Permission.COUNSEL,
    "counselling.ask_opening_on_call": Permission.COUNSEL,
    "counselling.practise_opening": Permission.OPEN_CONTACT,
    "counselling.list_openings": Permission.OPEN_CONTACT,
    "counselling.show_opening": Permission.OPEN_CONTACT,
    "counselling.approve_opening": Permission.OPEN_CONTACT,
    "counselling.refuse_opening": Permission.OPEN_CONTACT,
    "counselling.take_back_opening": Permission.OPEN_CONTACT,
    "counselling.open_contact": Permission.OPEN_CONTACT,
    "counselling.review_opening": Permission.OPEN_CONTACT,
    "counselling.show_opening_keys": Permission.OPEN_CONTACT,
    "counselling.make_opening_words": Permission.OPEN_CONTACT,
    "counselling.confirm_opening_words": Permission.OPEN_CONTACT,
    "counselling.admit_key_holder": Permission.OPEN_CONTACT,
    "counselling.renew_key_ring": Permission.OPEN_CONTACT,
    "counselling.show_away": Permission.SERVE,
    "counselling.end_absence": Permission.SERVE,
    "counselling.move_cases": Permission.SERVE,
    "counselling.list_professionals": Permission.ADMINISTER,
    "counselling.set_professional": Permission.ADMINISTER,
    "counselling.promise_answer": Permission.COUNSEL,
    "counselling.add_check_in": Permission.COUNSEL,
    "counselling.write_to_student": Permission.COUNSEL,
    "counselling.record_encounter": Permission.COUNSEL,
    "counselling.close_case": Permission.COUNSEL,
    "counselling.show_record": Permission.COUNSEL,
    "counselling.show_closing": Permission.COUNSEL,
    "counselling.show_forum_side": Permission.COUNSEL,
    "counselling.ask_to_talk": Permission.TALK,
    "counselling.check_connection": Permission.TALK,
    "counselling.try_connection": Permission.TALK,
    "counselling.try_stream": Permission.TALK,
    "counselling.check_staff_connection": Permission.COUNSEL,
    "counselling.try_staff_connection": Permission.COUNSEL,
    "counselling.try_staff_stream": Permission.COUNSEL,
    "counselling.end_live_talk": Permission.TALK,
    "counselling.keep_live_talk": Permission.TALK,
    "counselling.list_own_lines": Permission.TALK,
    "counselling.refresh_live_talk": Permission.TALK,
    "counselling.say_to_counsellor": Permission.TALK,
    "counselling.show_live_talk": Permission.TALK,
    "counselling.show_live_talk_state": Permission.TALK,
    "counselling.stream_live_talk": Permission.TALK,
    "counselling.agree_on_live": Permission.COUNSEL,
    "counselling.end_live_room": Permission.COUNSEL,
    "counselling.extend_live_room": Permission.COUNSEL,
    "counselling.keep_live_room": Permission.COUNSEL,
    "counselling.list_lines_of_case": Permission.COUNSEL,
    "counselling.mark_live_stage": Permission.COUNSEL,
    "counselling.open_live_room": Permission.COUNSEL,
    "counselling.refresh_live_room": Permission.COUNSEL,
    "counselling.say_to_student": Permission.COUNSEL,
    "counselling.show_live_room": Permission.COUNSEL,
    "counselling.show_live_room_state": Permission.COUNSEL,
    "counselling.stream_live_room": Permission.COUNSEL,
    "counselling.show_own_people": Permission.TALK,
    "counselling.invite_person": Permission.TALK,
    "counselling.take_person_back": Permission.TALK,
    "counselling.show_people": Permission.COUNSEL,
    "counselling.approve_trusted": Permission.COUNSEL,
    "counselling.refuse_trusted": Permission.COUNSEL,
    "counselling.send_person_out": Permission.COUNSEL,
    "counselling.join_talk": Permission.JOIN,
    "counselling.show_joined_talk": Permission.ATTEND,
    "counselling.refresh_joined_talk": Permission.ATTEND,
    "counselling.say_in_joined_talk": Permission.ATTEND,
    "counselling.list_joined_lines": Permission.ATTEND,
    "counselling.stream_joined_talk": Permission.ATTEND,
    "counselling.show_joined_state": Permission.ATTEND,
    "counselling.keep_joined_talk": Permission.ATTEND,
    "counselling.leave_joined_talk": Permission.ATTEND,
    "counselling.show_talk_over": Permission.READ,
    "counselling.show_case_forms": Permission.COUNSEL,
    "counselling.begin_case_form": Permission.COUNSEL,
    "counselling.fill_case_form": Permission.COUNSEL,
    "counselling.show_notes": Permission.COUNSEL,
    "counselling.show_neutral_summary": Permission.COUNSEL,
    "counselling.ask_if_right": Permission.COUNSEL,
    "counselling.answer_check": Permission.TALK,
    "counselling.list_canned_texts": Permission.COUNSEL,
    "counselling.retire_canned": Permission.COUNSEL,
    "counselling.set_fit": Permission.COUNSEL,
    "counselling.keep_case_draft": Permission.COUNSEL,
    "counselling.keep_own_draft": Permission.TALK,
    "counselling.rate_encounter": Permission.TALK,
    "counselling.show_shared": Permission.TALK,
    "counselling.show_plan": Permission.TALK,
    "counselling.state_purpose": Permission.COUNSEL,
    "counselling.accept_handover": Permission.COUNSEL,
    "counselling.ask_supervisor": Permission.COUNSEL,
    "counselling.assign_handover": Permission.SERVE,
    "counselling.decline_invitation": Permission.COUNSEL,
    "counselling.end_asked_supervision": Permission.COUNSEL,
    "counselling.end_membership": Permission.COUNSEL,
    "counselling.end_supervising": Permission.COUNSEL,
    "counselling.invite_second": Permission.COUNSEL,
    "counselling.join_as_second": Permission.COUNSEL,
    "counselling.offer_case": Permission.COUNSEL,
    "counselling.recuse_from_case": Permission.COUNSEL,
    "counselling.recuse_from_escalation": Permission.COUNSEL,
    "counselling.refuse_handover": Permission.COUNSEL,
    "counselling.reply_as_supervisor": Permission.COUNSEL,
    "counselling.show_asked_supervision": Permission.COUNSEL,
    "counselling.show_colleagues": Permission.COUNSEL,
    "counselling.show_handover": Permission.COUNSEL,
    "counselling.show_invitation": Permission.COUNSEL,
    "counselling.show_supervision": Permission.COUNSEL,
    "counselling.state_supervision_purpose": Permission.COUNSEL,
    "counselling.stop_working_along": Permission.COUNSEL,
    "counselling.take_back_handover": Permission.COUNSEL,
    "demo.show_styleguide": Permission.READ,
    "insight.show_overview": Permission.SEE_COUNTS,
    "insight.open_insight": Permission.SEE_COUNTS,
}

# Who has the permission and is told no all the same: staff answer in threads, and begin none.
TOLD_NO: set[tuple[str, Role]] = {
    ("forum.begin_thread", Role.MODERATOR),
    ("forum.begin_thread", Role.PROFESSIONAL),
}

COOKIES = {Role.STUDENT: "stoa", Role.RETURNER: "stoa-returner", Role.TRUSTED: "stoa-trusted"}
SOMETHING = {
    "slug": "no-such-category",
    "kind": "crisis_help",
    "language": "en",
    "lang": "en",
    "theme": "dark",
    "keys": "off",
    "code": "GR",
    "filename": "stoa.css",
    "version": "0000000000",
    "name": "stoa.css",
    "token": "0" * 28,
}
NO_SUCH_ID = "0000000000001"


@pytest.fixture(scope="module")
def matrix_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with one person of each staff role."""
    app = upgraded_app(tmp_path_factory.mktemp("matrix") / "data")
    # Whether a token is asked for is another test's matter; here it would stand before the door.
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        for role in STAFF_ROLES:
            add_staff(role, role=role, keep_password=True, actor="command", now=utcnow())
        db.session.remove()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def browser_of(app: Flask, role: Role) -> FlaskClient:
    """A browser in which somebody of this role is signed in."""
    browser = app.test_client()
    if role is Role.VISITOR:
        return browser
    with app.app_context():
        with transaction():
            token = sign_in(person_of(role), now=utcnow())
        db.session.remove()
    browser.set_cookie(COOKIES.get(role, "stoa-staff"), token)
    return browser


def person_of(role: Role) -> Account | Staff | Returner | Attendant:
    if role is Role.TRUSTED:
        return Attendant(opens=NO_SUCH_ID, mark=1)
    return returner() if role is Role.RETURNER else queries.staff_by_username(role) or new_student()


def returner() -> Returner:
    """Somebody with the code of a case."""
    case = open_case(band=Band.AMBER, student=None, pseudonym="Quiet Heron", due_at=None, now=utcnow())
    return returner_with(give_return_code(case, now=utcnow()))


def new_student() -> Account:
    student = Account(
        id=new_public_id(),
        lookup=new_key(),
        is_confirmed=True,
        epoch=1,
        seen_on=(utcnow() - timedelta(days=1)).date(),
        data_key=new_key(),
    )
    db.session.add(student)
    db.session.flush()
    return student


def rules_of(app: Flask, endpoint: str) -> list[Rule]:
    return list(app.url_map.iter_rules(endpoint))


def address_of(app: Flask, endpoint: str) -> str:
    """An address of this endpoint, of something that is not there."""
    (rule, *_) = rules_of(app, endpoint)
    values = {name: SOMETHING.get(name, NO_SUCH_ID) for name in rule.arguments}
    return str(app.url_map.bind("localhost").build(endpoint, values))


def methods_of(app: Flask, endpoint: str) -> list[str]:
    (rule, *_) = rules_of(app, endpoint)
    return sorted((rule.methods or set()) & {"GET", "POST"})


def unexpected(app: Flask) -> str:
    """What to change in EXPECTED, as lines to copy."""
    asked = {
        rule.endpoint: getattr(app.view_functions[rule.endpoint], "permission", None)
        for rule in app.url_map.iter_rules()
    }
    lines = []
    for endpoint, permission in sorted(asked.items()):
        if endpoint not in EXPECTED or EXPECTED[endpoint] is not permission:
            name = f"Permission.{permission.name}" if permission else "None"
            lines.append(f'    "{endpoint}": {name},  # asked by {rules_of(app, endpoint)[0].rule}')
    gone = [f'    "{endpoint}" is there no more' for endpoint in sorted(EXPECTED.keys() - asked.keys())]
    return "\n".join(lines + gone)


def test_every_endpoint_is_named_here_with_what_it_asks(matrix_app: Flask) -> None:
    wrong = unexpected(matrix_app)
    assert not wrong, f"EXPECTED does not say what the views ask. If the views are right, write:\n{wrong}"


def test_an_endpoint_that_nobody_thought_of_is_found(
    matrix_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(EXPECTED, "forum.show_home")
    assert '"forum.show_home": Permission.READ,' in unexpected(matrix_app)


def test_an_endpoint_that_asks_for_something_else_is_found(
    matrix_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXPECTED, "moderation.show_queue", Permission.READ)
    assert '"moderation.show_queue": Permission.SEE_QUEUE,' in unexpected(matrix_app)


def test_an_endpoint_that_is_gone_is_found(matrix_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXPECTED, "forum.show_nothing", Permission.READ)
    assert '"forum.show_nothing" is there no more' in unexpected(matrix_app)


def test_only_machines_and_browsers_are_asked_for_nothing() -> None:
    open_to_all = {endpoint for endpoint, permission in EXPECTED.items() if permission is None}
    assert open_to_all == {
        "static",
        "core.show_asset",
        "core.show_favicon",
        "core.show_health",
        "core.show_manifest",
        "core.show_metrics",
        "core.show_readiness",
        "core.show_robots",
    }


def turned_away_with(role: Role, permission: Permission) -> int:
    """How: to strangers a staff room does not exist; a visitor is led to the door."""
    if permission in STAFF_ROOMS and role not in STAFF_ROLES:
        return 404
    if permission is Permission.ATTEND:
        return 404
    if permission in STUDENTS_ONLY and role in {Role.VISITOR, Role.RETURNER, Role.TRUSTED}:
        return 303
    return 403


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "endpoint", sorted(endpoint for endpoint, permission in EXPECTED.items() if permission is not None)
)
def test_each_role_is_let_in_or_turned_away(
    matrix_app: Flask, monkeypatch: pytest.MonkeyPatch, endpoint: str, role: Role
) -> None:
    permission = EXPECTED[endpoint]
    assert permission is not None
    turned_away: list[Role] = []
    turn_away = guard.turn_away

    def note(role: Role, permission: Permission) -> object:
        turned_away.append(role)
        return turn_away(role, permission)

    monkeypatch.setattr(guard, "turn_away", note)
    for method in methods_of(matrix_app, endpoint):
        turned_away.clear()
        with browser_of(matrix_app, role).open(address_of(matrix_app, endpoint), method=method) as answer:
            if may(role, permission):
                assert not turned_away, method
                assert (answer.status_code == 403) is ((endpoint, role) in TOLD_NO), method
                assert answer.status_code < 500, method
            else:
                assert turned_away, method
                assert answer.status_code == turned_away_with(role, permission), method


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "endpoint", sorted(endpoint for endpoint, permission in EXPECTED.items() if permission is None)
)
def test_machines_and_browsers_are_answered_whoever_is_signed_in(
    matrix_app: Flask, endpoint: str, role: Role
) -> None:
    with browser_of(matrix_app, role).get(address_of(matrix_app, endpoint)) as answer:
        assert answer.status_code in {200, 503}
