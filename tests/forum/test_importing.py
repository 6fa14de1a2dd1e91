"""Threads come in from a file, each whole or not at all, and go out again the same."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.db import db
from core.queries import count_outbox_rows
from forum import importing
from forum.exporting import export_lines
from forum.importing import BadLine, ImportResult, StoppedAtBadLine, import_threads
from forum.lifecycle import PostAct
from forum.models import Category, Post, Thread
from tests.conftest import MakeApp
from tests.forum.texts import act_on, names_on, publish_everything, published_thread, student, write_reply
from tests.people import run_outbox

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "id": "cc-1",
    "title": "Far from home",
    "category": "adjustment difficulties",
    "topics": ["loneliness"],
    "lang": "en",
    "body": "A new town, and nobody in it.",
    "answers": [
        {"role": "counsellor", "body": "The first weeks are hard.", "upvotes": 3},
        {"role": "counsellor", "body": "Join something small.", "upvotes": 1},
    ],
}

Import = Callable[..., ImportResult]


@pytest.fixture
def bring_in(app: Flask, tmp_path: Path) -> Import:
    """A function that imports lines: objects as JSON, bytes as they are."""

    def run(*lines: dict[str, Any] | bytes, **options: Any) -> ImportResult:
        file = tmp_path / "threads.jsonl"
        file.write_bytes(
            b"".join(
                (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
            )
        )
        with app.app_context():
            try:
                return import_threads(file, now=NOON, **options)
            finally:
                db.session.remove()

    return run


def exported(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        lines = [json.loads(line) for line in export_lines()]
        db.session.remove()
    return lines


def only_thread(app: Flask) -> tuple[Thread, list[Post]]:
    with app.app_context():
        thread = db.session.scalars(select(Thread)).one()
        posts = list(db.session.scalars(select(Post).order_by(Post.position)).all())
        db.session.expunge_all()
        db.session.remove()
    return thread, posts


def test_a_line_becomes_a_public_thread_with_its_answers_in_order(
    app: Flask, client: FlaskClient, bring_in: Import
) -> None:
    assert bring_in(GOOD).added == 1
    thread, _ = only_thread(app)
    page = client.get(f"/t/{thread.id}").text
    places = [page.index(words) for words in ("A new town", "The first weeks", "Join something small")]
    assert places == sorted(places)


def test_counters_positions_and_sequences_are_as_if_it_had_been_written_here(
    app: Flask, bring_in: Import
) -> None:
    bring_in(GOOD)
    thread, posts = only_thread(app)
    assert [post.position for post in posts] == [1, 2, 3]
    assert [post.sequence for post in posts] == [1, 2, 3]
    assert (thread.last_position, thread.last_sequence, thread.reply_count) == (3, 3, 2)
    assert thread.is_answered


def test_a_reply_to_an_imported_thread_gets_the_next_position(app: Flask, bring_in: Import) -> None:
    bring_in(GOOD)
    thread, _ = only_thread(app)
    write_reply(student(app), f"/t/{thread.id}")
    publish_everything(app)
    _, posts = only_thread(app)
    assert [post.position for post in posts] == [1, 2, 3, 4]


def test_every_imported_text_has_a_name_of_its_own_no_badge_and_no_reachable_author(
    app: Flask, client: FlaskClient, bring_in: Import
) -> None:
    bring_in(GOOD)
    thread, posts = only_thread(app)
    page = client.get(f"/t/{thread.id}").text
    assert len(set(names_on(page))) == 3
    assert 'class="badge"' not in page
    assert [post.author_ref for post in posts] == [None] * 3


def test_days_lie_in_the_past_and_run_with_the_file(app: Flask, bring_in: Import) -> None:
    bring_in(*(GOOD | {"id": f"cc-{number}"} for number in range(30)))
    with app.app_context():
        days = list(db.session.scalars(select(Thread.last_on).order_by(Thread.last_sequence)))
        db.session.remove()
    told = [day for day in days if day is not None]
    assert told == sorted(told)
    assert told[-1] < NOON.date()
    assert told[0] < NOON.date() - timedelta(days=300)


def test_a_second_run_adds_nothing(bring_in: Import) -> None:
    bring_in(GOOD)
    again = bring_in(GOOD)
    assert (again.added, again.skipped) == (0, 1)


def test_a_thread_twice_in_one_file_comes_in_once(bring_in: Import) -> None:
    assert bring_in(GOOD, GOOD).added == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("romantic relationships", "romantic-relationships"),
        ("academic difficulties", "academic-difficulties"),
        ("other", "health-and-self"),
        ("career-and-work", "career-and-work"),
    ],
)
def test_names_of_categories_lead_to_categories(app: Flask, bring_in: Import, name: str, slug: str) -> None:
    bring_in(GOOD | {"category": name})
    with app.app_context():
        statement = select(Category.slug).join(Thread, Thread.category_id == Category.id)
        assert db.session.scalars(statement).one() == slug
        db.session.remove()


def test_other_goes_where_it_is_told(app: Flask, bring_in: Import) -> None:
    bring_in(GOOD | {"category": "other"}, other_to="career-and-work")
    assert [line["category"] for line in exported(app)] == ["career-and-work"]


def test_other_cannot_go_to_a_category_that_does_not_exist(bring_in: Import) -> None:
    with pytest.raises(BadLine, match="no category nowhere"):
        bring_in(GOOD, other_to="nowhere")


BAD = [
    (b"{", "not JSON"),
    (b"[1, 2]", "not a JSON object"),
    (b"[" * 100_000, "not JSON"),
    (b'{"id": "\xff"}', "not UTF-8"),
    (b'"' + b"x" * 1_000_001 + b'"', "longer than 1 MB"),
    ({**GOOD, "title": 7}, "title: missing or not a text"),
    ({name: value for name, value in GOOD.items() if name != "body"}, "body: missing or not a text"),
    (GOOD | {"title": "x" * 141}, "title: 141 characters"),
    (GOOD | {"title": " \u200b "}, "title: empty"),
    (GOOD | {"body": "x" * 8001}, "body: 8001 characters"),
    (GOOD | {"body": ""}, "body: empty"),
    (GOOD | {"category": "weather"}, "category: there is no 'weather'"),
    (GOOD | {"lang": "english"}, "lang: not a language code"),
    (GOOD | {"id": ""}, "id: 1 to 80"),
    (GOOD | {"id": "x" * 81}, "id: 1 to 80"),
    (GOOD | {"answers": "none"}, "answers: not a list"),
    (GOOD | {"answers": [3]}, "answers: not a list of objects"),
    (GOOD | {"answers": [{"role": "counsellor"}]}, "answers[1].body: missing"),
    (GOOD | {"answers": [{"body": "good"}, {"body": "x" * 8001}]}, "answers[2].body: 8001 characters"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_a_bad_line_is_told_by_number_and_reason_and_takes_no_other_down(
    bring_in: Import, line: dict[str, Any] | bytes, reason: str
) -> None:
    result = bring_in(GOOD, line, GOOD | {"id": "cc-2"})
    assert result.added == 2
    ((number, told),) = result.bad_lines
    assert number == 2
    assert reason in told


def test_a_bad_answer_leaves_nothing_of_its_thread(app: Flask, bring_in: Import) -> None:
    bring_in(GOOD | {"answers": [{"body": "good"}, {"body": ""}]})
    assert exported(app) == []


def test_strict_stops_at_the_first_bad_line_and_keeps_what_came_before(app: Flask, bring_in: Import) -> None:
    with pytest.raises(StoppedAtBadLine, match="line 2: not JSON"):
        bring_in(GOOD, b"{", GOOD | {"id": "cc-2"}, strict=True)
    assert [line["id"] for line in exported(app)] == ["cc-1"]


def test_a_thread_that_the_database_refuses_takes_no_other_of_its_batch_down(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = importing._publish

    def refuse_the_second(incoming: importing.Incoming, *, at: datetime) -> None:
        if incoming.key == "cc-2":
            raise OperationalError("INSERT", {}, Exception())
        publish(incoming, at=at)

    monkeypatch.setattr(importing, "_publish", refuse_the_second)
    result = bring_in(*(GOOD | {"id": f"cc-{number}"} for number in (1, 2, 3)))
    assert result.added == 2
    assert [number for number, _ in result.bad_lines] == [2]


def test_empty_lines_a_byte_order_mark_and_foreign_line_ends_are_no_harm(bring_in: Import) -> None:
    result = bring_in(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r", b"", b"  ")
    assert (result.added, result.bad) == (1, 0)


def test_a_line_of_many_megabytes_is_never_held(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    with file.open("wb") as lines:
        for _ in range(20):
            lines.write(b"x" * 1_000_000)
    with app.app_context():
        tracemalloc.start()
        try:
            result = import_threads(file, now=NOON)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        db.session.remove()
    assert result.bad == 1
    assert peak < 8_000_000


def test_raw_html_in_a_file_is_shown_and_never_run(app: Flask, client: FlaskClient, bring_in: Import) -> None:
    bring_in(
        GOOD
        | {"title": "<script>1</script>", "body": "<img src=x onerror=alert(1)> [x](javascript:alert(1))"}
    )
    thread, _ = only_thread(app)
    page = client.get(f"/t/{thread.id}").text
    assert "<script>1" not in page
    assert "<img" not in page
    assert 'href="javascript:' not in page


def test_an_import_of_an_export_gives_the_same_titles_bodies_categories_and_order(
    app: Flask, bring_in: Import, make_app: MakeApp, tmp_path: Path
) -> None:
    categories = ["other", "romantic relationships", "career-and-work", "academic difficulties"]
    bring_in(*(GOOD | {"id": f"cc-{place}", "category": name} for place, name in enumerate(categories)))
    thread = published_thread(app, title="Written here", body="With **signs**\n\n> and a quote")
    write_reply(student(app), thread, "An answer.")
    publish_everything(app)
    before = exported(app)
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in before))
    elsewhere = make_app()
    with elsewhere.app_context():
        import_threads(file, now=NOON)
        db.session.remove()
    assert exported(elsewhere) == before
    assert len(before) == 5


def test_an_export_that_comes_back_to_its_own_forum_adds_nothing(app: Flask, bring_in: Import) -> None:
    published_thread(app)
    assert bring_in(*exported(app)).added == 0


def test_an_export_holds_nothing_that_readers_do_not_see(app: Flask) -> None:
    act_on(app, published_thread(app, title="Hidden"), PostAct.HIDE)
    write_reply(student(app), published_thread(app, title="Seen"), "A held answer.")
    (line,) = exported(app)
    assert (line["title"], line["answers"]) == ("Seen", [])


def test_an_import_leaves_no_work_behind_for_the_outbox(app: Flask, bring_in: Import) -> None:
    bring_in(GOOD)
    with app.app_context():
        assert count_outbox_rows() == 0
        db.session.remove()


def test_the_command_reports_as_json_indexes_and_runs_twice(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    file = tmp_path / "threads.jsonl"
    file.write_text(json.dumps(GOOD) + "\n{\n")
    runner = app.test_cli_runner()
    first, second = (runner.invoke(args=["threads", "import", str(file), "--json"]) for _ in range(2))
    assert first.exit_code == 0
    assert json.loads(first.stdout)["bad_lines"] == [{"line": 2, "reason": "not JSON"}]
    assert [json.loads(run.stdout)["added"] for run in (first, second)] == [1, 0]
    assert "Far from home" in client.get("/search?q=town").text


def test_the_strict_command_ends_with_a_sentence(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "threads.jsonl"
    file.write_text("{\n" + json.dumps(GOOD))
    answer = app.test_cli_runner().invoke(args=["threads", "import", str(file), "--strict"])
    assert answer.exit_code == 1
    assert str(answer.exception) == "Stopped at line 1: not JSON"


def test_the_export_command_writes_lines(app: Flask, bring_in: Import) -> None:
    bring_in(GOOD | {"title": "Μακριά από το σπίτι"})
    answer = app.test_cli_runner().invoke(args=["threads", "export"])
    assert json.loads(answer.stdout)["title"] == "Μακριά από το σπίτι"


def test_the_check_command_finds_drift_and_the_rebuild_command_cures_it(app: Flask, bring_in: Import) -> None:
    run_outbox(app)
    bring_in(GOOD)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
    assert runner.invoke(args=["search", "check"]).exit_code == 0
    bring_in(GOOD | {"id": "cc-2"})
    assert runner.invoke(args=["search", "check"]).exit_code == 1
