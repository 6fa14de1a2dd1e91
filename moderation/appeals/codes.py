"""The code that lets somebody ask for another look: 16 characters (80 bits) that are stored nowhere.

A code is made from a key of the server and the id of what it is about, so that a notice can show it whenever
it is read, also years later, and a thief of the database has none. What is kept is a keyed hash, by which the
decision or the sanction is found. It works for whoever has it: signed in or not, and after the account is
gone.
"""

from core.crypto import tag
from core.ids import ALPHABET
from core.keys import keyring
from moderation.models import Conduct, Decision
from moderation.review_models import Sanction

CODE_LENGTH = 16
# Each of these tells an author no, or not like this. A change that is asked for counts among them, of a new
# text and of a new wording alike: what somebody wrote is not shown as they wrote it.
ADVERSE = frozenset({Conduct.ASK_CHANGE, Conduct.NOT_HERE, Conduct.HIDE, Conduct.REMOVE})


def decision_code(decision_id: str) -> str:
    """The code of a decision, in four groups of four, as it is shown and read aloud."""
    return _readable(_code("decision", decision_id))


def sanction_code(sanction_id: str) -> str:
    """The code of a sanction, in four groups of four."""
    return _readable(_code("sanction", sanction_id))


def note_decision_code(decision: Decision) -> None:
    """Let an adverse decision be found by its code; the others have none."""
    if decision.conduct in ADVERSE and decision.reverses_id is None:
        decision.appeal_hash = _hash(_code("decision", decision.id))


def note_sanction_code(sanction: Sanction) -> None:
    """Let a sanction be found by its code."""
    sanction.appeal_hash = _hash(_code("sanction", sanction.id))


def hash_of_typed(typed: str) -> bytes:
    """What is looked for when somebody types a code, with or without dashes, in capitals, with an o for a
    zero.
    """
    return _hash(fold_code(typed))


def fold_code(typed: str) -> str:
    """The letters of a code as they were given out."""
    folded = typed.lower().replace("o", "0").replace("i", "1").replace("l", "1")
    return "".join(letter for letter in folded if letter in ALPHABET)


def _code(kind: str, thing_id: str) -> str:
    mac = tag(keyring().server_key("appeal code"), kind, thing_id)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in mac[:CODE_LENGTH])


def _hash(code: str) -> bytes:
    return tag(keyring().server_key("appeal code hash"), code)


def _readable(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
