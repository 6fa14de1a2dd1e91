"""Muting a name within a thread: its posts fold into one quiet line, for this reader alone.

A student's list of muted names is sealed under their own data key (`accounts/keeping.py`). The muted person,
moderators and everybody else can tell nothing. Staff can be muted too, since nobody has to listen; but only
posts fold, never a notice or a letter.
"""

from flask_babel import gettext as _

from accounts.keeping import read_kept, write_kept
from accounts.models import Account
from core.refusals import Missing, Refusal
from forum import queries, thread_queries
from forum.authorship import author_tag
from forum.models import Thread

MUTED_AT_MOST = 100


class MutesFull(Refusal):
    """A hundred names are muted already."""

    @property
    def sentence(self) -> str:
        return _("You have muted %(count)s names, and there is no room for more.", count=MUTED_AT_MOST)


def mutes_of(account: Account, *, key: bytes) -> dict[str, frozenset[str]]:
    """The names that a student muted, by thread."""
    by_thread: dict[str, set[str]] = {}
    for entry in read_kept(account, "mutes", key=key):
        by_thread.setdefault(entry["thread"], set()).add(entry["name"])
    return {thread_id: frozenset(names) for thread_id, names in by_thread.items()}


def mute(thread: Thread, name: str, *, actor: Account, key: bytes) -> None:
    """Mute whoever writes under this name in this thread. Asking twice changes nothing.

    Raises Missing for a name that is not there or is one's own, MutesFull.
    """
    own = queries.pseudonym(thread.id, author_tag(thread, actor.id))
    if (own is not None and own.name == name) or not thread_queries.is_name_in_thread(thread.id, name):
        raise Missing
    entries = read_kept(actor, "mutes", key=key)
    entry = {"thread": thread.id, "name": name}
    if entry in entries:
        return
    if len(entries) >= MUTED_AT_MOST:
        raise MutesFull
    write_kept(actor, "mutes", [*entries, entry], key=key)


def unmute(thread_id: str, name: str, *, actor: Account, key: bytes) -> None:
    """Stop muting a name in a thread. Asking twice changes nothing."""
    entries = read_kept(actor, "mutes", key=key)
    rest = [entry for entry in entries if entry != {"thread": thread_id, "name": name}]
    if len(rest) < len(entries):
        write_kept(actor, "mutes", rest, key=key)
