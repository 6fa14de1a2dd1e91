"""The real thing: one student writes a name in all places where Stoa takes words, others repeat it, two
people take it out. Then whoever searches every byte, with all keys, finds it nowhere.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL, make_url

from accounts.blobs import read_blob
from accounts.models import Account, WebSession
from app import create_app
from core import outbox
from core.clock import utcnow
from core.db import Base, db, empty_write_ahead_log, transaction
from core.models import KeptForm
from core.web import settings_of
from forum import queries as forum_queries
from forum.covering import GONE, CoverKind
from forum.exporting import export_lines
from forum.lifecycle import PostAct, move_post
from forum.models import Post, TextDraft
from forum.tombstones import FILE
from moderation.access import lock_author_of
from moderation.bands import Band
from moderation.decisions import decide
from moderation.escalations import Briefing, escalate
from moderation.models import Conduct, QueueItem, QueueReason, ReasonKind, Risk
from moderation.notes import hear_author
from moderation.ordering.model import Model, load_model, save_model
from moderation.proposals import proposing
from moderation.proposals import queries as proposal_queries
from moderation.proposals.masking import redaction
from moderation.proposals.proposing import ProposalChanged
from moderation.review_models import Appeal, AppealState, Sanction, SanctionKind
from moderation.team.models import TaskKind
from moderation.team.tasks import ask_team
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    item,
    item_id_of,
    new_moderator,
    new_student,
    post,
    reply,
    staff,
)
from tests.conftest import put_away, settings_for
from tests.forum.texts import publish_everything, student
from tests.people import hidden_fields, join_as_student, post_form, run_outbox
from tests.postgres import maintenance, programs

NAME = "Quillifax"
BODY = f"{NAME} shouts all night, and {NAME.upper()} laughs. I cannot sleep."
TOPIC = "/c/adjustment-difficulties/new"


def write_everywhere(app: Flask) -> str:
    """Ana writes the name in a text, an edit, a draft and a form whose sign-in ran out. Gives the post."""
    ana, phone = app.test_client(), app.test_client()
    words = join_as_student(ana)
    sent = post_form(ana, TOPIC, {"title": f"About {NAME}", "body": BODY, "personal": "leave"})
    assert sent.status_code == 303, sent.text
    publish_everything(app)
    with app.app_context():
        post_id = db.session.query(Post).one().id
        db.session.remove()
    editor = f"/p/{post_id}/edit"
    edit = {"body": f"Now {NAME} sings.", "title": f"{NAME} again", "personal": "leave"}
    assert post_form(ana, editor, edit).status_code == 303
    kept = post_form(ana, "/drafts", {"back_to": editor, "body": f"And {NAME} dances."}, page=editor)
    assert kept.status_code == 303, kept.text
    assert post_form(phone, "/return", {"passphrase": words}).status_code == 303
    typed = hidden_fields(phone.get(editor).text, action=editor) | {"body": f"{NAME}, {NAME}.", "title": NAME}
    with app.app_context(), transaction():
        db.session.query(WebSession).delete()
    assert phone.post(editor, data=typed).status_code == 303
    return post_id


def repeat_everywhere(app: Flask, post_id: str) -> str:
    """A reader, another student, moderators and Ana repeat the name about it. Gives the other's reply."""
    reader = app.test_client()
    note = {"reason": "about_someone", "note": f"{NAME} is my brother."}
    assert post_form(reader, f"/p/{post_id}/report", note).status_code in {200, 303}
    ben = student(app)
    thread = f"/t/{thread_of(app, post_id)}"
    quote = {"body": f"I know {NAME}, too.", "personal": "leave"}
    assert post_form(ben, f"{thread}/reply", quote, page=thread).status_code == 303
    publish_everything(app)
    with app.app_context():
        maya = new_moderator("maya")
        speak_of_it(post_id, maya)
        replies = db.session.query(QueueItem).filter(QueueItem.post_id != post_id).one()
        other_id = replies.post_id
        db.session.remove()
    run_outbox(app)
    with app.app_context():
        with transaction():
            hear_author(post(post_id), f"{NAME} is worse.", now=utcnow())
        db.session.remove()
    return other_id


