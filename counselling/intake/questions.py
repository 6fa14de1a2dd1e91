"""What a student is asked before the first session, in our own words. Every question may stay empty.

It is a beginning of a talk and no test: nothing is added up, and no answer decides whether somebody is
helped.
"""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from counselling.intake.fields import Field

WORST = 10  # the highest mark for how bad it is


class Area(StrEnum):
    """What it is about."""

    ROMANCE = "romance"
    FAMILY = "family"
    FRIENDS = "friends"
    SETTLING_IN = "settling_in"
    STUDIES = "studies"
    WORK = "work"
    MONEY = "money"
    BULLIED = "bullied"
    BODY = "body"
    SELF = "self"
    SOMEBODY_ELSE = "somebody_else"
    SOMETHING_ELSE = "something_else"


class BulliedWhere(StrEnum):
    """Where somebody is bullied, in general."""

    CAMPUS = "campus"
    HOUSING = "housing"
    ONLINE = "online"
    WORK = "work"
    HOME = "home"
    ELSEWHERE = "elsewhere"


class BulliedBy(StrEnum):
    """By whom, in general: never a name."""

    STUDENTS = "students"
    TEACHERS = "teachers"
    STAFF = "staff"
    PARTNER = "partner"
    FAMILY = "family"
    STRANGERS = "strangers"
    OTHERS = "others"


class Ongoing(StrEnum):
    """Whether it still goes on."""

    YES = "yes"
    SOMETIMES = "sometimes"
    NO = "no"


class Safe(StrEnum):
    """Whether somebody feels safe today."""

    YES = "yes"
    NOT_SURE = "not_sure"
    NO = "no"


class Way(StrEnum):
    """How somebody would rather talk."""

    LETTERS = "letters"
    LIVE = "live"


AREA_NAMES = {
    Area.ROMANCE: _l("Love, or the end of it"),
    Area.FAMILY: _l("My family"),
    Area.FRIENDS: _l("Friends, or being alone"),
    Area.SETTLING_IN: _l("Settling in: a new town, country or language"),
    Area.STUDIES: _l("My studies"),
    Area.WORK: _l("Work, and what comes after"),
    Area.MONEY: _l("Money"),
    Area.BULLIED: _l("Somebody bullies or harasses me"),
    Area.BODY: _l("My body and my health"),
    Area.SELF: _l("How I feel about myself"),
    Area.SOMEBODY_ELSE: _l("I worry about somebody else"),
    Area.SOMETHING_ELSE: _l("Something else"),
}
WHERE_NAMES = {
    BulliedWhere.CAMPUS: _l("At the university"),
    BulliedWhere.HOUSING: _l("Where I live"),
    BulliedWhere.ONLINE: _l("Online or by phone"),
    BulliedWhere.WORK: _l("At work or in a placement"),
    BulliedWhere.HOME: _l("At home, with my family"),
    BulliedWhere.ELSEWHERE: _l("Somewhere else"),
}
BY_NAMES = {
    BulliedBy.STUDENTS: _l("Other students"),
    BulliedBy.TEACHERS: _l("Somebody who teaches"),
    BulliedBy.STAFF: _l("Somebody else who works here"),
    BulliedBy.PARTNER: _l("A partner, or somebody who was one"),
    BulliedBy.FAMILY: _l("Somebody of my family"),
    BulliedBy.STRANGERS: _l("People I do not know"),
    BulliedBy.OTHERS: _l("Somebody else"),
}
ONGOING_NAMES = {
    Ongoing.YES: _l("Yes"),
    Ongoing.SOMETIMES: _l("Now and then"),
    Ongoing.NO: _l("No, it has stopped"),
}
SAFE_NAMES = {
    Safe.YES: _l("Yes"),
    Safe.NOT_SURE: _l("I am not sure"),
    Safe.NO: _l("No"),
}
WAY_NAMES = {
    Way.LETTERS: _l("Letters: each of us writes when there is time"),
    Way.LIVE: _l("A live chat at an agreed time"),
}
LANGUAGE_NAMES = {"en": "English", "el": "Ελληνικά", "id": "Bahasa Indonesia"}

# The words of each question, by the name of its field, in the order in which they are asked.
QUESTIONS: dict[str, Any] = {
    "areas": _l("What is it about?"),
    "bullied_where": _l("Where does it happen?"),
    "bullied_by": _l("Who does it, in general?"),
    "bullied_now": _l("Does it still go on?"),
    "safe_today": _l("Are you safe today?"),
    "distress": _l("How bad is it now?"),
    "hope": _l("What do you hope a counsellor can do?"),
    "tried": _l("What have you tried?"),
    "helps": _l("What helps a little?"),
    "language": _l("In which language would you like to talk?"),
    "way": _l("How would you like to talk?"),
    "free_when": _l("When do you have time?"),
}

# In which field a professional should be at home, for each area. What has none is open to all of them.
FIELDS_OF: dict[Area, tuple[Field, ...]] = {
    Area.ROMANCE: (Field.RELATIONSHIPS,),
    Area.FAMILY: (Field.FAMILY,),
    Area.FRIENDS: (Field.RELATIONSHIPS,),
    Area.SETTLING_IN: (Field.SETTLING_IN,),
    Area.STUDIES: (Field.STUDY,),
    Area.WORK: (Field.CAREER,),
    Area.MONEY: (Field.MONEY,),
    Area.BULLIED: (Field.BULLYING,),
    Area.BODY: (Field.HEALTH,),
    Area.SELF: (Field.SELF,),
}
