"""What the pages need beside the demo: texts, items, escalations and cases in each state that a page shows.

Everything happens by the rules, in the past, and by people who are invented here. `set_stage` gives the ids
by the names that the addresses of `tests/browser/pages.py` use.
"""

from datetime import datetime, timedelta

from accounts import queries as account_queries
from accounts.models import Account, Staff, Step
from accounts.permissions import Role
from accounts.staffing import add_staff
from accounts.training import record_training
from core import outbox
from core.clock import utcnow
from core.db import db, transaction
from counselling import cases, encounters, messages, referrals, taking
from counselling import queries as case_queries
from counselling.intake.answers import Answers, keep_answers
from counselling.intake.attaching import attach_threads
from counselling.intake.fields import Field
from counselling.live.cut_off import CutOff
from counselling.live.lines import say_as_professional, say_as_student
from counselling.live.sessions import ask_for_live, end_live, invite_or_open
from counselling.models import AuthorKind, Case, Outcome, Stage, StageMark
from counselling.professionals.answering import promise_check_in
from counselling.professionals.away import set_away
from counselling.professionals.profiles import mark_of, profile_of, set_offered, set_profile
from forum import categories, drafting, following, muting, posting, reactions, site_queries
from forum import queries as forum_queries
from forum.authorship import own_thread_ids
from forum.models import ModerationMode, Post, ReactionKind
from moderation import queries
from moderation.appeals.codes import decision_code
from moderation.bands import Band
from moderation.claims import claim
from moderation.decisions import Choice, decide
from moderation.escalations import Briefing, decline
from moderation.models import Conduct, ItemState, Known, QueueItem, ReportReason, Risk
from moderation.promises import counting, lateness
from moderation.promises.models import Tally
from moderation.proposals.confirming import decide_or_propose
from moderation.queue import raise_item_band
from moderation.reports import file_report, withdraw_report
from moderation.team import rota, rota_queries
from moderation.team.models import Duty, Shift, TaskKind
from moderation.team.pairs import pair
from moderation.team.tasks import ask_team
from moderation.wellbeing import own_setting
from tests.browser.case_appointments import offer_and_book
from tests.browser.case_colleagues import ask_colleagues
from tests.browser.case_contact import ask_to_open
from tests.browser.case_people import bring_people
from tests.browser.case_records import write_down
from tests.browser.site import STAFF, Site

TOPIC, EMPTY_TOPIC, CLOSED_TOPIC = "adjustment-difficulties", "quiet-corner", "old-corner"
BRIEFING = Briefing(
    Band.AMBER,
    "Says that nothing helps any more.",
    "That we have read it, and that somebody comes.",
    thoughts=Known.NO,
    plan=Known.NO,
)
LONG_WORD = "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz"


class Director:
    """Sets the stage step by step; each step a little later than the one before."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.now = utcnow() - timedelta(hours=30)
        self.ids: dict[str, str] = {}
        self.escalations: dict[str, str] = {}

    def later(self) -> datetime:
        self.now += timedelta(minutes=12)
        return self.now

    def student(self, who: str) -> Account:
        account = account_queries.account(self.site.join_once(who).person, locked=True)
        assert account is not None
        return account

    def begin(self, who: str, title: str, body: str, **more: object) -> Post:
        category = forum_queries.category_by_slug(TOPIC)
        assert category is not None
        draft = posting.write_draft(body, language="en", title=title, **more)  # type: ignore[arg-type]
        return posting.begin_thread(category, draft, author=self.student(who), now=self.later())

    def reply(self, who: str, opening: Post, body: str, **more: object) -> Post:
        draft = posting.write_draft(body, language="en", **more)  # type: ignore[arg-type]
        if who in STAFF:
            return posting.answer(opening.thread, draft, author=staff(who), now=self.later())
        return posting.reply(opening.thread, draft, author=self.student(who), now=self.later())

    def decided(
        self, post: Post, conduct: Conduct = Conduct.PUBLISH, risk: Risk = Risk.NONE, **more: object
    ) -> Post:
        """Let the moderator decide about a text. They have slept since the one before."""
        item, now = item_of(post), self.later()
        setting = own_setting(staff("moderator"))
        setting.began_at = setting.counted_from = setting.rested_until = None
        claim(item, actor=staff("moderator"), now=now)
        read = {"claim": item.claim_token or "", "revision": post.latest_revision, "version": item.version}
        decide(item, Choice(conduct=conduct, risk=risk, **(read | more)), actor=staff("moderator"), now=now)  # type: ignore[arg-type]
        db.session.flush()
        return post

    def escalated(self, post: Post) -> str:
        """Publish a text, escalate it, and give the escalation's id."""
        self.decided(post, risk=Risk.ESCALATE, briefing=BRIEFING)
        return queries.escalations_of_item(item_of(post).id)[0].id

    def case_of(self, post: Post, who: str = "professional") -> Case:
        """Escalate a text and let a professional accept it."""
        escalation = queries.escalation(self.escalated(post), locked=True)
        assert escalation is not None
        case = taking.accept_escalation(escalation, actor=staff(who), now=self.later()).case
        self.escalations[case.id] = escalation.id
        return case