def thread_of(app: Flask, post_id: str) -> str:
    with app.app_context():
        thread_id = post(post_id).thread_id
        db.session.remove()
    return thread_id


def speak_of_it(post_id: str, maya: str) -> None:
    """What staff type about a text, in every field that there is."""
    now = utcnow()
    with transaction():
        one = item(item_id_of(post_id))
        one.claimed_by, one.claim_token = maya, "token"
        briefing = Briefing(Band.RED, prompted_by=f"Afraid of {NAME}.", already_said=f"That {NAME} is away.")
        escalate(one, briefing, actor=staff(maya), now=now).decline_reason = f"{NAME} is not here."
        ask_team(TaskKind.COVER, item=one, note=f"Look at {NAME}.", now=now)
        ask_team(TaskKind.COVER, note=f"I am tired of {NAME}.", now=now)
        what = choice(
            one,
            Conduct.KEEP_HELD if post(post_id).status == "held" else Conduct.DISMISS,
            Risk.REACH_OUT,
            message=f"We know {NAME}.",
            note=f"How are you since {NAME} left?",
        )
        decision = decide(one, what, actor=staff(maya), now=now)
        sanction = Sanction(
            item_id=one.id,
            kind=SanctionKind.NOTE,
            reason="other",
            message=f"Leave {NAME} alone.",
            begins_at=now,
            set_by=maya,
        )
        appeal = Appeal(
            item_id=one.id,
            decision_id=decision.id,
            state=AppealState.SENT,
            body=f"But {NAME} began.",
            questions=[{"question": f"Who is {NAME}?", "answer": f"{NAME} is {NAME}."}],
            reply=f"{NAME} it is.",
            sent_at=now,
        )
        one.hold_reason = f"I asked {NAME}."
        db.session.add_all([sanction, appeal])
        db.session.flush()
        outbox.enqueue("sanction_notice", {"sanction": sanction.id}, now=now)


def take_out(app: Flask, post_id: str, words: str = NAME) -> None:
    """Two people take the words out of a text."""
    with app.app_context():
        people = [new_moderator(f"{name}-{post_id}") for name in ("olga", "noor")]
        propose_and_approve(post_id, words, *people)
        db.session.remove()
    run_outbox(app)


def propose_and_approve(post_id: str, words: str, one: str, other: str) -> None:
    with transaction():
        act = redaction(item(item_id_of(post_id)), words, CoverKind.NAME, reason=f"It names {words}.")
        proposal_id = proposing.propose(act, actor=staff(one), now=utcnow()).id
    with transaction():
        lock_author_of(item_id_of(post_id))
        found = proposal_queries.proposal(proposal_id, locked=True)
        assert found is not None
        proposing.approve(found, found.act_hash.hex(), actor=staff(other), now=utcnow())


def where_it_stands(app: Flask, word: str = NAME) -> set[str]:
    """Every column in which the word stands, with all that the keys of this installation open."""
    with app.app_context():
        found = {
            f"{table}.{name}"
            for table, name, value in unsealed_values()
            if word.casefold() in value.casefold()
        }
        db.session.remove()
    return found


def unsealed_values() -> Iterator[tuple[str, str, str]]:
    for mapper in Base.registry.mappers:
        for row in db.session.query(mapper.class_):
            for column in mapper.column_attrs:
                value = getattr(row, column.key)
                text = value.decode("latin-1") if isinstance(value, bytes) else repr(value)
                yield mapper.local_table.name, column.key, text
    for account in db.session.query(Account):
        for name in ("threads", "mailbox", "sanctions", "cases"):
            yield "accounts", name, repr(read_blob(account, name))  # type: ignore[arg-type]


def files_with(app: Flask, folder: Path, word: str = NAME) -> list[str]:
    """The files in which the word stands; on PostgreSQL a dump beside those of the data directory."""
    with app.app_context():
        db.session.remove()
        assert empty_write_ahead_log()
    files = [path for path in settings_of(app).data_dir.rglob("*") if path.is_file()]
    if not settings_of(app).uses_sqlite:
        files.append(dump(app, folder / "after.sql"))
    return [path.name for path in files if word.casefold() in path.read_text("latin-1").casefold()]


