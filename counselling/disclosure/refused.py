"""What an opening may be answered with instead."""

from flask_babel import gettext as _

from core.refusals import Refusal


class NothingToOpen(Refusal):
    """The student left nothing, took it back, or left it for a key that nobody has any more."""

    @property
    def sentence(self) -> str:
        return _("There are no contact details that could be opened.")


class ContactChanged(Refusal):
    """The student left something else, or took it back, since the opening was asked for."""

    @property
    def sentence(self) -> str:
        return _("The student has changed or taken back what they left. Look at the case, and ask anew.")


class SamePerson(Refusal):
    """Two people must agree, and this is one."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("You asked for this yourself. Another person has to agree.")


class StaleApproval(Refusal):
    """The half hour is over."""

    @property
    def sentence(self) -> str:
        return _(
            "The coordinator agreed more than 30 minutes ago, and this is over. If you need it, ask anew."
        )


class StaleQuestion(Refusal):
    """Nobody answered for so long that the reason may no longer hold."""

    @property
    def sentence(self) -> str:
        return _("This was asked too long ago. Whoever asked has to ask anew, with today's reason.")


class NoPartAnyMore(Refusal):
    """Since they asked, this person left the case, or is no longer on call."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("You have no part in this case any more. Whoever has it now has to ask.")


class NotForOne(Refusal):
    """The student did not allow that one person opens it, or this person is not on call."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("This cannot be opened by one person. Ask a coordinator to open it with you.")


class LogNotWritten(Refusal):
    """Without a line in the log nothing is opened."""

    status = 503

    @property
    def sentence(self) -> str:
        return _(
            "The log cannot be written at the moment, so nothing was opened and nothing was used up. Please "
            "try again, and tell whoever runs this service."
        )


class AlreadyShown(Refusal):
    """The same form was sent twice: a double click, or the page of the answer loaded again."""

    @property
    def sentence(self) -> str:
        return _("This was shown already, one time. If you need it again, give a new reason.")


class SecondRole(Refusal):
    """A coordinator wants to begin what a professional begins."""

    status = 403

    @property
    def sentence(self) -> str:
        return _("Two roles are needed, and yours is the second. A professional has to ask you.")
