"""The list of words behind every passphrase: long enough, each word once, and safe to hand to anybody."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from accounts import words
from accounts.words import BrokenWordList, passphrase_words

# Not the whole of what was left out: a few of each kind, so that an edit which brings them back is noticed.
UNWELCOME = """
    suicide suicidal die died dying dead death deadly kill killer murder grave graveyard coffin
    corpse casket funeral mourning widow orphan blood bleed knife blade razor gun rifle bullet bomb
    poison noose rope hanging gallows drown strangle suffocate overdose pill pills gas rape abuse
    victim violence violent attack torture prison crime fight cancer disease fever wound injury
    epilepsy diabetes dementia vomit calorie thinner fasting starve drunk alcohol wine whiskey
    cocaine heroin opium cannabis junkie smoking sex sexual naked seduce pervert slut virgin god
    pray church mosque jesus islamic buddhism sermon vote election president fascism racism nazi
    slave ugly stupid idiot lazy fat crazy insane lonely alone worthless hopeless failure failing
    loser useless unloved unwanted sad misery despair panic afraid shame hate grief bully hazing
    dropout
"""
# Of each pair only one may be in the list, or somebody who writes down what they hear is locked out.
SOUND_ALIKE = """
    beach/beech carat/carrot cache/cash cannon/canon capital/capitol caddie/caddy flier/flyer
    lilly/lily phoney/phony sulfate/sulphate banister/bannister hankie/hanky kabob/kebab
    usable/useable flour/flower morning/mourning parish/perish elusive/illusive rumba/rhumba
    gray/grey
"""


@pytest.fixture(autouse=True)
def fresh_list() -> Iterator[None]:
    """Read the list anew before and after each test."""
    passphrase_words.cache_clear()
    yield
    passphrase_words.cache_clear()


def test_six_words_are_worth_77_bits() -> None:
    assert len(passphrase_words()) ** 6 >= 2**77


def test_every_word_is_short_and_of_plain_letters() -> None:
    odd = [word for word in passphrase_words() if not re.fullmatch(r"[a-z]{3,9}", word)]
    assert odd == []


def test_the_list_is_sorted_so_that_a_change_of_it_reads_well() -> None:
    assert list(passphrase_words()) == sorted(passphrase_words())


def test_no_word_begins_another_so_that_letters_alone_tell_the_words_apart() -> None:
    beginnings = [(one, after) for one, after in pairwise(passphrase_words()) if after.startswith(one)]
    assert beginnings == []


def test_no_passphrase_upsets_the_student_who_is_given_it() -> None:
    assert set(UNWELCOME.split()) & set(passphrase_words()) == set()


@pytest.mark.parametrize("pair", SOUND_ALIKE.split())
def test_two_words_never_sound_alike(pair: str) -> None:
    assert len(set(pair.split("/")) & set(passphrase_words())) <= 1


def test_a_list_that_lost_words_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    too_short = tmp_path / "short.txt"
    too_short.write_text("\n".join(passphrase_words()[:6_999]), encoding="ascii")
    passphrase_words.cache_clear()
    monkeypatch.setattr(words, "LIST", too_short)
    with pytest.raises(BrokenWordList):
        passphrase_words()


def test_a_list_with_a_word_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repeated = tmp_path / "repeated.txt"
    repeated.write_text("\n".join([*passphrase_words(), "acorn"]), encoding="ascii")
    passphrase_words.cache_clear()
    monkeypatch.setattr(words, "LIST", repeated)
    with pytest.raises(BrokenWordList):
        passphrase_words()


def test_the_list_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = passphrase_words()
    monkeypatch.setattr(words, "LIST", tmp_path / "gone.txt")
    assert passphrase_words() is first
