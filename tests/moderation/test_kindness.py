"""Before the team's words leave they are read over: no blame in three languages, and easy to read."""

import pytest

from moderation.wording.kindness import HARDEST, Remark, blaming_words, grade_of, is_english, look_over
from moderation.wording.kindness_words import BLAME

EASY = "Thank you for writing. We read it with care. Could you leave out the name of your friend?"
HARD = (
    "Your contribution necessitates considerable modification before publication, because institutional "
    "regulations unambiguously prohibit the identification of individuals."
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You should have left her name out.", ["You should have"]),
        ("This is a STUPID thing to write.", ["STUPID"]),
        ("Sorry, but this is your fault.", ["your fault"]),
        ("It looks like attention-seeking.", ["attention-seeking"]),
        ("That is not so. You are lazy.", ["lazy"]),
        ("It looks like attention seeking to us.", ["attention seeking"]),
        ("You shouldn’t have said it.", ["You shouldn’t have"]),
        ("Εσύ φταις για όλα.", ["φταις"]),
        ("Αυτό είναι ανόητο.", ["ανόητο"]),
        ("Ξεπέρασέ το.", ["Ξεπέρασέ το"]),
        ("Ini salahmu sendiri.", ["salahmu"]),
        ("Seharusnya kamu menunggu.", ["Seharusnya kamu"]),
        ("Kamu hanya cari perhatian.", ["cari perhatian"]),
    ],
)
def test_words_of_blame_are_found_as_they_were_typed(text: str, words: list[str]) -> None:
    assert blaming_words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "It is not your fault.",
        "It never was your fault, and it isn’t your fault now.",
        "Nobody thinks that you are lazy. You are not lazy.",
        "Δεν φταις εσύ.",
        "Δεν είναι δικό σου λάθος.",
        "Ini bukan salahmu.",
        "Kamu tidak bodoh.",
        EASY,
    ],
)
def test_what_consoles_is_no_blame(text: str) -> None:
    assert blaming_words(text) == []


@pytest.mark.parametrize(("language", "phrase"), [(code, line) for code in BLAME for line in BLAME[code]])
def test_every_phrase_of_the_lists_is_found(language: str, phrase: str) -> None:
    assert blaming_words(f"… {phrase.replace('*', '')} …"), language


def test_blame_that_is_quoted_is_not_the_teams() -> None:
    assert look_over("> you are stupid\nThese words could hurt.") == []


def test_a_hard_text_is_pointed_out_with_its_hardest_sentence() -> None:
    (finding,) = look_over(f"Thank you for writing. {HARD}")
    assert (finding.remark, finding.words) == (Remark.LEVEL, HARD)


def test_an_easy_text_passes() -> None:
    assert look_over(EASY) == []


@pytest.mark.parametrize(
    "text",
    [
        "Σε ευχαριστούμε θερμά για την εμπιστοσύνη σου, παρακαλούμε αφαίρεσε κάθε αναγνωριστικό στοιχείο.",
        "Terima kasih sudah menulis, tolong hilangkan nama temanmu supaya ia tidak dikenali orang lain.",
    ],
)
def test_the_level_is_only_measured_for_english(text: str) -> None:
    assert not is_english(text)
    assert look_over(text) == []


def test_a_word_or_two_have_no_level() -> None:
    assert look_over("Unfortunately, institutional considerations.") == []


@pytest.mark.parametrize(("text", "least", "most"), [(EASY, -2, 5), (HARD, 15, 40)])
def test_a_grade_is_near_that_of_the_formula(text: str, least: float, most: float) -> None:
    assert least <= grade_of(text) <= most
    assert (grade_of(text) > HARDEST) is (text == HARD)
