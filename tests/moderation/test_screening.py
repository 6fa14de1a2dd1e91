"""What screening makes of texts: the cases in screening_cases/, and what must hold for every text."""

import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.bands import Band, higher_of
from moderation.screening.explanations import explain_key
from moderation.screening.marking import Mark, keep_widest
from moderation.screening.phraselists import PHRASES, BrokenPhraseList, load_list, load_lists
from moderation.screening.risks import screen_text
from moderation.screening.spelling import LANGUAGES

CASES = Path(__file__).parent / "screening_cases"


class Case(NamedTuple):
    text: str
    band: Band
    key: str | None


def cases_in(language: str) -> list[Case]:
    files = [CASES / f"{language}.toml", CASES / f"{language}_fresh.toml"]
    groups = [group for file in files for group in tomllib.loads(file.read_text(encoding="utf-8"))["case"]]
    return [Case(text, Band(group["band"]), group.get("key")) for group in groups for text in group["texts"]]


ALL_CASES = [case for language in LANGUAGES for case in cases_in(language)]
RAISED_TEXTS = [case.text for case in ALL_CASES if case.band is not Band.GREEN]
HARMLESS_SENTENCES = [
    "The library opens at nine.",
    "I had soup for lunch.",
    "Το λεωφορείο άργησε.",
    "Είχε ήλιο το πρωί.",
    "Perpustakaan buka jam sembilan.",
    "Tadi hujan sebentar.",
]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.text)
def test_a_text_gets_its_band(case):
    assert screen_text(case.text).band is case.band


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case.key], ids=lambda case: case.text)
def test_a_text_is_marked_for_the_reason_a_moderator_would_give(case):
    assert case.key in {mark.key for mark in screen_text(case.text).marks}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_sixty_cases(language):
    assert len(cases_in(language)) >= 60


# What is marked


def test_the_words_that_raised_a_text_are_marked_where_they_stand():
    text = "Hello. It is late and I just really want to\n\nd\u200bie."
    (mark,) = screen_text(text).marks
    assert text[mark.start : mark.end] == "want to\n\nd\u200bie"


def test_an_intention_and_its_time_are_marked_together():
    text = "I am going to end my life, I am at peace with it, tomorrow."
    (mark,) = (mark for mark in screen_text(text).marks if mark.band is Band.CRISIS)
    assert text[mark.start : mark.end] == "going to end my life, I am at peace with it, tomorrow"


def test_a_time_far_from_an_intention_is_not_its_time():
    between = "and then there are so many other things that I wanted to tell you about my week, "
    assert screen_text(f"I am going to kill myself {between} we have class tomorrow").band is Band.RED


def test_words_inside_a_wider_phrase_are_not_marked_twice():
    assert len(screen_text("I'm going to kill myself tonight").marks) == 1


def test_urgent_words_inside_a_less_urgent_phrase_stay_marked():
    wide = Mark(0, 20, "burden", Band.AMBER, "en")
    urgent = Mark(5, 10, "self_harm", Band.RED, "en")
    assert keep_widest([urgent, wide], frozenset()) == (wide, urgent)


def test_a_denial_counts_for_the_phrase_that_follows_it_only():
    verdict = screen_text("I don't want to die. At night I want to die.")
    assert [mark.band for mark in verdict.marks] == [Band.AMBER, Band.RED]


def test_a_denial_in_one_language_holds_for_a_word_that_another_language_shares():
    assert screen_text("aku udah gak self harm lagi").band is Band.AMBER


def test_a_verdict_names_the_version_of_every_list():
    versions = {language: lists.version for language, lists in load_lists().items()}
    assert screen_text("anything").lists == versions


def test_a_harmless_text_has_no_marks():
    assert screen_text("Does anyone know when the registration opens?").marks == ()


# What must hold for every text


@given(st.text() | st.text(st.characters()))
def test_any_text_gets_a_verdict_with_marks_inside_it(text):
    assert all(0 <= mark.start < mark.end <= len(text) for mark in screen_text(text).marks)


@given(st.lists(st.sampled_from(RAISED_TEXTS) | st.text(max_size=20), max_size=6))
def test_the_band_is_the_highest_of_the_marks(parts):
    verdict = screen_text(" ".join(parts))
    assert verdict.band is higher_of(*(mark.band for mark in verdict.marks))


