"""The list of all pages: who opens them, where they are, and the states in which they look different.

An address may name something of the stage in braces (`tests/browser/stage.py`). Pages that only a form leads
to have `acts`: what is filled in and pressed. `test_every_page.py` fails when an endpoint that shows a page,
or a role that it lets in, is missing here.
"""

from dataclasses import dataclass, field, replace

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from tests.browser.site import ROLES

PRIMARY = "main form button.primary"
DECISION = 'main form[action$="/decision"]'


@dataclass(frozen=True)
class Act:
    """Fill something in and press a button, as a person without script would."""

    press: str = PRIMARY
    fill: dict[str, str] = field(default_factory=dict)
    check: tuple[str, ...] = ()
    # Hidden fields and a form's address, turned to what an old or broken page would send.
    stale: dict[str, str] = field(default_factory=dict)
    action: str = ""
    # What appears in the same page instead of a new one, where script is on.
    appears: str = ""


@dataclass(frozen=True)
class Page:
    """One page in one state."""

    name: str
    address: str
    who: tuple[str, ...] = ()
    status: int = 200
    acts: tuple[Act, ...] = ()
    # What is opened before, for the cookie that it sets.
    first: str = ""
    # A failure that no address brings about: the application's own page for it is shown instead.
    failure: int = 0


def opened_by(who: tuple[str, ...], *pages: Page) -> tuple[Page, ...]:
    """Pages that all of these people look at, but for those that name their own."""
    return tuple(page if page.who else replace(page, who=who) for page in pages)


EMPTY = Act()
OWN = ("student",)
STAFF = ("moderator", "professional", "coordinator", "researcher")

READERS_PAGES = opened_by(
    ROLES,
    Page("home", "/"),
    Page("welcome", "/welcome"),
    Page("start", "/start"),
    Page(
        "start, chosen",
        "/start",
        ("visitor", "student"),
        acts=(Act(check=("[name=a]", '[name=w][value="1"]')),),
    ),
    Page(
        "start, to a counsellor",
        "/start",
        ("visitor",),
        acts=(Act(check=("[name=a]", '[name=w][value="3"]')),),
    ),
    Page("worried", "/worried"),
    Page("topic", "/c/{topic}"),
    Page("topic without threads", "/c/{empty_topic}", ("visitor", "student")),
    Page("topic that is closed", "/c/{closed_topic}", ("visitor", "student")),
    Page("thread", "/t/{thread}"),
    Page("thread without answers", "/t/{bare_thread}", ("visitor", "student", "moderator")),
    Page("post", "/p/{friend_post}"),
    Page("threads that nobody has answered", "/unanswered"),
    Page("search", "/search?q=evening"),
    Page("search without a word", "/search", ("visitor",)),
    Page("search that finds nothing", "/search?q=zeppelin", ("visitor",)),
    Page("help", "/help"),
    Page("privacy", "/privacy"),
    Page("rules", "/rules"),
    Page("reading", "/reading"),
    Page("reading, chosen", "/reading", ("visitor",), first="/reading/choose?t9=x&t7=o"),
    Page("thread out of sight", "/t/{thread}", ("visitor",), first="/reading/choose?t9=x&t7=x"),
    Page("topic with threads out of sight", "/c/{topic}", ("visitor",), first="/reading/choose?t9=x"),
    Page("thread followed, muted and stood by", "/t/{thread}", ("keeper",)),
    Page("styleguide", "/styleguide"),
    Page("report", "/p/{friend_post}/report"),
    Page("report, not filled in", "/p/{friend_post}/report", ("visitor",), 422, (EMPTY,)),
    Page(
        "report, sent",
        "/p/{reported_post}/report",
        ("visitor",),
        acts=(Act(check=('[name="reason"][value="other"]',)),),
    ),
    Page("promises", "/promises"),
    Page("report's code", "/report/status"),
    Page(
        "report's code, wrong", "/report/status", ("visitor",), 422, (Act(fill={"[name=code]": "aaaa-aaaa"}),)
    ),
    Page(
        "report's state", "/report/status", ("visitor",), acts=(Act(fill={"[name=code]": "{report_code}"}),)
    ),
    Page(
        "report's state, taken back",
        "/report/status",
        ("visitor",),
        acts=(Act(fill={"[name=code]": "{withdrawn_report_code}"}),),
    ),
    Page("appeal", "/appeal"),
    Page(
        "appeal, wrong code",
        "/appeal",
        ("visitor",),
        422,
        (Act(fill={"[name=code]": "aaaa-aaaa-aaaa-aaaa"}),),
    ),
    Page("appeal, code known", "/appeal", ("visitor",), acts=(Act(fill={"[name=code]": "{appeal_code}"}),)),
    Page(
        "appeal, sent",
        "/appeal",
        ("visitor", "student"),
        acts=(Act(fill={"[name=code]": "{appeal_code}", "[name=body]": "It was a joke about soup."}),),
    ),
    Page("sign-in of staff", "/staff/login"),
    Page("sign-in of staff, not filled in", "/staff/login", ("visitor",), 422, (EMPTY,)),
    Page(
        "sign-in of staff, code",
        "/staff/login",
        ("visitor",),
        acts=(Act(fill={"[name=username]": "ratna", "[name=password]": "{password}"}),),
    ),
)

