"""The video room: an address of the institution's own server, made from a template and a name that nobody can
guess.

It is opened in a window of its own and never inside a page of ours: what the server of the rooms loads, and
whom it asks, is not ours to answer for.
"""

from flask import current_app

from core.web import settings_of
from counselling.appointments.details import Details

PLACE_OF_ROOM = "{room}"


def has_video() -> bool:
    """Whether the institution named a server for video rooms."""
    return bool(settings_of(current_app).video_url_template)


def room_address(about: Details) -> str:
    """Where the room of an appointment is; "" where there is none."""
    template = settings_of(current_app).video_url_template
    return template.replace(PLACE_OF_ROOM, about.room) if template and about.room else ""
