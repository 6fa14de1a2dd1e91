"""Where the staff find what: the rooms of every day, in the bar of each page, and the shelves of the others.

A room is named by its endpoint, as in a template. A test asks that each exists, and that whoever finds it is
let in.
"""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.permissions import Permission, Role, may


@dataclass(frozen=True)
class Place:
    """A room of the staff: its address by name, whom it is open to, what it is called, what is done there."""

    endpoint: str
    permission: Permission
    label: Any
    about: Any = ""


@dataclass(frozen=True)
class Shelf:
    """Rooms that belong together, on the page of all places."""

    title: Any
    places: tuple[Place, ...]


EVERY_DAY = (
    Place("moderation.show_queue", Permission.SEE_QUEUE, _l("Queue")),
    Place("moderation.list_unanswered", Permission.SEE_QUEUE, _l("No reply yet")),
    Place("counselling.show_worklist", Permission.COUNSEL, _l("Cases")),
    Place("counselling.show_appointments", Permission.COUNSEL, _l("Appointments")),
    Place("insight.show_overview", Permission.SEE_COUNTS, _l("Overview")),
    Place("moderation.plan_rota", Permission.ADMINISTER, _l("Rota")),
    Place("moderation.show_team", Permission.SERVE, _l("Tasks")),
    Place("moderation.show_proposals", Permission.SERVE, _l("Proposals")),
    Place("moderation.show_rota", Permission.SERVE, _l("My shifts")),
    Place("counselling.list_openings", Permission.OPEN_CONTACT, _l("Sealed contact")),
)

SHELVES = (
    Shelf(
        _l("About you"),
        (
            Place(
                "counselling.set_own_profile",
                Permission.COUNSEL,
                _l("My profile"),
                _l("Your fields and your languages: what waits is marked for you when it fits."),
            ),
            Place(
                "counselling.show_away",
                Permission.COUNSEL,
                _l("Away"),
                _l("When you are away, who stands in, and what students are told."),
            ),
            Place(
                "accounts.choose_paging",
                Permission.SERVE,
                _l("Where I am paged"),
                _l("The address that wakes you, and a page to try it."),
            ),
            Place(
                "accounts.change_password",
                Permission.OWN_STAFF_ACCOUNT,
                _l("Password"),
                _l("A new one ends your other sessions."),
            ),
        ),
    ),
    Shelf(
        _l("People"),
        (
            Place(
                "accounts.list_staff",
                Permission.ADMINISTER,
                _l("Staff"),
                _l("Who is on the team, in which role, and how somebody joins or leaves."),
            ),
            Place(
                "accounts.list_training",
                Permission.RECORD_TRAINING,
                _l("Training"),
                _l("What each moderator has learned, and what runs out."),
            ),
            Place(
                "counselling.list_professionals",
                Permission.ADMINISTER,
                _l("Professionals"),
                _l("What each is trained for, and until when their licence holds."),
            ),
            Place(
                "counselling.show_away",
                Permission.ADMINISTER,
                _l("Who is away"),
                _l("And who stands in. A coordinator may note it for a professional who cannot."),
            ),
            Place(
                "accounts.set_join_word",
                Permission.ADMINISTER,
                _l("Who may join"),
                _l("The word or the tickets that let a student in."),
            ),
        ),
    ),
    Shelf(
        _l("What students read"),
        (
            Place(
                "forum.list_categories",
                Permission.ADMINISTER,
                _l("Categories"),
                _l("The topics of the forum, and what is read before it appears."),
            ),
            Place(
                "forum.list_help_lines",
                Permission.ADMINISTER,
                _l("Whom to call"),
                _l("The numbers on every page. Check them from time to time."),
            ),
            Place(
                "forum.list_texts",
                Permission.ADMINISTER,
                _l("Texts"),
                _l("The words about crisis help, and the house rules."),
            ),
            Place(
                "counselling.edit_confidentiality",
                Permission.ADMINISTER,
                _l("Confidentiality"),
                _l("Who can read what in a conversation, and the exceptions."),
            ),
            Place(
                "forum.edit_look",
                Permission.ADMINISTER,
                _l("Look"),
                _l("The name of the service, its mark and its colour."),
            ),
        ),
    ),
    Shelf(
        _l("Times and rules"),
        (
            Place(
                "moderation.set_clocks",
                Permission.ADMINISTER,
                _l("Clocks"),
                _l("How long a text may wait, and who is called then."),
            ),
            Place(
                "moderation.set_hours",
                Permission.ADMINISTER,
                _l("Hours"),
                _l("When somebody is here, and on which days nobody is."),
            ),
            Place(
                "moderation.set_student_numbers",
                Permission.ADMINISTER,
                _l("Student numbers"),
                _l("What such a number looks like. Whoever writes one sees it marked before they send."),
            ),
            Place(
                "moderation.list_reasons",
                Permission.ADMINISTER,
                _l("Reasons"),
                _l("What moderators choose from when a text cannot stay as it is."),
            ),
        ),
    ),
)

# The rooms that are on a shelf, by their endpoints.
SHELVED = frozenset(place.endpoint for shelf in SHELVES for place in shelf.places)


def places_of_every_day(role: Role) -> list[Place]:
    """The rooms in the bar of every page, for this role."""
    return [place for place in EVERY_DAY if may(role, place.permission)]


def shelves_of(role: Role) -> list[Shelf]:
    """What is not in the bar: each shelf with the rooms of this role, none empty."""
    shelves = (
        replace(shelf, places=tuple(place for place in shelf.places if may(role, place.permission)))
        for shelf in SHELVES
    )
    return [shelf for shelf in shelves if shelf.places]
