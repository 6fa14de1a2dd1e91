"""What follows when texts come faster than usual, from one person or from one network: no text is refused.

After the usual pace a browser proves some work, which takes it a second or so. A text without proof is
taken and waits for a moderator, whatever its topic's mode, behind others of its kind.

A text whose writer may be in danger is asked for nothing and is never kept at the door; its clock runs and
its page goes out as ever. Only its place bends, and only in a flood: a network that sends more such texts
from new accounts than a whole campus does in a bad hour lets each further one stand a few minutes behind
the one before (docs/decisions/0025). So however many are sent, a person who waits among them is reached in
time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.models import Account
from core import proof
from core.limits import Pace, count_turn, has_turn, number_in_line
from forum import queries
from forum.authorship import author_tag, own_thread_ids
from forum.gate import gate
from forum.pace_queries import has_published
from forum.posting import Draft, text_to_screen

POSTING = Pace("posting", network="60 per 10 minutes; 200 per hour", person="20 per 10 minutes; 60 per hour")
URGENT = Pace("urgent texts", network="6 per hour", person="6 per hour")
URGENT_WITH_PROOF = Pace("urgent texts with proof", network="12 per hour")
URGENT_OF_THE_KNOWN = Pace("urgent texts of the known", person="6 per hour")
APART, AT_MOST = timedelta(minutes=6), timedelta(hours=24)
THREADS = 20


@dataclass(frozen=True)
class Turn:
    """A text that was sent: whether it comes after the limit, and the proof that came with it.

    `joined_by_ticket`: here every account began with a ticket, and nobody can make many.
    """

    is_over: bool
    proof: str = ""
    joined_by_ticket: bool = False


def take_turn(account: Account, *, proof: str, joined_by_ticket: bool) -> Turn:
    """Count a text that was sent, by its author and its network."""
    return Turn(not count_turn(POSTING, person=account.id), proof, joined_by_ticket)


def is_within_pace(account: Account) -> bool:
    """Whether the next text of this student would be within the limits."""
    return has_turn(POSTING, person=account.id)


def lacks_proof(turn: Turn, draft: Draft, *, now: datetime) -> bool:
    """Whether a browser that can should prove its work first. Never for a writer who may be in danger."""
    if not turn.is_over or proof.is_solved(turn.proof, now=now):
        return False
    return not gate().may_be_in_danger(text_to_screen(draft))


def put_in_line(draft: Draft, turn: Turn, *, author: Account, now: datetime) -> Draft:
    """Say where a text stands that goes to a moderator, and use up its proof. Inside `transaction()`."""
    is_urgent = gate().may_be_in_danger(text_to_screen(draft))
    if is_urgent and _keeps_its_place(author, turn):
        return draft
    if (turn.is_over or is_urgent) and proof.use_solution(turn.proof, now=now):
        if not is_urgent or count_turn(URGENT_WITH_PROOF):
            return draft
    elif not turn.is_over and not is_urgent:
        return draft
    line = "urgent" if is_urgent else "calm"
    return replace(draft, behind=min(APART * number_in_line(line), AT_MOST))


def _keeps_its_place(author: Account, turn: Turn) -> bool:
    if turn.joined_by_ticket or _is_known(author):
        return count_turn(URGENT_OF_THE_KNOWN, person=author.id)
    return count_turn(URGENT, person=author.id)


def _is_known(author: Account) -> bool:
    """Whether moderators have let readers see a text of theirs: what nobody has who joined for a flood."""
    threads = queries.threads_by_ids(own_thread_ids(author)[:THREADS])
    return has_published([(thread.id, author_tag(thread, author.id)) for thread in threads])
