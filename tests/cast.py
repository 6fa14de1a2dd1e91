"""The cast of the tests of rules: people and texts made without a browser, inside an application context."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from flask import Flask

from accounts import queries as account_queries
from accounts.models import Account, Staff, Step
from accounts.permissions import Role
from accounts.staffing import add_staff
from accounts.training import record_training
from core.crypto import new_key
from core.db import db, transaction
from core.ids import new_public_id
from forum import posting
from forum import queries as forum_queries
from forum.models import Post
from moderation import queries
from moderation.claims import claim
from moderation.decisions import Choice, decide
from moderation.models import Conduct, QueueItem, Risk
from moderation.team.models import Duty, Shift

T = TypeVar("T")

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday, within the default staffed hours
MINUTE = timedelta(minutes=1)


def new_student() -> str:
    """A confirmed student. Returns the account's id."""
    with transaction():
        account = Account(
            id=new_public_id(),
            lookup=new_key(),
            is_confirmed=True,
            epoch=1,
            seen_on=NOON.date(),
            data_key=b"x",
        )
        db.session.add(account)
        return account.id


def new_staff(role: Role, name: str, *, step: Step = Step.INDEPENDENT) -> str:
    """A member of staff. Returns their id."""
    new = add_staff(
        name, role=role, alias=name.title(), step=step, keep_password=True, actor="command", now=NOON
    )
    return new.staff.id


def new_moderator(name: str = "maya", *, step: Step = Step.INDEPENDENT) -> str:
    return new_staff(Role.MODERATOR, name, step=step)


def train(staff_id: str, step: Step) -> None:
    with transaction():
        record_training(staff(staff_id), step=step, reason="a test", actor="command", now=NOON + MINUTE)


def on_duty(staff_id: str, duty: Duty, *, since: datetime = NOON, hours: float = 12) -> None:
    """Somebody has a duty for some hours, by the published rota."""
    with transaction():
        shift = Shift(
            id=new_public_id(),
            staff_id=staff_id,
            duty=duty,
            begins_at=since - MINUTE,
            ends_at=since + timedelta(hours=hours),
            is_published=True,
        )
        db.session.add(shift)


def student(account_id: str) -> Account:
    account = account_queries.account(account_id, locked=True)
    assert account is not None
    return account


def staff(staff_id: str) -> Staff:
    person = account_queries.staff_member(staff_id)
    assert person is not None
    return person


def post(post_id: str) -> Post:
    found = forum_queries.post(post_id)
    assert found is not None
    return found


def item(item_id: str) -> QueueItem:
    found = queries.item(item_id, locked=True)
    assert found is not None
    return found


def item_id_of(post_id: str) -> str:
    found = queries.item_of_post(post_id)
    assert found is not None
    return found.id


def begin_thread(
    author: str,
    body: str = "I miss home.",
    *,
    title: str = "First weeks",
    slug: str = "adjustment-difficulties",
    now: datetime = NOON,
) -> str:
    """A student begins a thread. Returns the opening post's id."""
    draft = posting.write_draft(body, language="en", title=title)
    with transaction():
        account = student(author)
        category = forum_queries.category_by_slug(slug)
        assert category is not None
        return posting.begin_thread(category, draft, author=account, now=now).id


def reply(author: str, thread_id: str, body: str = "Me too.", *, now: datetime = NOON) -> str:
    """A student replies. Returns the post's id."""
    draft = posting.write_draft(body, language="en")
    with transaction():
        account = student(author)
        thread = forum_queries.thread(thread_id, locked=True)
        assert thread is not None
        return posting.reply(thread, draft, author=account, now=now).id


def claimed(post_id: str, *, by: str, now: datetime = NOON) -> QueueItem:
    """The item of a post, in somebody's hands."""
    with transaction():
        claim(item(item_id_of(post_id)), actor=staff(by), now=now)
    return item(item_id_of(post_id))


def choice(
    held: QueueItem, conduct: Conduct = Conduct.PUBLISH, risk: Risk = Risk.NONE, **more: object
) -> Choice:
    """What a moderator chooses who has just read the item."""
    facts: dict[str, object] = {
        "claim": held.claim_token or "",
        "revision": held.post.latest_revision,
        "version": held.version,
        "note": "We read what you wrote. We are here." if risk is Risk.REACH_OUT else "",
    }
    return Choice(conduct=conduct, risk=risk, **(facts | more))  # type: ignore[arg-type]


def decided(
    post_id: str,
    conduct: Conduct = Conduct.PUBLISH,
    risk: Risk = Risk.NONE,
    *,
    by: str,
    now: datetime = NOON,
    **more: object,
) -> QueueItem:
    """The item of a post that somebody took and at once decided about; `more` is what `choice` takes."""
    held = claimed(post_id, by=by, now=now)
    what = choice(held, conduct, risk, **more)
    with transaction():
        decide(item(held.id), what, actor=staff(by), now=now)
    return item(held.id)


def at_once(app: Flask, acts: list[Callable[[], T]]) -> list[T | Exception]:
    """Run acts side by side, each in its own thread and context. An act that raises gives its exception."""

    def run(act: Callable[[], T]) -> T | Exception:
        with app.app_context():
            try:
                return act()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