HANDED = ("offered", "returned", "turned_down", "shared")


def staff(who: str) -> Staff:
    person = account_queries.staff_by_username(STAFF[who])
    assert person is not None
    return person


def new_staff(who: str, role: Role, *, step: Step = Step.INDEPENDENT) -> None:
    """A member of staff whom the demo does not have."""
    add_staff(
        STAFF[who],
        role=role,
        alias=STAFF[who].title(),
        step=step,
        keep_password=True,
        actor="command",
        now=utcnow(),
    )


def item_of(post: Post) -> QueueItem:
    db.session.flush()
    item = queries.item_of_post(post.id, locked=True)
    assert item is not None
    return item


def set_stage(site: Site) -> dict[str, str]:
    """Bring everything to where the pages need it. Gives the ids by name."""
    ids = site.do(lambda: _set(Director(site)))
    return ids | {"password": site.credentials_of("other professional")[1]}


def _set(stage: Director) -> dict[str, str]:
    for who in ("student", "friend", "newcomer", "keeper", "asker", "held", "watched", "closed", "elsewhere"):
        stage.site.join_once(who)
    for who in ("waiter", "invited", "talker", "over", *HANDED):
        stage.site.join_once(who)
    new_staff("untrained", Role.MODERATOR, step=Step.OBSERVER)
    new_staff("learner", Role.MODERATOR, step=Step.ASSISTED)
    new_staff("new professional", Role.PROFESSIONAL)
    for step in (
        _topics,
        _own_texts,
        _what_is_kept,
        _queue,
        _training,
        _kept_promises,
        _cases,
        _talks,
        _professionals,
        _colleagues,
        _contact,
        _team,
    ):
        with transaction():
            step(stage)
    while outbox.drain(now=utcnow()):
        pass
    return stage.ids


def _topics(stage: Director) -> None:
    for slug, name in ((EMPTY_TOPIC, "A quiet corner"), (CLOSED_TOPIC, "An old corner")):
        wish = categories.CategoryWish(
            slug=slug,
            names=dict.fromkeys(("en", "el", "id"), name),
            descriptions=dict.fromkeys(("en", "el", "id"), "For what fits nowhere else."),
            place=90,
            opening_mode=ModerationMode.HOLD_ALL,
            reply_mode=ModerationMode.HOLD_NEW,
        )
        category = categories.add_category(wish, actor=staff("coordinator"), now=stage.later())
        if slug == CLOSED_TOPIC:
            categories.close_category(category, actor=staff("coordinator"), now=stage.later())
    stage.ids |= {"topic": TOPIC, "empty_topic": EMPTY_TOPIC, "closed_topic": CLOSED_TOPIC}
    found = forum_queries.category_by_slug(TOPIC)
    assert found is not None
    line = site_queries.all_help_lines()[0]
    stage.ids |= {"category": found.id, "staff": staff("colleague").id, "help_line": line.id}


