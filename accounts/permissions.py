"""Who may do what: the one table.

A view names the permission it needs (`@requires`), and a test names every view.
"""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is. The last four are staff roles. A returner came with a code that opens one
    conversation, a trusted person by a link that opens one live talk; beside that each is a visitor.
    """

    VISITOR = "visitor"
    STUDENT = "student"
    RETURNER = "returner"
    TRUSTED = "trusted"
    MODERATOR = "moderator"
    PROFESSIONAL = "professional"
    COORDINATOR = "coordinator"
    RESEARCHER = "researcher"


STAFF_ROLES = (Role.MODERATOR, Role.PROFESSIONAL, Role.COORDINATOR, Role.RESEARCHER)


class Permission(StrEnum):
    """What can be asked of Stoa."""

    READ = "read"  # what is published, help, how to leave
    JOIN = "join"  # make or come back to a student's account
    REPORT = "report"  # tell moderators about a post
    APPEAL = "appeal"  # ask for another look at a decision, by its code
    WRITE = "write"  # begin a thread or a reply; a visitor's text is kept until they have joined
    KEEP_OWN = "keep_own"  # one's own texts, and what one keeps: reactions, follows, mutes, drafts
    ASK_COUNSELLOR = "ask_counsellor"  # ask for a counsellor, from one's own account
    TALK = "talk"  # the student's side of a conversation with a counsellor
    ATTEND = "attend"  # one live talk, as somebody whom its student trusts
    SIGN_IN_AS_STAFF = "sign_in_as_staff"
    SIGN_OUT = "sign_out"
    OWN_STAFF_ACCOUNT = "own_staff_account"  # one's own password and rooms
    SEE_QUEUE = "see_queue"  # read what waits, with its thread
    SERVE = "serve"  # one's own shifts and tasks, and what one asks of the team
    DECIDE = "decide"  # claim, decide, escalate
    COUNSEL = "counsel"  # escalations and one's own cases
    OPEN_CONTACT = "open_contact"  # hold a key to sealed contact details; which case, the case decides
    ADMINISTER = "administer"  # categories, policy, hours, texts, staff
    RECORD_TRAINING = "record_training"  # say what training a moderator has; never one's own
    SEE_COUNTS = "see_counts"  # numbers, never people


EVERYBODY = frozenset(
    {
        Permission.READ,
        Permission.REPORT,
        Permission.APPEAL,
        Permission.SIGN_IN_AS_STAFF,
        Permission.SIGN_OUT,
    }
)
STAFF = EVERYBODY | {Permission.OWN_STAFF_ACCOUNT}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VISITOR: EVERYBODY | {Permission.JOIN, Permission.WRITE},
    Role.STUDENT: EVERYBODY
    | {
        Permission.JOIN,
        Permission.WRITE,
        Permission.KEEP_OWN,
        Permission.ASK_COUNSELLOR,
        Permission.TALK,
    },
    Role.RETURNER: EVERYBODY | {Permission.JOIN, Permission.TALK},
    Role.TRUSTED: EVERYBODY | {Permission.JOIN, Permission.WRITE, Permission.ATTEND},
    Role.MODERATOR: STAFF | {Permission.WRITE, Permission.SEE_QUEUE, Permission.SERVE, Permission.DECIDE},
    # A professional reads and decides while they have a duty: moderation asks for that as well.
    Role.PROFESSIONAL: STAFF
    | {
        Permission.WRITE,
        Permission.SERVE,
        Permission.COUNSEL,
        Permission.SEE_QUEUE,
        Permission.DECIDE,
        Permission.RECORD_TRAINING,
        Permission.OPEN_CONTACT,
    },
    Role.COORDINATOR: STAFF
    | {
        Permission.ADMINISTER,
        Permission.SERVE,
        Permission.RECORD_TRAINING,
        Permission.SEE_COUNTS,
        Permission.OPEN_CONTACT,
    },
    Role.RESEARCHER: STAFF,
}

STUDENTS_ONLY = frozenset({Permission.KEEP_OWN, Permission.ASK_COUNSELLOR, Permission.TALK})
STAFF_ROOMS = frozenset(
    {
        Permission.OWN_STAFF_ACCOUNT,
        Permission.SEE_QUEUE,
        Permission.SERVE,
        Permission.DECIDE,
        Permission.COUNSEL,
        Permission.OPEN_CONTACT,
        Permission.ADMINISTER,
        Permission.RECORD_TRAINING,
        Permission.SEE_COUNTS,
    }
)


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody of this role has the permission at all; a training record may ask for more."""
    return permission in GRANTS[role]