WAYS_IN = opened_by(
    ("visitor", "student"),
    Page("join", "/join"),
    Page("join, six words", "/join", ("visitor",), acts=(EMPTY,)),
    Page("join, words not typed", "/join", ("visitor",), 422, (EMPTY, EMPTY)),
    Page("come back", "/return"),
    Page(
        "come back, wrong words",
        "/return",
        ("visitor",),
        422,
        (Act(fill={"[name=passphrase]": "one two three four five six"}),),
    ),
    Page("join, led back", "/join/words"),
    Page("come back, led here", "/me", ("visitor",)),
)

WRITING = opened_by(
    OWN,
    Page("new thread", "/c/{topic}/new", ("visitor", "student")),
    Page("new thread, not for staff", "/c/{topic}/new", ("moderator", "professional"), 403),
    Page("new thread, not filled in", "/c/{topic}/new", ("visitor", "student"), 422, (EMPTY,)),
    Page(
        "new thread, seen before sending",
        "/c/{topic}/new",
        OWN,
        acts=(
            Act(
                'main button[name="preview"]',
                {"[name=title]": "A title", "[name=body]": "A *text*.\n\n- with\n- a list"},
                appears=".preview .words, .preview p",
            ),
        ),
    ),
    Page("reply", "/t/{thread}/reply", ("visitor", "student", "moderator", "professional")),
    Page("reply, not filled in", "/t/{thread}/reply", OWN, 422, (EMPTY,)),
    Page("edit", "/p/{post}/edit", OWN),
    Page("edit of a returned text", "/p/{returned_post}/edit", OWN),
    Page("note from the team", "/p/{returned_post}/note", OWN),
    Page("note from the team, answer empty", "/p/{returned_post}/note", OWN, 422, (EMPTY,)),
    Page("edit, emptied", "/p/{post}/edit", OWN, 422, (Act(fill={"[name=body]": ""}),)),
    Page("own thread that is held", "/t/{held_thread}", OWN),
    Page("own thread that is late", "/t/{late_thread}", OWN),
    Page("own thread that came back", "/t/{returned_thread}", OWN),
    Page("own thread that was removed", "/t/{removed_thread}", OWN),
    Page("own thread that was withdrawn", "/t/{withdrawn_thread}", OWN, 404),
    Page("own page", "/me", OWN),
    Page("own page without texts", "/me", ("newcomer",)),
    Page("own page with a draft and a thread that is followed", "/me", ("keeper",)),
    Page("new thread from a draft", "/c/{topic}/new", ("keeper",)),
    Page(
        "new thread, that may show who somebody is",
        "/c/{topic}/new",
        OWN,
        422,
        (Act(fill={"[name=title]": "A title", "[name=body]": "Write to me at anna@example.org please."}),),
    ),
    Page("disappear", "/me/delete", OWN),
    Page("disappear, not filled in", "/me/delete", OWN, 422, (Act("main form button:not(.quiet)"),)),
)