@given(
    st.sampled_from(RAISED_TEXTS),
    st.lists(st.sampled_from(HARMLESS_SENTENCES), max_size=3),
    st.lists(st.sampled_from(HARMLESS_SENTENCES), max_size=3),
)
def test_harmless_sentences_around_a_text_never_lower_its_band(text, before, after):
    wrapped = "\n".join([*before, text, *after])
    assert screen_text(wrapped).band.rank <= screen_text(text).band.rank


@given(st.sampled_from(RAISED_TEXTS), st.sampled_from(RAISED_TEXTS))
def test_a_text_is_as_urgent_as_the_most_urgent_half_of_it(one, other):
    together = screen_text(f"{one}\n{other}").band
    assert together.rank <= higher_of(screen_text(one).band, screen_text(other).band).rank


@given(st.sampled_from(RAISED_TEXTS))
def test_shouting_lowers_nothing(text):
    assert screen_text(text.upper()).band.rank <= screen_text(text).band.rank


# Bounded work


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_asks_for_few_phrases_however_long_the_lists_grow(language):
    """Per word only the lengths filed under its first letters are looked up."""
    assert max(map(len, load_lists()[language].lengths.values())) <= 50


@pytest.mark.parametrize(
    "text",
    [
        "a" * 8000,
        "a " * 4000,
        "> " * 4000,
        "a" + "\u0316\u0301" * 4000,
        "i have a plan " * 600,
        "\ufdfa" * 2000,
    ],
    ids=["one letter", "letters", "quotes", "marks", "half a crisis", "letters that unfold"],
)
def test_a_hostile_text_is_green_and_done(text):
    assert screen_text(text).band is Band.GREEN


# Bands


def test_bands_rank_from_crisis_to_green():
    assert sorted(Band, key=lambda band: band.rank) == [Band.CRISIS, Band.RED, Band.AMBER, Band.GREEN]


def test_the_higher_of_no_bands_is_green():
    assert higher_of() is Band.GREEN


def test_the_higher_of_bands_is_the_most_urgent():
    assert higher_of(Band.AMBER, Band.CRISIS, Band.GREEN) is Band.CRISIS


# Lists


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_explained_to_a_moderator_in_each_language(language):
    keys = set(load_lists()["en"].bands)
    assert all(explain_key(key, language).endswith(".") for key in keys)


def changed(folder: Path, old: str, new: str) -> Path:
    """The Indonesian list with one slip in it."""
    text = (PHRASES / "id.toml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "id.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


INTENTION = 'phrases = ["{intend} {end_own_life}"]'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('version = "', "version = ", "id.toml is wrong"),
        ('version = "2026', 'edition = "2026', "lacks 'version'"),
        ('language = "id"', 'language = "en"', "must name its language id"),
        ('band = "crisis"', 'band = "blue"', "'blue' is not a valid Band"),
        ('band = "crisis"', 'band = "green"', "is green"),
        ('key = "farewell"', 'key = "attempt_now"', "a key occurs twice"),
        ('lowered_by = ["denied_risk"]', 'lowered_by = ["denial"]', "unknown lowering"),
        (INTENTION, "phrases = []", "has no phrases"),
        (INTENTION, 'phrases = ["{plan}"]', "lacks 'plan'"),
        (INTENTION, 'phrases = ["mau"]', "too short"),
        (INTENTION, 'phrases = ["mau banget mati"]', "a small word"),
        (INTENTION, f'phrases = ["{"(aku |diri |hidup |mati |ingin |siap )" * 7}"]', "wordings"),
        ("want = [\n", 'want = [\n    "{want}",\n', "is wrong"),
        ('gak = "tidak"', 'g = "tidak"', "one word of two letters"),
    ],
)
def test_a_slip_in_a_list_stops_the_start_with_a_sentence(tmp_path, old, new, says):
    with pytest.raises(BrokenPhraseList, match=says):
        load_list(changed(tmp_path, old, new), "id")


def test_a_missing_list_stops_the_start(tmp_path):
    with pytest.raises(BrokenPhraseList, match=r"en\.toml cannot be read"):
        load_lists(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"), [('band = "crisis"', 'band = "red"'), ('key = "farewell"', 'key = "leaving"')]
)
def test_lists_that_disagree_on_reasons_stop_the_start(tmp_path, old, new):
    for language in ("en", "el"):
        (tmp_path / f"{language}.toml").write_bytes((PHRASES / f"{language}.toml").read_bytes())
    changed(tmp_path, old, new)
    with pytest.raises(BrokenPhraseList, match=r"id\.toml and en\.toml differ"):
        load_lists(tmp_path)
