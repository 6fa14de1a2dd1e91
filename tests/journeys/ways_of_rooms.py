"""The ways into a case through its rooms, each with the fields of its forms. Whoever goes a way here is let
in: a form that is not taken keeps nothing.
"""

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.clock import utcnow
from counselling.record.form_fields import newest_edition
from counselling.record.models import FormKind
from tests.journeys.scene import Scene
from tests.journeys.steps import new_student, path_of, waiting_escalations
from tests.people import post_form

TAKEN = {200, 201, 303}


def send(browser: FlaskClient, address: str, /, *, page: str = "", **fields: Any) -> TestResponse:
    """Fill in a form, and see that it was taken."""
    answer = post_form(browser, address, fields, page=page or None)
    assert answer.status_code in TAKEN, f"{address}: {answer.status_code}"
    return answer


def link_in(browser: FlaskClient, kind: str) -> str:
    """The first thing of a kind that somebody is led to by their worklist."""
    found = re.search(rf'href="(/counselling/{kind}/[0-9a-z]{{13}})"', browser.get("/counselling/").text)
    assert found is not None, f"no {kind} is shown"
    return found.group(1)


def action_in(browser: FlaskClient, page: str, act: str) -> str:
    """Where the first form with this act leads."""
    found = re.search(rf'action="([^"]*/{act})"', browser.get(page).text)
    assert found is not None, f"nobody can {act} at {page}"
    return found.group(1)


def what_is_told_at_the_beginning(scene: Scene, sentence: str) -> None:
    told = dict.fromkeys(("hope", "tried", "helps", "free_when"), sentence)
    send(scene.stage.anna, f"{scene.stage.conversation}/intake", **told)
    asked = new_student(scene.app)
    send(asked, "/counsel/request", body=sentence, **told)


def how_to_reach_somebody(scene: Scene, sentence: str) -> None:
    """A number and an address are no sentences: they are marks of their own."""
    ways = {"number": scene.number, "when": sentence, "email": scene.address}
    send(scene.stage.anna, f"{scene.stage.conversation}/reach", **ways)
    send(new_student(scene.app), "/counsel/stay", way="call_back", **ways)


def forms_of_every_kind(scene: Scene, sentence: str) -> None:
    """Each form is filled in; the plan is shared, and the student adds a line to it."""
    nora, case = scene.stage.nora, scene.stage.case
    for kind in FormKind:
        form = path_of(send(nora, f"{case}/forms", kind=kind.value))
        words = {f"q_{one.name}": sentence for one in newest_edition(kind).questions if not one.choices}
        is_plan = kind is FormKind.SAFETY_PLAN
        more = {"act": "finalise", "is_shared": "y"} if is_plan else {"act": "save"}
        send(nora, form, **words, **more)
    send(scene.stage.anna, f"{scene.stage.conversation}/plan", part="alone", words=sentence)


def notes_of_every_lane(scene: Scene, sentence: str) -> None:
    for lane in ("team", "shared", "own"):
        send(scene.stage.nora, f"{scene.stage.case}/notes", lane=lane, body=sentence, act="finalise")


def words_prepared_and_a_line_of_ones_own(scene: Scene, sentence: str) -> None:
    nora, case = scene.stage.nora, scene.stage.case
    send(
        nora, "/counselling/canned", title="After a first letter", words=f"Prepared: {sentence}", whose="own"
    )
    send(nora, f"{case}/messages", page=case, body=f"Thank you for writing.\n\n{sentence}")


def whether_it_was_understood(scene: Scene, sentence: str) -> None:
    send(scene.stage.nora, f"{scene.stage.case}/check", body=sentence)
    send(scene.stage.anna, f"{scene.stage.conversation}/check", answer="correct", body=sentence)


def how_a_letter_feels(scene: Scene, sentence: str) -> None:
    talk = scene.stage.conversation
    send(scene.stage.anna, f"{talk}/messages", page=talk, body=sentence, feelings=["tired"])


