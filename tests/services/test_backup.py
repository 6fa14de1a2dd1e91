"""A backup holds what is needed and nothing that is not, and brings it back whole or not at all."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

import core.restoring
from app import create_app
from core.audit import ANCHOR, read_anchor, verify_log, write_anchor
from core.backup import DATABASE, MANIFEST, BackupRefused, hash_of, refuse_postgres
from core.clock import utcnow
from core.db import db, transaction
from core.keys import make_keys
from core.locks import try_lock
from core.settings import load_settings
from core.web import settings_of
from core.worker import LOCK
from forum.covering import CoverKind, find_words, redact
from forum.indexing import check_index
from forum.models import Post, PostRevision, SiteTextKind
from forum.sitetexts import save_site_text, write_site_draft, write_site_files
from forum.tombstones import FILE as TOMBSTONES
from moderation.decisions import decide
from moderation.promises.models import HandleMonth
from tests.cast import begin_thread, choice, claimed, new_moderator, new_student, staff
from tests.people import join_as_student, run_outbox


def publish_thread(app: Flask, title: str, *, moderator: str) -> None:
    """A thread that readers can read and find."""
    with app.app_context():
        post_id = begin_thread(new_student(), f"About {title}.", title=title)
        item = claimed(post_id, by=moderator)
        with transaction():
            decide(item, choice(item), actor=staff(moderator), now=utcnow())
        db.session.remove()
    run_outbox(app)


@pytest.fixture
def moderator(app: Flask) -> str:
    with app.app_context():
        return new_moderator()


@pytest.fixture
def forum(app: Flask, moderator: str) -> Iterator[Flask]:
    """A forum with a thread about homesickness and a text for crisis help."""
    publish_thread(app, "homesickness", moderator=moderator)
    with app.app_context():
        draft = write_site_draft(
            SiteTextKind.CRISIS_HELP,
            "en",
            body="Call the green line.",
            owner="Ada",
            reviewed_on=date(2026, 3, 1),
        )
        with transaction():
            save_site_text(draft, actor=None, now=utcnow())
        write_site_files(settings_of(app).data_dir)
        write_anchor(settings_of(app).data_dir)
        db.session.remove()
    yield app
    app.extensions["stoa_search"].close()


def run(app: Flask, *words: object) -> Result:
    """Type a command."""
    with app.app_context():
        db.session.remove()
    return app.test_cli_runner().invoke(args=[str(word) for word in words])


@pytest.fixture
def backup(forum: Flask, tmp_path: Path) -> Path:
    """A backup of that forum, without its keys."""
    answer = run(forum, "backup", "create", tmp_path / "backup")
    assert answer.exit_code == 0, answer.output
    return tmp_path / "backup"


def restored(app: Flask, backup: Path) -> Result:
    answer = run(app, "backup", "restore", backup)
    assert answer.exit_code == 0, answer.output
    return answer


def refusal(app: Flask, backup: Path) -> str:
    answer = run(app, "backup", "restore", backup)
    assert answer.exit_code == 1, answer.output
    return answer.output


def new_machine(app: Flask, directory: Path, *, keys: bool) -> Flask:
    """An empty installation on another machine, with the key files that were kept apart or without."""
    if keys:
        shutil.copytree(settings_of(app).keys_dir, directory / "keys")
    return create_app(load_settings({"STOA_MODE": "test", "STOA_DATA_DIR": str(directory)}))


def rewrite(backup: Path, **facts: Any) -> None:
    """Change the manifest, and have it fit the files again."""
    manifest = json.loads((backup / MANIFEST).read_text()) | facts
    for name, entry in manifest["files"].items():
        if (backup / name).exists():
            entry |= {"sha256": hash_of(backup / name), "bytes": (backup / name).stat().st_size}
    (backup / MANIFEST).write_text(json.dumps(manifest))


def change(backup: Path, statement: str) -> None:
    """Do something to the database of a backup, so that it still looks undamaged."""
    with closing(sqlite3.connect(backup / DATABASE)) as connection, connection:
        connection.execute(statement)
    rewrite(backup)


def as_text(path: Path) -> str:
    """The bytes of a file, to look for words in."""
    return path.read_bytes().decode("latin-1").casefold()


def faults_of_log(app: Flask) -> list[str]:
    with app.app_context():
        return verify_log(settings_of(app).data_dir)


# Making one


def test_a_backup_names_every_file_with_its_hash(backup: Path) -> None:
    files = json.loads((backup / MANIFEST).read_text())["files"]
    there = {path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()}
    helping = {"help/crisis_help-en.html", "help/lines.json"}
    assert set(files) == there - {MANIFEST} == {DATABASE, ANCHOR} | helping
    assert {name: entry["sha256"] for name, entry in files.items()} == {
        name: hash_of(backup / name) for name in files
    }


def test_a_backup_says_what_it_was_made_of(forum: Flask, backup: Path) -> None:
    manifest = json.loads((backup / MANIFEST).read_text())
    assert manifest["format"] == 1
    assert manifest["mode"] == "test"
    assert manifest["revision"] != ""
    assert manifest["keys_fingerprint"] == forum.extensions["stoa_keys"].fingerprint


def test_keys_stay_out_unless_asked_for(forum: Flask, backup: Path) -> None:
    key = (settings_of(forum).keys_dir / "server").read_bytes().strip()
    assert not any(key in path.read_bytes() for path in backup.rglob("*") if path.is_file())


def test_the_command_says_that_keys_are_kept_apart(forum: Flask, tmp_path: Path) -> None:
    told = run(forum, "backup", "create", tmp_path / "backup").output
    assert "The key files are not in it" in told
    assert str(settings_of(forum).keys_dir) in told


def test_keys_are_in_it_when_asked_for(forum: Flask, tmp_path: Path) -> None:
    told = run(forum, "backup", "create", "--with-keys", tmp_path / "backup").output
    assert (tmp_path / "backup/keys/server").read_bytes() == (
        settings_of(forum).keys_dir / "server"
    ).read_bytes()
    assert "The key files are in it" in told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_its_owner_reads_a_backup(backup: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [backup, *backup.rglob("*")]}
    assert modes == {0o700, 0o600}


def test_the_json_says_where_and_how_much(forum: Flask, tmp_path: Path) -> None:
    answer = forum.test_cli_runner().invoke(args=["backup", "create", "--json", str(tmp_path / "backup")])
    facts = json.loads(answer.stdout)
    assert facts["directory"] == str(tmp_path / "backup")
    assert facts["files"] == 4
    assert facts["holds_keys"] is False


def test_a_directory_that_holds_something_is_refused_and_left_alone(forum: Flask, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine").write_text("dear")
    answer = run(forum, "backup", "create", tmp_path / "letters")
    assert "is not empty" in answer.output
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["mine"]


def test_an_empty_directory_is_taken(forum: Flask, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    assert run(forum, "backup", "create", tmp_path / "backup").exit_code == 0
    assert (tmp_path / "backup" / MANIFEST).exists()


def test_a_backup_that_fails_leaves_nothing_behind(forum: Flask, tmp_path: Path) -> None:
    target = tmp_path / "shelf" / "backup"
    (settings_of(forum).data_dir / DATABASE).write_bytes(b"not a database" * 400)
    answer = run(forum, "backup", "create", target)
    assert "cannot be copied" in answer.output
    assert list((tmp_path / "shelf").iterdir()) == []


def test_sessions_are_not_in_a_backup(forum: Flask, tmp_path: Path) -> None:
    join_as_student(forum.test_client())
    run(forum, "backup", "create", tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone()[0] > 0
        assert connection.execute("SELECT count(*) FROM web_sessions").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM submissions").fetchone() == (0,)


def test_rows_lie_in_no_order_that_would_tell_which_came_together(forum: Flask, tmp_path: Path) -> None:
    written = [number.to_bytes(32, "big") for number in range(30)]
    with forum.app_context(), transaction():
        for key in written:
            db.session.add(HandleMonth(key=key, month="2026-03", entries=[]))
            db.session.flush()
    run(forum, "backup", "create", tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "backup" / DATABASE)) as connection:
        lying = [row[0] for row in connection.execute("SELECT key FROM handle_months ORDER BY rowid")]
    assert set(written) <= set(lying)
    assert [key for key in lying if key in written] != written


def test_postgresql_is_left_to_its_own_tools(tmp_path: Path) -> None:
    environment = {"STOA_DATA_DIR": str(tmp_path), "STOA_DATABASE_URL": "postgresql://stoa@localhost/stoa"}
    with pytest.raises(BackupRefused, match=r"pg_dump.*pg_restore"):
        refuse_postgres(load_settings(environment))


# Bringing one back


def test_a_restore_brings_the_old_posts_back(forum: Flask, backup: Path, moderator: str) -> None:
    publish_thread(forum, "examinations", moderator=moderator)
    restored(forum, backup)
    page = forum.test_client().get("/").text
    assert "homesickness" in page
    assert "examinations" not in page


def test_search_finds_what_is_there_after_a_restore(forum: Flask, backup: Path, moderator: str) -> None:
    publish_thread(forum, "examinations", moderator=moderator)
    restored(forum, backup)
    reader = forum.test_client()
    assert 'href="/p/' in reader.get("/search?q=homesickness").text
    assert 'href="/p/' not in reader.get("/search?q=examinations").text
    with forum.app_context():
        assert check_index().is_clean


def test_what_was_redacted_after_the_backup_is_gone_after_a_restore(forum: Flask, backup: Path) -> None:
    assert "homesickness" in as_text(backup / DATABASE)  # else the search below would prove nothing
    with forum.app_context():
        post = db.session.query(Post).one()
        with transaction():
            redact(post, find_words(post, "homesickness"), CoverKind.OTHER, now=utcnow())
        db.session.remove()
    run_outbox(forum)
    restored(forum, backup)

    data = settings_of(forum).data_dir
    aside = [path for path in data.rglob("*") if "before-restore" in str(path)]
    left = [path for path in data.rglob("*") if path.is_file() and path not in aside]
    assert [path.name for path in left if "homesickness" in as_text(path)] == []
    with forum.app_context():
        revision = db.session.query(PostRevision).one()
        assert "covered by the team" in (revision.body or "")
    assert faults_of_log(forum) == []


def test_what_says_what_was_redacted_is_in_no_backup(forum: Flask, tmp_path: Path) -> None:
    (settings_of(forum).data_dir / TOMBSTONES).write_text("{}\n")
    assert run(forum, "backup", "create", tmp_path / "backup").exit_code == 0

    assert not (tmp_path / "backup" / TOMBSTONES).exists()


def test_the_log_is_whole_and_says_that_there_was_a_restore(
    forum: Flask, backup: Path, moderator: str
) -> None:
    publish_thread(forum, "examinations", moderator=moderator)
    restored(forum, backup)
    assert faults_of_log(forum) == []
    with closing(sqlite3.connect(settings_of(forum).data_dir / DATABASE)) as connection:
        newest = connection.execute("SELECT kind FROM audit_events ORDER BY sequence DESC").fetchone()
    assert newest == ("backup_restored",)


def test_everybody_is_signed_out_by_a_restore(forum: Flask, tmp_path: Path) -> None:
    student = forum.test_client()
    join_as_student(student)
    run(forum, "backup", "create", tmp_path / "backup")
    assert student.get("/me").status_code == 200
    restored(forum, tmp_path / "backup")
    assert student.get("/me").status_code == 303


def test_a_session_that_somebody_put_into_a_backup_opens_nothing(forum: Flask, backup: Path) -> None:
    change(backup, "INSERT INTO web_sessions VALUES (x'01', x'02', '2030-01-01 00:00:00.000000')")
    restored(forum, backup)
    with closing(sqlite3.connect(settings_of(forum).data_dir / DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM web_sessions").fetchone() == (0,)


def test_the_restored_log_is_anchored_at_its_end(forum: Flask, backup: Path) -> None:
    restored(forum, backup)
    with closing(sqlite3.connect(settings_of(forum).data_dir / DATABASE)) as connection:
        (last,) = connection.execute("SELECT max(sequence) FROM audit_events").fetchone()
    anchor = read_anchor(settings_of(forum).data_dir)
    assert anchor is not None
    assert anchor[0] == last


def test_what_was_there_before_is_kept_beside(forum: Flask, backup: Path, moderator: str) -> None:
    publish_thread(forum, "examinations", moderator=moderator)
    told = restored(forum, backup).output
    (kept,) = settings_of(forum).data_dir.glob("before-restore-*")
    assert str(kept) in told
    with closing(sqlite3.connect(kept / DATABASE)) as connection:
        titles = connection.execute("SELECT title FROM threads").fetchall()
    assert ("examinations",) in titles


def test_a_new_machine_with_the_keys_gets_everything(forum: Flask, backup: Path, tmp_path: Path) -> None:
    other = new_machine(forum, tmp_path / "other", keys=True)
    restored(other, backup)
    started = new_machine(forum, tmp_path / "other", keys=False)
    assert "homesickness" in started.test_client().get("/").text
    assert "green line" in started.test_client().get("/help").text
    assert faults_of_log(started) == []


def test_a_new_machine_gets_the_keys_too_when_they_are_in_the_backup(forum: Flask, tmp_path: Path) -> None:
    run(forum, "backup", "create", "--with-keys", tmp_path / "backup")
    other = new_machine(forum, tmp_path / "other", keys=False)
    restored(other, tmp_path / "backup")
    assert faults_of_log(new_machine(forum, tmp_path / "other", keys=False)) == []


def test_without_keys_nothing_is_restored(forum: Flask, backup: Path, tmp_path: Path) -> None:
    other = new_machine(forum, tmp_path / "other", keys=False)
    assert "put the ones there that were kept apart" in refusal(other, backup)
    assert not (tmp_path / "other" / DATABASE).exists()


def test_the_keys_of_another_forum_are_refused(forum: Flask, backup: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "other" / "keys")
    other = new_machine(forum, tmp_path / "other", keys=False)
    assert "and nothing was restored" in refusal(other, backup)
    with closing(sqlite3.connect(tmp_path / "other" / DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_manifest_of_another_database_is_refused(forum: Flask, backup: Path) -> None:
    change(backup, "UPDATE installations SET keys_fingerprint = '0123456789abcdef'")
    assert "belongs to another database" in refusal(forum, backup)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", [DATABASE, ANCHOR, "help/crisis_help-en.html"])
def test_a_damaged_file_is_refused(forum: Flask, backup: Path, name: str) -> None:
    flip_a_byte(backup / name)
    assert f"{name} is damaged" in refusal(forum, backup)


def test_a_missing_file_is_refused(forum: Flask, backup: Path) -> None:
    (backup / ANCHOR).unlink()
    assert f"{ANCHOR} is missing" in refusal(forum, backup)


def test_a_database_that_is_none_is_refused(forum: Flask, backup: Path) -> None:
    (backup / DATABASE).write_bytes(b"not a database" * 400)
    rewrite(backup)
    assert "The database of the backup is damaged" in refusal(forum, backup)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1}', '{"format": 1, "files": {"stoa.db": 3}}'])
def test_a_damaged_manifest_is_refused(forum: Flask, backup: Path, text: str) -> None:
    (backup / MANIFEST).write_text(text)
    assert "is damaged" in refusal(forum, backup)


def test_a_directory_without_a_manifest_is_refused(forum: Flask, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    assert "holds no backup" in refusal(forum, tmp_path / "letters")


@pytest.mark.parametrize("name", ["../stoa.db", "/etc/passwd", "help/../../x", "worker.lock", "keys/../../x"])
def test_a_manifest_that_reaches_elsewhere_is_refused(forum: Flask, backup: Path, name: str) -> None:
    files = json.loads((backup / MANIFEST).read_text())["files"]
    rewrite(backup, files=files | {name: {"bytes": 0, "sha256": ""}})
    assert "belongs to no backup" in refusal(forum, backup)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"format": 2}, "has format 2"), ({"mode": "demo"}, "the backup of a demo and here is a test")],
)
def test_a_backup_of_another_kind_is_refused(
    forum: Flask, backup: Path, facts: dict[str, Any], sentence: str
) -> None:
    rewrite(backup, **facts)
    assert sentence in refusal(forum, backup)


def test_a_backup_of_a_newer_version_is_refused(forum: Flask, backup: Path) -> None:
    change(backup, "UPDATE alembic_version SET version_num = 'fffffffffff'")
    assert "made by a newer version" in refusal(forum, backup)


def test_a_log_that_was_changed_in_the_backup_is_told(forum: Flask, backup: Path) -> None:
    change(backup, "UPDATE audit_events SET actor = 'nobody' WHERE sequence = 2")
    assert "line 2 was changed or moved" in restored(forum, backup).output


def test_a_running_worker_is_not_pulled_from_under(forum: Flask, backup: Path) -> None:
    with (settings_of(forum).data_dir / LOCK).open("a") as handle:
        assert try_lock(handle)
        assert "is running" in refusal(forum, backup)


def test_a_process_that_only_reads_is_not_pulled_from_under(forum: Flask, backup: Path) -> None:
    with closing(sqlite3.connect(settings_of(forum).data_dir / DATABASE)) as connection:
        connection.execute("SELECT count(*) FROM posts").fetchone()
        assert "is running" in refusal(forum, backup)


def test_a_restore_that_fails_halfway_changes_nothing(
    forum: Flask, backup: Path, moderator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_thread(forum, "examinations", moderator=moderator)

    def full_disk(_origin: Path, _goal: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core.restoring, "keep_also", full_disk)
    (settings_of(forum).data_dir / LOCK).touch()
    before = names_in(forum)
    assert "No space left on device" in refusal(forum, backup)
    assert "examinations" in forum.test_client().get("/").text
    assert faults_of_log(forum) == []
    with forum.app_context():
        assert check_index().is_clean
    assert names_in(forum) == before


def names_in(app: Flask) -> list[str]:
    """What lies in the data directory, but for what SQLite makes and takes away."""
    names = (path.name for path in settings_of(app).data_dir.iterdir())
    return sorted(name for name in names if not name.endswith(("-wal", "-shm")))
