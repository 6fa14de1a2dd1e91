"""Sealing opens only with its key at its place; a tag tells one list of parts from every other."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import (
    CannotUnseal,
    derive_key,
    new_key,
    new_key_pair,
    open_with,
    pad,
    seal,
    seal_to,
    tag,
    unpad,
    unseal,
)

KEY, OTHER_KEY = bytes(32), b"\1" * 32
PLACE = b"post:1"


@given(plaintext=st.binary(max_size=500), place=st.binary(max_size=40))
def test_what_was_sealed_opens_at_its_place(plaintext: bytes, place: bytes) -> None:
    assert unseal(KEY, seal(KEY, plaintext, aad=place), aad=place) == plaintext


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CannotUnseal):
        unseal(OTHER_KEY, seal(KEY, b"words", aad=PLACE), aad=PLACE)


def test_at_another_place_it_does_not_open() -> None:
    with pytest.raises(CannotUnseal):
        unseal(KEY, seal(KEY, b"words", aad=PLACE), aad=b"post:2")


@given(
    position=st.integers(min_value=0, max_value=1 + 12 + 5 + 16 - 1),
    bit=st.integers(min_value=0, max_value=7),
)
def test_one_changed_bit_anywhere_does_not_open(position: int, bit: int) -> None:
    sealed = bytearray(seal(KEY, b"words", aad=PLACE))
    sealed[position] ^= 1 << bit
    with pytest.raises(CannotUnseal):
        unseal(KEY, bytes(sealed), aad=PLACE)


@pytest.mark.parametrize("length", range(1 + 12 + 16))
def test_a_cut_value_does_not_open(length: int) -> None:
    with pytest.raises(CannotUnseal):
        unseal(KEY, seal(KEY, b"", aad=PLACE)[:length], aad=PLACE)


def test_the_same_words_sealed_twice_look_different() -> None:
    assert seal(KEY, b"words", aad=PLACE) != seal(KEY, b"words", aad=PLACE)


def test_a_sealed_value_does_not_hold_its_words() -> None:
    assert b"a marked sentence" not in seal(KEY, b"a marked sentence", aad=PLACE)


def test_a_tag_is_an_hmac_over_each_part_behind_its_length() -> None:
    framed = (3).to_bytes(8, "big") + b"abc" + (1).to_bytes(8, "big") + b"d"
    assert tag(KEY, b"abc", "d") == hmac.digest(KEY, framed, hashlib.sha256)


@given(one=st.lists(st.binary(max_size=4), max_size=4), two=st.lists(st.binary(max_size=4), max_size=4))
def test_two_lists_of_parts_never_share_a_tag(one: list[bytes], two: list[bytes]) -> None:
    assert (tag(KEY, *one) == tag(KEY, *two)) == (one == two)


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derive_key(KEY, "account.threads") != derive_key(KEY, "account.mailbox")


def test_a_derived_key_is_the_same_every_time() -> None:
    assert derive_key(KEY, "account.threads") == derive_key(KEY, "account.threads")


def test_new_keys_differ() -> None:
    assert new_key() != new_key()


@given(data=st.binary(max_size=9000))
def test_padding_comes_off_again(data: bytes) -> None:
    assert unpad(pad(data)) == data


@given(length=st.integers(min_value=0, max_value=4092))
def test_up_to_a_page_every_length_becomes_the_same(length: int) -> None:
    assert len(pad(b"x" * length)) == 4096


def test_more_than_a_page_becomes_two() -> None:
    assert len(pad(b"x" * 4093)) == 8192


@pytest.mark.parametrize(
    "padded", [b"", b"\0\0\0\5abcd", b"\xff\xff\xff\xff"], ids=["empty", "short", "huge"]
)
def test_padding_that_does_not_fit_is_told(padded: bytes) -> None:
    with pytest.raises(CannotUnseal):
        unpad(padded)


@given(plaintext=st.binary(max_size=500), place=st.binary(max_size=40))
def test_what_was_sealed_to_somebody_opens_for_them_at_its_place(plaintext: bytes, place: bytes) -> None:
    pair = new_key_pair()
    assert open_with(pair.private, seal_to(pair.public, plaintext, info=place), info=place) == plaintext


def test_what_was_sealed_to_somebody_opens_for_nobody_else() -> None:
    sealed = seal_to(new_key_pair().public, b"words", info=PLACE)
    with pytest.raises(CannotUnseal):
        open_with(new_key_pair().private, sealed, info=PLACE)


def test_what_was_sealed_to_somebody_does_not_open_at_another_place() -> None:
    pair = new_key_pair()
    with pytest.raises(CannotUnseal):
        open_with(pair.private, seal_to(pair.public, b"words", info=PLACE), info=b"post:2")


@pytest.mark.parametrize("length", range(1 + 32 + 16))
def test_a_cut_box_does_not_open(length: int) -> None:
    pair = new_key_pair()
    with pytest.raises(CannotUnseal):
        open_with(pair.private, seal_to(pair.public, b"", info=PLACE)[:length], info=PLACE)


def test_a_pair_of_keys_does_not_show_its_private_half() -> None:
    pair = new_key_pair()
    assert repr(pair.private) not in repr(pair)
