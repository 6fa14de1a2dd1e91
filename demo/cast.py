"""Who lives in the demo, what they have written so far, and at what times things happen there."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from accounts import queries as account_queries
from accounts.models import Account, Staff
from accounts.passphrases import lookup_of, make_passphrase, stretch, wrap_new_data_key
from core.crypto import new_key
from core.db import db
from core.ids import new_public_id
from forum import posting
from forum import queries as forum_queries
from forum.models import Post

CONTENT = Path(__file__).parent / "content"
MADE_BEFORE = timedelta(days=120)

Facts = dict[str, Any]
Act = Callable[[datetime], None]
Event = tuple[datetime, Act]


@dataclass(frozen=True)
class Credentials:
    """Six words of a student of the demo, for whoever tries it, and what the account keeps of them."""

    words: str
    lookup: bytes
    data_key: bytes


@dataclass
class Cast:
    """Everybody in the demo, and what they have written so far."""

    loaded_at: datetime
    staff: dict[str, str] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    return_code: str = ""

    def member(self, name: str) -> Staff:
        """The member of staff behind "staff:<username>"."""
        person = account_queries.staff_member(self.staff[name.removeprefix("staff:")])
        assert person is not None
        return person

    def student(self, name: str) -> Account:
        """The account behind "student:<key>", made when first met."""
        if name not in self.students:
            made = self.loaded_at - MADE_BEFORE
            known = self.credentials.get(name)
            account = Account(
                id=new_public_id(),
                lookup=known.lookup if known is not None else new_key(),
                is_confirmed=True,
                epoch=1,
                seen_on=made.date(),
                data_key=known.data_key if known is not None else new_key(),
            )
            db.session.add(account)
            db.session.flush()
            self.students[name] = account.id
        account_of = account_queries.account(self.students[name])
        assert account_of is not None
        return account_of

    def text(self, key: str) -> Post:
        """The text that the files call by this key."""
        post = forum_queries.post(self.texts[key])
        assert post is not None
        return post

    def moment(self, facts: Facts, prefix: str = "") -> datetime:
        """The time that a table gives, counted back from the loading."""
        days, hours = facts.get(f"{prefix}days_ago", 0), facts.get(f"{prefix}hours_ago", 0)
        return self.loaded_at - timedelta(days=float(days), hours=float(hours))

    def ahead(self, facts: Facts) -> datetime:
        """A time after the loading, by the `in_days` or `in_hours` of a table: `at` o'clock, or a full
        hour.
        """
        later = timedelta(days=facts.get("in_days", 0), hours=facts.get("in_hours", 0))
        day = (self.loaded_at + later).replace(minute=0, second=0, microsecond=0)
        clock = time.fromisoformat(facts["at"]) if "at" in facts else day.time()
        return day.replace(hour=clock.hour, minute=clock.minute)


Doing = Callable[[Cast, str, Facts, datetime], None]  # what a step does to what has this key


def read_content(name: str) -> Facts:
    """One of the files that tell the demo."""
    with (CONTENT / name).open("rb") as file:
        return tomllib.load(file)


def make_credentials() -> Credentials:
    """Six new words. Hashes, so call it outside of a transaction."""
    words = make_passphrase()
    stretched = stretch("".join(words))
    _, wrapped = wrap_new_data_key(stretched)
    return Credentials(" ".join(words), lookup_of(stretched), wrapped)


def draft_of(facts: Facts, language: str) -> posting.Draft:
    """A text of the files, written as its author would."""
    return posting.write_draft(
        facts["body"].strip(),
        language=language,
        title=facts.get("title", ""),
        warnings=facts.get("warnings", []),
    )


def write_text(cast: Cast, facts: Facts, *, answers: str, at: datetime) -> Post:
    """A thread, or a reply to the thread whose opening text has the key `answers`."""
    if not answers:
        category = forum_queries.category_by_slug(facts["category"])
        assert category is not None
        return posting.begin_thread(
            category, draft_of(facts, facts["lang"]), author=cast.student(facts["by"]), now=at
        )
    thread = cast.text(answers).thread
    draft = draft_of(facts, facts.get("lang") or thread.language)
    if facts["by"].startswith("staff:"):
        return posting.answer(thread, draft, author=cast.member(facts["by"]), now=at)
    return posting.reply(thread, draft, author=cast.student(facts["by"]), now=at)
