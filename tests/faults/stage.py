"""A stage for what goes wrong: one of each thing that somebody can have, and who has it."""

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from accounts.permissions import Role
from tests.journeys.steps import (
    BRIEFING,
    accept_escalation,
    begin_thread,
    escalate_next,
    new_staff,
    new_student,
    post_ids,
    publish_thread,
    take_next,
    waiting_escalations,
)


@dataclass(frozen=True)
class Stage:
    """Who is there, and the addresses of what they have."""

    anna: FlaskClient
    maya: FlaskClient
    nora: FlaskClient
    carla: FlaskClient
    thread: str
    post: str
    held_thread: str
    held_post: str
    item: str
    escalation: str
    case: str

    @property
    def conversation(self) -> str:
        """The case as its student sees it."""
        return f"/counsel/{self.case.rsplit('/')[-1]}"


@dataclass(frozen=True)
class Writing:
    """A form in which somebody writes: who, where, from which page, what else it needs, the field, its
    limit.
    """

    writer: FlaskClient
    address: str
    page: str
    other: dict[str, str]
    field: str
    limit: int = 8000
    is_optional: bool = False


def build_stage(app: Flask) -> Stage:
    """Anna has a public thread, a held one, and a case with Nora; another text of hers is escalated; Maya has
    the held one in hand.
    """
    anna, maya = new_student(app), new_staff(app, Role.MODERATOR, "maya")
    nora, carla = new_staff(app, Role.PROFESSIONAL, "nora"), new_staff(app, Role.COORDINATOR, "carla")
    thread = publish_thread(anna, maya, "Lonely", "I know nobody here.")
    begin_thread(anna, "Empty", "I feel hopeless.")
    escalate_next(maya)
    case = accept_escalation(nora)
    begin_thread(new_student(app), "Tired", "I feel worthless.")
    escalate_next(maya, esc_band="amber")
    held = begin_thread(anna, "Lost", "Where is the library?")
    return Stage(
        anna=anna,
        maya=maya,
        nora=nora,
        carla=carla,
        thread=thread,
        post=post_ids(anna.get(thread).text)[0],
        held_thread=held,
        held_post=post_ids(anna.get(held).text)[0],
        item=take_next(maya),
        escalation=waiting_escalations(nora)[0],
        case=case,
    )


def writings(stage: Stage) -> dict[str, Writing]:
    """Every form in which somebody writes more than a line, by a name."""
    new = "/c/academic-difficulties/new"
    site_text = "/admin/texts/crisis_help/en"
    decision = {"conduct": "publish", "risk": "escalate", **BRIEFING}
    case, item, talk = stage.case, stage.item, stage.conversation
    report = f"/p/{stage.post}/report"
    owner = {"owner": "Centre", "reviewed_on": "2026-01-31"}
    return {
        "thread": Writing(stage.anna, new, new, {"title": "A title"}, "body"),
        "title": Writing(stage.anna, new, new, {"body": "A text"}, "title", 140),
        "reply": Writing(stage.anna, f"{stage.thread}/reply", stage.thread, {}, "body"),
        "answer of staff": Writing(stage.maya, f"{stage.thread}/reply", stage.thread, {}, "body"),
        "edit": Writing(stage.anna, f"/p/{stage.post}/edit", f"/p/{stage.post}/edit", {}, "body"),
        "report": Writing(stage.anna, report, report, {"reason": "spam"}, "note", 1000, True),
        "message": Writing(stage.maya, f"{item}/decision", item, decision, "message", 2000, True),
        "briefing": Writing(stage.maya, f"{item}/decision", item, decision, "prompted_by", 2000),
        "already said": Writing(stage.maya, f"{item}/decision", item, decision, "already_said", 2000, True),
        "decline": Writing(stage.nora, f"{stage.escalation}/decline", stage.escalation, {}, "reason", 1000),
        "letter": Writing(stage.nora, f"{case}/messages", case, {}, "body"),
        "encounter": Writing(stage.nora, f"{case}/encounters", f"{case}/record", {}, "agreed", 2000, True),
        "closing": Writing(stage.nora, f"{case}/close", f"{case}/closing", {}, "summary", 4000),
        "letter back": Writing(stage.anna, f"{talk}/messages", talk, {}, "body"),
        "site text": Writing(stage.carla, site_text, site_text, owner, "body"),
    }