COUNSEL = opened_by(
    OWN,
    Page("counsel", "/counsel", ROLES),
    Page("counsel without a case", "/counsel", ("newcomer",)),
    Page("counsel, case closed", "/counsel", ("closed",)),
    Page("counsel, asked and not answered", "/counsel", ("asker",)),
    Page("conversation", "/counsel/{own_case}", OWN),
    Page(
        "conversation, not filled in",
        "/counsel/{own_case}",
        OWN,
        422,
        (Act('main form[action$="/messages"] button.primary'),),
    ),
    Page("did I get you right, answer", "/counsel/{own_case}/check", OWN),
    Page("how it was", "/counsel/{own_case}/rating", OWN),
    Page("how it is before the first", "/counsel/{asked_case}/rating", ("asker",)),
    Page("shared with the student", "/counsel/{own_case}/shared", OWN),
    Page("nothing shared", "/counsel/{asked_case}/shared", ("asker",)),
    Page("plan", "/counsel/{own_case}/plan", OWN),
    Page("no plan", "/counsel/{asked_case}/plan", ("asker",)),
    Page(
        "plan, line not filled in",
        "/counsel/{own_case}/plan",
        OWN,
        422,
        (Act('main form[action$="/plan"] button.primary'),),
    ),
    Page("before you go", "/counsel/stay", OWN),
    Page(
        "before you go, no number",
        "/counsel/stay",
        OWN,
        422,
        (Act(check=('[name="way"][value="call_back"]',)),),
    ),
    Page("reaching you", "/counsel/{own_case}/reach", OWN),
    Page("reaching you, with a code", "/counsel/{own_case}/reach", ("returner",)),
    Page("conversation, with a code", "/counsel/{own_case}", ("returner",)),
    Page(
        "reaching you, no address",
        "/counsel/{own_case}/reach",
        OWN,
        422,
        (Act(fill={"[name=number]": "call me"}),),
    ),
    Page(
        "your code",
        "/counsel/{own_case}/reach",
        OWN,
        acts=(Act('main form[action$="/code"] button'),),
    ),
    Page("appointments, times to choose", "/counsel/{own_case}/appointments", OWN),
    Page("appointments, nothing chosen", "/counsel/{own_case}/appointments", OWN, 422, (EMPTY,)),
    Page("appointments, booked", "/counsel/{watched_case}/appointments", ("watched",)),
    Page("conversation, an appointment is booked", "/counsel/{watched_case}", ("watched",)),
    Page("own texts, an appointment is booked", "/me", ("watched",)),
    Page("appointments, nobody has it yet", "/counsel/{asked_case}/appointments", ("asker",)),
    Page("appointments, closed", "/counsel/{closed_case}/appointments", ("closed",)),
    Page("ending", "/counsel/{own_case}/end", OWN),
    Page(
        "ending, not sure",
        "/counsel/{own_case}/end",
        OWN,
        422,
        (Act('main form[action$="/destroy"] button'),),
    ),
    Page("back with a code", "/counsel/return", ("visitor", "student")),
    Page("back with a code, wrong", "/counsel/return", ("visitor",), 422, (Act(fill={"[name=code]": "ab"}),)),
    Page("talk live", "/counsel/{own_case}/live"),
    Page("talk live, in line", "/counsel/{waiting_talk}/live", ("waiter",)),
    Page("talk live, invited", "/counsel/{invited_talk}/live", ("invited",)),
    Page("talk live, going on", "/counsel/{open_talk}/live", ("talker",)),
    Page("talk live, writing", "/counsel/{open_talk}/live?write=1", ("talker",)),
    Page("talk live, is over", "/counsel/{ended_talk}/live", ("over",)),
    Page("whom the student brings", "/counsel/{open_talk}/live/people", ("talker",)),
    Page("whom the student brings, no talk", "/counsel/{own_case}/live/people"),
    Page("whom the student brings, in line", "/counsel/{waiting_talk}/live/people", ("waiter",)),
    Page(
        "whom the student brings, not filled in",
        "/counsel/{waiting_talk}/live/people",
        ("waiter",),
        422,
        (Act('main form[action$="/people"] button.primary'),),
    ),
    Page("an invitation to a talk", "/counsel/join/{talk_link}", ("visitor", "student", "trusted")),
    Page("an invitation that opens nothing", "/counsel/join/" + "0" * 28, ("visitor",), 404),
    Page("joined talk", "/counsel/joined", ("trusted",)),
    Page("joined talk, writing", "/counsel/joined?write=1", ("trusted",)),
    Page("the talk is over", "/counsel/joined/over", (*ROLES, "trusted")),
    Page("try your line", "/counsel/{own_case}/connection"),
    Page("try your line, without script", "/counsel/{own_case}/connection?time=now"),
    Page("conversation with a talk in it", "/counsel/{ended_talk}", ("over",)),
    Page("request", "/counsel/request", ("student", "newcomer")),
    Page("about you", "/counsel/{own_case}/intake"),
    Page("confidentiality", "/counsel/confidentiality", ROLES),
    Page("request, the page about confidentiality was read", "/counsel/request?read=1", ("newcomer",)),
    Page("who has it", "/counsel/{own_case}/card"),
    Page("who has it, nobody yet", "/counsel/{asked_case}/card", ("asker",)),
    Page("about you, nothing told", "/counsel/{asked_case}/intake", ("asker",)),
    Page("request, not filled in", "/counsel/request", ("newcomer",), 422, (EMPTY,)),
)