def _own_texts(stage: Director) -> None:
    """A thread of the student's with answers, and a text of theirs in each state."""
    opening = stage.decided(
        stage.begin(
            "student",
            "The evenings are long",
            "Since I moved here, *every* evening is long.",
            warnings=["health"],
        )
    )
    answer = stage.reply("moderator", opening, "Thank you for writing. What was the last good evening like?")
    friend = stage.decided(
        stage.reply("friend", opening, f"Me too. {LONG_WORD}\n\n> every evening is long\n\n- tea\n- a walk")
    )
    stage.decided(stage.reply("friend", opening, "And one more thing.", warnings=["loss"]))
    stage.reply("student", opening, "I read this twice today.")
    bare = stage.decided(stage.begin("friend", LONG_WORD, "Nobody has answered this one."))
    held = stage.begin("student", "A text that waits", "Nobody has read this yet.")
    late = stage.begin("student", "A text that waits long", "I wrote this some days ago.")
    lateness.run_out(item_of(late), now=stage.later())
    returned = stage.decided(
        stage.begin("student", "My flatmate", "Her name is Somebody, and she shouts."),
        Conduct.ASK_CHANGE,
        Risk.REACH_OUT,
        reason="names_someone",
        message="Thank you for writing. Please leave the name out.",
        marked=("Her name is Somebody",),
        note="Thank you for telling us. How are the evenings at home now?",
    )
    removed = stage.decided(
        stage.begin("student", "For sale", "Buy my bicycle."), Conduct.NOT_HERE, reason="advert"
    )
    appealed = stage.decided(
        stage.begin("student", "Soup", "The canteen soup is a crime."),
        Conduct.NOT_HERE,
        reason="hurts_someone",
    )
    withdrawn = stage.decided(stage.begin("student", "I changed my mind", "About this one."))
    posting.withdraw(withdrawn, now=stage.later())
    edited = stage.decided(stage.begin("student", "Two wordings", "The first wording."))
    posting.edit(
        edited,
        posting.write_draft("The second wording.", language="en", title="Two wordings"),
        author=stage.student("student"),
        now=stage.later(),
    )
    stage.ids |= {
        "thread": opening.thread_id,
        "post": opening.id,
        "peer_post": answer.id,
        "friend_post": friend.id,
        "bare_thread": bare.thread_id,
        "held_thread": held.thread_id,
        "held_post": held.id,
        "late_thread": late.thread_id,
        "returned_thread": returned.thread_id,
        "returned_post": returned.id,
        "removed_thread": removed.thread_id,
        "withdrawn_thread": withdrawn.thread_id,
        "edited_post": edited.id,
        "edited_item": item_of(edited).id,
        "decided_item": item_of(opening).id,
        "returned_item": item_of(returned).id,
        "appeal_code": decision_code(queries.decisions_of(item_of(appealed).id)[0].id),
        "removed_item": item_of(removed).id,
    }


def _what_is_kept(stage: Director) -> None:
    """Somebody who follows a thread, stands by its texts, muted a name in it, and has not sent a draft."""
    session = stage.site.join_once("keeper")
    keeper, key = stage.student("keeper"), bytes.fromhex(session.data_key)
    thread = forum_queries.thread(stage.ids["thread"], locked=True)
    opening = forum_queries.post(stage.ids["post"], locked=True)
    muted = forum_queries.post(stage.ids["friend_post"], locked=True)
    assert thread is not None
    assert opening is not None
    assert muted is not None
    for who in ("keeper", "friend", "newcomer"):
        for kind in ReactionKind:
            reactions.react(opening, kind, wanted=True, actor=stage.student(who), now=utcnow())
    following.follow(thread, actor=keeper, key=key)
    muting.mute(thread, muted.byline, actor=keeper, key=key)
    fields = {"title": ["A thing"], "body": ["I began to write about a thing."]}
    drafting.keep_draft(key, f"/c/{TOPIC}/new", fields, now=utcnow())


