"""The sealed blobs of an account, and the mailbox in one of them."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from flask import Flask

from accounts.blobs import BlobName, read_blob, write_blob
from accounts.mailbox import KEPT_AT_MOST, deliver, mark_all_read, notices
from accounts.models import Account
from core.crypto import CannotUnseal
from core.ids import new_public_id

NOON = datetime(2026, 3, 2, 12, 34, 56, tzinfo=UTC)
NAMES: tuple[BlobName, ...] = get_args(BlobName)
ENTRIES = [{"thread": "a-marked-thread"}]


@pytest.fixture
def account(inside: Flask) -> Account:
    """A student's row that is in no table."""
    assert inside
    return Account(id=new_public_id(), epoch=1, unread=0)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_can_be_read(account: Account, name: BlobName) -> None:
    write_blob(account, name, ENTRIES)
    assert read_blob(account, name) == ENTRIES


@pytest.mark.parametrize("name", NAMES)
def test_a_blob_that_was_never_written_is_empty(account: Account, name: BlobName) -> None:
    assert read_blob(account, name) == []


def test_few_and_many_entries_have_the_same_size(account: Account) -> None:
    sizes = set()
    for count in (0, 1, 10, 100):
        write_blob(account, "threads", [{"thread": "x" * 13}] * count)
        assert account.threads is not None
        sizes.add(len(account.threads))
    assert len(sizes) == 1


def test_a_blob_shows_nothing_of_what_is_in_it(account: Account) -> None:
    write_blob(account, "threads", ENTRIES)
    assert account.threads is not None
    assert b"marked" not in account.threads


def test_the_blob_of_one_account_does_not_open_in_another(account: Account) -> None:
    write_blob(account, "threads", ENTRIES)
    other = Account(id=new_public_id(), threads=account.threads)
    with pytest.raises(CannotUnseal):
        read_blob(other, "threads")


def test_a_blob_does_not_open_in_another_column(account: Account) -> None:
    write_blob(account, "threads", ENTRIES)
    account.mailbox = account.threads
    with pytest.raises(CannotUnseal):
        read_blob(account, "mailbox")


def test_the_newest_notice_comes_first(account: Account) -> None:
    for name in ("first", "second"):
        deliver(account, "moderation.decided", {"name": name}, now=NOON)
    assert [notice["data"]["name"] for notice in notices(account)] == ["second", "first"]


def test_the_same_notice_is_delivered_once(account: Account) -> None:
    for _ in range(2):
        deliver(account, "moderation.decided", {}, now=NOON, key="decision:1")
    assert (len(notices(account)), account.unread) == (1, 1)


def test_a_notice_keeps_only_its_hour(account: Account) -> None:
    deliver(account, "moderation.decided", {}, now=NOON)
    assert notices(account)[0]["at"] == "2026-03-02T12:00:00+00:00"


def test_reading_sets_the_count_back(account: Account) -> None:
    deliver(account, "moderation.decided", {}, now=NOON)
    mark_all_read(account)
    assert account.unread == 0
    assert notices(account)[0]["is_read"]


def test_a_notice_after_reading_counts_alone(account: Account) -> None:
    deliver(account, "moderation.decided", {}, now=NOON)
    mark_all_read(account)
    deliver(account, "moderation.decided", {}, now=NOON)
    assert account.unread == 1


def test_a_mailbox_does_not_grow_for_ever(account: Account) -> None:
    for number in range(KEPT_AT_MOST + 5):
        deliver(account, "moderation.decided", {"number": number}, now=NOON)
    kept = notices(account)
    assert len(kept) == KEPT_AT_MOST
    assert kept[0]["data"]["number"] == KEPT_AT_MOST + 4
