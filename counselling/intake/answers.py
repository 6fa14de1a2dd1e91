"""What a student tells at the beginning of a case, sealed with its key.

Each saving is a new version of the whole, and the version is sealed in: an older text that is put back does
not open.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from core.db import db
from counselling.intake.models import Intake
from counselling.intake.queries import intake
from counselling.intake.questions import FIELDS_OF, Area
from counselling.intake.wants import Wants, set_wants, wanting, wants_of
from counselling.models import Case
from counselling.sealing import seal_for_case, words_or_none, words_to_show

HOPE, REST = "hope", "intake"  # the places of the two ciphertexts


@dataclass(frozen=True)
class Answers:
    """What was answered; every part may be empty. `distress` is "" or "0" to "10"."""

    areas: tuple[str, ...] = ()
    bullied_where: tuple[str, ...] = ()
    bullied_by: tuple[str, ...] = ()
    bullied_now: str = ""
    safe_today: str = ""
    distress: str = ""
    hope: str = ""
    tried: str = ""
    helps: str = ""
    language: str = ""
    way: str = ""
    free_when: str = ""

    @property
    def has_any(self) -> bool:
        """Whether anything was answered."""
        return any(asdict(self).values())

    def wants(self) -> Wants:
        """What these answers say about the professional that is needed."""
        areas = [Area(one) for one in self.areas]
        wanted = [field for area in areas for field in FIELDS_OF.get(area, ())]
        return wanting(fields=wanted, language=self.language, way=self.way)

    def over(self, earlier: "Answers") -> "Answers":
        """These answers, and the earlier ones where these are empty."""
        return replace(earlier, **{name: value for name, value in asdict(self).items() if value})


NAMES = tuple(field.name for field in fields(Answers))
NOTHING = Answers()


@dataclass(frozen=True)
class Told:
    """The answers of a case as they stand: which saving that is, by which page, and when each was changed."""

    answers: Answers = NOTHING
    version: int = 0
    page: str = ""
    changed: Mapping[str, datetime] | None = None
    saved_at: datetime | None = None
    read_at: datetime | None = None

    def news(self) -> set[str]:
        """Which answers were changed since the professional looked; none when nobody has looked yet."""
        if self.read_at is None:
            return set()
        return {name for name, at in (self.changed or {}).items() if at > self.read_at}


def told_of(case: Case) -> Told:
    """What the student told, opened. Nothing when they told nothing, when the case is destroyed, and where it
    cannot be opened: the page to tell it at opens all the same.
    """
    found = intake(case.id)
    if found is None or case.wrapped_key is None:
        return Told()
    kept: dict[str, Any] = {}
    if found.answers is not None:
        kept = json.loads(words_or_none(case, REST, found.answers, version=found.version) or "{}")
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in kept.get("answers", {}).items()
        if name in NAMES
    }
    if found.hope is not None:
        given["hope"] = words_or_none(case, HOPE, found.hope, version=found.version) or ""
    changed = {name: datetime.fromisoformat(at) for name, at in kept.get("changed", {}).items()}
    answers, page = Answers(**given), kept.get("page", "")
    return Told(answers, found.version, page, changed, found.saved_at, found.read_at)


def keep_answers(case: Case, answers: Answers, *, now: datetime, page: str = "") -> Told:
    """Seal the answers as the next version, on a locked case, and note what helps to find the right
    professional. The same answers again make no version.
    """
    before = told_of(case)
    if answers == before.answers:
        return before
    changed = dict(before.changed or {})
    changed |= {name: now for name in NAMES if getattr(answers, name) != getattr(before.answers, name)}
    found = intake(case.id)
    if found is None:
        found = Intake(case_id=case.id, version=0)
        db.session.add(found)
    found.version, found.saved_at = before.version + 1, now
    rest = {name: value for name, value in asdict(answers).items() if value and name != HOPE}
    times = {name: at.astimezone(UTC).isoformat() for name, at in changed.items()}
    kept = json.dumps({"answers": rest, "changed": times, "page": page})
    found.answers = seal_for_case(case, REST, kept, version=found.version)
    found.hope = seal_for_case(case, HOPE, answers.hope, version=found.version) if answers.hope else None
    _note_wants(case, answers, before.answers)
    return Told(answers, found.version, page, changed, now, found.read_at)


def _note_wants(case: Case, answers: Answers, before: Answers) -> None:
    """What is new in the answers counts; what a text of the forum said stays until the student says
    otherwise.
    """
    old, new = before.wants(), answers.wants()
    if new != old:
        noted = wants_of(case)
        set_wants(
            case,
            {
                "fields": new["fields"] if new["fields"] != old["fields"] else noted["fields"],
                "language": new["language"] if new["language"] != old["language"] else noted["language"],
                "way": new["way"] if new["way"] != old["way"] else noted["way"],
            },
        )


def hope_of(case: Case) -> str:
    """What a student hopes for, or ""; a sentence stands for what cannot be opened."""
    found = intake(case.id)
    if found is None or found.hope is None:
        return ""
    return words_to_show(case, HOPE, found.hope, version=found.version)


def has_told(case: Case) -> bool:
    """Whether the student saved something at the beginning. Nothing is opened for it."""
    found = intake(case.id)
    return found is not None and (found.hope is not None or found.answers is not None)


def mark_read(case_id: str, *, now: datetime) -> None:
    """The professional has had the answers before them."""
    found = intake(case_id)
    if found is not None:
        found.read_at = now


def has_news(case: Case) -> bool:
    """Whether the student told something at the beginning that the professional has not opened yet."""
    found = intake(case.id)
    return found is not None and (found.read_at is None or found.saved_at > found.read_at)


def forget_intake(case: Case) -> None:
    """The key of a case is destroyed: what it would have opened goes as well."""
    case.wants = None
    found = intake(case.id)
    if found is not None:
        found.hope = found.answers = None
