"""Loading the demo: into a demo alone, whole, and only once."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from accounts import joining
from accounts.mailbox import notices
from accounts.models import Staff
from accounts.websessions import find_session
from app import create_app
from core import outbox
from core.audit import verify_log, write_anchor
from core.db import db, transaction
from core.settings import Mode
from counselling.appointments.showing import next_of_reader
from counselling.appointments.slots import own_slots
from counselling.handing.models import Handover, HandoverState
from counselling.intake.attaching import attached_threads
from counselling.models import Case, CaseState, ObligationKind
from counselling.professionals.worklist import Show, Worklist, worklist_of
from counselling.queries import messages
from counselling.reaching.codes import returner_with
from counselling.record.checks import open_check
from counselling.record.notes import shared_notes
from counselling.record.queries import shared_plan
from demo.cast import Cast
from demo.loader import STAFF_FILE, STUDENT_FILE, DemoRefused, load_demo
from demo.teamwork import team_events
from forum.lifecycle import PostAct, move_post
from forum.models import Post, PostStatus
from moderation.appeals.sending import find_by_code
from moderation.bands import Band
from moderation.models import Escalation, EscalationState, ItemState, QueueItem, ReportState
from moderation.promises.stretches import kept_promises
from moderation.proposals.queries import open_second_looks
from moderation.reports import report_state
from moderation.review_models import (
    Appeal,
    AppealState,
    Proposal,
    ProposalKind,
    ProposalState,
    Sanction,
    SanctionKind,
    TeamNote,
)
from moderation.team.duties import people_on
from moderation.team.models import Duty, Shift, TaskKind, TeamTask
from moderation.team.rota import published_shortfalls
from moderation.wording.reasons import versions_of
from tests.cast import NOON, begin_thread, new_student, student
from tests.conftest import MakeApp, put_away, settings_for


@pytest.fixture(scope="module")
def loaded(empty_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a demo that was just loaded, to be copied."""
    directory = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(empty_installation, directory)
    app = create_app(settings_for(directory, STOA_MODE="demo"))
    with app.app_context():
        app.extensions["stoa_first_start"]()
        load_demo(app.config["STOA"], now=NOON)
    put_away(app)
    return directory


@pytest.fixture
def demo(loaded: Path, tmp_path: Path) -> Iterator[Flask]:
    """A demo that was just loaded."""
    shutil.copytree(loaded, tmp_path / "demo")
    app = create_app(settings_for(tmp_path / "demo", STOA_MODE="demo"))
    yield app
    put_away(app)


def directory(app: Flask) -> Path:
    return Path(app.config["STOA"].data_dir)


def test_every_state_is_there(demo: Flask) -> None:
    with demo.app_context():
        statuses = {status for (status,) in db.session.query(Post.status)}
        assert {PostStatus.HELD, PostStatus.PUBLISHED, PostStatus.HIDDEN, PostStatus.RETURNED} <= statuses
        assert {state for (state,) in db.session.query(Case.state)} == set(CaseState) - {CaseState.ASSIGNED}
        assert {state for (state,) in db.session.query(Escalation.state)} == {
            EscalationState.WAITING,
            EscalationState.ACCEPTED,
            EscalationState.RESOLVED,
        }
        waiting = {item.band for item in db.session.query(QueueItem).filter_by(is_open=True)}
        assert {Band.RED, Band.AMBER, Band.GREEN} <= waiting


def desk_of(name: str, *, now: datetime = NOON) -> Worklist:
    return worklist_of(db.session.query(Staff).filter_by(username=name).one(), Show.ALL, now=now)


def test_a_counsellor_finds_a_desk_with_something_of_everything(demo: Flask) -> None:
    with demo.app_context():
        desk = desk_of("irida")
        assert {one.band for one in desk.escalations} == {Band.CRISIS, Band.AMBER}
        assert [bool(one.offer and one.offer.is_mine) for one in desk.unowned].count(True) == 1
        assert len(desk.unowned) == 2
        assert len(desk.own) == 5
        assert [one.is_overdue for one in desk.own].count(True) == 1
        assert {ObligationKind.ANSWER, ObligationKind.CHECK_IN, ObligationKind.LIVE_ASKED} <= {
            one.promise for one in desk.own
        }
        assert len(desk.along) == 2
        assert desk.next is not None
        assert desk.next.band is Band.CRISIS


