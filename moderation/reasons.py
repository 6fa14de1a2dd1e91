"""The reasons a moderator may give, from a list, in words that thank first and blame nobody.

Each points to the passage of the house rules.
"""

from flask_babel import lazy_gettext as _l

REASONS = {
    "names_someone": _l("It names or describes somebody who could be recognised."),
    "names_self": _l("It says who you are: a name, an address, a number, an account."),
    "hurts_someone": _l("Some words could hurt another person here."),
    "too_much_detail": _l(
        "It describes in detail how somebody hurt themselves. That can put readers at risk."
    ),
    "needs_warning": _l("It needs a warning, so that readers can choose."),
    "off_topic": _l("It is about something that this place cannot help with."),
    "advert": _l("It advertises something."),
    "unclear": _l("We are not sure what you mean and would like to understand."),
    "other": _l("Something else: see the words below."),
}