def _queue(stage: Director) -> None:
    """Items in each state of the queue; two of them are taken, and stay so while the pages are looked at."""
    waiting = stage.begin("held", "Green and waiting", "A small thing about my room.")
    urgent = stage.begin("held", "Red and waiting", "I need somebody to talk to tonight.")
    raise_item_band(item_of(urgent), Band.RED, now=stage.later())
    mine = stage.begin("held", "In my hands", "I do not know how to tell my parents.")
    taken = stage.begin("held", "In a colleague's hands", "The exams were yesterday.")
    reported = stage.decided(stage.begin("held", "Reported", "Somebody found this one hard to read."))
    file_report(
        reported, reason=ReportReason.ABOUT_SOMEONE, note="It speaks of my friend.", now=stage.later()
    )
    code = file_report(reported, reason=ReportReason.OTHER, note="", now=stage.later())
    taken_back = file_report(reported, reason=ReportReason.SPAM, note="", now=stage.later())
    withdraw_report(taken_back, now=stage.later())
    hold = stage.begin("held", "Held under a clock", "I would rather not be here this week.")
    stage.decided(hold, Conduct.KEEP_HELD, Risk.ESCALATE, briefing=BRIEFING)
    gone = stage.begin("held", "Withdrawn while urgent", "Please forget this.")
    raise_item_band(item_of(gone), Band.RED, now=stage.later())
    posting.withdraw(gone, now=stage.later())
    stage.ids |= {
        "waiting_item": item_of(waiting).id,
        "urgent_item": item_of(urgent).id,
        "mine_item": item_of(mine).id,
        "taken_item": item_of(taken).id,
        "reported_item": item_of(reported).id,
        "reported_post": reported.id,
        "on_hold_item": item_of(hold).id,
        "withdrawn_item": item_of(gone).id,
        "report_code": code,
        "withdrawn_report_code": taken_back,
        "waiting_escalation": queries.escalations_of_item(item_of(hold).id)[0].id,
    }


def _training(stage: Director) -> None:
    """A decision of an assisted moderator that waits for their senior, and a record that is soon over."""
    now, learner = utcnow(), staff("learner")
    pair(learner, buddy="", senior=staff("moderator").id, actor=staff("coordinator"), now=now)
    post = stage.begin("held", "To be confirmed", "My name is Somebody, and nobody speaks to me here.")
    item = item_of(post)
    item.due_at = now + timedelta(hours=3)
    claim(item, actor=learner, now=now)
    read = {"claim": item.claim_token or "", "revision": post.latest_revision, "version": item.version}
    words = "Thank you for writing. Please leave your name out."
    what = Choice(Conduct.ASK_CHANGE, Risk.WATCH, reason="names_someone", message=words, **read)  # type: ignore[arg-type]
    decide_or_propose(item, what, actor=learner, now=now)
    record_training(
        staff("colleague"),
        step=Step.INDEPENDENT,
        reason="passed the course in spring",
        actor=staff("coordinator").actor,
        now=now,
        hours={"listening": 12, "danger": 8, "practice": 10},
        signed_by="Tomas",
        signed_on=now.date(),
        expires_at=now + timedelta(days=20),
    )
    stage.ids |= {"learner_item": item.id, "learner_staff": learner.id}