def test_a_counsellor_offers_times_and_one_of_them_is_booked(demo: Flask) -> None:
    with demo.app_context():
        irida = db.session.query(Staff).filter_by(username="irida").one()
        assert sorted(one.is_free for one in own_slots(irida, now=NOON)) == [False, True, True]
        assert next_of_reader(irida, now=NOON) is not None


def test_a_colleague_offers_a_counsellor_a_case(demo: Flask) -> None:
    with demo.app_context():
        offer = db.session.query(Handover).filter_by(state=HandoverState.OFFERED).one()
        names = {one.id: one.username for one in db.session.query(Staff)}
        assert (names[offer.from_id], names[offer.to_id or ""]) == ("ratna", "irida")
        assert offer.due_at > NOON + timedelta(hours=4)


def test_the_student_of_the_demo_has_a_conversation_with_letters_and_something_shared(demo: Flask) -> None:
    code = student_of(demo)["return_code"]
    with demo.app_context():
        case = db.session.get(Case, returner_with(code).opens)
        assert case is not None
        assert len(messages(case.id)) > 6
        assert shared_notes(case)
        assert shared_plan(case.id) is not None
        assert open_check(case) is not None
        assert attached_threads(case)


def student_of(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory(app) / STUDENT_FILE).read_text())
    return found


def test_moderators_have_something_of_everything_in_hand(demo: Flask) -> None:
    with demo.app_context():
        held = db.session.query(QueueItem).filter_by(state=ItemState.ON_HOLD).all()
        assert {item.held_for is None for item in held} == {True, False}
        assert {one.kind for one in db.session.query(Proposal).filter_by(state=ProposalState.OPEN)} == {
            ProposalKind.REDACT,
            ProposalKind.LOWER_BAND,
        }
        assert {one.kind for one in db.session.query(Sanction)} == {SanctionKind.NOTE, SanctionKind.SLOW_MODE}
        assert {one.state for one in db.session.query(Appeal)} == {
            AppealState.ACCEPTED,
            AppealState.OVERTURNED,
        }
        assert {one.is_from_team for one in db.session.query(TeamNote)} == {True, False}
        assert [one for item in db.session.query(QueueItem) for one in open_second_looks(item.id)]
        assert db.session.query(TeamTask).filter_by(kind=TaskKind.DEBRIEF, done_at=None).count() == 2
        assert len(versions_of("unclear")) == 2


def test_the_student_of_the_demo_comes_back_by_their_words_and_is_told_what_happened(demo: Flask) -> None:
    words = student_of(demo)["passphrase"]
    with demo.app_context():
        while outbox.drain(now=NOON + timedelta(minutes=1)):
            pass
        session = find_session(joining.come_back(words, is_own_device=False, now=NOON), now=NOON)
        assert session is not None
        told = {notice["kind"] for notice in notices(student(session.person))}
    assert told >= {"moderation.decided", "moderation.team_wrote", "moderation.appeal", "moderation.sanction"}
    assert told >= {"counselling.counsellor_wrote", "counselling.note_shared", "counselling.plan_shared"}


def test_the_student_of_the_demo_finds_one_to_three_new_notices_and_the_others_read(demo: Flask) -> None:
    words = student_of(demo)["passphrase"]
    with demo.app_context():
        while outbox.drain(now=NOON + timedelta(minutes=1)):
            pass
        session = find_session(joining.come_back(words, is_own_device=False, now=NOON), now=NOON)
        assert session is not None
        told = notices(student(session.person))
        assert 1 <= student(session.person).unread <= 3
    assert len(told) > 10
    assert len({notice["at"][:10] for notice in told}) > 4


def test_the_codes_of_the_demo_show_what_became_of_reports_and_appeals(demo: Flask) -> None:
    codes = student_of(demo)["codes"]
    with demo.app_context():
        assert report_state(codes["report that waits"]) is ReportState.RECEIVED
        assert report_state(codes["report that was taken back"]) is ReportState.WITHDRAWN
        assert report_state(codes["report that is done"]) is ReportState.DONE
        appeals = [
            find_by_code(codes[f"appeal of {key}"]).appeal for key in ("two-free-chairs", "laugh-back")
        ]
        assert [one and one.state for one in appeals] == [AppealState.OVERTURNED, AppealState.ACCEPTED]


