"""Tickets on paper: one HTML page that staff open from their disk and print, with a dashed line to cut along.

It is a file and no page of the service, so it carries its own styles, and nothing in it leads anywhere. Each
ticket speaks all three languages: whoever hands it out need not ask which.
"""

from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from accounts.ticketcodes import readable_ticket
from core.settings import LANGUAGES, Settings, is_loopback
from core.site import site_of
from core.web import host_name, settings_of

STYLES = "tickets.css"


def ticket_sheets(codes: Sequence[str]) -> str:
    """The page, with as many tickets on a sheet of paper as fit."""
    settings = settings_of(current_app)
    styles = (Path(current_app.root_path) / "static" / STYLES).read_text(encoding="utf-8")
    # Not by way of a page's context: there is no reader here whose language or session it could ask for.
    return current_app.jinja_env.get_template("accounts/print_tickets.html").render(
        codes=[readable_ticket(code) for code in codes],
        name=site_of(settings).name,
        address=address_to_join(settings),
        words=[_words_in(language) for language in LANGUAGES],
        styles=Markup("<style>{}</style>").format(Markup(styles)),  # a file of ours, and nothing typed
    )


def address_to_join(settings: Settings) -> str:
    """Where a ticket is typed, as it is printed: the first name of ours that other machines know."""
    names = [name for name in settings.hosts if not is_loopback(host_name(name))]
    return f"{(names or settings.hosts)[0]}/join"


def _words_in(language: str) -> dict[str, str]:
    """What a ticket says, in one language. It names no topic: a ticket may be found in a pocket."""
    with force_locale(language):
        return {
            "lang": language,
            "title": _("Lets one person in, once"),
            "how": _("Open the address and type these ten letters and digits. Capitals do not matter."),
            "who": _("We cannot see who has this slip. Give it to nobody: it works once."),
        }
