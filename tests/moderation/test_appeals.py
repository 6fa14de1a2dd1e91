"""Appeals: a code that is kept nowhere, another judge, one answer in words, and the text put back."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from core.db import db, transaction
from core.refusals import Missing
from forum import posting
from forum.models import PostStatus
from moderation import queries
from moderation.access import lock_author_of
from moderation.appeals import queries as appeal_queries
from moderation.appeals.codes import ADVERSE, decision_code, fold_code
from moderation.appeals.outcomes import Answer, EnoughAsked, NotThisWayBack, answer_appeal, ask_author
from moderation.appeals.sending import (
    TooLateToAppeal,
    answer_question,
    find_by_code,
    forget_old_appeals,
    open_question,
    send_appeal,
)
from moderation.appeals.states import LEGAL, AppealAct, AppealMoved, NotYourOwnDecision, move_appeal
from moderation.bands import Band
from moderation.claims import TakenByAnother, claim_next
from moderation.decisions import decide
from moderation.models import Conduct, Decision, ItemState, QueueItem, ReasonKind
from moderation.queue import add_reason, put_in_queue
from moderation.review_models import Appeal, AppealState
from tests.cast import (
    MINUTE,
    NOON,
    at_once,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    staff,
    student,
)

DAY = timedelta(days=1)
LATER = NOON + 10 * MINUTE
PLEASE = "You took my joke for an insult."
CRISIS_TEXT = "I am going to kill myself tonight."


@dataclass(frozen=True)
class Scene:
    """A text that maya decided against; tom has not seen it."""

    author: str
    maya: str
    tom: str
    post_id: str
    item_id: str
    decision_id: str
    code: str


def decide_as(who: str, post_id: str, conduct: Conduct, *, now: datetime = NOON, **more: Any) -> str:
    """Somebody takes a text and decides. Gives the decision's id."""
    held = claimed(post_id, by=who, now=now)
    with transaction():
        return decide(item(held.id), choice(held, conduct, **more), actor=staff(who), now=now).id


def look_again(post_id: str, kind: ReasonKind = ReasonKind.REPORT, *, now: datetime = NOON) -> None:
    with transaction():
        add_reason(put_in_queue(post(post_id), handle=None, now=now), kind, Band.GREEN, now=now)


def decided(conduct: Conduct = Conduct.NOT_HERE, *, was: PostStatus = PostStatus.HELD) -> Scene:
    """A text that was held or published when maya decided against it."""
    author, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
    post_id = begin_thread(author)
    if was is PostStatus.PUBLISHED:
        decide_as(maya, post_id, Conduct.PUBLISH)
        look_again(post_id)
    decision_id = decide_as(maya, post_id, conduct, reason="hurts_someone")
    return Scene(author, maya, tom, post_id, item_id_of(post_id), decision_id, decision_code(decision_id))


def edit_dropped() -> Scene:
    """A published text whose new wording maya did not take."""
    author, maya, tom = new_student(), new_moderator("maya"), new_moderator("tom")
    post_id = begin_thread(author, "old words")
    decide_as(maya, post_id, Conduct.PUBLISH)
    draft = posting.write_draft("new words", language="en")
    with transaction():
        posting.edit(post(post_id), draft, author=student(author), now=NOON)
    decision_id = decide_as(maya, post_id, Conduct.ASK_CHANGE, reason="unclear")
    return Scene(author, maya, tom, post_id, item_id_of(post_id), decision_id, decision_code(decision_id))


def send(code: str, body: str = PLEASE, *, now: datetime = LATER) -> str:
    with transaction():
        return send_appeal(code, body, now=now).id


def appeal(appeal_id: str) -> Appeal:
    found = appeal_queries.appeal(appeal_id)
    assert found is not None
    return found


def answer(
    scene: Scene,
    outcome: AppealState,
    *,
    who: str = "",
    then: PostStatus | None = None,
    now: datetime = LATER,
) -> None:
    """Tom takes the text and answers the appeal."""
    held = claimed(scene.post_id, by=who or scene.tom, now=now)
    written = Answer(outcome, "Thank you.", held.claim_token or "", held.version, then=then)
    with transaction():
        lock_author_of(scene.item_id)
        answer_appeal(item(scene.item_id), written, actor=staff(who or scene.tom), now=now)


def ask(scene: Scene, question: str = "What did you mean?", *, now: datetime = LATER) -> None:
    held = claimed(scene.post_id, by=scene.tom, now=now)
    with transaction():
        ask_author(
            item(scene.item_id),
            question,
            claim=held.claim_token or "",
            version=held.version,
            actor=staff(scene.tom),
            now=now,
        )


