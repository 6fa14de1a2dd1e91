"""How a case keeps its secrets: AES-256-GCM under a key that only this case has, which lies wrapped by the
key-encryption key from its file.

The associated data name the case, the place in it (which letter, by which side, or which field) and the
version, so that a ciphertext moved anywhere else does not open. Texts are padded, so that their length
tells little. Destroying the wrapped key destroys everything that was sealed with it, in every copy of the
database that is made from then on.
"""

import json
from typing import Any

from core.crypto import CannotUnseal, pad, seal, unpad, unseal
from core.unreadable import note_damage, unreadable_name, unreadable_words
from counselling.models import AuthorKind, Case, CaseMessage, Encounter, Obligation
from counselling.wrapping import key_of

BLOCK = 256
FIRST_VERSION = 1


def seal_for_case(case: Case, place: str, text: str, *, version: int = FIRST_VERSION) -> bytes:
    """Seal a text for one place of one case.

    Raises Missing when the case was destroyed, KeysMissing without the key file.
    """
    return seal(key_of(case), pad(text.encode(), block=BLOCK), aad=_place(case.id, place, version))


def open_for_case(case: Case, place: str, sealed: bytes, *, version: int = FIRST_VERSION) -> str:
    """The text that was sealed for this place. Raises CannotUnseal, Missing, KeysMissing."""
    return unpad(unseal(key_of(case), sealed, aad=_place(case.id, place, version))).decode()


def words_or_none(case: Case, place: str, sealed: bytes, *, version: int = FIRST_VERSION) -> str | None:
    """The same for whoever can do without it: None when it cannot be opened, which is noted.

    Raises Missing, KeysMissing.
    """
    try:
        return open_for_case(case, place, sealed, version=version)
    except CannotUnseal:
        note_damage(f"case:{case.id}")
        return None


def words_to_show(case: Case, place: str, sealed: bytes, *, version: int = FIRST_VERSION) -> str:
    """The same for a page: a sentence stands for what cannot be opened. Raises Missing, KeysMissing."""
    words = words_or_none(case, place, sealed, version=version)
    return words if words is not None else unreadable_words()


def _place(case_id: str, place: str, version: int) -> bytes:
    return f"case:{case_id}:{place}:{version}".encode()


def set_pseudonym(case: Case, name: str) -> None:
    """Set the name that both sides see.

    It is sealed, because the same name stands in clear in the thread that it comes from.
    """
    case.pseudonym = seal_for_case(case, "pseudonym", name)


def pseudonym_of(case: Case) -> str:
    """The name that both sides see."""
    if case.pseudonym is None:
        return ""
    return words_or_none(case, "pseudonym", case.pseudonym) or unreadable_name()


def set_student(case: Case, account_id: str) -> None:
    """Remember whose case it is."""
    case.student_ref = seal_for_case(case, "student_ref", account_id)


def student_id_of(case: Case) -> str | None:
    """The account behind a case, or None when nobody can be reached.

    Only for telling the student something; never shown.
    """
    return words_or_none(case, "student_ref", case.student_ref) if case.student_ref is not None else None


def set_links(case: Case, links: dict[str, list[str]]) -> None:
    """Replace the links of a case: the ids of its escalations ("escalations"), and of what the student
    attached ("threads").
    """
    case.links = seal_for_case(case, "links", json.dumps(links))


def links_of(case: Case) -> dict[str, list[str]]:
    """The links of a case. They begin anew where they were damaged, because a case without any still helps.

    Raises CannotUnseal when nothing of the case can be opened.
    """
    empty: dict[str, list[str]] = {"escalations": [], "threads": []}
    if case.links is None:
        return empty
    key_of(case)
    found = words_or_none(case, "links", case.links)
    return empty | json.loads(found) if found is not None else empty


def set_summary(case: Case, text: str) -> None:
    """Set what the professional wrote when closing."""
    case.summary = seal_for_case(case, "summary", text)


def summary_of(case: Case) -> str:
    """What the professional wrote when closing, or ""."""
    return words_to_show(case, "summary", case.summary) if case.summary is not None else ""


def seal_letter(
    case: Case, number: int, author_kind: AuthorKind, body: str, *, trusted_id: str | None = None
) -> bytes:
    """Seal the body of a letter for its number and side, and for whom the student brought, if they wrote."""
    return seal_for_case(case, _letter_place(number, author_kind, trusted_id), body)


def open_letter(case: Case, message: CaseMessage) -> str:
    """The body of a letter; a sentence in its place when it cannot be opened."""
    place = _letter_place(message.number, message.author_kind, message.trusted_id)
    return words_to_show(case, place, message.sealed, version=message.version)


def _letter_place(number: int, author_kind: AuthorKind, trusted_id: str | None) -> str:
    place = f"message:{number}:{author_kind}"
    return place if trusted_id is None else f"{place}:{trusted_id}"


def set_agreed(case: Case, encounter: Encounter, text: str) -> None:
    """Set what was agreed in an encounter.

    Each new wording is a new version, so that an old one put back does not open.
    """
    encounter.version = (encounter.version or 0) + 1
    encounter.agreed = seal_for_case(case, f"agreed:{encounter.number}", text, version=encounter.version)


def agreed_of(case: Case, encounter: Encounter) -> str:
    """What was agreed in an encounter, or ""."""
    if encounter.agreed is None:
        return ""
    return words_to_show(case, f"agreed:{encounter.number}", encounter.agreed, version=encounter.version)


def set_reason(case: Case, obligation: Obligation, reason: dict[str, Any]) -> None:
    """Say why something was promised, as ids."""
    obligation.reason = seal_for_case(case, f"obligation:{obligation.id}", json.dumps(reason))


def reason_of(case: Case, obligation: Obligation) -> dict[str, Any]:
    """Why something was promised."""
    if obligation.reason is None:
        return {}
    found = words_or_none(case, f"obligation:{obligation.id}", obligation.reason)
    reason: dict[str, Any] = json.loads(found) if found is not None else {}
    return reason
