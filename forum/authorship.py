"""Who wrote a post, without saying so: tags that are equal only within a thread, a sealed reference, a name
of two words.

Opening a reference is an act on an author: it needs a reason and leaves an AuditEvent.
"""

from datetime import datetime
from typing import Any

from accounts import queries as account_queries
from accounts.blobs import read_blob, write_blob
from accounts.models import Account
from core.audit import record_event
from core.crypto import new_key, seal, tag, unseal
from core.db import db
from core.keys import keyring
from forum import queries
from forum.models import Post, Pseudonym, Thread
from forum.pseudonyms import name_for


def new_thread_key() -> str:
    """A random key for one thread, as hex. It lies sealed on the thread."""
    return new_key().hex()


def author_tag(thread: Thread, account_id: str) -> bytes:
    """What marks an author's posts within one thread, and nowhere else."""
    return tag(bytes.fromhex(thread.key), "author", account_id)


def pseudonym_of(thread: Thread, mark: bytes) -> str:
    """The author's name in this thread, made at their first post.

    In the caller's transaction, under the thread's lock.
    """
    known = queries.pseudonym(thread.id, mark)
    if known is not None:
        return known.name
    name = name_for(tag(bytes.fromhex(thread.key), "name", mark), taken=queries.names_in_thread(thread.id))
    db.session.add(Pseudonym(thread_id=thread.id, author_tag=mark, name=name))
    return name


def seal_author(post_id: str, account_id: str) -> bytes:
    """The account behind a post, sealed for that post."""
    return seal(
        keyring().server_key("post.author_ref"),
        account_id.encode(),
        aad=f"post.author_ref:{post_id}".encode(),
    )


def lock_author(post: Post) -> None:
    """Lock the account behind a post, if there is one, before its thread is locked.

    Tells nothing: whoever goes on to act on the author opens the reference and leaves a trace.
    """
    if post.author_ref is not None:
        account_queries.account(_account_id(post.id, post.author_ref), locked=True)


def _account_id(post_id: str, author_ref: bytes) -> str:
    sealing = keyring().server_key("post.author_ref")
    return unseal(sealing, author_ref, aad=f"post.author_ref:{post_id}".encode()).decode()


def open_author(
    post: Post, *, purpose: str, actor: str, now: datetime, locked: bool = True
) -> Account | None:
    """The account behind a post, or None when no author can be reached.

    Leaves an AuditEvent with the purpose, in the caller's transaction.
    """
    if post.author_ref is None:
        return None
    # The account's row is locked before the audit log's end, as everywhere.
    account = account_queries.account(_account_id(post.id, post.author_ref), locked=locked)
    detail = {"purpose": purpose}
    record_event("author_ref_opened", actor=actor, target=f"post:{post.id}", detail=detail, now=now)
    return account


def note_own_post(account: Account, thread: Thread) -> int:
    """Remember in the student's sealed list that they wrote in this thread.

    Returns how many posts they had written before, anywhere.
    """
    entries = read_blob(account, "threads")
    before = sum(int(entry["posts"]) for entry in entries)
    own = next((entry for entry in entries if entry["thread"] == thread.id), None)
    if own is None:
        entries.append({"thread": thread.id, "posts": 1})
    else:
        own["posts"] += 1
    write_blob(account, "threads", entries)
    return before


def count_own_posts(account: Account) -> int:
    """How many posts a student has written, anywhere."""
    return sum(int(entry["posts"]) for entry in read_blob(account, "threads"))


def own_thread_ids(account: Account) -> list[str]:
    """The threads that a student wrote in, oldest first."""
    entries: list[dict[str, Any]] = read_blob(account, "threads")
    return [str(entry["thread"]) for entry in entries]


def is_author(post: Post, account: Account) -> bool:
    """Whether this student wrote this post."""
    return post.author_tag is not None and post.author_tag == author_tag(post.thread, account.id)