def reply_by_code(scene: Scene, words: str = "I meant myself.", *, now: datetime = LATER) -> None:
    with transaction():
        answer_question(scene.code, words, now=now)


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
        scene = decided()
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
        scene = decided()
        for typed in (scene.code.upper(), scene.code.replace("-", " "), f" {scene.code}\n"):
            assert find_by_code(typed).item_id == scene.item_id


def test_a_guessed_code_and_one_of_a_decision_taken_back_lead_nowhere(app: Flask) -> None:
    with app.app_context():
        scene = decided()
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
        scene = decided()
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
        scene = decided()
        send(scene.code, CRISIS_TEXT)

        assert item(scene.item_id).rank <= Band.RED.rank


def test_a_second_appeal_with_the_same_code_is_the_first(app: Flask) -> None:
    with app.app_context():
        scene = decided()

        assert send(scene.code) == send(scene.code, "And another thing.")
        assert appeal(send(scene.code)).body == PLEASE
        assert len(queries.open_reasons(scene.item_id)) == 1


def test_two_tabs_that_send_at_once_make_one_appeal(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        scene = decided()
    results = at_once(app, [lambda: send(scene.code) for _ in range(6)])
    with app.app_context():
        assert len(set(map(str, results))) == 1
        assert db.session.query(Appeal).count() == 1


@pytest.mark.parametrize(("days", "is_taken"), [(30, True), (31, False)])
def test_thirty_days_are_the_time_to_ask(app: Flask, days: int, is_taken: bool) -> None:
    with app.app_context():
        scene = decided()
        if is_taken:
            assert send(scene.code, now=NOON + days * DAY)
        else:
            with pytest.raises(TooLateToAppeal):
                send(scene.code, now=NOON + days * DAY)
            assert find_by_code(scene.code).appeal is None


def test_a_text_with_an_open_appeal_is_kept(app: Flask) -> None:
    with app.app_context():
        scene = decided()
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
        scene = decided(Conduct.HIDE, was=PostStatus.PUBLISHED)
        send(scene.code)
        with transaction():
            posting.withdraw(post(scene.post_id), now=LATER)

        again = item(scene.item_id)
        assert (again.state, again.is_withdrawn) == (ItemState.WAITING, True)


# Who judges


def test_whoever_decided_is_not_offered_the_appeal(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        send(scene.code)
        with transaction():
            assert claim_next(staff(scene.maya), now=LATER) is None
            taken = claim_next(staff(scene.tom), now=LATER)
            assert taken is not None
            assert taken.id == scene.item_id


def test_taking_the_text_accepts_the_appeal(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        claimed(scene.post_id, by=scene.tom, now=LATER)

        assert (appeal(appeal_id).state, appeal(appeal_id).accepted_by) == (AppealState.ACCEPTED, scene.tom)


def test_the_rule_refuses_whoever_decided_even_with_a_claim(app: Flask) -> None:
    with app.app_context():
        scene = decided()
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
        scene = decided()
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
        scene = decided()
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


# The outcome


def scene_with(status: PostStatus) -> Scene:
    """A text in this state, with a decision against it."""
    if status is PostStatus.RETURNED:
        return decided(Conduct.ASK_CHANGE)
    if status is PostStatus.REMOVED:
        return decided(Conduct.NOT_HERE)
    scene = decided(Conduct.HIDE, was=PostStatus.PUBLISHED)
    if status is PostStatus.PUBLISHED:
        look_again(scene.post_id)
        decide_as(scene.maya, scene.post_id, Conduct.PUBLISH)
    elif status is PostStatus.WITHDRAWN:
        with transaction():
            posting.withdraw(post(scene.post_id), now=NOON)
    return scene


GOES_TO = {
    (AppealState.OVERTURNED, PostStatus.REMOVED, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.REMOVED, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.HIDDEN, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.HIDDEN, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, None): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, PostStatus.PUBLISHED): PostStatus.PUBLISHED,
    (AppealState.OVERTURNED, PostStatus.RETURNED, PostStatus.HELD): PostStatus.HELD,
    (AppealState.VARIED, PostStatus.RETURNED, None): PostStatus.HELD,
    (AppealState.VARIED, PostStatus.RETURNED, PostStatus.HELD): PostStatus.HELD,
}
OUTCOMES = (AppealState.UPHELD, AppealState.VARIED, AppealState.OVERTURNED)
STOOD = (
    PostStatus.REMOVED,
    PostStatus.HIDDEN,
    PostStatus.RETURNED,
    PostStatus.PUBLISHED,
    PostStatus.WITHDRAWN,
)


@pytest.mark.parametrize(
    ("outcome", "status", "then"),
    list(itertools.product(OUTCOMES, STOOD, (None, PostStatus.PUBLISHED, PostStatus.HELD))),
)
def test_every_outcome_puts_the_text_where_it_may_go_and_nowhere_else(
    app: Flask, outcome: AppealState, status: PostStatus, then: PostStatus | None
) -> None:
    with app.app_context():
        scene = scene_with(status)
        assert post(scene.post_id).status is status
        appeal_id = send(scene.code)
        goal = GOES_TO.get((outcome, status, then))
        if then is not None and goal is None:
            with pytest.raises(NotThisWayBack):
                answer(scene, outcome, then=then)
            assert (post(scene.post_id).status, appeal(appeal_id).state) == (status, AppealState.ACCEPTED)
            return
        answer(scene, outcome, then=then)

        assert post(scene.post_id).status is (goal or status)
        assert appeal(appeal_id).state is outcome
        waits = item(scene.item_id).state is not ItemState.DECIDED
        assert waits is (goal is PostStatus.HELD)


@pytest.mark.parametrize("then", [PostStatus.PUBLISHED, PostStatus.HELD])
def test_a_wording_that_was_not_taken_can_come_back(app: Flask, then: PostStatus) -> None:
    with app.app_context():
        scene = edit_dropped()
        send(scene.code)
        answer(scene, AppealState.OVERTURNED, then=then)

        text = post(scene.post_id)
        seen = 2 if then is PostStatus.PUBLISHED else 1
        assert (text.status, text.visible_revision, text.latest_revision) == (PostStatus.PUBLISHED, seen, 2)


def test_a_text_whose_words_are_gone_is_not_published_empty(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        with transaction():
            revision = posting.queries.revision(scene.post_id, 1)
            revision.sealed = revision.body = revision.html = None
        answer(scene, AppealState.OVERTURNED)

        assert post(scene.post_id).status is PostStatus.REMOVED
        assert appeal(appeal_id).state is AppealState.OVERTURNED


def test_the_decision_that_was_overturned_stays_and_a_second_one_says_so(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        send(scene.code)
        answer(scene, AppealState.OVERTURNED)

        newest, first = queries.decisions_of(scene.item_id)
        assert (first.conduct, newest.reverses_id) == (Conduct.NOT_HERE, first.id)
        assert newest.staff_id == scene.tom


def test_what_else_waits_stays_in_the_same_hands(app: Flask) -> None:
    with app.app_context():
        scene = decided(Conduct.HIDE, was=PostStatus.PUBLISHED)
        send(scene.code)
        look_again(scene.post_id, ReasonKind.SECOND_LOOK, now=LATER)
        answer(scene, AppealState.UPHELD)

        again: QueueItem = item(scene.item_id)
        assert (again.state, again.claimed_by) == (ItemState.CLAIMED, scene.tom)
        assert [reason.kind for reason in queries.open_reasons(scene.item_id)] == [ReasonKind.SECOND_LOOK]


def test_of_an_answered_appeal_only_hours_stay(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        answer(scene, AppealState.UPHELD)

        assert appeal(appeal_id).sent_at == appeal(appeal_id).decided_at == NOON


def test_an_answered_appeal_is_kept_for_a_year(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        send(scene.code)
        answer(scene, AppealState.UPHELD)

        assert forget_old_appeals(NOON + 364 * DAY) == 0
        assert forget_old_appeals(NOON + 367 * DAY) == 1


# Questions


def test_a_question_puts_the_text_aside_until_its_answer(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        ask(scene)
        assert item(scene.item_id).state is ItemState.ON_HOLD
        assert open_question(appeal(appeal_id)) == "What did you mean?"

        reply_by_code(scene)

        assert item(scene.item_id).state is ItemState.WAITING
        assert open_question(appeal(appeal_id)) == ""
        assert appeal(appeal_id).questions[0]["answer"] == "I meant myself."


def test_an_answer_sent_twice_keeps_the_first(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        ask(scene)
        reply_by_code(scene)
        reply_by_code(scene, "Something else.")

        assert appeal(appeal_id).questions[0]["answer"] == "I meant myself."


def test_words_of_danger_in_an_answer_raise_the_band(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        send(scene.code)
        ask(scene)
        reply_by_code(scene, CRISIS_TEXT)

        assert item(scene.item_id).rank <= Band.RED.rank


def test_three_questions_are_enough(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        send(scene.code)
        for number in range(3):
            ask(scene, f"Question {number}")
            reply_by_code(scene)
        with pytest.raises(EnoughAsked):
            ask(scene, "One more")


def test_an_appeal_can_be_answered_without_waiting_for_the_author(app: Flask) -> None:
    with app.app_context():
        scene = decided()
        appeal_id = send(scene.code)
        ask(scene)
        answer(scene, AppealState.UPHELD, now=LATER + MINUTE)

        assert appeal(appeal_id).state is AppealState.UPHELD
