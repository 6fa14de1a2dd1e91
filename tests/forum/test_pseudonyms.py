"""The names that readers see: steady, spread, never shared within a thread, saying nothing about anybody."""

import hashlib
import re

import pytest

from forum import pseudonyms
from forum.pseudonyms import NoNameLeft, name_for

ADJECTIVES = pseudonyms._words("adjectives")
NOUNS = pseudonyms._words("nouns")

# A few of each kind that must not come in with a later edit.
ABOUT_A_PERSON = """
    Broken Crazy Heavy Lonely Slow Small Tall Short Thin Slim Round Wide Old Young Pale Dark Black
    White Brown Red Yellow Blonde Ginger Bald Sad Happy Calm Serene Cheerful Anxious Nervous Angry
    Moody Gloomy Stormy Foggy Cloudy Bright Clever Wise Dull Dim Simple Lazy Sleepy Tired Weak
    Strong Brave Timid Shy Wild Odd Strange Lost Little Northern Southern Eastern Western Foreign
    Native Rural Urban Poor Rich Noble Common Humble Proud Lofty Amber Ruby Scarlet Violet Heather
    Jade Pearl April June Summer Autumn Crystal
"""
INSULTS = """
    Pig Hog Rat Snake Donkey Mule Ass Whale Cow Ox Goat Sheep Lamb Hen Chicken Goose Turkey Cuckoo
    Dodo Loon Coot Gull Vulture Crow Magpie Parrot Peacock Ape Monkey Gorilla Baboon Dog Bitch Puppy
    Cat Kitten Weasel Ferret Skunk Sloth Snail Slug Worm Leech Toad Lizard Shark Piranha Cockroach
    Louse Maggot Wasp Spider Scorpion Hippo Elephant Mammoth Walrus Cougar Fox Wolf Shrew Bat Mole
    Spade Cracker Coconut Pansy Fairy Fruit Peach Cherry Melon Plum Brick Plank Tool Screw Nut
    Hammer Axe Knife Saw Rope Gun Bridge Cliff Balcony Barrel Balloon Boulder Twig Mop Sponge Weed
"""


def tag_of(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


@pytest.mark.parametrize(("words", "fewest"), [(ADJECTIVES, 180), (NOUNS, 400)], ids=["adjectives", "nouns"])
def test_there_are_enough_words(words: tuple[str, ...], fewest: int) -> None:
    assert len(words) >= fewest


def test_no_word_is_there_twice() -> None:
    assert len({*ADJECTIVES, *NOUNS}) == len(ADJECTIVES) + len(NOUNS)


def test_every_word_is_capitalised_letters() -> None:
    assert [word for word in (*ADJECTIVES, *NOUNS) if not re.fullmatch(r"[A-Z][a-z]{1,14}", word)] == []


@pytest.mark.parametrize("words", [ADJECTIVES, NOUNS], ids=["adjectives", "nouns"])
def test_the_words_are_sorted_so_that_a_change_reads_well(words: tuple[str, ...]) -> None:
    assert list(words) == sorted(words)


def test_no_name_comments_on_a_person() -> None:
    assert set(ADJECTIVES) & set(ABOUT_A_PERSON.split()) == set()


def test_no_name_is_an_insult() -> None:
    assert set(NOUNS) & set(INSULTS.split()) == set()


def test_the_docstring_tells_how_many_names_there_are() -> None:
    told = f"{len(ADJECTIVES)} adjectives and {len(NOUNS)} nouns give {len(ADJECTIVES) * len(NOUNS):,} names"
    assert told in (name_for.__doc__ or "")


def test_the_same_author_keeps_the_same_name() -> None:
    assert name_for(tag_of(7), taken=["Quiet Heron"]) == name_for(tag_of(7), taken=["Quiet Heron"])


def test_authors_of_different_tags_seldom_meet_in_a_name() -> None:
    names = {name_for(tag_of(number), taken=()) for number in range(1_000)}
    assert len(names) > 980


def test_a_taken_name_goes_to_nobody_else_in_the_thread() -> None:
    first = name_for(tag_of(7), taken=())
    assert name_for(tag_of(7), taken=[first]) != first


def test_the_next_name_after_a_taken_one_is_settled_too() -> None:
    first = name_for(tag_of(7), taken=())
    assert name_for(tag_of(7), taken=[first]) == name_for(tag_of(7), taken={first})


def test_two_authors_with_the_same_first_name_part_after_it() -> None:
    one, other = bytes(8) + tag_of(1), bytes(8) + tag_of(2)
    shared = name_for(one, taken=())
    assert name_for(one, taken=[shared]) != name_for(other, taken=[shared])


def test_the_very_last_free_name_is_found_even_with_a_stride_of_nothing() -> None:
    everything = {f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS}
    assert name_for(bytes(16), taken=everything - {"Quiet Heron"}) == "Quiet Heron"


def test_a_thread_with_every_name_taken_says_so() -> None:
    everything = {f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS}
    with pytest.raises(NoNameLeft):
        name_for(tag_of(7), taken=everything)


def test_a_tag_too_short_to_spread_names_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        name_for(b"short", taken=())