MODERATION = opened_by(
    ("moderator",),
    Page("queue", "/moderation/queue", ("moderator", "professional")),
    Page("queue, with a training record", "/moderation/queue", ("learner", "untrained", "colleague")),
    Page("item, decision waits for a senior", "/moderation/items/{learner_item}", ("moderator", "learner")),
    Page("unanswered", "/moderation/unanswered", ("moderator", "professional")),
    Page("item", "/moderation/items/{waiting_item}", ("moderator", "professional")),
    Page("item, urgent", "/moderation/items/{urgent_item}"),
    Page("item, mine", "/moderation/items/{mine_item}"),
    Page("item, in a colleague's hands", "/moderation/items/{taken_item}"),
    Page("item, reported", "/moderation/items/{reported_item}"),
    Page("item, escalated", "/moderation/items/{escalated_item}"),
    Page("item, escalation waits", "/moderation/items/{on_hold_item}"),
    Page("item, escalation declined", "/moderation/items/{declined_item}"),
    Page("item, withdrawn", "/moderation/items/{withdrawn_item}"),
    Page("item, two wordings", "/moderation/items/{edited_item}"),
    Page("item, decided", "/moderation/items/{decided_item}"),
    Page("item, sent back", "/moderation/items/{returned_item}"),
    Page("note with an author", "/moderation/items/{returned_item}/note", ("moderator", "professional")),
    Page(
        "words to mask, not filled in",
        "/moderation/items/{reported_item}",
        ("moderator",),
        422,
        (Act('main form[action$="/mask"] button'),),
    ),
    Page(
        "words to redact, not filled in",
        "/moderation/items/{reported_item}",
        ("moderator",),
        422,
        (Act('main form[action$="/redact"] button'),),
    ),
    Page(
        "note with an author, empty", "/moderation/items/{returned_item}/note", ("moderator",), 422, (EMPTY,)
    ),
    Page(
        "item, not filled in",
        "/moderation/items/{mine_item}",
        ("moderator",),
        422,
        (Act(f"{DECISION} button.primary"),),
    ),
    Page(
        "item, escalation not filled in",
        "/moderation/items/{mine_item}",
        ("moderator",),
        422,
        (
            Act(
                f"{DECISION} button.primary",
                check=("[name=conduct][value=publish]", "[name=risk][value=escalate]"),
            ),
        ),
    ),
    Page(
        "item, taken by another",
        "/moderation/items/{waiting_item}",
        ("moderator",),
        409,
        (Act('main form[action$="/claim"] button', action="/moderation/items/{taken_item}/claim"),),
    ),
    Page(
        "item, decided by another",
        "/moderation/items/{mine_item}",
        ("moderator",),
        409,
        (
            Act(
                f"{DECISION} button.primary",
                check=("[name=conduct][value=publish]", "[name=risk][value=none]"),
                action="/moderation/items/{decided_item}/decision",
            ),
        ),
    ),
    Page(
        "item, text has changed",
        "/moderation/items/{mine_item}",
        ("moderator",),
        409,
        (
            Act(
                f"{DECISION} button.primary",
                check=("[name=conduct][value=publish]", "[name=risk][value=none]"),
                stale={"[name=revision]": "7"},
            ),
        ),
    ),
    Page(
        "item, something is new",
        "/moderation/items/{mine_item}",
        ("moderator",),
        409,
        (
            Act(
                f"{DECISION} button.primary",
                check=("[name=conduct][value=publish]", "[name=risk][value=none]"),
                stale={"[name=version]": "77"},
            ),
        ),
    ),
    Page(
        "item, not trained",
        "/moderation/items/{waiting_item}",
        ("untrained",),
        403,
        (Act('main form[action$="/claim"] button'),),
    ),
)

TEAM = opened_by(
    ("moderator", "professional", "coordinator"),
    Page("tasks and wishes", "/moderation/team"),
    Page("own shifts", "/moderation/rota"),
    Page("proposals", "/moderation/proposals"),
    Page("role proposed, not filled in", "/moderation/proposals", ("coordinator",), 422, (EMPTY,)),
    Page("rest", "/moderation/rest"),
    Page("before going", "/moderation/end", ("moderator", "professional")),
)

