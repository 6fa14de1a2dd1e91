"""Which of their threads a student sends along to their counsellor, at the beginning or later.

One can be taken back at any time. What was read was read: the page says so.
"""

from collections.abc import Sequence

from accounts.models import Account
from core.refusals import Missing
from counselling.models import Case
from counselling.sealing import links_of, set_links
from forum import queries as forum_queries
from forum.authorship import own_thread_ids
from forum.posting import title_of

OFFERED = 20

Titled = tuple[str, str]  # the id of a thread and its title


def attach_threads(case: Case, thread_ids: Sequence[str], *, student: Account) -> None:
    """Send threads along, on a locked case. What the student did not write in is passed over."""
    own = set(own_thread_ids(student))
    links = links_of(case)
    new = [one for one in dict.fromkeys(thread_ids) if one in own and one not in links["threads"]]
    if new:
        set_links(case, links | {"threads": [*links["threads"], *new]})


def take_back_thread(case: Case, thread_id: str) -> None:
    """The professional no longer sees this thread as the student's. Raises Missing."""
    links = links_of(case)
    if thread_id not in links["threads"]:
        raise Missing(thread_id)
    set_links(case, links | {"threads": [one for one in links["threads"] if one != thread_id]})


def attached_threads(case: Case) -> list[Titled]:
    """The threads that go along, by their titles. One that is gone has none."""
    return [(one, _title(one)) for one in links_of(case)["threads"]]


def threads_to_offer(student: Account | None, *, but_for: Sequence[str] = ()) -> list[Titled]:
    """The newest threads that the student wrote in, to choose from."""
    ids = [one for one in reversed(own_thread_ids(student)) if one not in but_for] if student else []
    titled = [(one, _title(one)) for one in ids[:OFFERED]]
    return [(one, title) for one, title in titled if title]


def _title(thread_id: str) -> str:
    opening = forum_queries.opening_post(thread_id)
    return title_of(opening) if opening is not None else ""
