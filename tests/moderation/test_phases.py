"""The phases of the screening: what each says of texts in three languages, what holds, and that one which
fails takes none of the others along.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.models import ModerationMode
from moderation.bands import Band
from moderation.models import ReasonKind
from moderation.screening import (
    form_phases,
    people_patterns,
    personal,
    personal_patterns,
    spelling,
    telling,
    word_phases,
)
from moderation.screening.explanations import explain_key, load_explanations
from moderation.screening.findings import Finding, NewText, Phase, whole
from moderation.screening.form_phases import look_at_form, look_for_links, look_for_repeats
from moderation.screening.marking import Mark
from moderation.screening.mode_phases import NEW_MEMBER_POSTS, ask_the_mode, look_at_hours, look_at_newness
from moderation.screening.people_patterns import number_pattern
from moderation.screening.personal import find_personal
from moderation.screening.phases import PHASES as ALL_PHASES
from moderation.screening.phases import Screening, run_phases
from moderation.screening.phraselists import CONDUCT, PHRASES, BrokenPhraseList, PhraseList, load_lists
from moderation.screening.spelling import LANGUAGES
from moderation.screening.word_phases import (
    look_for_hostility,
    look_for_method,
    look_for_other_people,
    look_for_own_traces,
    look_for_risk,
)

CASES = Path(__file__).parent / "phase_cases"
BY_NAME: dict[str, Phase] = {
    "hostility": look_for_hostility,
    "method": look_for_method,
    "other_people": look_for_other_people,
    "own_traces": look_for_own_traces,
    "links": look_for_links,
}


class Case(NamedTuple):
    phase: str
    key: str
    text: str


def cases_in(language: str) -> list[Case]:
    files = [CASES / f"{language}.toml", CASES / f"{language}_fresh.toml"]
    return [
        Case(phase, key, text)
        for file in files
        for phase, keys in tomllib.loads(file.read_text(encoding="utf-8")).items()
        for key, texts in keys.items()
        for text in texts
    ]


ALL_CASES = [case for language in LANGUAGES for case in cases_in(language)]


def keys_of(finding: Finding | None) -> set[str]:
    return {mark.key for mark in finding.marks} if finding is not None else set()


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.phase}: {case.text}")
def test_a_phase_says_of_a_text_what_a_moderator_would(case: Case) -> None:
    found = keys_of(BY_NAME[case.phase](NewText(case.text)))
    assert case.key in found if case.key else not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phase_has_cases_for_and_against_in_every_language(language: str) -> None:
    cases = cases_in(language)
    for phase in BY_NAME:
        raised = [case for case in cases if case.phase == phase and case.key]
        left = [case for case in cases if case.phase == phase and not case.key]
        assert len(raised) >= 9
        assert len(left) >= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["threat", "hostile", "slur", "sexual_pressure", "quoted_abuse"])
def test_every_way_of_hurting_has_cases_of_its_own(language: str, key: str) -> None:
    assert sum(case.key == key for case in cases_in(language)) >= 9


EVERYTHING = (
    "I want to die. Is there a painless way to go? You are pathetic. My name is Anna. Professor Long knows. "
    "See bit.ly/abc.\n" + "same line\n" * 6
)


# Told, and done


@pytest.mark.parametrize(
    "text", ["He told me: you are pathetic.", "Μου είπε «είσαι ηλίθιος».", "Dia bilang kamu bodoh."]
)
def test_what_was_done_to_the_author_is_nothing_that_they_did(text: str) -> None:
    assert not keys_of(look_for_hostility(NewText(text))) & {"hostile", "slur", "sexual_pressure", "threat"}


@pytest.mark.parametrize(
    "text",
    [
        "I told him: you are pathetic.",
        "He was kind. You are pathetic.",
        "aku bilang kamu bodoh",
        '"He said hello." You are pathetic.',
    ],
)
def test_the_authors_own_words_stay_their_own(text: str) -> None:
    assert "hostile" in keys_of(look_for_hostility(NewText(text)))


def test_a_threat_that_is_told_is_as_urgent_as_one_that_is_made() -> None:
    finding = look_for_hostility(NewText('He wrote "I know where you live".'))
    assert finding is not None
    assert finding.band is Band.RED


# Form, links, repeats


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("…!!! 123", "no_words"),
        ("buy this\n" * 6, "repeats_itself"),
        ("so\u200brry \u200b\u200b\u200b\u200b\u200b\u200b", "disguised"),
        ("pаthеtic lоsеr idiоt hеllo wоrld thаnks", "disguised"),
    ],
)
def test_a_form_that_is_none_is_held_and_explained(text: str, key: str) -> None:
    assert keys_of(look_at_form(NewText(text))) == {key}


@pytest.mark.parametrize(
    "text",
    ["I AM SO TIRED OF ALL THIS", "no full stops no commas just words", "😭 help", "ναι", "ya\nya\nya"],
)
def test_distress_may_have_any_form(text: str) -> None:
    assert look_at_form(NewText(text)) is None


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("Look at https://shop.example/x?y=1.", "link", "https://shop.example/x?y=1"),
        ("visit www.shop.example now", "link", "www.shop.example"),
        ("join us at casino.club, free", "link", "casino.club"),
        ("see bit.ly/abc", "hidden_link", "bit.ly/abc"),
    ],
)
def test_a_link_is_marked_where_it_stands(text: str, key: str, words: str) -> None:
    finding = look_for_links(NewText(text))
    assert finding is not None
    assert [(text[mark.start : mark.end], mark.key) for mark in finding.marks] == [(words, key)]


def test_a_link_that_shows_another_address_is_told_apart() -> None:
    text = "[help.example.org](https://shop.example/x)"
    assert "hidden_link" in keys_of(look_for_links(NewText(text)))


@pytest.mark.parametrize(
    "text",
    [
        "I slept.Then I woke.",
        "e.g. this",
        "3.5 km",
        "anna@mail.com",
        "Ναι.Όχι.",
        "see https://stoa.example/p/1",
    ],
)
def test_what_leads_nowhere_or_stays_here_is_no_link(text: str) -> None:
    assert look_for_links(NewText(text, own_hosts=frozenset({"stoa.example"}))) is None


LONG_ENOUGH = "I moved here two months ago and I still know nobody at all."


def test_the_same_text_once_more_is_held_and_never_refused() -> None:
    finding = look_for_repeats(NewText(f"A title\n\n{LONG_ENOUGH.upper()}!!", earlier_texts=[LONG_ENOUGH]))
    assert keys_of(finding) == {"repeated_text"}
    assert finding is not None
    assert finding.holds
    assert finding.band is Band.GREEN


@pytest.mark.parametrize(
    "text",
    [
        NewText("Thank you so much.", earlier_texts=["Thank you so much."]),
        NewText(LONG_ENOUGH, earlier_texts=[f"{LONG_ENOUGH} And today it rained."]),
        NewText(LONG_ENOUGH, earlier_texts=[LONG_ENOUGH], is_new=False),
        NewText(LONG_ENOUGH),
    ],
    ids=["short", "another", "an edit", "the first"],
)
def test_what_only_resembles_is_no_repeat(text: NewText) -> None:
    assert look_for_repeats(text) is None


# Around the words


@pytest.mark.parametrize(
    ("mode", "earlier", "holds"),
    [
        (ModerationMode.HOLD_ALL, 99, True),
        (ModerationMode.HOLD_NEW, 0, True),
        (ModerationMode.HOLD_NEW, NEW_MEMBER_POSTS - 1, True),
        (ModerationMode.HOLD_NEW, NEW_MEMBER_POSTS, False),
        (ModerationMode.READ_AFTER, 0, False),
    ],
)
def test_a_topics_mode_decides_whether_readers_wait(mode: ModerationMode, earlier: int, holds: bool) -> None:
    text = NewText("I miss home.", mode=mode, earlier_posts=earlier)
    assert run_phases(text, (ask_the_mode, look_at_newness)).holds is holds


def test_the_hour_explains_and_holds_nothing() -> None:
    finding = look_at_hours(NewText("I miss home.", is_staffed=False))
    assert keys_of(finding) == {"unstaffed"}
    assert finding is not None
    assert not finding.holds


# All together


@pytest.mark.parametrize("phase", ALL_PHASES, ids=lambda phase: phase.__name__)
def test_whichever_phase_breaks_the_text_waits_and_the_others_are_heard(phase: Phase) -> None:
    text = NewText(EVERYTHING, mode=ModerationMode.HOLD_ALL, is_staffed=False, earlier_texts=[EVERYTHING])
    screening = run_phases(text, [broken if one is phase else one for one in ALL_PHASES])
    others = run_phases(text, [one for one in ALL_PHASES if one is not phase])
    assert screening.findings == others.findings
    assert screening.holds
    assert screening.band.rank <= Band.AMBER.rank


def test_a_text_may_give_every_phase_something_to_say() -> None:
    """Or the test above would break phases that had nothing to say of its text."""
    silent = [
        phase.__name__
        for phase in ALL_PHASES
        if phase(
            NewText(
                EVERYTHING,
                mode=ModerationMode.HOLD_NEW if phase is look_at_newness else ModerationMode.HOLD_ALL,
                is_staffed=False,
                earlier_texts=[EVERYTHING],
            )
        )
        is None
    ]
    assert silent == []


def broken(_text: NewText) -> Finding | None:
    raise RuntimeError("I miss home.")


@pytest.mark.parametrize("place", range(len(ALL_PHASES) + 1))
def test_a_phase_that_fails_holds_the_text_and_takes_no_other_along(place: int) -> None:
    text = NewText("I want to die. Call me on +44 7700 900123.")
    screening = run_phases(text, (*ALL_PHASES[:place], broken, *ALL_PHASES[place:]))
    assert [name for name, _ in screening.failures] == ["broken"]
    assert screening.holds
    assert screening.findings == run_phases(text).findings


def test_a_phase_that_fails_lets_readers_of_a_calm_text_wait() -> None:
    assert run_phases(NewText("I miss home."), (broken,)).holds


def test_a_phase_that_fails_makes_a_calm_text_amber() -> None:
    assert run_phases(NewText("I miss home."), (broken,)).band is Band.AMBER


def test_a_calm_text_of_an_old_hand_is_held_by_nothing() -> None:
    assert run_phases(NewText("I miss home.", earlier_posts=9)) == Screening(())


def test_the_band_of_a_screening_is_the_highest_that_any_phase_found() -> None:
    screening = run_phases(NewText("You are pathetic. I want to die."))
    assert screening.band is Band.RED


def test_danger_is_looked_for_before_anything_else() -> None:
    assert ALL_PHASES[0] is look_for_risk


@given(st.text(max_size=200), st.sampled_from([case.text for case in ALL_CASES]))
def test_no_phase_ever_fails_and_every_mark_lies_inside_the_text(noise: str, text: str) -> None:
    both = f"{text} {noise}"
    screening = run_phases(NewText(both, earlier_texts=[noise]))
    assert screening.failures == ()
    marks: list[Mark] = [mark for finding in screening.findings for mark in finding.marks]
    assert all(0 <= mark.start <= mark.end <= len(both) for mark in marks)


@pytest.mark.parametrize("lists", [load_lists(), load_lists(CONDUCT, PHRASES)], ids=["danger", "conduct"])
def test_a_text_may_end_inside_a_word_that_a_phrase_leaves_open(lists: Mapping[str, PhraseList]) -> None:
    open_ended = [
        letters
        for phrases in lists.values()
        for letters, rules in phrases.rules.items()
        if any(rule.open_ended for rule in rules)
    ]
    assert [letters for letters in open_ended if run_phases(NewText(f"so {letters}")).failures] == []


@pytest.mark.parametrize(
    "piece", ["a", "a ", '"he said ', "\u200b", "1.", "k.i.l.l. ", "you are pathetic ", "(1"]
)
def test_a_longer_text_asks_for_more_steps_and_not_for_their_square(piece: str) -> None:
    short, long = (calls_of(NewText((piece * size)[:size])) for size in (1000, 4000))
    assert long < short * 6


def calls_of(text: NewText) -> int:
    """How many functions a screening calls: what it does, without a clock."""
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run_phases(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "pattern",
    [
        pattern
        for module in (
            form_phases,
            people_patterns,
            personal,
            personal_patterns,
            spelling,
            telling,
            word_phases,
        )
        for found in vars(module).values()
        for pattern in (found if isinstance(found, tuple) else (found,))
        if isinstance(pattern, re.Pattern)
    ],
    ids=lambda pattern: pattern.pattern[:40],
)
def test_no_pattern_repeats_without_end_inside_of_what_repeats(pattern: re.Pattern[str]) -> None:
    """That is how a pattern takes a year for a line: (a+)+ tries every way to share the letters out."""
    assert not re.search(r"[^\\][*+]\)[*+]", pattern.pattern)
    assert not re.search(r"[^\\][*+]\)\{\d*,\}", pattern.pattern)


@pytest.mark.parametrize(
    "piece",
    [
        "he said ",
        '"you ',
        "my name is ",
        "room 1 ",
        "14 March ",
        "Professor A",
        "www.a",
        "a.b.",
        "[a.com](",
        "1 mg ",
        "dia di kamar ",
    ],
)
def test_a_text_made_to_be_slow_is_read_to_its_end(piece: str) -> None:
    assert run_phases(NewText((piece * 8000)[:8000])).failures == ()


# What it says


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_explains_itself_in_every_language(language: str) -> None:
    everything = {language: set(sentences) for language, sentences in load_explanations().items()}
    assert everything[language] == everything["en"]
    assert all((explain_key(key, language) or "").endswith(".") for key in everything["en"])


def test_every_key_that_a_phase_gave_is_explained() -> None:
    given_keys = {
        mark.key
        for case in ALL_CASES
        for finding in run_phases(NewText(case.text, mode=ModerationMode.HOLD_ALL, is_staffed=False)).findings
        for mark in finding.marks
    }
    assert given_keys <= set(load_explanations()["en"])


def test_a_key_of_an_older_list_says_nothing() -> None:
    assert explain_key("gone", "en") is None


def test_a_key_without_a_language_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "explanations.toml"
    path.write_text('[link]\nen = "A link."\nel = "Σύνδεσμος."\n', encoding="utf-8")
    with pytest.raises(BrokenPhraseList, match="no sentence in id for link"):
        load_explanations(path)


def test_findings_about_the_words_have_a_kind() -> None:
    screening = run_phases(NewText("You are pathetic, see bit.ly/abc, call +44 7700 900123. I want to die."))
    assert [finding.kind for finding in screening.findings] == [
        ReasonKind.RISK_SIGNAL,
        ReasonKind.CONDUCT_SIGNAL,
        ReasonKind.PERSONAL_DATA,
        ReasonKind.FORM_SIGNAL,
    ]


# Student numbers


@pytest.mark.parametrize(
    ("shapes", "text"),
    [("AA99999", "I am ab12345."), ("999.999", "no 123.456 here"), ("9999, A9999", "k1234")],
)
def test_a_number_of_the_shape_that_the_coordinator_set_is_found(shapes: str, text: str) -> None:
    (mark,) = find_personal(text, student_number=number_pattern(shapes))
    assert re.fullmatch(r"[ak]?b?[\d.]+", text[mark.start : mark.end])


def test_without_shapes_there_is_no_pattern() -> None:
    assert number_pattern(" , ") is None


def test_a_whole_finding_marks_no_words() -> None:
    assert [(mark.start, mark.end) for mark in whole("link")] == [(0, 0)]