COUNSELLING = opened_by(
    ("professional",),
    Page("worklist", "/counselling/"),
    Page("worklist, empty", "/counselling/", ("new professional",)),
    Page("worklist, a part of it", "/counselling/?show=mine"),
    Page("worklist, nothing in this part", "/counselling/?show=unread", ("new professional",)),
    Page("own profile", "/counselling/profile"),
    Page("away", "/counselling/away", ("professional", "coordinator")),
    Page("away, no days", "/counselling/away", ("professional", "coordinator"), 422, (EMPTY,)),
    Page("away, as a moderator", "/counselling/away", ("moderator",), 404),
    Page("cases of an absent colleague", "/counselling/away/{absent}/cases", ("coordinator",)),
    Page(
        "cases of an absent colleague, as a moderator",
        "/counselling/away/{absent}/cases",
        ("moderator",),
        404,
    ),
    Page(
        "case, no time to answer by",
        "/counselling/cases/{assigned_case}",
        ("professional",),
        422,
        (Act('main form[action$="/answer-by"] button'),),
    ),
    Page(
        "case, no day for a check-in",
        "/counselling/cases/{assigned_case}",
        ("professional",),
        422,
        (Act('main form[action$="/check-ins"] button'),),
    ),
    Page("appointments of a professional", "/counselling/appointments"),
    Page("appointments of a professional, none", "/counselling/appointments", ("new professional",)),
    Page(
        "appointments of a professional, nothing filled in",
        "/counselling/appointments",
        ("professional",),
        422,
        (EMPTY,),
    ),
    Page("list for the door", "/counselling/appointments/door"),
    Page("appointments of a case", "/counselling/cases/{watched_case}/appointments"),
    Page("appointments of a case, over", "/counselling/cases/{shared_case}/appointments"),
    Page("appointments of a case, none", "/counselling/cases/{assigned_case}/appointments"),
    Page(
        "appointments of a case, cancelled without words",
        "/counselling/cases/{watched_case}/appointments",
        ("professional",),
        422,
        (Act('main form[action$="/cancel"] button.danger'),),
    ),
    Page("escalation", "/counselling/escalations/{waiting_escalation}"),
    Page("escalation, accepted", "/counselling/escalations/{accepted_escalation}"),
    Page("escalation, declined", "/counselling/escalations/{declined_escalation}"),
    Page(
        "escalation, no reason",
        "/counselling/escalations/{waiting_escalation}",
        ("professional",),
        422,
        (Act('main form[action$="/decline"] button'),),
    ),
    Page(
        "escalation, answered by another",
        "/counselling/escalations/{waiting_escalation}",
        ("professional",),
        409,
        (
            Act(
                'main form[action$="/accept"] button',
                action="/counselling/escalations/{accepted_escalation}/accept",
            ),
        ),
    ),
    Page("case, assigned", "/counselling/cases/{assigned_case}"),
    Page("case, in contact", "/counselling/cases/{own_case}"),
    Page("case, watched", "/counselling/cases/{watched_case}"),
    Page("case, closed", "/counselling/cases/{closed_case}"),
    Page(
        "case, no letter",
        "/counselling/cases/{assigned_case}",
        ("professional",),
        422,
        (Act('main form[action$="/messages"] button'),),
    ),
    Page("record", "/counselling/cases/{own_case}/record"),
    Page("prepared words", "/counselling/canned"),
    Page("prepared words, not filled in", "/counselling/canned", ("professional",), 422, (EMPTY,)),
    Page("case, prepared words chosen", "/counselling/cases/{own_case}?words={canned_text}"),
    Page("did I get you right", "/counselling/cases/{own_case}/check"),
    Page("neutral summary", "/counselling/cases/{own_case}/neutral"),
    Page("fit", "/counselling/cases/{own_case}/fit"),
    Page("fit, not said yet", "/counselling/cases/{assigned_case}/fit"),
    Page("notes", "/counselling/cases/{own_case}/notes"),
    Page("note, unfinished", "/counselling/cases/{own_case}/notes?note={own_note}"),
    Page("note, addendum", "/counselling/cases/{own_case}/notes?addendum_to={team_note}"),
    Page(
        "note, not filled in",
        "/counselling/cases/{assigned_case}/notes",
        ("professional",),
        422,
        (Act('main form button[value="save"]'),),
    ),
    Page("case forms", "/counselling/cases/{own_case}/forms"),
    Page("risk assessment, not final", "/counselling/cases/{own_case}/forms/{risk_form}"),
    Page("safety plan, final", "/counselling/cases/{own_case}/forms/{plan_form}"),
    Page(
        "risk assessment, not filled in",
        "/counselling/cases/{own_case}/forms/{risk_form}",
        ("professional",),
        422,
        (Act('main form button[value="finalise"]'),),
    ),
    Page("forum side", "/counselling/cases/{own_case}/forum"),
    Page("beginning", "/counselling/cases/{own_case}/beginning"),
    Page("beginning, nothing told", "/counselling/cases/{assigned_case}/beginning"),
    Page("closing", "/counselling/cases/{own_case}/closing"),
    Page("closing, closed", "/counselling/cases/{closed_case}/closing"),
    Page(
        "closing, no summary",
        "/counselling/cases/{assigned_case}/closing",
        ("professional",),
        422,
        (Act('main form[action$="/close"] button'),),
    ),
    Page("live room", "/counselling/cases/{own_case}/live"),
    Page("live room, somebody waits", "/counselling/cases/{waiting_talk}/live"),
    Page(
        "live room, agreement not filled in",
        "/counselling/cases/{waiting_talk}/live",
        ("professional",),
        422,
        (Act(fill={'textarea[name="line"]': "A line to call. " * 40}),),
    ),
    Page("live room, invited", "/counselling/cases/{invited_talk}/live"),
    Page("live room, going on", "/counselling/cases/{open_talk}/live"),
    Page("live room, writing", "/counselling/cases/{open_talk}/live?write=1"),
    Page("live room, is over", "/counselling/cases/{ended_talk}/live"),
    Page("whom the student of a case brings", "/counselling/cases/{open_talk}/live/people"),
    Page("try your line, professional", "/counselling/connection"),
    Page("case with a talk in it", "/counselling/cases/{ended_talk}"),
    Page("case of a colleague", "/counselling/cases/{other_case}", ("professional",), 404),
)