def test_the_words_of_the_demos_student_are_readable_by_the_owner_alone(demo: Flask) -> None:
    assert (directory(demo) / STUDENT_FILE).stat().st_mode & 0o777 == 0o600


def test_the_public_page_of_promises_has_months_to_show(demo: Flask) -> None:
    with demo.app_context():
        assert len(kept_promises(now=NOON)) >= 3


def test_somebody_is_on_call_and_somebody_second(demo: Flask) -> None:
    with demo.app_context():
        now = NOON + timedelta(days=6)  # the rota is of the next week, too
        people = [people_on(duty, now=now)[0].username for duty in (Duty.ON_CALL, Duty.SECOND)]
        assert sorted(people) == ["irida", "ratna"]
        assert db.session.query(Shift).filter(Shift.offered_to.is_not(None)).count() == 1
        assert db.session.query(Shift).filter_by(is_published=False).count() > 0


def test_the_rota_keeps_the_clocks_on_whatever_day_of_the_week_the_demo_is_loaded(demo: Flask) -> None:
    with demo.app_context():
        people = {one.username: one.id for one in db.session.query(Staff)}
        db.session.remove()
        for day in range(7):
            now = NOON + timedelta(days=day)
            with transaction():
                db.session.query(Shift).delete()
                run_team(Cast(loaded_at=now, staff=people))
                assert published_shortfalls(now=now, length=timedelta(days=7)) == []


def run_team(cast: Cast) -> None:
    """Let only the team of the demo happen, but for what a first load has done already."""
    begins: datetime = cast.loaded_at - timedelta(days=8)
    for at, act in sorted(team_events(cast), key=lambda event: event[0]):
        if at > begins:
            act(at)
            db.session.flush()


def test_the_staffs_passwords_are_random_and_readable_by_the_owner_alone(demo: Flask) -> None:
    path = directory(demo) / STAFF_FILE
    staff = json.loads(path.read_text())

    assert path.stat().st_mode & 0o777 == 0o600
    assert {one["role"] for one in staff} == {"moderator", "professional", "coordinator", "researcher"}
    assert len({one["password"] for one in staff}) == len(staff)
    assert min(len(one["password"]) for one in staff) >= 12


def test_what_the_demo_did_stands_in_an_audit_log_that_is_whole(demo: Flask) -> None:
    with demo.app_context():
        write_anchor(directory(demo))

        assert verify_log(directory(demo)) == []


def test_loading_again_keeps_the_students_words(demo: Flask) -> None:
    before = student_of(demo)
    with demo.app_context():
        load_demo(demo.config["STOA"], now=NOON)

    assert student_of(demo) == before


def test_loading_again_adds_nothing(demo: Flask) -> None:
    with demo.app_context():
        before = db.session.query(Post).count()
        db.session.remove()
        load_demo(demo.config["STOA"], now=NOON)

        assert db.session.query(Post).count() == before


def test_a_load_that_broke_off_before_its_last_step_is_finished_by_the_next(demo: Flask) -> None:
    (directory(demo) / STAFF_FILE).unlink()
    with demo.app_context():
        load_demo(demo.config["STOA"], now=NOON)

    assert (directory(demo) / STAFF_FILE).exists()


def test_the_demo_is_not_mixed_with_what_is_real(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="demo")
    with app.app_context():
        begin_thread(new_student())
        with transaction():
            move_post(db.session.query(Post).one(), PostAct.PUBLISH, now=NOON)
        with pytest.raises(DemoRefused):
            load_demo(app.config["STOA"], now=NOON)


def test_a_live_installation_refuses_to_load_it(make_app: MakeApp) -> None:
    app = make_app(STOA_MODE="live")
    with app.app_context(), pytest.raises(DemoRefused):
        load_demo(app.config["STOA"], now=NOON)


def test_a_live_installation_refuses_to_serve_it(demo: Flask) -> None:
    settings = settings_for(directory(demo), STOA_MODE=Mode.LIVE)

    with pytest.raises(DemoRefused, match="of its own"):
        create_app(settings)


def test_every_page_says_that_it_is_a_demo(demo: Flask) -> None:
    browser = demo.test_client()

    for path in ("/", "/help", "/join", "/staff/login", "/t/0000000000000"):
        assert "This is a demo" in browser.get(path).text