def what_was_promised(scene: Scene, sentence: str) -> None:
    nora, case, day = scene.stage.nora, scene.stage.case, (utcnow() + timedelta(days=3)).date().isoformat()
    send(nora, f"{case}/check-ins", page=case, on=day, at="17:00", reason=sentence, told="yes")
    follow = {"follow_on": day, "follow_why": sentence}
    send(nora, f"{case}/encounters", page=f"{case}/record", agreed=sentence, **follow)
    send(nora, f"{case}/fit", fit="online", why=sentence)


def talking_live(scene: Scene, sentence: str) -> None:
    """What happens when the line drops, lines both ways, and what stood in the form when somebody looked."""
    anna, talk = scene.stage.anna, f"{scene.stage.conversation}/live"
    nora, room = scene.stage.nora, f"{scene.stage.case}/live"
    send(anna, talk)
    send(nora, room, who="professional", minutes="30", line=sentence)
    send(nora, f"{room}/cut-off", page=room, who="student", minutes="15", line=sentence)
    for browser, place in ((anna, talk), (nora, room)):
        send(browser, f"{place}/lines", page=place, body=sentence)
        send(browser, f"{place}/lines", page=place, body=sentence, look="1")
    send(nora, f"{room}/end", page=room)


def drafts_on_both_sides(scene: Scene, sentence: str) -> None:
    anna, talk = scene.stage.anna, scene.stage.conversation
    nora, case = scene.stage.nora, scene.stage.case
    for place in ("letter", "live"):
        send(anna, f"{talk}/drafts", page=talk, place=place, body=sentence)
        send(nora, f"{case}/drafts", page=case, place=place, body=sentence)


def what_colleagues_are_asked(scene: Scene, sentence: str) -> None:
    """A supervisor, a second who says why they read, and an offer that is refused."""
    nora, case = scene.stage.nora, scene.stage.case
    oren, oren_id = scene.colleague()
    asked = {"scope": "whole", "question": sentence, "consent": sentence, "days": "7"}
    send(nora, f"{case}/supervisor", colleague=oren_id, **asked)
    supervision = link_in(oren, "supervisions")
    send(oren, f"{supervision}/open", purpose="other", words=sentence)
    send(oren, f"{supervision}/reply", page=supervision, body=sentence)
    send(nora, f"{case}/invite", page=f"{case}/colleagues", colleague=oren_id)
    invitation = link_in(oren, "invitations")
    send(oren, f"{invitation}/join", page=invitation, purpose="other", words=sentence)
    send(oren, f"{case}/messages", page=case, body=sentence)
    send(oren, f"{case}/leave", page=f"{case}/colleagues")
    send(nora, f"{case}/offer", page=f"{case}/colleagues", colleague=oren_id, note=sentence)
    offer = link_in(oren, "handovers")
    send(oren, f"{offer}/refuse", page=offer, reason=sentence)


def days_away(scene: Scene, sentence: str) -> None:
    day = (utcnow() + timedelta(days=40)).date().isoformat()
    oren, _oren_id = scene.colleague()
    send(oren, "/counselling/away", first=day, last=day, reply=sentence)


def an_escalation_that_is_declined(scene: Scene, sentence: str) -> None:
    escalation = waiting_escalations(scene.stage.nora)[0]
    send(scene.stage.nora, f"{escalation}/decline", page=escalation, reason=sentence)


def an_appointment(scene: Scene, sentence: str) -> None:
    """The word for the door, and words with which it is cancelled."""
    nora, case, own = scene.stage.nora, scene.stage.case, f"{scene.stage.conversation}/appointments"
    offered = {"meeting": "face_to_face", "place": "Room 12", "minutes": "50", "weeks": "1"}
    day = (utcnow() + timedelta(days=9)).date().isoformat()
    send(nora, "/counselling/appointments", day=day, at="14:00", **offered)
    slot = re.search(r'name="slot"[^>]*value="([0-9a-z]{13})"', scene.stage.anna.get(own).text)
    assert slot is not None
    send(scene.stage.anna, own, slot=slot.group(1), code_word=sentence)
    room = f"{case}/appointments"
    send(nora, action_in(nora, room, "cancel"), page=room, words=sentence)