OPENING = opened_by(
    ("professional", "coordinator"),
    Page("sealed contact", "/counsel/{own_case}/contact", OWN),
    Page(
        "sealed contact, nothing filled in",
        "/counsel/{own_case}/contact",
        OWN,
        422,
        (Act('main form[action$="/contact"] button'),),
    ),
    Page("asking to open", "/counselling/cases/{own_case}/contact", ("professional",)),
    Page(
        "asking to open, not filled in",
        "/counselling/cases/{own_case}/contact",
        ("professional",),
        422,
        (Act("main form.stack button.danger"),),
    ),
    Page("asking to open on call", "/staff/openings/on-call/{own_case}", ("professional",)),
    Page("openings", "/staff/openings"),
    Page("openings, nothing waits", "/staff/openings", ("new professional",)),
    Page("opening, asked", "/staff/openings/{asked_opening}"),
    Page("opening, words not typed", "/staff/openings/{asked_opening}", ("coordinator",), 422, (EMPTY,)),
    Page("opening, agreed", "/staff/openings/{agreed_opening}"),
    Page("opening alone, to be reviewed", "/staff/openings/{opened_alone}"),
    Page(
        "opening alone, review not filled in",
        "/staff/openings/{opened_alone}",
        ("coordinator",),
        422,
        (EMPTY,),
    ),
    Page("keys for opening", "/staff/opening-keys"),
    Page("keys for opening, none yet", "/staff/opening-keys", ("new professional",)),
    Page(
        "words for opening",
        "/staff/opening-keys",
        ("new professional",),
        acts=(Act('main form[action$="/words"] button'),),
    ),
    Page(
        "words for opening, not typed",
        "/staff/opening-keys",
        ("new professional",),
        422,
        (Act('main form[action$="/words"] button'), Act('main form[action$="/confirm"] button')),
    ),
    Page(
        "practice, shown once",
        "/staff/opening-keys",
        ("professional",),
        acts=(
            Act(
                'main form[action$="/drill"] button',
                {"[name=passphrase]": "{opening_words}"},
                ('[name="way"][value="alone"]',),
            ),
        ),
    ),
)

