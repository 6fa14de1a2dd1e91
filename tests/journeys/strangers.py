"""What one student, one professional and one moderator have, and what another one of each has, so that the
second can ask for every thing of the first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from accounts.models import Account, Staff
from accounts.permissions import Role
from accounts.websessions import find_session
from core.clock import utcnow
from core.db import db, transaction
from core.ids import new_public_id
from counselling.appointments.booking import book
from counselling.appointments.models import Meeting
from counselling.appointments.slots import Offer, publish_slots
from counselling.cases import assign_case, open_case
from counselling.handing.handovers import offer_case, refuse_handover
from counselling.handing.members import invite
from counselling.handing.queries import open_handover
from counselling.handing.supervising import ask_supervisor
from counselling.intake.attaching import attach_threads
from counselling.live.cut_off import CutOff
from counselling.live.sessions import ask_for_live, invite_or_open
from counselling.messages import hear_student, write_letter
from counselling.models import AuthorKind, Case
from counselling.professionals.away import set_away
from counselling.reaching.ways import Ways, set_ways
from counselling.taking import accept_escalation
from counselling.trusted.inviting import ask_for_person
from forum.lifecycle import PostAct, move_post
from moderation import queries as moderation_queries
from moderation.bands import Band
from moderation.escalations import Briefing, escalate
from moderation.notes import open_note
from moderation.team.models import Duty, Shift, TaskKind
from moderation.team.tasks import ask_team
from tests import cast
from tests.browser.case_records import write_down
from tests.counselling.opening import ask, give_words, leave
from tests.people import add_staff_person, hidden_fields, join_as_student, sign_in_as

KINDS = ("student", "professional", "moderator")
COORDINATOR = "coordinator"
ASKED = "colleague"  # a third professional, whom both others ask, who leads and is on call
PAGES = {
    "student": "/c/adjustment-difficulties/new",
    "professional": "/counselling/canned",
    "moderator": "/moderation/queue",
    COORDINATOR: "/admin/categories/new",
}
# What is new in every answer: the token of a form, and the id that keeps it from being sent twice.
TOKEN = re.compile(r'(name="(?:csrf_token|submission_id)" value=")[^"]*')
# What the people of one side wrote to each other.
WRITTEN = ("Nothing helps any more.", "How was the week?", "Long.", "Short letters.", "quince medlar")
AGREED = CutOff(AuthorKind.PROFESSIONAL, 30, "")


@dataclass
class House:
    """Browsers by who uses them, "student" or "other student", and the ids of what each side has, by the
    names that addresses use.
    """

    app: Flask
    browsers: dict[str, FlaskClient]
    theirs: dict[str, str]
    own: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(
        self, who: str, rule: Rule, method: str, ids: Mapping[str, str], fields: Mapping[str, str]
    ) -> TestResponse:
        """Open an address or send to it, with a token that holds. A stream is left at once."""
        path = self.app.url_map.bind("localhost").build(rule.endpoint, dict(ids), method=method)
        if method == "GET":
            answer = self.browsers[who].get(path, query_string=dict(fields), buffered=False)
        else:
            typed = {"csrf_token": self.tokens[who], "submission_id": new_public_id(), **fields}
            answer = self.browsers[who].post(path, data=typed, buffered=False)
        if answer.mimetype != "text/event-stream":
            answer.get_data()
        answer.close()
        return answer


def said_by(answer: TestResponse, ids: Mapping[str, str]) -> tuple[int, list[tuple[str, str]], str]:
    """All that an answer says: status, headers and body, without tokens and without the ids that were asked
    for.
    """
    headers = [(name, value) for name, value in answer.headers if name != "Set-Cookie"]
    body = TOKEN.sub(r"\1", answer.get_data(as_text=True))
    for name, one in ids.items():
        headers = [(header, value.replace(one, name)) for header, value in headers]
        body = body.replace(one, name)
    return answer.status_code, headers, body


def build_house(app: Flask) -> House:
    """Two students, two professionals, two moderators, each with what an address can name."""
    names = [f"{whose}{kind}" for whose in ("", "other ") for kind in KINDS]
    browsers = {name: app.test_client() for name in [*names, ASKED, COORDINATOR]}
    people = {name: _come_in(app, name, browser) for name, browser in browsers.items()}
    with app.app_context():
        for duty in (Duty.LEAD, Duty.ON_CALL):
            cast.on_duty(people[ASKED], duty, since=utcnow())
    house = House(app, browsers, theirs=_things(app, "", people), own=_things(app, "other ", people))
    for name, browser in browsers.items():
        page = browser.get(PAGES[_kind(name)]).text
        house.tokens[name] = hidden_fields(page)["csrf_token"]
    return house


def _kind(name: str) -> str:
    return "professional" if name == ASKED else name.removeprefix("other ")


def _come_in(app: Flask, name: str, browser: FlaskClient) -> str:
    """Join or sign in. Gives the id of the account."""
    kind = _kind(name)
    if kind == "student":
        join_as_student(browser)
        cookie = browser.get_cookie("stoa")
        assert cookie is not None
        with app.app_context():
            session = find_session(cookie.value, now=utcnow())
            db.session.remove()
        assert session is not None
        return session.person
    person = add_staff_person(app, Role(kind), username=name.replace(" ", "-"), alias=name.title())
    sign_in_as(browser, person)
    return person.staff_id


def _things(app: Flask, whose: str, people: dict[str, str]) -> dict[str, str]:
    """What the student, the professional and the moderator of one side have."""
    now = utcnow()
    with app.app_context():
        student_id = people[f"{whose}student"]
        texts = {
            "escalated": cast.begin_thread(student_id, "Nothing helps any more.", now=now),
            "held": cast.begin_thread(student_id, "Where is the library?", title="Held", now=now),
            "attached": cast.begin_thread(student_id, "The evenings are long.", title="Along", now=now),
        }
        with transaction():
            owner, moderator = (
                cast.staff(people[f"{whose}professional"]),
                cast.staff(people[f"{whose}moderator"]),
            )
            student, third = cast.student(student_id), cast.staff(people[ASKED])
            ids = _of_the_team(texts, moderator, third, now=now)
            case, ids["escalation_id"] = _case(texts, student, owner, now=now)
            ids |= {"case_id": case.id, "thread_id": cast.post(texts["attached"]).thread_id}
            ids |= {"held_thread": cast.post(texts["held"]).thread_id, "post_id": texts["held"]}
            ids |= _of_the_case(case, owner, third, now=now)
            ids |= _before_the_lead(owner, third, now=now)
        if not whose:
            give_words(cast.staff(people[COORDINATOR]), now=now)
            give_words(owner, now=now)
            leave(case, now=now)
            ids["disclosure_id"] = ask(case, owner, now=now)
        db.session.remove()
    return ids


def _of_the_team(texts: dict[str, str], moderator: Staff, third: Staff, *, now: datetime) -> dict[str, str]:
    """A note to an author, and a shift and a task of the moderator's."""
    held = moderation_queries.item_of_post(texts["held"], locked=True)
    assert held is not None
    open_note(held, "How are the evenings?", actor=moderator, now=now)
    move_post(cast.post(texts["attached"]), PostAct.PUBLISH, now=now)
    later = now + timedelta(days=2)
    shift = Shift(
        id=new_public_id(),
        staff_id=moderator.id,
        duty=Duty.MODERATOR,
        begins_at=later,
        ends_at=later + timedelta(hours=4),
        is_published=True,
        offered_to=third.id,
    )
    db.session.add(shift)
    task = ask_team(TaskKind.DEBRIEF, person=moderator, about=third, now=now)
    return {"item_id": held.id, "shift_id": shift.id, "task_id": task.id}


