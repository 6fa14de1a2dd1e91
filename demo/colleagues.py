"""The counsellors of the demo among themselves: what each is trained for, who is away, who helps whom."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from counselling.appointments.models import Meeting
from counselling.appointments.slots import Offer, publish_slots
from counselling.handing.handovers import offer_case
from counselling.handing.members import invite, join_case
from counselling.handing.purposes import Purpose, state_purpose
from counselling.handing.supervising import USUAL_DAYS, ask_supervisor
from counselling.intake.fields import Field
from counselling.models import MemberPart
from counselling.professionals.away import look_after, set_away
from counselling.professionals.profiles import set_profile
from counselling.record.canned import add_canned_text
from demo.cast import Cast, Doing, Event, Facts, read_content
from demo.conversing import case_of


def colleague_events(cast: Cast) -> Iterator[Event]:
    """What is known of the professionals before any case, and who goes away."""
    content = read_content("professionals.toml")
    for profile in content["profile"]:
        yield cast.moment(profile), lambda at, one=profile: _profile(cast, one, at)  # type: ignore[misc]
    for text in content["canned"]:
        yield cast.moment(text), lambda at, one=text: _canned(cast, one, at)  # type: ignore[misc]
    for slot in content["slot"]:
        yield cast.moment(slot), lambda at, one=slot: _slot(cast, one, at)  # type: ignore[misc]
    for away in content["away"]:
        yield cast.moment(away), lambda at, one=away: _away(cast, one, at)  # type: ignore[misc]


def _profile(cast: Cast, facts: Facts, at: datetime) -> None:
    set_profile(
        cast.member(facts["of"]),
        fields=[Field(one) for one in facts["fields"]],
        languages=facts["languages"],
        most_cases=facts["most_cases"],
        licence_expires_on=(cast.loaded_at + timedelta(days=facts["licence_for_days"])).date(),
        seen="",
        actor=cast.member("tomas"),
        now=at,
    )


def _canned(cast: Cast, facts: Facts, at: datetime) -> None:
    add_canned_text(
        title=facts["title"],
        words=facts["words"].strip(),
        language=facts["lang"],
        is_team_s=facts["is_team_s"],
        actor=cast.member(facts["by"]),
        now=at,
    )


def _slot(cast: Cast, facts: Facts, at: datetime) -> None:
    starts, meeting = cast.ahead(facts), Meeting(facts["meeting"])
    offer = Offer(starts, facts["minutes"], meeting, facts.get("place", ""))
    publish_slots(offer, staff=cast.member(facts["by"]), now=at)


def _away(cast: Cast, facts: Facts, at: datetime) -> None:
    """From the day before the loading, so that the clock of no reader matters."""
    person = cast.member(facts["by"])
    set_away(
        person,
        first=(cast.loaded_at - timedelta(days=facts["since_days"])).date(),
        last=(cast.loaded_at + timedelta(days=facts["for_days"])).date(),
        cover=cast.member(facts["cover"]),
        reply=facts["reply"].strip(),
        actor=person,
        now=at,
    )


def _offer(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    offer_case(
        case_of(cast, key),
        colleague=cast.member(step["to"]),
        note=step["body"].strip(),
        actor=cast.member(step["by"]),
        now=at,
    )


def _invite(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    invite(case_of(cast, key), colleague=cast.member(step["to"]), actor=cast.member(step["by"]), now=at)


def _join(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    """A second comes in, and says why before the first reading."""
    case, person = case_of(cast, key), cast.member(step["by"])
    join_case(case, staff=person, part=MemberPart.SECOND, until=None, actor=person, now=at)
    state_purpose(case, Purpose(step["purpose"]), step["words"], reader=person, now=at)


def _supervise(cast: Cast, key: str, step: Facts, at: datetime) -> None:
    ask_supervisor(
        case_of(cast, key),
        supervisor=cast.member(step["to"]),
        numbers=step["letters"],
        question=step["body"].strip(),
        consent=step["consent"],
        days=USUAL_DAYS,
        actor=cast.member(step["by"]),
        now=at,
    )


def _cover(cast: Cast, key: str, _step: Facts, at: datetime) -> None:
    """What the worker does of itself when the absence of an owner has begun."""
    look_after(case_of(cast, key), now=at)


STEPS: dict[str, Doing] = {
    "cover": _cover,
    "invite": _invite,
    "join": _join,
    "offer": _offer,
    "supervise": _supervise,
}
