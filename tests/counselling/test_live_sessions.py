"""A live session: who may do what in which state, what is promised meanwhile, and how long it lasts."""

from datetime import timedelta

import pytest

from accounts.models import Account, Staff
from core.db import transaction
from counselling import queries as case_queries
from counselling.live import queries
from counselling.live.attending import look_after_live_sessions
from counselling.live.cut_off import CutOff, cut_off_of
from counselling.live.lines import say_as_professional, say_as_student
from counselling.live.models import LiveSession, LiveState
from counselling.live.places import Place, place_of
from counselling.live.presence import is_quiet
from counselling.live.sessions import (
    EXTENSION,
    LENGTH,
    LiveAct,
    NotTalking,
    ask_for_live,
    end_live,
    extend_live,
    invite_or_open,
    move_live_session,
)
from counselling.models import AuthorKind, Case, CaseState, ObligationKind, ObligationState
from moderation.bands import Band
from tests.counselling.people import NOON, add_student, make_case

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
# Written down a second time, on purpose: a change of the rules must be made in two places.
STEPS = {
    ("waiting", "open"): "open",
    ("waiting", "agree"): "waiting",
    ("waiting", "leave"): "left",
    ("open", "say"): "open",
    ("open", "extend"): "open",
    ("open", "agree"): "open",
    ("open", "end"): "ended",
}


@pytest.mark.parametrize("act", list(LiveAct))
@pytest.mark.parametrize("state", list(LiveState))
def test_a_live_session_takes_legal_steps_and_no_others(state: LiveState, act: LiveAct) -> None:
    session = LiveSession(state=state)
    goal = STEPS.get((state.value, act.value))
    if goal is None:
        with pytest.raises(NotTalking):
            move_live_session(session, act, by=None, now=NOON)
    else:
        move_live_session(session, act, by=None, now=NOON)
    assert session.state == (goal or state)


def ask(case: Case, *, at: timedelta = timedelta()) -> LiveSession:
    with transaction():
        return ask_for_live(again(case), now=NOON + at)


def come(case: Case, who: Staff, agreed: CutOff | None = None, *, at: timedelta = timedelta()) -> LiveSession:
    with transaction():
        return invite_or_open(again(case), agreed or CutOff(), actor=who, now=NOON + at)


def test_it_has_gone_quiet_three_minutes_after_the_last_words_of_the_student(case: Case, maya: Staff) -> None:
    ask(case)
    session = come(case, maya)
    said_at = NOON + 5 * MINUTE
    assert not is_quiet(session, said_at=None, now=NOON + 3 * MINUTE - SECOND)
    assert is_quiet(session, said_at=None, now=NOON + 3 * MINUTE)
    assert not is_quiet(session, said_at=said_at, now=said_at + 3 * MINUTE - SECOND)
    assert is_quiet(session, said_at=said_at, now=said_at + 3 * MINUTE)


def end(case: Case, *, by: AuthorKind | None = AuthorKind.STUDENT, at: timedelta = timedelta()) -> None:
    with transaction():
        end_live(again(case), by=by, now=NOON + at)


def again(case: Case) -> Case:
    found = case_queries.case(case.id, locked=True)
    assert found is not None
    return found


def promised(case: Case, kind: ObligationKind) -> list[ObligationState]:
    return [one.state for one in case_queries.obligations(case.id) if one.kind is kind]


def test_asking_twice_waits_once(case: Case) -> None:
    assert ask(case).id == ask(case, at=MINUTE).id


def test_waiting_is_promised_and_talking_keeps_it(case: Case, maya: Staff) -> None:
    ask(case)
    assert promised(case, ObligationKind.LIVE_ASKED) == [ObligationState.OPEN]
    come(case, maya, at=MINUTE)
    assert promised(case, ObligationKind.LIVE_ASKED) == [ObligationState.KEPT]


def test_who_stops_waiting_is_still_owed_a_word(case: Case) -> None:
    ask(case)
    end(case, at=MINUTE)
    assert promised(case, ObligationKind.LIVE_ASKED) == [ObligationState.OPEN]


def test_an_invitation_opens_when_the_student_comes_in(case: Case, maya: Staff) -> None:
    assert come(case, maya).state is LiveState.WAITING
    assert ask(case, at=MINUTE).state is LiveState.OPEN