def _case(texts: dict[str, str], student: Account, owner: Staff, *, now: datetime) -> tuple[Case, str]:
    """A case out of an escalation, with a thread that the student sent along."""
    item = moderation_queries.item_of_post(texts["escalated"], locked=True)
    assert item is not None
    briefing = Briefing(band=Band.AMBER, prompted_by="sleepless for weeks", already_said="that we read it")
    escalation = escalate(item, briefing, actor=None, now=now)
    db.session.flush()
    case = accept_escalation(escalation, actor=owner, now=now).case
    attach_threads(case, [cast.post(texts["attached"]).thread_id], student=student)
    return case, escalation.id


def _of_the_case(case: Case, owner: Staff, third: Staff, *, now: datetime) -> dict[str, str]:
    """Letters, notes, forms, an open talk; an offer, an invitation and a question to a third professional;
    days away.
    """
    found: dict[str, str] = {}
    write_letter(case, "How was the week?", author=owner, now=now)
    hear_student(case, "Long.", now=now)
    write_down(found, case, actor=owner, now=now)
    set_ways(case, Ways(number="+30 210 000 0000"), now=now)
    ask_for_live(case, now=now)
    invite_or_open(case, AGREED, actor=owner, now=now)
    starts = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    room = Offer(starts, 50, Meeting.FACE_TO_FACE, "Room 12", weeks=2)
    booked, free = publish_slots(room, staff=owner, now=now)
    supervision = ask_supervisor(
        case, supervisor=third, numbers=None, question="?", consent="Yes.", days=7, actor=owner, now=now
    )
    day = now.date() + timedelta(days=20)
    away = set_away(owner, first=day, last=day, cover=third, reply="", actor=owner, now=now)
    return {
        "form_id": found["risk_form"],
        "note": found["own_note"],
        "text_id": found["canned_text"],
        "supervision_id": supervision.id,
        "member_id": invite(case, colleague=third, actor=owner, now=now).id,
        "handover_id": offer_case(case, colleague=third, note="Short letters.", actor=owner, now=now).id,
        "absence_id": away.id,
        "slot_id": free.id,
        "appointment_id": book(case, booked.id, "quince medlar", now=now).id,
        "trusted_id": ask_for_person(case, "My sister", now=now).id,
        "staff_id": owner.id,
        "colleague": third.id,
    }


def _before_the_lead(owner: Staff, third: Staff, *, now: datetime) -> dict[str, str]:
    """An offer of another case, which the colleague refused, so that whoever leads gives it to somebody."""
    case = open_case(band=Band.AMBER, student=None, pseudonym="Quiet Heron", due_at=None, now=now)
    assign_case(case, owner=owner, now=now)
    offered = offer_case(case, colleague=third, note="Please.", actor=owner, now=now)
    refuse_handover(offered, case, reason="", actor=third, now=now)
    before_lead = open_handover(case.id)
    assert before_lead is not None
    return {"refused_handover": before_lead.id}
