"""A process in which somebody writes that they may end their life, and that is killed by SIGKILL between two
steps of what must follow.

`python -m tests.faults.killed_arriving POINT ACT DATA_DIRECTORY [SETTING=VALUE …]` prints the student's
account and the post that was there before, and dies.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

import counselling.clocks
import counselling.taking
import moderation.admission
import moderation.escalations
import moderation.gatekeeper
import moderation.pages
from app import create_app
from core import outbox
from core.clock import utcnow
from core.db import db, transaction
from forum import posting
from forum.lifecycle import PostAct, move_post
from tests.cast import begin_thread, new_student, post, reply, student
from tests.conftest import settings_for
from tests.faults.killed import die
from tests.people import run_outbox

CRISIS, CALM = "I want to kill myself tonight.", "Where is the library?"
MORE = "I have a plan to end my life, and this is goodbye."

# Where the process dies, in the order of the steps: post, flag, escalation, page, and what the worker does.
INSIDE: dict[str, Callable[[], None]] = {
    "after the post": lambda: setattr(moderation.gatekeeper, "put_in_queue", die),
    "after the item": lambda: setattr(moderation.admission, "add_reason", die),
    "after the flag": lambda: setattr(moderation.admission, "call_professional", die),
    "after the escalation": lambda: setattr(moderation.escalations, "page_staff", die),
    "after the page": lambda: setattr(moderation.escalations, "record_event", die),
    "before the commit": lambda: setattr(Session, "commit", die),
}
AFTERWARDS: dict[str, Callable[[], None]] = {
    "after the commit": lambda: None,
    "before a page is sent": lambda: setattr(moderation.pages, "send_page", die),
    "after a page was sent": lambda: setattr(outbox, "_delete", die),
    "while the counsellor is looked for": lambda: setattr(counselling.taking, "open_case_of", die),
    "while the clock climbs": lambda: setattr(counselling.clocks, "record_event", die),
}
AFTER_THE_CLOCK = timedelta(minutes=16)


def write(act: str, author: str, earlier: str) -> None:
    """Send the words of danger: as a new thread, as a reply, as another wording of a calm text, or as more
    words in a text of danger that waits.
    """
    if act == "new":
        begin_thread(author, CRISIS, title="At night", now=utcnow())
    elif act == "reply":
        reply(author, post(earlier).thread_id, CRISIS, now=utcnow())
    else:
        words = MORE if act == "more" else CRISIS
        draft = posting.write_draft(words, language="en", title="First weeks")
        with transaction():
            account = student(author)
            posting.edit(post(earlier), draft, author=account, now=utcnow())


def main(point: str, act: str, directory: str, *settings: str) -> None:
    app = create_app(settings_for(Path(directory), **dict(setting.split("=", 1) for setting in settings)))
    with app.app_context():
        author = new_student()
        earlier = begin_thread(author, CALM, now=utcnow())
        with transaction():
            move_post(post(earlier), PostAct.PUBLISH, now=utcnow())
        if act == "more":
            write("edit", author, earlier)
            db.session.remove()
    run_outbox(app)
    print(author, earlier, sep="\n", flush=True)
    (INSIDE | AFTERWARDS)[point]()
    with app.app_context():
        write(act, author, earlier)
        db.session.remove()
        if point == "while the clock climbs":
            counselling.clocks.climb(utcnow() + AFTER_THE_CLOCK)
        elif point != "after the commit":
            run_outbox(app)
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