HANDING = opened_by(
    ("professional",),
    Page("colleagues", "/counselling/cases/{shared_case}/colleagues"),
    Page("colleagues, an offer is before the lead", "/counselling/cases/{refused_case}/colleagues"),
    Page(
        "colleagues, offer not filled in",
        "/counselling/cases/{shared_case}/colleagues",
        ("professional",),
        422,
        (Act('main form[action$="/offer"] button'),),
    ),
    Page(
        "colleagues, nobody invited",
        "/counselling/cases/{shared_case}/colleagues",
        ("professional",),
        422,
        (Act('main form[action$="/invite"] button'),),
    ),
    Page("asking a supervisor", "/counselling/cases/{shared_case}/supervisor"),
    Page(
        "asking a supervisor, not filled in",
        "/counselling/cases/{shared_case}/supervisor",
        ("professional",),
        422,
        (Act('main form[action$="/supervisor"] button.primary'),),
    ),
    Page("supervision, asked", "/counselling/cases/{shared_case}/supervisions/{supervision}"),
    Page("supervision, answered", "/counselling/cases/{shared_case}/supervisions/{answered_supervision}"),
    Page("worklist, colleagues ask", "/counselling/", ("other professional",)),
    Page("offer of a case", "/counselling/handovers/{offer}", ("other professional",)),
    Page("offer of a case, taken back", "/counselling/handovers/{offer_gone}", ("other professional",)),
    Page("offer of a case, of somebody else", "/counselling/handovers/{offer}", ("new professional",), 404),
    Page(
        "offer of a case, taken back meanwhile",
        "/counselling/handovers/{offer}",
        ("other professional",),
        409,
        (
            Act(
                'main form[action$="/accept"] button',
                action="/counselling/handovers/{offer_gone}/accept",
            ),
        ),
    ),
    Page("invitation", "/counselling/invitations/{invitation}", ("other professional",)),
    Page(
        "invitation, no purpose",
        "/counselling/invitations/{invitation}",
        ("other professional",),
        422,
        (Act('main form[action$="/join"] button'),),
    ),
    Page("purpose", "/counselling/cases/{shared_case}/open", ("other professional",)),
    Page("purpose, asked for", "/counselling/cases/{shared_case}/record", ("other professional",)),
    Page(
        "purpose, not chosen",
        "/counselling/cases/{shared_case}/open",
        ("other professional",),
        422,
        (EMPTY,),
    ),
    Page("purpose of a supervisor", "/counselling/supervisions/{supervision}/open", ("other professional",)),
    Page(
        "supervision",
        "/counselling/supervisions/{supervision}",
        ("other professional",),
        acts=(Act(check=('[name="purpose"][value="supervision"]',)),),
    ),
    Page("giving a case", "/counselling/handovers/{offer_for_lead}/assign"),
    Page(
        "giving a case, to nobody",
        "/counselling/handovers/{offer_for_lead}/assign",
        ("professional",),
        422,
        (EMPTY,),
    ),
    Page(
        "giving a case, not theirs",
        "/counselling/handovers/{offer_for_lead}/assign",
        ("moderator", "coordinator"),
        404,
    ),
)

TRAINING = opened_by(
    ("coordinator", "professional"),
    Page("training", "/admin/training"),
    Page("training record", "/admin/staff/{staff}/training"),
    Page(
        "training record, not filled in",
        "/admin/staff/{learner_staff}/training",
        ("coordinator",),
        422,
        (Act(fill={"[name=reason]": ""}),),
    ),
)

COORDINATION = opened_by(
    ("coordinator",),
    Page("professionals", "/admin/professionals"),
    Page("profile of a professional", "/admin/staff/{absent}/professional"),
    Page(
        "profile of a professional, no number",
        "/admin/staff/{absent}/professional",
        ("coordinator",),
        422,
        (Act(fill={"[name=most_cases]": "-3"}),),
    ),
    Page("overview", "/admin/"),
    Page("categories", "/admin/categories"),
    Page("new category", "/admin/categories/new"),
    Page("new category, not filled in", "/admin/categories/new", ("coordinator",), 422, (EMPTY,)),
    Page("category", "/admin/categories/{category}/edit"),
    Page("clocks", "/admin/clocks"),
    Page(
        "clocks, emptied",
        "/admin/clocks",
        ("coordinator",),
        422,
        (Act(fill={"main form input[type=number] >> nth=0": ""}),),
    ),
    Page("hours", "/admin/hours"),
    Page("student numbers", "/admin/student-numbers"),
    Page("rota", "/admin/rota"),
    Page(
        "rota, nothing chosen", "/admin/rota", ("coordinator",), 422, (Act('form[action$="/rota"] .primary'),)
    ),
    Page(
        "rota, clocks not kept",
        "/admin/rota",
        ("coordinator",),
        422,
        (Act('form[action$="/publish"] button'),),
    ),
    Page("buddy and senior", "/admin/staff/{staff}/pair"),
    Page("reasons", "/admin/reasons"),
    Page("new reason", "/admin/reasons/new"),
    Page("new reason, not filled in", "/admin/reasons/new", ("coordinator",), 422, (EMPTY,)),
    Page("reason", "/admin/reasons/names_someone/edit"),
    Page("page about confidentiality", "/admin/confidentiality"),
    Page(
        "page about confidentiality, emptied",
        "/admin/confidentiality",
        ("coordinator",),
        422,
        (Act("main form button.primary", fill={"[name=body_en]": ""}),),
    ),
    Page("texts", "/admin/texts"),
    Page("text", "/admin/texts/house_rules/en"),
    Page(
        "text, emptied",
        "/admin/texts/house_rules/en",
        ("coordinator",),
        422,
        (Act(fill={"[name=body]": ""}),),
    ),
    Page("lines of help", "/admin/help"),
    Page("new line of help", "/admin/help/new"),
    Page("new line of help, not filled in", "/admin/help/new", ("coordinator",), 422, (EMPTY,)),
    Page("line of help", "/admin/help/{help_line}/edit"),
    Page("line of help, taken away", "/admin/help/{help_line}/delete"),
    Page("look", "/admin/look"),
    Page(
        "look, colour that cannot be read",
        "/admin/look",
        ("coordinator",),
        422,
        (Act(fill={"[name=accent]": "#ffff66"}),),
    ),
    Page("who may join", "/admin/join-word"),
    Page("staff", "/admin/staff"),
    Page("more rooms", "/staff/places", STAFF),
    Page("password", "/staff/password", STAFF),
    Page("password, not filled in", "/staff/password", ("researcher",), 422, (EMPTY,)),
    Page("where I am paged", "/staff/paging", ("moderator", "professional", "coordinator")),
    Page(
        "where I am paged, no address",
        "/staff/paging",
        ("professional",),
        422,
        (Act(fill={"[name=address]": "nora at uni"}),),
    ),
)