def dump(app: Flask, file: Path) -> Path:
    run_program("pg_dump", make_url(settings_of(app).database_url), f"--file={file}")
    return file


def run_program(name: str, url: URL, *arguments: str) -> None:
    where = [f"--host={url.query['host']}", f"--username={url.username}", str(url.database)]
    command = [str(programs() / name), *arguments, *where]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})


def test_words_that_two_people_took_out_are_nowhere(both_databases: Flask, tmp_path: Path) -> None:
    app = both_databases
    # Given a name in every place that takes words
    post_id = write_everywhere(app)
    other_id = repeat_everywhere(app, post_id)
    assert where_it_stands(app) >= {
        "accounts.mailbox",
        "appeals.body",
        "appeals.questions",
        "appeals.reply",
        "decisions.message",
        "escalations.already_said",
        "escalations.decline_reason",
        "escalations.prompted_by",
        "post_revisions.body",
        "post_revisions.html",
        "post_revisions.sealed",
        "queue_items.hold_reason",
        "queue_reasons.note",
        "sanctions.message",
        "team_notes.body",
        "team_tasks.note",
        "threads.title",
    }
    assert files_with(app, tmp_path) != []
    with app.app_context():
        drafts = db.session.query(TextDraft).count()
        assert db.session.query(KeptForm).count() == 1
        db.session.remove()

    # When two people take it out of Ana's text
    take_out(app, post_id)

    # Then it stands in Ben's own text alone, which is before a person again
    assert where_it_stands(app) == {"post_revisions.body", "post_revisions.html"}
    with app.app_context():
        assert db.session.query(TextDraft).count() == drafts - 1
        assert db.session.query(KeptForm).count() == 0
        asked = db.session.query(QueueReason).filter_by(kind=ReasonKind.PERSONAL_DATA, decision_id=None)
        assert item_id_of(other_id) in {reason.item_id for reason in asked}
        db.session.remove()

    # And when they take it out of that, too, it is in no column, no file, no export and no dump
    take_out(app, other_id)
    assert where_it_stands(app) == set()
    assert files_with(app, tmp_path) == []
    with app.app_context():
        assert NAME.casefold() not in "".join(export_lines()).casefold()
        db.session.remove()


@pytest.fixture
def restored(both_databases: Flask) -> Iterator[URL]:
    """A fresh database of the same server, for a dump that is brought back."""
    url = make_url(settings_of(both_databases).database_url)
    fresh = url.set(database=f"{url.database}_again")
    with maintenance(url.set(database="postgres")) as connection:
        connection.execute(f'CREATE DATABASE "{fresh.database}"')
    yield fresh
    with maintenance(url.set(database="postgres")) as connection:
        connection.execute(f'DROP DATABASE "{fresh.database}" WITH (FORCE)')


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)  # SQLite has `backup restore`
def test_a_dump_that_is_brought_back_serves_no_word_that_was_taken_out(
    both_databases: Flask, restored: URL, tmp_path: Path
) -> None:
    # Given a dump of PostgreSQL from before, brought back by PostgreSQL's own tools
    app = both_databases
    post_id = write_everywhere(app)
    repeat_everywhere(app, post_id)
    before = dump(app, tmp_path / "before.sql")
    take_out(app, post_id)
    run_program("psql", restored, f"--file={before}", "--quiet", "--set=ON_ERROR_STOP=1")

    # When Stoa starts on it
    address = restored.render_as_string(hide_password=False)
    again = create_app(settings_for(settings_of(app).data_dir, STOA_DATABASE_URL=address))

    # Then what was taken out is gone before anybody reads
    try:
        assert where_it_stands(again) == {"post_revisions.body", "post_revisions.html"}  # Ben's text
        told = again.test_cli_runner().invoke(args=["tombstones", "replay"]).output
        assert "Nothing came back" in told
    finally:
        put_away(again)


