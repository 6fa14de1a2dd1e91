"""What helps to find the right professional for a case: fields, a language, letters or a live chat.

It is sealed with the key of the case like everything else that a student told, and holds no word of theirs.
For a case that came from the forum it is what the topic and the language of the text say.
"""

import json
from collections.abc import Iterable
from typing import TypedDict

from counselling.intake.fields import Field
from counselling.models import Case
from counselling.sealing import seal_for_case, words_or_none
from forum.models import Post

# The topics that Stoa brings. One that a coordinator added says nothing, and is open to every professional.
FIELDS_OF_TOPIC: dict[str, tuple[Field, ...]] = {
    "romantic-relationships": (Field.RELATIONSHIPS,),
    "family-relationships": (Field.FAMILY,),
    "social-relationships": (Field.RELATIONSHIPS,),
    "adjustment-difficulties": (Field.SETTLING_IN,),
    "academic-difficulties": (Field.STUDY,),
    "bullying-and-harassment": (Field.BULLYING,),
    "career-and-work": (Field.CAREER,),
    "health-and-self": (Field.HEALTH, Field.SELF),
}


class Wants(TypedDict):
    """What a student looks for in a professional; what is empty is open."""

    fields: list[str]
    language: str
    way: str


def wanting(*, fields: Iterable[Field] = (), language: str = "", way: str = "") -> Wants:
    """Put wishes together, each field once and in a fixed order."""
    wanted = set(fields)
    return {"fields": [one.value for one in Field if one in wanted], "language": language, "way": way}


def set_wants(case: Case, wants: Wants) -> None:
    """Note what helps to find the right professional."""
    case.wants = seal_for_case(case, "wants", json.dumps(wants))


def wants_of(case: Case) -> Wants:
    """What helps to find the right professional; everything open when nothing was noted or the case is
    destroyed.
    """
    if case.wants is None or case.wrapped_key is None:
        return wanting()
    found = words_or_none(case, "wants", case.wants)
    noted: Wants = json.loads(found) if found is not None else wanting()
    return noted


def wants_of_text(post: Post) -> Wants:
    """What a text of the forum says about the professional that its author needs."""
    fields = FIELDS_OF_TOPIC.get(post.thread.category.slug, ())
    return wanting(fields=fields, language=post.language)
