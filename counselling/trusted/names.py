"""What is sealed about a trusted person: what the student calls them, the token of their link, and why the
professional said no.
"""

from collections.abc import Iterable

from counselling.models import Case
from counselling.sealing import seal_for_case, words_or_none, words_to_show
from counselling.trusted import queries
from counselling.trusted.models import TrustedPerson


def set_name(case: Case, person: TrustedPerson, name: str) -> None:
    """What everybody in the talk reads."""
    person.name = seal_for_case(case, _place(person, "name"), name)


def name_of(case: Case, person: TrustedPerson) -> str:
    """The same to read."""
    return words_to_show(case, _place(person, "name"), person.name) if person.name is not None else ""


def names_of(case: Case, trusted_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these persons who belong to the case."""
    wanted = set(trusted_ids)
    if not wanted:
        return {}
    return {one.id: name_of(case, one) for one in queries.persons_of_case(case.id) if one.id in wanted}


def set_link(case: Case, person: TrustedPerson, token: str) -> None:
    """Keep the token, for the student to pass on."""
    person.link = seal_for_case(case, _place(person, "link"), token)


def link_of(case: Case, person: TrustedPerson) -> str:
    """The token until it was used, or ""."""
    if person.link is None:
        return ""
    return words_or_none(case, _place(person, "link"), person.link) or ""


def set_reason(case: Case, person: TrustedPerson, reason: str) -> None:
    """Why the professional said no, for the student; nothing where they wrote nothing."""
    person.reason = seal_for_case(case, _place(person, "reason"), reason) if reason else None


def reason_of(case: Case, person: TrustedPerson) -> str:
    """The same to read, or ""."""
    if person.reason is None:
        return ""
    return words_to_show(case, _place(person, "reason"), person.reason)


def _place(person: TrustedPerson, what: str) -> str:
    return f"trusted:{person.id}:{what}"
