"""Two students, two professionals, two moderators: every thing of one, asked for by the other, answers as one
that never was.

The addresses come from the application. One that is new, and has an id in it, is red here until a table says
whose it is, or why it is somebody else's too.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.db import db
from core.ids import PublicIdConverter, new_public_id
from core.web import settings_of
from tests.conftest import put_away, upgraded_app
from tests.journeys.strangers import ASKED, House, build_house, said_by

S, P, M = "student", "professional", "moderator"
Fields = dict[str, str]
LETTER = {"body": "A letter."}
TALK = {"who": "professional", "minutes": "30", "line": ""}
OPENING = {"way": "two", "reason": "A farewell.", "telling": "We were worried.", "days": "0"}
WORDS = {"passphrase": "six words that are none of ours"}
COLLEAGUE = {"colleague": "{colleague}"}

# Whose a thing is, and what is sent so that nothing but the stranger stands in the way.
OWNED: dict[str, tuple[str, Fields]] = {
    # A student's texts, before others may read them
    "forum.show_thread": (S, {}),
    "forum.show_post": (S, {}),
    "forum.write_reply": (S, LETTER),
    "forum.edit_post": (S, LETTER | {"title": "Held"}),
    "forum.withdraw_post": (S, {}),
    "forum.follow_thread": (S, {"wanted": "1"}),
    "forum.mute_name": (S, {"name": "Quiet Heron"}),
    "forum.react_to_post": (S, {"kind": "with_you"}),
    "moderation.report_post": (S, {"reason": "worries_me"}),
    "moderation.answer_note": (S, LETTER),
    # A student's conversation
    "counselling.answer_check": (S, {"number": "3", "answer": "yes"}),
    "counselling.answer_thread_words": (S, {"answer": "yes"}),
    "counselling.ask_to_talk": (S, {}),
    "counselling.check_connection": (S, {}),
    "counselling.choose_thread": (S, {"thread": "{thread_id}"}),
    "counselling.confirm_reading": (S, {"version": "1"}),
    "counselling.destroy_conversation": (S, {"sure": "y"}),
    "counselling.edit_intake": (S, {"hope": "To sleep."}),
    "counselling.end_conversation": (S, {}),
    "counselling.end_live_talk": (S, {}),
    "counselling.end_return_code": (S, {}),
    "counselling.export_conversation": (S, {}),
    "counselling.keep_live_talk": (S, {}),
    "counselling.keep_own_draft": (S, LETTER | {"place": "letter"}),
    "counselling.list_own_lines": (S, {}),
    "counselling.make_return_code": (S, {}),
    "counselling.rate_encounter": (S, {"number": "0", "skip": "1"}),
    "counselling.refresh_live_talk": (S, {}),
    "counselling.say_to_counsellor": (S, LETTER),
    "counselling.set_reach_back": (S, {"number": "+30 210 000 0000"}),
    "counselling.show_conversation": (S, {}),
    "counselling.show_ending": (S, {}),
    "counselling.show_hand_over_card": (S, {}),
    "counselling.show_live_talk": (S, {}),
    "counselling.show_live_talk_state": (S, {}),
    "counselling.show_plan": (S, {"part": "alone", "words": "A walk."}),
    "counselling.show_shared": (S, {}),
    "counselling.stream_live_talk": (S, {}),
    "counselling.try_connection": (S, {}),
    "counselling.try_stream": (S, {}),
    "counselling.withdraw_letter": (S, {}),
    "counselling.write_to_counsellor": (S, LETTER),
    # What a student has besides letters: times, people they bring, sealed contact details
    "counselling.book_appointment": (S, {"slot": "{slot_id}", "code_word": "quince medlar"}),
    "counselling.cancel_own_appointment": (S, {}),
    "counselling.download_appointment": (S, {}),
    "counselling.forget_contact": (S, {}),
    "counselling.invite_person": (S, {"name": "My brother"}),
    "counselling.leave_contact": (S, {"phone": "+30 210 000 0000"}),
    "counselling.show_own_appointments": (S, {}),
    "counselling.show_own_people": (S, {}),
    "counselling.take_person_back": (S, {}),
    # A professional's case
    "counselling.add_check_in": (P, {"on": "2031-03-04", "at": "17:00", "reason": "exam", "told": "yes"}),
    "counselling.agree_on_live": (P, TALK),
    "counselling.ask_if_right": (P, LETTER),
    "counselling.ask_supervisor": (
        P,
        COLLEAGUE | {"scope": "whole", "question": "?", "consent": "Yes.", "days": "7"},
    ),
    "counselling.begin_case_form": (P, {"kind": "referral"}),
    "counselling.close_case": (P, {"summary": "Over."}),
    "counselling.end_asked_supervision": (P, {}),
    "counselling.end_live_room": (P, {}),
    "counselling.end_membership": (P, {}),
    "counselling.extend_live_room": (P, {"seen": "0"}),
    "counselling.fill_case_form": (P, {"version": "1", "q_done": "Talked."}),
    "counselling.invite_second": (P, COLLEAGUE),
    "counselling.keep_case_draft": (P, LETTER | {"place": "letter"}),
    "counselling.keep_live_room": (P, {}),
    "counselling.list_lines_of_case": (P, {}),
    "counselling.look_after_thread": (P, {"act": "begin"}),
    "counselling.mark_live_stage": (P, {"stage": "introduction", "mark": "begun"}),
    "counselling.offer_case": (P, COLLEAGUE | {"note": "Please."}),
    "counselling.open_live_room": (P, TALK),
    "counselling.promise_answer": (P, {"by": "at", "day": "2031-03-04", "hour": "17:00"}),
    "counselling.record_call": (P, {"outcome": "reached"}),
    "counselling.record_encounter": (P, {"agreed": "A walk."}),
    "counselling.recuse_from_case": (P, {}),
    "counselling.refresh_live_room": (P, {}),
    "counselling.say_to_student": (P, LETTER),
    "counselling.set_fit": (P, {"fit": "online", "why": "Letters suit you."}),
    "counselling.show_asked_supervision": (P, {}),
    "counselling.show_case": (P, {}),
    "counselling.show_case_forms": (P, {}),
    "counselling.show_closing": (P, {}),
    "counselling.show_colleagues": (P, {}),
    "counselling.show_escalation": (P, {}),
    "counselling.show_forum_side": (P, {}),
    "counselling.show_intake_answers": (P, {}),
    "counselling.show_live_room": (P, {}),
    "counselling.show_live_room_state": (P, {}),
    "counselling.show_neutral_summary": (P, {}),
    "counselling.show_notes": (P, LETTER | {"lane": "team", "version": "1"}),
    "counselling.show_number": (P, {}),
    "counselling.show_record": (P, {}),
    "counselling.state_purpose": (P, {"purpose": "cover"}),
    "counselling.stop_working_along": (P, {}),
    "counselling.stream_live_room": (P, {}),
    "counselling.write_to_student": (P, LETTER),
    "counselling.approve_trusted": (P, {}),
    "counselling.ask_opening": (P, OPENING),
    "counselling.cancel_appointment": (P, {"words": "I am ill."}),
    "counselling.keep_appointment": (P, {}),
    "counselling.miss_appointment": (P, {}),
    "counselling.refuse_trusted": (P, {"reason": "Not today."}),
    "counselling.send_person_out": (P, {}),
    "counselling.show_case_appointments": (P, {}),
    "counselling.show_people": (P, {}),
    # What a professional has besides, or was asked by a colleague
    "counselling.accept_handover": (P, {}),
    "counselling.approve_opening": (P, WORDS),
    "counselling.ask_opening_on_call": (P, OPENING),
    "counselling.open_contact": (P, WORDS),
    "counselling.refuse_opening": (P, {}),
    "counselling.review_opening": (P, {"verdict": "right", "words": "Right."}),
    "counselling.show_opening": (P, {}),
    "counselling.withdraw_slot": (P, {}),
    "counselling.assign_handover": (P, COLLEAGUE),
    "counselling.decline_invitation": (P, {}),
    "counselling.end_absence": (P, {}),
    "counselling.end_supervising": (P, {}),
    "counselling.join_as_second": (P, {"purpose": "think_along"}),
    "counselling.move_cases": (P, {"case": "all", "to": "{colleague}"}),
    "counselling.refuse_handover": (P, {"reason": "No hours."}),
    "counselling.reply_as_supervisor": (P, LETTER),
    "counselling.retire_canned": (P, {}),
    "counselling.show_handover": (P, {}),
    "counselling.show_invitation": (P, {}),
    "counselling.show_supervision": (P, {}),
    "counselling.state_supervision_purpose": (P, {"purpose": "supervision"}),
    "counselling.take_back_handover": (P, {}),
    # A moderator's own
    "moderation.accept_shift": (M, {}),
    "moderation.decline_shift": (M, {}),
    "moderation.finish_team_task": (M, {}),
    "moderation.keep_shift": (M, {}),
}

QUEUE = "the queue is the team's: every moderator may open what waits, and learns who has it in hand"
SECOND_PERSON = "a second person is asked for: whoever may answer is shown it"
HOUSE = "nobody's own: a thing of the service, which coordinators keep"
SHARED: dict[str, str] = {
    "counselling.accept_escalation": "who comes too late is told so; reading it is answered as missing",
    "counselling.decline_escalation": "who comes too late is told so",
    "counselling.recuse_from_escalation": "whoever knows the author says so at any time, and learns nothing",
    "counselling.take_case": "how a case comes to somebody: who comes too late is told so",
    "moderation.offer_shift": "the rota hangs on the wall: all staff read whose shift it is",
    **dict.fromkeys(
        (
            "moderation.answer_appeal",
            "moderation.claim_item",
            "moderation.decide_item",
            "moderation.hand_item",
            "moderation.lower_item",
            "moderation.mask_item_words",
            "moderation.protect_readers",
            "moderation.put_item_on_hold",
            "moderation.recuse_from_item",
            "moderation.redact_item_words",
            "moderation.release_item",
            "moderation.set_sanction",
            "moderation.lift_sanction",
            "moderation.show_item",
            "moderation.skip_item",
            "moderation.take_note_back",
            "moderation.undo_decision",
            "moderation.unmask_item_words",
            "moderation.write_note",
        ),
        QUEUE,
    ),
    **dict.fromkeys(
        (
            "moderation.approve_proposal",
            "moderation.confirm_decision",
            "moderation.refuse_proposal",
            "moderation.review_act",
            "moderation.send_decision_back",
            "moderation.take_decision_back",
        ),
        SECOND_PERSON,
    ),
    **dict.fromkeys(
        (
            "accounts.close_staff",
            "accounts.record_training",
            "accounts.reset_otp",
            "counselling.set_professional",
            "forum.close_category",
            "forum.confirm_help_line",
            "forum.delete_help_line",
            "forum.edit_category",
            "forum.edit_help_line",
            "forum.move_help_line",
            "forum.reopen_category",
            "moderation.pair_staff",
            "moderation.remove_shift",
        ),
        HOUSE,
    ),
}


FOR_THE_LEAD = {"counselling.assign_handover"}
# Asked of a colleague by whoever has the case, and then the colleague's to answer.
ASKED_OF_A_COLLEAGUE = FOR_THE_LEAD | {
    "counselling.accept_handover",
    "counselling.ask_opening_on_call",
    "counselling.decline_invitation",
    "counselling.end_supervising",
    "counselling.join_as_second",
    "counselling.move_cases",
    "counselling.refuse_handover",
    "counselling.reply_as_supervisor",
    "counselling.show_handover",
    "counselling.show_invitation",
    "counselling.show_supervision",
    "counselling.state_supervision_purpose",
    "moderation.accept_shift",
    "moderation.decline_shift",
}
# Whose text it is cannot do this either while nobody else reads it.
NOBODY_YET = {"forum.mute_name", "moderation.report_post"}


# Where an id stands in a form, or behind the question mark: who sends it to which address of their own.
NOTE = {"body": "A note.", "lane": "team", "version": "1"}
IN_A_FORM = [
    (P, "GET", "counselling.show_case", "words", "text_id", {}),
    (P, "POST", "counselling.show_notes", "note", "note", NOTE),
    (P, "POST", "counselling.show_notes", "addendum_to", "note", NOTE),
    (P, "POST", "counselling.offer_case", "colleague", "case_id", {"note": "Please."}),
    (S, "POST", "counselling.choose_thread", "thread", "thread_id", {}),
    (S, "POST", "counselling.choose_thread", "thread", "held_thread", {}),
    (S, "POST", "counselling.choose_thread", "thread", "thread_id", {"act": "take_back"}),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    app = upgraded_app(tmp_path_factory.mktemp("strangers") / "data")
    with app.app_context():
        app.extensions["stoa_first_start"]()
    yield build_house(app)
    put_away(app)


def rules(app: Flask) -> dict[str, list[Rule]]:
    """Every address with an id of ours in it, by its endpoint."""
    found: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        if any(isinstance(converter, PublicIdConverter) for converter in rule._converters.values()):
            found.setdefault(rule.endpoint, []).append(rule)
    return found


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


def ids_of(rule: Rule, things: Mapping[str, str]) -> dict[str, str]:
    """What stands in an address: ids of these things, and the number of a letter."""
    is_of_forum = rule.endpoint.startswith("forum.")
    named = {"number": "2"} | things | ({"thread_id": things["held_thread"]} if is_of_forum else {})
    named |= {"handover_id": things["refused_handover"]} if rule.endpoint in FOR_THE_LEAD else {}
    return {name: named[name] for name in rule.arguments}


def test_every_address_with_an_id_is_in_one_of_the_tables(house: House) -> None:
    assert sorted(rules(house.app)) == sorted([*OWNED, *SHARED])


@pytest.mark.parametrize("endpoint", OWNED)
def test_a_strangers_thing_answers_as_one_that_never_was(house: House, endpoint: str) -> None:
    who, fields = OWNED[endpoint]
    for rule in rules(house.app)[endpoint]:
        theirs = ids_of(rule, house.theirs)
        missing = {name: one if name == "number" else new_public_id() for name, one in theirs.items()}
        for method in methods_of(rule):
            for typed in ({name: text.format_map(house.own) for name, text in fields.items()}, {}):
                real = house.ask(f"other {who}", rule, method, theirs, typed)
                never = house.ask(f"other {who}", rule, method, missing, typed)
                # A form that is not filled in may lead back to its page, which then is missing as well.
                found = {404} if typed or method == "GET" else {404, 303}
                assert real.status_code in found, f"{method} {rule} with {sorted(typed)}"
                assert said_by(real, theirs) == said_by(never, missing), f"{method} {rule}"


@pytest.mark.parametrize(
    "endpoint", [one for one in OWNED if one.startswith("counselling.")], ids=lambda one: one.split(".")[1]
)
def test_a_strangers_thing_inside_ones_own_case_is_none(house: House, endpoint: str) -> None:
    who, fields = OWNED[endpoint]
    for rule in rules(house.app)[endpoint]:
        inner = set(rule.arguments) - {"case_id", "number"}
        if "case_id" not in rule.arguments or not inner:
            continue
        own = ids_of(rule, house.own)
        theirs = own | {name: house.theirs[name] for name in inner}
        missing = own | {name: new_public_id() for name in inner}
        typed = {name: text.format_map(house.own) for name, text in fields.items()}
        for method in methods_of(rule):
            real = house.ask(f"other {who}", rule, method, theirs, typed)
            never = house.ask(f"other {who}", rule, method, missing, typed)
            assert real.status_code == 404, f"{method} {rule}"
            assert said_by(real, theirs) == said_by(never, missing), f"{method} {rule}"


@pytest.mark.parametrize(("who", "method", "endpoint", "name", "thing", "fields"), IN_A_FORM)
def test_a_strangers_id_in_a_form_of_ones_own_is_none(
    house: House, who: str, method: str, endpoint: str, name: str, thing: str, fields: Fields
) -> None:
    (rule,) = rules(house.app)[endpoint]
    own = ids_of(rule, house.own)
    told = []
    # The first answer is left out: whoever opens a page has looked since.
    for one in (new_public_id(), house.theirs[thing], new_public_id()):
        answer = house.ask(f"other {who}", rule, method, own, fields | {name: one})
        told.append(said_by(answer, {"ID": one}))
    assert told[1] == told[2]


@pytest.mark.parametrize("endpoint", [one for one in OWNED if one not in NOBODY_YET])
def test_what_is_asked_for_is_there(house: House, endpoint: str, tmp_path: Path) -> None:
    """Whoever has it, or was asked, is not told that it never was: the tables above ask for real things."""
    who, fields = OWNED[endpoint]
    who = ASKED if endpoint in ASKED_OF_A_COLLEAGUE else who
    data = settings_of(house.app).data_dir
    with house.app.app_context():
        db.session.remove()
        db.engine.dispose()
    shutil.copytree(data, tmp_path / "before")
    try:
        for rule in rules(house.app)[endpoint]:
            ids = ids_of(rule, house.theirs)
            typed = {name: text.format_map(house.theirs) for name, text in fields.items()}
            told = {
                method: house.ask(who, rule, method, ids, typed).status_code for method in methods_of(rule)
            }
            assert not set(told.values()) & {400, 404}, f"{rule}: {told}"
    finally:
        with house.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for file in data.glob("stoa.db*"):
            file.unlink()
        for file in (tmp_path / "before").glob("stoa.db*"):
            shutil.copy(file, data)