def test_the_command_takes_out_what_came_back_while_stoa_runs(both_databases: Flask) -> None:
    app = both_databases
    with app.app_context():
        post_id = begin_thread(new_student(), BODY)
        db.session.remove()
    take_out(app, post_id)
    with app.app_context():
        with transaction():
            revision = forum_queries.revision(post_id, 1)
            revision.sealed, revision.covers = {"title": "", "body": BODY, "html": BODY}, []
        db.session.remove()
    assert where_it_stands(app) != set()

    told = app.test_cli_runner().invoke(args=["tombstones", "replay", "--json"])
    assert told.output.strip() == '{"redacted_again": 1}'
    assert where_it_stands(app) == set()


def test_what_is_as_it_should_be_is_not_redacted_again(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), BODY)
    take_out(app, post_id)

    told = app.test_cli_runner().invoke(args=["tombstones", "replay", "--json"])
    assert told.output.strip() == '{"redacted_again": 0}'


def test_an_open_proposal_that_repeated_the_words_must_be_read_again(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), BODY)
        maya, olga, noor = (new_moderator(name) for name in ("maya", "olga", "noor"))
        with transaction():
            act = redaction(
                item(item_id_of(post_id)), "all night", CoverKind.OTHER, reason=f"{NAME} can tell."
            )
            waiting = proposing.propose(act, actor=staff(maya), now=utcnow())
            waiting_id, shown = waiting.id, waiting.act_hash.hex()
        propose_and_approve(post_id, NAME, olga, noor)

        found = proposal_queries.proposal(waiting_id)
        assert found is not None
        with pytest.raises(ProposalChanged):
            proposing.approve(found, shown, actor=staff(noor), now=utcnow())
        with transaction():
            found = proposal_queries.proposal(waiting_id, locked=True)
            assert found is not None
            proposing.approve(found, found.act_hash.hex(), actor=staff(noor), now=utcnow())
            assert NAME not in found.reason


def test_words_are_told_by_whole_words_and_the_rest_of_a_note_stays(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), "Al is loud.")
        with transaction():
            item(item_id_of(post_id)).hold_reason = "Also, AL is always here."
        take_out(app, post_id, "Al")

    with app.app_context():
        assert item(item_id_of(post_id)).hold_reason == f"Also, {GONE * 2} is always here."


def test_what_stands_in_another_thread_is_left_alone(app: Flask) -> None:
    with app.app_context():
        ana = new_student()
        post_id, elsewhere = begin_thread(ana, BODY), begin_thread(ana, f"I like {NAME}.")
        with transaction():
            item(item_id_of(elsewhere)).hold_reason = f"{NAME} is a cat."
        take_out(app, post_id)

    with app.app_context():
        assert item(item_id_of(elsewhere)).hold_reason == f"{NAME} is a cat."


def test_a_reply_without_the_words_is_not_brought_before_anybody(app: Flask) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), BODY)
        with transaction():
            move_post(post(post_id), PostAct.PUBLISH, now=NOON)
        other_id = reply(new_student(), post(post_id).thread_id, "Sleep well.")
        version = item(item_id_of(other_id)).version
        take_out(app, post_id)

    with app.app_context():
        assert item(item_id_of(other_id)).version == version


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (NAME, {"night", "all", "all night"}),
        (f"all night {NAME} shouts at me", {"night", "all", "quillifax"}),
    ],
)
def test_the_ordering_model_forgets_words_that_were_taken_out(app: Flask, words: str, left: set[str]) -> None:
    with app.app_context():
        vocabulary = {"quillifax": 0, "night quillifax": 1, "night": 2, "all": 3, "all night": 4}
        save_model(Model("2026-03", 300, vocabulary, [1.0] * 5, ["green"], [[0.1] * 5], [0.0]))
        post_id = begin_thread(new_student(), f"Well, {words}.")
        take_out(app, post_id, words)
        model = load_model()

    assert model is not None
    assert set(model.vocabulary) == left


def test_a_full_disk_delays_the_tombstone_and_loses_none(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        post_id = begin_thread(new_student(), BODY)

    def full_disk(_path: Path, _line: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("forum.tombstones.append_line", full_disk)
        take_out(app, post_id)
    assert where_it_stands(app) == set()
    file = settings_of(app).data_dir / FILE
    assert not file.exists()

    run_outbox(app, seconds_later=600)
    assert post_id in file.read_text()