def test_an_invitation_promises_nothing(case: Case, maya: Staff) -> None:
    come(case, maya)
    assert promised(case, ObligationKind.LIVE_ASKED) == []


def test_a_session_lasts_three_quarters_of_an_hour(case: Case, maya: Staff) -> None:
    ask(case)
    assert come(case, maya, at=MINUTE).planned_end_at == NOON + MINUTE + LENGTH


def test_it_is_extended_once_by_a_button_that_is_pressed_twice(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    for _ in range(2):
        with transaction():
            session = extend_live(again(case), seen=0, now=NOON)
    assert session.planned_end_at == NOON + LENGTH + EXTENSION


def test_it_belongs_to_the_encounter_that_goes_on(case: Case, maya: Staff) -> None:
    ask(case)
    session = come(case, maya)
    encounter = case_queries.open_encounter(case.id)
    assert encounter is not None
    assert encounter.live_session_id == session.id


def test_a_second_session_in_an_encounter_begins_no_second_one(case: Case, maya: Staff) -> None:
    for turn in range(2):
        ask(case, at=turn * MINUTE)
        come(case, maya, at=turn * MINUTE)
        end(case, at=turn * MINUTE)
    assert len(case_queries.encounters(case.id)) == 1


def test_asking_opens_a_closed_case_again(case: Case) -> None:
    with transaction():
        again(case).state = CaseState.CLOSED
    ask(case)
    assert again(case).state is CaseState.IN_CONTACT


def test_what_was_agreed_for_a_line_that_drops_lies_sealed(case: Case, maya: Staff) -> None:
    agreed = CutOff(AuthorKind.STUDENT, 15, "The line of the house, a word that nobody else writes: medlar.")
    ask(case)
    session = come(case, maya, agreed)
    assert cut_off_of(case, session) == agreed
    assert b"medlar" not in (session.cut_off or b"")


def test_a_talk_that_is_cut_off_is_a_promise_of_who_writes(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya, CutOff(AuthorKind.PROFESSIONAL, 15))
    look_after_live_sessions(NOON + 4 * MINUTE)
    look_after_live_sessions(NOON + 5 * MINUTE)
    (one,) = [o for o in case_queries.obligations(case.id) if o.kind is ObligationKind.LIVE_CUT_OFF]
    assert one.due_at == NOON + 19 * MINUTE


def test_nothing_is_promised_where_the_student_writes_first(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya, CutOff(AuthorKind.STUDENT, 15))
    look_after_live_sessions(NOON + 4 * MINUTE)
    assert promised(case, ObligationKind.LIVE_CUT_OFF) == []


def test_a_line_to_a_student_who_is_back_keeps_it(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    look_after_live_sessions(NOON + 4 * MINUTE)
    for at, student_is_back in ((5, False), (6, True)):
        with transaction():
            locked = again(case)
            if student_is_back:
                say_as_student(locked, "I am back.", sent_id="s1", now=NOON + at * MINUTE)
            say_as_professional(locked, "Hello?", sent_id=f"p{at}", author=maya, now=NOON + at * MINUTE)
        state = ObligationState.KEPT if student_is_back else ObligationState.OPEN
        assert promised(case, ObligationKind.LIVE_CUT_OFF) == [state]


def test_a_talk_that_both_have_left_ends_by_itself(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    look_after_live_sessions(NOON + LENGTH + 29 * MINUTE)
    assert queries.current_session(case.id) is not None
    look_after_live_sessions(NOON + LENGTH + 31 * MINUTE)
    assert queries.current_session(case.id) is None


def test_a_place_in_line_is_kept_for_half_a_day(case: Case) -> None:
    ask(case)
    look_after_live_sessions(NOON + timedelta(hours=11))
    assert queries.current_session(case.id) is not None
    look_after_live_sessions(NOON + timedelta(hours=13))
    assert queries.current_session(case.id) is None


def test_when_somebody_was_there_is_forgotten_with_the_end(case: Case, maya: Staff) -> None:
    ask(case)
    session = come(case, maya)
    end(case, at=MINUTE)
    assert (session.student_seen_at, session.staff_seen_at) == (None, None)


def test_what_nobody_read_in_a_talk_is_promised_an_answer(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    with transaction():
        say_as_student(again(case), "One more thing.", sent_id="s1", now=NOON)
    end(case, by=AuthorKind.PROFESSIONAL)
    assert promised(case, ObligationKind.ANSWER) == [ObligationState.OPEN]


@pytest.mark.parametrize("writes_first", [AuthorKind.STUDENT, AuthorKind.PROFESSIONAL])
def test_words_of_danger_that_nobody_heard_call_soon_after_the_line_dropped(
    case: Case, maya: Staff, writes_first: AuthorKind
) -> None:
    ask(case)
    come(case, maya, CutOff(writes_first, 24 * 60))
    with transaction():
        say_as_student(again(case), "I want to kill myself tonight.", sent_id="s1", now=NOON)
    assert promised(case, ObligationKind.ANSWER) == []
    look_after_live_sessions(NOON + 4 * MINUTE)
    look_after_live_sessions(NOON + 5 * MINUTE)
    (one,) = [o for o in case_queries.obligations(case.id) if o.kind is ObligationKind.ANSWER]
    assert one.due_at <= NOON + 64 * MINUTE


def test_words_of_danger_that_nobody_heard_call_when_the_talk_is_ended(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    with transaction():
        say_as_student(again(case), "I want to kill myself tonight.", sent_id="s1", now=NOON)
    end(case)
    (one,) = [o for o in case_queries.obligations(case.id) if o.kind is ObligationKind.ANSWER]
    assert one.band.rank <= Band.RED.rank


def test_a_line_said_to_nobody_is_promised_an_answer(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    with transaction():
        say_as_student(again(case), "Are you there?", sent_id="s1", now=NOON + 5 * MINUTE)
    assert promised(case, ObligationKind.ANSWER) == [ObligationState.OPEN]


def test_a_line_sent_again_is_the_same_line(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    numbers = []
    for body in ("I think so.", "I think so."):
        with transaction():
            numbers.append(say_as_student(again(case), body, sent_id="one", now=NOON).number)
    assert numbers == [1, 1]


def test_a_line_that_had_arrived_is_known_after_the_end_too(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    with transaction():
        say_as_student(again(case), "Thank you.", sent_id="one", now=NOON)
    end(case)
    with transaction():
        assert say_as_student(again(case), "Thank you.", sent_id="one", now=NOON).number == 1


def test_the_same_id_from_the_other_side_is_another_line(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    with transaction():
        first = say_as_student(again(case), "Yes.", sent_id="one", now=NOON)
        second = say_as_professional(again(case), "Good.", sent_id="one", author=maya, now=NOON)
    assert (first.number, second.number) == (1, 2)


def test_nothing_is_said_in_a_talk_that_is_over(case: Case, maya: Staff) -> None:
    ask(case)
    come(case, maya)
    end(case)
    with transaction(), pytest.raises(NotTalking):
        say_as_student(again(case), "And then.", sent_id="two", now=NOON)


def test_nobody_can_say_how_long_it_takes_when_nothing_is_open(case: Case) -> None:
    assert place_of(case, ask(case), now=NOON) == Place(0, None)


def test_the_wait_is_what_is_left_of_the_talk_that_goes_on(case: Case, student: Account, maya: Staff) -> None:
    other = make_case(student, maya)
    ask(other)
    come(other, maya)
    assert place_of(case, ask(case), now=NOON + 5 * MINUTE) == Place(0, LENGTH - 5 * MINUTE)


def test_each_who_waits_before_counts_a_whole_talk(case: Case, student: Account, maya: Staff) -> None:
    talking, earlier = make_case(student, maya), make_case(add_student(), maya)
    ask(talking)
    come(talking, maya)
    ask(earlier, at=MINUTE)
    assert place_of(case, ask(case, at=2 * MINUTE), now=NOON) == Place(1, 2 * LENGTH)


def test_a_talk_that_goes_on_for_too_long_tells_nothing_about_the_wait(
    case: Case, student: Account, maya: Staff
) -> None:
    other = make_case(student, maya)
    ask(other)
    come(other, maya)
    assert place_of(case, ask(case), now=NOON + LENGTH + MINUTE) == Place(0, None)
