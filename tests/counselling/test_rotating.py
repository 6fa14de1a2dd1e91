"""The key of cases changes while everything stays open, for everybody who is at work."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from accounts.models import Staff
from accounts.permissions import Role
from app import create_app
from core import keychange
from core import queries as core_queries
from core.audit import verify_log
from core.crypto import seal
from core.db import db, transaction
from core.keychange import KeysInUse, KeysUnwritable, keys_held_still
from core.keys import CASE, EARLIER_CASE, KeysUnfit, keyring, load_keys
from core.queries import latest_audit_event
from core.web import settings_of
from counselling import queries, rotating
from counselling.cases import open_case
from counselling.messages import write_letter
from counselling.retention import destroy_content
from counselling.rotating import Rotation, rotate_keys
from counselling.sealing import open_letter, set_summary, summary_of
from counselling.wrapping import key_of, mark_of
from moderation.bands import Band
from tests.conftest import put_away
from tests.counselling.people import NOON, add_staff_row, add_student, make_case

WAIT = 20


@pytest.fixture
def on_both(both_databases: Flask) -> Iterator[Flask]:
    """Inside an application on each database in turn."""
    with both_databases.app_context():
        yield both_databases


@pytest.fixture
def nora(on_both: Flask) -> Staff:
    assert on_both
    return add_staff_row(Role.PROFESSIONAL, "nora")


@pytest.fixture
def colleague(on_both: Flask) -> Iterator[Flask]:
    """Another process of the same installation, which was at work before the key changed."""
    other = create_app(settings_of(on_both))
    yield other
    put_away(other)


def letter_case(owner: Staff, body: str = "You are not alone.") -> str:
    """A case with one letter. Gives its id."""
    case = make_case(add_student(), owner)
    with transaction():
        write_letter(case, body, author=owner, now=NOON)
    return case.id


def wrap_as_before(case_id: str) -> None:
    """Wrap the key of a case as it was done when wraps had no id."""
    with transaction():
        case = queries.case(case_id, locked=True)
        current = keyring().case
        assert case is not None
        assert current is not None
        case.wrapped_key = seal(current, key_of(case), aad=f"case.key:{case.id}".encode())


def rotate(app: Flask, tell: Callable[[str], None] = lambda _sentence: None) -> Rotation:
    settings = settings_of(app)
    done = rotate_keys(settings.keys_dir, data_dir=settings.data_dir, now=NOON, tell=tell)
    db.session.rollback()
    return done


def letters_of(case_id: str) -> list[str]:
    """What somebody reads who opens the case now."""
    db.session.rollback()
    db.session.expire_all()
    case = queries.case(case_id)
    assert case is not None
    return [open_letter(case, one) for one in queries.messages(case_id)]


def files_of(app: Flask) -> set[str]:
    return {path.name for path in settings_of(app).keys_dir.iterdir()}


def is_under(case_id: str, key: bytes | None) -> bool:
    db.session.rollback()
    db.session.expire_all()
    case = queries.case(case_id)
    assert case is not None
    assert key is not None
    return case.wrapped_key is not None and case.wrapped_key.startswith(mark_of(key))


def test_every_case_lies_under_the_new_key_and_can_be_read(on_both: Flask, nora: Staff) -> None:
    earlier = keyring().case
    ids = [letter_case(nora, f"Letter {number}") for number in range(3)]
    assert rotate(on_both).rewrapped == 3
    fresh = load_keys(settings_of(on_both).keys_dir)
    assert fresh.case_keys != (earlier,)
    assert len(fresh.case_keys) == 1
    assert [letters_of(one) for one in ids] == [["Letter 0"], ["Letter 1"], ["Letter 2"]]
    assert all(is_under(one, fresh.case) for one in ids)


def test_a_wrap_from_before_wraps_had_an_id_opens_and_is_changed_too(on_both: Flask, nora: Staff) -> None:
    case_id = letter_case(nora)
    wrap_as_before(case_id)
    assert letters_of(case_id) == ["You are not alone."]
    assert rotate(on_both).rewrapped == 1
    assert letters_of(case_id) == ["You are not alone."]


def test_many_cases_go_in_batches(on_both: Flask, nora: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "BATCH", 2)
    ids = [letter_case(nora) for _ in range(5)]
    said: list[str] = []
    assert rotate(on_both, said.append).rewrapped == 5
    assert [line for line in said if "done" in line] == [
        "2 done, 5 were left …",
        "4 done, 3 were left …",
        "5 done, 1 were left …",
    ]
    assert all(letters_of(one) for one in ids)


def test_the_earlier_key_is_gone_from_the_directory(on_both: Flask, nora: Staff) -> None:
    letter_case(nora)
    earlier = keyring().case
    assert earlier is not None
    rotate(on_both)
    found = [path for path in settings_of(on_both).keys_dir.iterdir() if earlier.hex() in path.read_text()]
    assert found == []
    assert EARLIER_CASE not in files_of(on_both)


def test_the_earlier_key_is_overwritten_where_it_lay(on_both: Flask, nora: Staff, tmp_path: Path) -> None:
    letter_case(nora)
    watched = tmp_path / "the same file under another name"
    watched.hardlink_to(settings_of(on_both).keys_dir / CASE)
    before = watched.read_bytes()
    rotate(on_both)
    assert len(watched.read_bytes()) == len(before)
    assert watched.read_bytes() != before


def test_a_process_that_is_at_work_reads_old_and_new(on_both: Flask, nora: Staff, colleague: Flask) -> None:
    case_id = letter_case(nora)
    rotate(on_both)
    with colleague.app_context():
        assert letters_of(case_id) == ["You are not alone."]


def test_a_case_that_another_process_opens_afterwards_comes_under_the_new_key(
    on_both: Flask, nora: Staff, colleague: Flask
) -> None:
    letter_case(nora)
    rotate(on_both)
    with colleague.app_context():
        case_id = letter_case(add_staff_row(Role.PROFESSIONAL, "oren"))
        db.session.remove()
    assert is_under(case_id, load_keys(settings_of(on_both).keys_dir).case)


def test_a_case_that_is_being_opened_while_the_key_changes_is_not_left_behind(
    on_both: Flask, nora: Staff, colleague: Flask
) -> None:
    """The colleague has chosen the earlier key and not yet committed when the rotation begins."""
    letter_case(nora)
    chosen, go_on = threading.Event(), threading.Event()
    opened: list[str] = []

    def open_slowly() -> None:
        with colleague.app_context():
            with transaction():
                case = open_case(
                    band=Band.AMBER, student=None, pseudonym="Quiet Heron", due_at=None, now=NOON
                )
                opened.append(case.id)
                chosen.set()
                go_on.wait(WAIT)
            db.session.remove()

    slow = threading.Thread(target=open_slowly)
    slow.start()
    assert chosen.wait(WAIT)
    threading.Timer(0.5, go_on.set).start()
    rotate(on_both)
    slow.join(WAIT)
    assert is_under(opened[0], load_keys(settings_of(on_both).keys_dir).case)


def test_a_letter_that_is_written_meanwhile_stays(
    on_both: Flask, nora: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = letter_case(nora)
    real = rotating._rewrap_some

    def write_first(key: bytes, rotation: Rotation) -> int:
        with transaction():
            case = queries.case(case_id, locked=True)
            assert case is not None
            write_letter(case, "And one more.", author=nora, now=NOON)
        return real(key, rotation)

    monkeypatch.setattr(rotating, "_rewrap_some", write_first)
    rotate(on_both)
    assert letters_of(case_id) == ["You are not alone.", "And one more."]


def test_a_case_that_is_destroyed_meanwhile_stays_destroyed(
    on_both: Flask, nora: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, other = letter_case(nora), letter_case(nora)
    real = rotating._rewrap_some

    def destroy_first(key: bytes, rotation: Rotation) -> int:
        with transaction():
            case = queries.case(case_id, locked=True)
            assert case is not None
            if case.wrapped_key is not None:
                destroy_content(case, now=NOON)
        return real(key, rotation)

    monkeypatch.setattr(rotating, "_rewrap_some", destroy_first)
    assert rotate(on_both).rewrapped == 1
    db.session.expire_all()
    case = queries.case(case_id)
    assert case is not None
    assert case.wrapped_key is None
    assert letters_of(other) == ["You are not alone."]


def test_a_row_that_somebody_holds_comes_in_another_round(
    on_both: Flask, nora: Staff, colleague: Flask
) -> None:
    case_id = letter_case(nora)
    holds, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with colleague.app_context():
            with transaction():
                case = queries.case(case_id, locked=True)
                assert case is not None
                set_summary(case, "Held meanwhile.")
                holds.set()
                go_on.wait(WAIT)
            db.session.remove()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(WAIT)
    threading.Timer(0.5, go_on.set).start()
    rotate(on_both)
    holder.join(WAIT)
    db.session.expire_all()
    case = queries.case(case_id)
    assert case is not None
    assert summary_of(case) == "Held meanwhile."
    assert is_under(case_id, load_keys(settings_of(on_both).keys_dir).case)


def test_a_case_that_no_key_opens_is_named_and_holds_up_nobody(on_both: Flask, nora: Staff) -> None:
    damaged, sound = letter_case(nora), letter_case(nora)
    with transaction():
        case = queries.case(damaged, locked=True)
        assert case is not None
        assert case.wrapped_key is not None
        case.wrapped_key = case.wrapped_key[:-1] + bytes([case.wrapped_key[-1] ^ 1])
    done = rotate(on_both)
    assert (done.rewrapped, done.unreadable) == (1, [damaged])
    assert letters_of(sound) == ["You are not alone."]


def test_the_log_says_that_the_key_changed_and_stays_whole(on_both: Flask, nora: Staff) -> None:
    letter_case(nora)
    rotate(on_both)
    event = latest_audit_event(kind="case_key_changed", actor="command", target="keys")
    assert event is not None
    assert event.detail == {"cases": 1, "unreadable": 0}
    assert verify_log(settings_of(on_both).data_dir) == []


def test_a_process_that_starts_afterwards_starts(on_both: Flask, nora: Staff) -> None:
    case_id = letter_case(nora)
    rotate(on_both)
    fresh = create_app(settings_of(on_both))
    with fresh.app_context():
        assert letters_of(case_id) == ["You are not alone."]
    put_away(fresh)


def test_a_second_rotation_changes_the_key_once_more(on_both: Flask, nora: Staff) -> None:
    case_id = letter_case(nora)
    rotate(on_both)
    first = load_keys(settings_of(on_both).keys_dir).case
    assert rotate(on_both).was_resumed is False
    assert load_keys(settings_of(on_both).keys_dir).case != first
    assert letters_of(case_id) == ["You are not alone."]


def test_two_at_once_are_one(on_both: Flask) -> None:
    with keys_held_still(settings_of(on_both).data_dir), pytest.raises(KeysInUse):
        rotate(on_both)
    assert EARLIER_CASE not in files_of(on_both)


@pytest.fixture
def written(inside: Flask, maya: Staff) -> str:
    """A case with a letter, on SQLite."""
    assert inside
    return letter_case(maya)


def test_a_disk_that_takes_no_new_key_changes_nothing(
    inside: Flask, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    before, files = keyring().case, files_of(inside)
    monkeypatch.setattr(keychange, "write_whole", full)
    with pytest.raises(KeysUnwritable, match=r"No space left on device\. Nothing was changed"):
        rotate(inside)
    assert load_keys(settings_of(inside).keys_dir).case_keys == (before,)
    assert files_of(inside) == files
    assert letters_of(written) == ["You are not alone."]


def test_an_earlier_key_that_cannot_be_destroyed_is_told_and_goes_the_next_time(
    inside: Flask, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        with pytest.raises(KeysUnwritable, match="every case is under the new key"):
            rotate(inside)
    assert letters_of(written) == ["You are not alone."]
    assert rotate(inside).was_resumed
    assert EARLIER_CASE not in files_of(inside)
    assert letters_of(written) == ["You are not alone."]


def test_where_a_file_has_one_name_only_it_works_as_well(
    inside: Flask, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _goal: Path) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    rotate(inside)
    assert EARLIER_CASE not in files_of(inside)
    assert letters_of(written) == ["You are not alone."]


def test_keys_of_another_database_are_not_changed(inside: Flask, written: str) -> None:
    assert written
    with transaction():
        row = core_queries.installation(locked=True)
        assert row is not None
        row.keys_fingerprint = "0123456789abcdef"
    with pytest.raises(KeysUnfit, match="another database"):
        rotate(inside)
    assert EARLIER_CASE not in files_of(inside)


def test_the_new_key_is_for_its_owner_s_eyes_alone(inside: Flask, written: str) -> None:
    assert written
    rotate(inside)
    assert (settings_of(inside).keys_dir / CASE).stat().st_mode & 0o777 == 0o600
