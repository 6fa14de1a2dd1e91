"""Appeals: a code that is kept nowhere, another judge, and only legal ways from state to state."""

import itertools

import pytest
from flask import Flask

from core.db import db, transaction
from core.refusals import Missing
from forum import posting
from forum.models import PostStatus
from moderation import queries
from moderation.appeals.codes import ADVERSE, fold_code
from moderation.appeals.outcomes import Answer, answer_appeal
from moderation.appeals.sending import (
    TooLateToAppeal,
    find_by_code,
)
from moderation.appeals.states import LEGAL, AppealAct, AppealMoved, NotYourOwnDecision, move_appeal
from moderation.bands import Band
from moderation.claims import TakenByAnother, claim_next
from moderation.models import Conduct, Decision, ItemState, ReasonKind
from moderation.review_models import Appeal, AppealState
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    claimed,
    item,
    new_moderator,
    new_student,
    post,
    staff,
)
from tests.moderation.appealing import (
    CRISIS_TEXT,
    DAY,
    LATER,
    PLEASE,
    appeal,
    decide_as,
    decided_against,
    send,
)

# The code


def test_every_adverse_decision_and_no_other_has_a_code(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        for conduct in (Conduct.PUBLISH, Conduct.ASK_CHANGE, Conduct.NOT_HERE):
            decide_as(maya, begin_thread(new_student()), conduct, reason="other")
        made = {row.conduct: row.appeal_hash is not None for row in db.session.query(Decision)}

        assert made == {Conduct.PUBLISH: False, Conduct.ASK_CHANGE: True, Conduct.NOT_HERE: True}
        assert {Conduct.ASK_CHANGE, Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE} == ADVERSE


def test_a_code_has_eighty_bits_and_is_stored_nowhere(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        row = queries.decision(scene.decision_id)
        assert row is not None
        assert row.appeal_hash is not None

        assert len(fold_code(scene.code)) == 16
        assert fold_code(scene.code).encode() not in row.appeal_hash
        dump = "\n".join(db.session.connection().connection.iterdump())  # type: ignore[attr-defined]
        assert scene.code not in dump
        assert fold_code(scene.code) not in dump


def test_a_code_is_read_however_it_is_typed(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        for typed in (scene.code.upper(), scene.code.replace("-", " "), f" {scene.code}\n"):
            assert find_by_code(typed).item_id == scene.item_id


def test_a_guessed_code_and_one_of_a_decision_taken_back_lead_nowhere(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        guessed = ("0" if scene.code[0] != "0" else "1") + scene.code[1:]
        with pytest.raises(Missing):
            find_by_code(guessed)
        with transaction():
            row = queries.decision(scene.decision_id)
            assert row is not None
            fresh = Decision(
                **{c.key: getattr(row, c.key) for c in Decision.__table__.columns if c.key != "id"}
            )
            fresh.appeal_hash, fresh.reverses_id = None, row.id
            db.session.add(fresh)
        with pytest.raises(Missing):
            find_by_code(scene.code)


# Sending


def test_an_appeal_puts_the_text_before_moderators_again_with_a_clock(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)

        again = item(scene.item_id)
        (reason,) = queries.open_reasons(scene.item_id)
        assert (again.state, reason.kind, again.waiting_since) == (
            ItemState.WAITING,
            ReasonKind.APPEAL,
            LATER,
        )
        assert again.due_at > LATER


def test_words_of_danger_in_an_appeal_raise_the_band(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code, CRISIS_TEXT)

        assert item(scene.item_id).rank <= Band.RED.rank


def test_a_second_appeal_with_the_same_code_is_the_first(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()

        assert send(scene.code) == send(scene.code, "And another thing.")
        assert appeal(send(scene.code)).body == PLEASE
        assert len(queries.open_reasons(scene.item_id)) == 1


def test_two_tabs_that_send_at_once_make_one_appeal(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        scene = decided_against()
    results = at_once(app, [lambda: send(scene.code) for _ in range(6)])
    with app.app_context():
        assert len(set(map(str, results))) == 1
        assert db.session.query(Appeal).count() == 1


@pytest.mark.parametrize(("days", "is_taken"), [(30, True), (31, False)])
def test_thirty_days_are_the_time_to_ask(app: Flask, days: int, is_taken: bool) -> None:
    with app.app_context():
        scene = decided_against()
        if is_taken:
            assert send(scene.code, now=NOON + days * DAY)
        else:
            with pytest.raises(TooLateToAppeal):
                send(scene.code, now=NOON + days * DAY)
            assert find_by_code(scene.code).appeal is None


def test_a_text_with_an_open_appeal_is_kept(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        assert queries.items_needed_for([scene.post_id]) == set()
        appeal_id = send(scene.code)
        with transaction():
            found = item(scene.item_id)
            found.is_open = False  # whatever the item says, the appeal alone keeps the words
        assert queries.items_needed_for([scene.post_id]) == {scene.post_id}
        with transaction():
            appeal(appeal_id).state = AppealState.UPHELD
        assert queries.items_needed_for([scene.post_id]) == set()


def test_taking_the_text_back_does_not_take_the_appeal_away(app: Flask) -> None:
    with app.app_context():
        scene = decided_against(Conduct.HIDE, was=PostStatus.PUBLISHED)
        send(scene.code)
        with transaction():
            posting.withdraw(post(scene.post_id), now=LATER)

        again = item(scene.item_id)
        assert (again.state, again.is_withdrawn) == (ItemState.WAITING, True)


# Who judges


def test_whoever_decided_is_not_offered_the_appeal(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        with transaction():
            assert claim_next(staff(scene.maya), now=LATER) is None
            taken = claim_next(staff(scene.tom), now=LATER)
            assert taken is not None
            assert taken.id == scene.item_id


def test_taking_the_text_accepts_the_appeal(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        claimed(scene.post_id, by=scene.tom, now=LATER)

        assert (appeal(appeal_id).state, appeal(appeal_id).accepted_by) == (AppealState.ACCEPTED, scene.tom)


def test_the_rule_refuses_whoever_decided_even_with_a_claim(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        with transaction():
            held = item(scene.item_id)
            held.state, held.claimed_by, held.claim_token = ItemState.CLAIMED, scene.maya, "stolen"
            held.claim_ends_at = LATER + 10 * MINUTE
        written = Answer(AppealState.UPHELD, "No.", "stolen", item(scene.item_id).version)

        with pytest.raises(NotYourOwnDecision), transaction():
            answer_appeal(item(scene.item_id), written, actor=staff(scene.maya), now=LATER)


def test_an_answer_needs_the_claim_and_the_page_as_it_is_now(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        send(scene.code)
        held = claimed(scene.post_id, by=scene.tom, now=LATER)
        token, version = held.claim_token or "", held.version

        wrong = Answer(AppealState.UPHELD, "No.", "another token", version)
        old = Answer(AppealState.UPHELD, "No.", token, version - 1)
        with pytest.raises(TakenByAnother), transaction():
            answer_appeal(item(scene.item_id), wrong, actor=staff(scene.tom), now=LATER)
        with pytest.raises(AppealMoved), transaction():
            answer_appeal(item(scene.item_id), old, actor=staff(scene.tom), now=LATER)


def test_a_decision_about_the_text_itself_answers_no_appeal(app: Flask) -> None:
    with app.app_context():
        scene = decided_against()
        appeal_id = send(scene.code)
        decide_as(scene.tom, scene.post_id, Conduct.DISMISS, now=LATER + MINUTE)

        again = item(scene.item_id)
        assert (again.state, again.waiting_since) == (ItemState.WAITING, LATER)
        assert appeal(appeal_id).state is AppealState.ACCEPTED
        assert [reason.kind for reason in queries.open_reasons(scene.item_id)] == [ReasonKind.APPEAL]


# The states


WAY_TO: dict[AppealState, list[AppealAct]] = {
    AppealState.SENT: [],
    AppealState.ACCEPTED: [AppealAct.ACCEPT],
    AppealState.UPHELD: [AppealAct.ACCEPT, AppealAct.UPHOLD],
    AppealState.VARIED: [AppealAct.ACCEPT, AppealAct.VARY],
    AppealState.OVERTURNED: [AppealAct.ACCEPT, AppealAct.OVERTURN],
}


EXPECTED = {
    (AppealState.SENT, AppealAct.ACCEPT): AppealState.ACCEPTED,
    (AppealState.ACCEPTED, AppealAct.ASK): AppealState.ACCEPTED,
    (AppealState.ACCEPTED, AppealAct.ANSWER): AppealState.ACCEPTED,
    (AppealState.ACCEPTED, AppealAct.UPHOLD): AppealState.UPHELD,
    (AppealState.ACCEPTED, AppealAct.VARY): AppealState.VARIED,
    (AppealState.ACCEPTED, AppealAct.OVERTURN): AppealState.OVERTURNED,
}


def test_every_act_from_every_state_is_legal_or_refused(app: Flask) -> None:
    assert set(LEGAL) == set(AppealAct)
    with app.app_context():
        for state, act in itertools.product(AppealState, AppealAct):
            found = Appeal(id="0000000000001", state=AppealState.SENT)
            with transaction():
                for step in WAY_TO[state]:
                    move_appeal(found, step, actor="system", now=NOON)
                goal = EXPECTED.get((state, act))
                if goal is None:
                    with pytest.raises(AppealMoved):
                        move_appeal(found, act, actor="system", now=NOON)
                else:
                    move_appeal(found, act, actor="system", now=NOON)
            assert found.state is (goal or state), (state, act)
