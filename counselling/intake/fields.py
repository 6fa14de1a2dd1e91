"""The fields in which professionals are trained, and in which students look for one."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l


class Field(StrEnum):
    """What a professional knows about, and what a student wants to talk about."""

    CAREER = "career"
    STUDY = "study"
    HEALTH = "health"
    LAW = "law"
    MONEY = "money"
    RELATIONSHIPS = "relationships"
    FAMILY = "family"
    BULLYING = "bullying"
    SETTLING_IN = "settling_in"
    SELF = "self"


FIELD_NAMES = {
    Field.CAREER: _l("Career and work"),
    Field.STUDY: _l("Studies"),
    Field.HEALTH: _l("Body and health"),
    Field.LAW: _l("Law and rights"),
    Field.MONEY: _l("Money"),
    Field.RELATIONSHIPS: _l("Love and friendships"),
    Field.FAMILY: _l("Family"),
    Field.BULLYING: _l("Bullying and harassment"),
    Field.SETTLING_IN: _l("Migration and settling in"),
    Field.SELF: _l("Oneself"),
}