def _kept_promises(_stage: Director) -> None:
    """What was counted two months ago, enough to tell."""
    past = utcnow() - timedelta(days=62)
    for band, read, minutes in ((Band.RED, 12, 25), (Band.AMBER, 60, 95), (Band.GREEN, 240, 300)):
        counting.count_wait(band, minutes, now=past, by=read)
        for tally, count in (
            (Tally.IN_TIME, read - 1),
            (Tally.HELD, read),
            (Tally.PUBLISHED, read // 2),
            (Tally.CHANGED, read // 4),
            (Tally.REFUSED, read - read // 2 - read // 4),
        ):
            counting.count_tally(tally, band, now=past, by=count)


def _talks(stage: Director) -> None:
    """A live talk in each state: somebody waits, is invited, talks, has talked."""
    ids = {}
    for name, who in (("waiting", "waiter"), ("invited", "invited"), ("open", "talker"), ("ended", "over")):
        case = stage.case_of(stage.begin(who, "Live", "I would rather talk than write letters."))
        ids[f"{name}_talk"] = case.id
        if name != "invited":
            ask_for_live(case, now=utcnow())  # whoever asked long ago has lost their place
        if name != "waiting":
            agreed = CutOff(AuthorKind.PROFESSIONAL, 30, "The line of this house, every day from 9 to 21.")
            invite_or_open(case, agreed, actor=staff("professional"), now=utcnow())
        if name in {"open", "ended"}:
            _lines(case)
        if name == "open":
            ids |= bring_people(stage.site, case, staff("professional"))
        if name == "ended":
            end_live(case, by=AuthorKind.STUDENT, now=utcnow())
    stage.ids |= ids


def _lines(case: Case) -> None:
    """What two say to each other."""
    say_as_professional(
        case, "Good that you came. How is today?", sent_id="1", author=staff("professional"), now=utcnow()
    )
    say_as_student(case, f"Better than *yesterday*. {LONG_WORD}", sent_id="2", now=utcnow())
    say_as_professional(case, "What was better?", sent_id="3", author=staff("professional"), now=utcnow())


def _cases(stage: Director) -> None:
    """A case in each state, one of them the student's own, with letters both ways."""
    own = stage.case_of(stage.begin("student", "Nothing helps", "I tried everything that I know."))
    _letters(stage, own)
    _tell_at_the_beginning(own, stage.student("student"), now=stage.later())
    encounters.record_encounter(
        own,
        marks={Stage.INTRODUCTION: StageMark.DONE, Stage.EXPLORATION: StageMark.BEGUN},
        agreed="A walk each day, and a letter on Friday.",
        outcome=Outcome.NEXT_SESSION,
        actor=staff("professional"),
        now=stage.later(),
    )
    assigned = stage.case_of(stage.begin("friend", "A new case", "I would like to talk to somebody."))
    watched = stage.case_of(stage.begin("watched", "Watched", "It is better than it was."))
    closed = stage.case_of(stage.begin("closed", "Closed", "It was a hard spring."))
    for case in (watched, closed):
        _letters(stage, case)
        encounters.record_encounter(
            case,
            marks=dict.fromkeys(Stage, StageMark.DONE),
            agreed="To call home once a week.",
            outcome=Outcome.RESOLVED,
            actor=staff("professional"),
            now=stage.later(),
        )
    case_queries.mark_read(closed.id, AuthorKind.STUDENT, stage.later())
    cases.close_case(
        closed, summary="Daily living works again.", actor=staff("professional"), now=stage.later()
    )
    elsewhere = stage.case_of(
        stage.begin("elsewhere", "A colleague's", "I wrote to the other one."), "other professional"
    )
    asked = referrals.ask_for_counsellor(
        stage.student("asker"),
        body="May I talk to somebody?",
        hope="To sleep again.",
        thread_ids=[],
        now=stage.later(),
    )
    declined = stage.escalated(stage.begin("asker", "Declined", "This was about a bicycle."))
    refused = queries.escalation(declined, locked=True)
    assert refused is not None
    decline(refused, reason="A peer can answer this well.", actor=staff("professional"), now=stage.later())
    accepted = queries.escalation(stage.escalations[watched.id])
    assert accepted is not None
    write_down(stage.ids, own, actor=staff("professional"), now=stage.later())
    stage.ids |= {
        "own_case": own.id,
        "assigned_case": assigned.id,
        "watched_case": watched.id,
        "closed_case": closed.id,
        "other_case": elsewhere.id,
        "asked_case": asked.id,
        "declined_escalation": declined,
        "accepted_escalation": accepted.id,
        "declined_item": refused.item_id,
        "escalated_item": accepted.item_id,
    }


def _colleagues(stage: Director) -> None:
    """What the owner of cases asks a colleague."""
    handed = [stage.case_of(stage.begin(who, "Handed on", "I would like to go on.")) for who in HANDED]
    for case in handed:
        _letters(stage, case)
    owner, other = staff("professional"), staff("other professional")
    ask_colleagues(stage.ids, handed, owner=owner, other=other, now=stage.later())
    watched = case_queries.case(stage.ids["watched_case"], locked=True)
    assert watched is not None
    offer_and_book(stage.ids, ahead=watched, over=handed[-1], owner=owner, now=stage.later())


def _contact(stage: Director) -> None:
    """What a student left sealed, and who wants to open it, at this moment."""
    own = case_queries.case(stage.ids["own_case"], locked=True)
    assert own is not None
    ask_to_open(stage.ids, own, owner=staff("professional"), coordinator=staff("coordinator"), now=utcnow())


def _professionals(stage: Director) -> None:
    """What two are trained for. The licence of one ends soon, and she will be away. A promised check-in."""
    now, irida, ratna = stage.later(), staff("professional"), staff("other professional")
    fields, seen = [Field.STUDY, Field.SELF], mark_of(profile_of(irida, now=now))
    set_offered(irida, fields=fields, languages=["el", "en"], seen=seen, actor=irida, now=now)
    set_profile(
        ratna,
        fields=[Field.LAW, Field.MONEY],
        languages=["id"],
        most_cases=12,
        licence_expires_on=now.date() + timedelta(days=20),
        seen=mark_of(profile_of(ratna, now=now)),
        actor=staff("coordinator"),
        now=now,
    )
    first = now.date() + timedelta(days=3)
    set_away(ratna, first=first, last=first, cover=irida, reply="I am at a course.", actor=ratna, now=now)
    own = case_queries.case(stage.ids["own_case"], locked=True)
    assert own is not None
    day = now + timedelta(days=4)
    promise_check_in(own, day, reason="the exam is over then", is_told=True, actor=irida, now=now)
    stage.ids |= {"absent": ratna.id}


def _team(stage: Director) -> None:
    """A published shift of the moderator's, one that a colleague offers to them, a draft, a task, and one
    that is to leave, so that the rota would not keep the clocks.
    """
    now = utcnow().replace(minute=0, second=0, microsecond=0)
    for who, day, is_published in (("moderator", 0, True), ("colleague", 1, True), ("colleague", 2, False)):
        begins = now + timedelta(days=day)
        offered = staff("moderator").id if who == "colleague" and is_published else None
        db.session.add(
            Shift(
                staff_id=staff(who).id,
                duty=Duty.MODERATOR,
                begins_at=begins,
                ends_at=begins + timedelta(hours=4),
                offered_to=offered,
                is_published=is_published,
                leaves=False,
            )
        )
    later = rota_queries.shifts_between(now + timedelta(days=4), now + timedelta(days=9))
    work = next(one for one in later if one.duty is Duty.MODERATOR)
    rota.remove_shift(work, actor=staff("coordinator"), now=now)
    task = ask_team(TaskKind.DEBRIEF, person=staff("moderator"), about=staff("colleague"), now=now)
    stage.ids |= {"task": task.id}


def _tell_at_the_beginning(case: Case, student: Account, *, now: datetime) -> None:
    """What a student tells who is bullied and safe, and a thread that goes along."""
    keep_answers(
        case,
        Answers(
            areas=("bullied", "friends", "self"),
            bullied_where=("online", "campus"),
            bullied_by=("students",),
            bullied_now="sometimes",
            safe_today="yes",
            distress="7",
            hope="That I can go to the lectures again.",
            tried="I left the group chat.",
            language="en",
            way="letters",
            free_when="Most evenings.",
        ),
        now=now,
    )
    attach_threads(case, own_thread_ids(student)[:1], student=student)


def _letters(stage: Director, case: Case) -> None:
    counsellor = staff("professional")
    messages.write_letter(
        case, "Hello. I read what you wrote. How was the last week?", author=counsellor, now=stage.later()
    )
    messages.hear_student(case, "Long, mostly.\n\nBut I went out once.", now=stage.later())


def keep_claims(site: Site, ids: dict[str, str]) -> None:
    """Renew the leases of the two taken items: a look at all pages takes longer than a lease."""

    soon = utcnow() + timedelta(minutes=4)

    def renew() -> None:
        for name, who in (("mine_item", "moderator"), ("taken_item", "colleague")):
            with transaction():
                item = queries.item(ids[name], locked=True)
                assert item is not None
                if item.state is ItemState.CLAIMED and item.claim_ends_at and item.claim_ends_at > soon:
                    continue
                claim(item, actor=staff(who), now=utcnow())

    site.do(renew)