ERRORS = opened_by(
    ("visitor",),
    Page("nothing here", "/nothing", ROLES, 404),
    Page("nothing here for staff", "/moderation/items/0000000000001", ("moderator",), 404),
    Page("not open", "/counselling/", ("moderator",), 403),
    Page("not this way", "/logout", ("visitor",), 405),
    Page(
        "not from here",
        "/c/{topic}/new",
        ("visitor", "student"),
        400,
        (
            Act(
                fill={"[name=title]": "A title", "[name=body]": "A text."}, stale={"[name=csrf_token]": "old"}
            ),
        ),
    ),
    Page("too many at once", "/failure/429", ("visitor",), 429, failure=429),
    Page("too large", "/failure/413", ("visitor",), 413, failure=413),
    Page("our fault", "/failure/500", ("visitor",), 500, failure=500),
    Page("closed for a moment", "/failure/503", ("visitor",), 503, failure=503),
)

PAGES = (
    *READERS_PAGES,
    *WAYS_IN,
    *WRITING,
    *COUNSEL,
    *MODERATION,
    *TEAM,
    *COUNSELLING,
    *OPENING,
    *HANDING,
    *TRAINING,
    *COORDINATION,
    *ERRORS,
)

# What answers a GET and is no page of its own. A test asks each of them.
NO_PAGES = {
    "static": "a file",
    "core.show_asset": "a file",
    "core.show_favicon": "a file",
    "core.show_manifest": "for the browser",
    "core.show_robots": "for search engines",
    "core.show_health": "for machines",
    "core.show_metrics": "for machines",
    "core.show_readiness": "for machines",
    "forum.show_feed": "for feed readers",
    "forum.show_category_feed": "for feed readers",
    "forum.show_look_preview": "a picture",
    "forum.export_own": "a file",
    "accounts.leave": "leads away",
    "accounts.choose_language": "leads back",
    "accounts.choose_theme": "leads back",
    "accounts.choose_country": "leads back",
    "accounts.choose_keys": "leads back",
    "forum.choose_reading": "leads back",
    "accounts.show_staff_home": "leads on",
    "insight.open_insight": "leads on",
    "moderation.show_queue_state": "for the list of the queue",
    "moderation.stream_queue": "for the list of the queue",
    "counselling.export_conversation": "a file",
    "counselling.download_appointment": "a file",
    "counselling.show_worklist_state": "for the worklist",
    "counselling.stream_worklist": "for the worklist",
    "counselling.list_lines_of_case": "for a live talk",
    "counselling.refresh_live_room": "another page again, without script",
    "counselling.refresh_live_talk": "another page again, without script",
    "counselling.list_own_lines": "for a live talk",
    "counselling.show_live_room_state": "for a live talk",
    "counselling.show_live_talk_state": "for a live talk",
    "counselling.stream_live_room": "for a live talk",
    "counselling.try_connection": "for a page that tries the line",
    "counselling.try_staff_connection": "for a page that tries the line",
    "counselling.try_staff_stream": "for a page that tries the line",
    "counselling.try_stream": "for a page that tries the line",
    "counselling.stream_live_talk": "for a live talk",
    "counselling.list_joined_lines": "for a live talk",
    "counselling.refresh_joined_talk": "another page again, without script",
    "counselling.show_joined_state": "for a live talk",
    "counselling.stream_joined_talk": "for a live talk",
}


def endpoint_of(app: Flask, page: Page, ids: dict[str, str]) -> str | None:
    """The endpoint that a page's address belongs to."""
    try:
        found, _ = app.url_map.bind("127.0.0.1").match(
            page.address.format_map(ids).split("?")[0], method="GET"
        )
    except (NotFound, MethodNotAllowed):
        return None
    return str(found)


class AnyId(dict[str, str]):
    """Stands for the ids of a stage that is not set yet."""

    def __missing__(self, name: str) -> str:
        return "0000000000001"
