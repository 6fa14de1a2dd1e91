"""The steps from a text in danger to a closed case, each as one person does it at their browser."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Locator, expect

from core.clock import utcnow
from tests.browser.hands import Pointer
from tests.browser.test_story import PRIMARY, path_of
from tests.journeys.sinks import SECRET, HookSink, MailSink

WHAT_WAITS = (
    "a text waits for a moderator",
    "an escalation waits for a professional",
    "a case waits for its counsellor",
    "somebody waits to talk live with their counsellor",
)
PAGE = re.compile(
    rf"({'|'.join(WHAT_WAITS)}), (crisis|red|amber|green), due \d\d:\d\d \([A-Za-z/_]+\)(, for: [a-z ]+)?"
)
WAIT = 30.0


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    patience = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < patience, f"waited in vain: {what}"
        time.sleep(0.1)


def pages_of(mail: MailSink, hook: HookSink) -> tuple[list[str], list[str]]:
    """The sentences that came, by letter and by webhook. Raises where a signature is not of this server."""
    letters = [letter.replace("\r\n ", " ") for letter in mail.letters]
    for headers, body in hook.posts:
        facts = {name.lower(): value for name, value in headers.items()}
        words = facts["x-stoa-time"].encode() + b"." + body
        signed = hmac.new(SECRET.encode(), words, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(facts["x-stoa-signature"], signed), "somebody else could have sent this"
    return letters, [json.loads(body)["text"] for _headers, body in hook.posts]


def both_say(words: str, mail: MailSink, hook: HookSink) -> bool:
    """Whether a page of this came by letter and by webhook."""
    return all(any(words in page for page in pages) for pages in pages_of(mail, hook))


def leave_a_number(student: Pointer, number: str) -> str:
    """From the page of the text: whom to call, staying, or being called back. Gives the conversation."""
    student.follow('main a[href^="/counsel/stay"]')
    assert student.tab.locator('#call ~ * a[href^="tel:"]').count() >= 1, "there is nobody to call"
    offered = student.tab.locator('[name="way"]').evaluate_all("all => all.map(one => one.value)")
    assert offered == ["live", "call_back", "sign"]
    student.choose("way", "call_back")
    student.write("[name=number]", number)
    student.follow(PRIMARY)
    return path_of(student.tab).removesuffix("/reach")


def call_back(professional: Pointer, number: str) -> None:
    """From the page of the case: open the number, and say that you spoke."""
    professional.follow('main form[action$="/number"] button')
    assert number in professional.text()
    professional.choose("outcome", "reached")
    professional.follow('main form[action$="/called"] button')


def promised(professional: Pointer, case: str) -> list[str]:
    """What is promised in a case, as its professional reads it."""
    professional.open(case)
    rows = professional.tab.locator('section[aria-labelledby="promises"] > ul > li').all_inner_texts()
    return [row.split(",")[0] for row in rows]


def unread_marks(professional: Pointer, case: str) -> int:
    """How many of the professional's letters carry the mark that they were not read."""
    professional.open(case)
    return professional.tab.locator(".letter[data-side=professional] > header .tag").count()


def lines(somebody: Pointer) -> Locator:
    return somebody.tab.locator("#lines > li .words")


def say(somebody: Pointer, text: str) -> None:
    somebody.one("#say [name=body]").fill(text)
    somebody.use(somebody.one("#say button.primary"))


def ask_to_talk(student: Pointer, conversation: str) -> None:
    student.open(conversation)
    student.follow(f'nav.rooms a[href="{conversation}/live"]')
    student.follow(f'main form[action="{conversation}/live"] button')


def open_talk(professional: Pointer, case: str, line: str) -> None:
    """Say what happens if they are cut off, and open the talk that the student waits for."""
    professional.open(case)
    professional.follow(f'nav.rooms a[href="{case}/live"]')
    professional.write("[name=line]", line)
    professional.follow(f'main form[action="{case}/live"] button')


def talk_over_a_dropped_line(student: Pointer, professional: Pointer, said: Sequence[str]) -> None:
    """Five lines: one each, then two while the student has no line, and one to them meanwhile."""
    hello, answer, lost, lost_too, meanwhile = said
    student.tab.wait_for_selector("#say")
    say(student, hello)
    expect(lines(professional)).to_have_text([hello])
    say(professional, answer)
    expect(lines(student)).to_have_text([hello, answer])
    student.tab.context.set_offline(True)
    say(student, lost)
    say(student, lost_too)
    expect(student.tab.locator("#cut-off")).to_be_visible()
    say(professional, meanwhile)
    expect(lines(professional)).to_have_count(3)
    student.look()
    student.tab.context.set_offline(False)
    for side in (student, professional):
        expect(lines(side)).to_have_text([hello, answer, meanwhile, lost, lost_too])


def end_talk(professional: Pointer) -> None:
    professional.follow('main form[action$="/live/end"] button')


def offer(professional: Pointer, case: str, alias: str, note: str) -> None:
    """Offer a case to a colleague, who is chosen by name."""
    professional.open(case)
    professional.follow(f'nav.rooms a[href="{case}/colleagues"]')
    form = 'form[action$="/offer"]'
    professional.unfolded(f"{form} select").select_option(label=alias)
    professional.write(f"{form} [name=note]", note)
    professional.follow(f"{form} button")


def accept_offer(professional: Pointer, *, note: str, unseen: Sequence[str]) -> str:
    """Find the offer in the list, read it, and take the case. Gives its address."""
    professional.open("/counselling/")
    professional.follow('main a[href^="/counselling/handovers/"]')
    assert note in professional.text()
    assert not [words for words in unseen if words in professional.text()], "a letter was shown too early"
    professional.follow('main form[action$="/accept"] button')
    return path_of(professional.tab)


def offer_time(professional: Pointer, place: str) -> None:
    """Offer an hour of next week, face to face."""
    professional.open("/counselling/")
    professional.follow('nav a[href="/counselling/appointments"]')
    professional.write("[name=day]", (utcnow() + timedelta(days=7)).date().isoformat())
    professional.write("[name=at]", "14:30")
    professional.choose("meeting", "face_to_face")
    professional.write("[name=place]", place)
    professional.follow('main form[action="/counselling/appointments"] button.primary')


def book_time(student: Pointer, conversation: str, code_word: str) -> None:
    """Take the first time that is offered, with two words for the door."""
    student.open(conversation)
    student.follow(f'nav.rooms a[href="{conversation}/appointments"]')
    student.use(student.tab.locator("input[name=slot]").first)
    student.write("[name=code_word]", code_word)
    student.follow(f'main form[action="{conversation}/appointments"] button.primary')


def calendar_of(student: Pointer) -> str:
    """What the student's calendar is given."""
    with student.tab.expect_download() as coming:
        student.use(student.one("main a[download]"))
    return Path(coming.value.path()).read_text(encoding="utf-8")


def record(professional: Pointer, case: str, agreed: str) -> None:
    """The five stages, the outcome, and what was agreed."""
    professional.open(case)
    professional.follow(f'nav.rooms a[href="{case}/record"]')
    for stage in ("introduction", "exploration", "interpretation", "guidance", "assessment"):
        professional.choose(f"stage_{stage}", "done")
    professional.choose("outcome", "resolved")
    professional.write("[name=agreed]", agreed)
    professional.follow('main form[action$="/encounters"] button.secondary')


def close(professional: Pointer, case: str, summary: str) -> None:
    professional.follow(f'nav.rooms a[href="{case}/closing"]')
    professional.write("[name=summary]", summary)
    professional.follow('main form[action$="/close"] button')


def told_of_escalation(moderator: Pointer, item: str) -> str:
    """What the page of an item says about the escalation of its text."""
    moderator.open(f"/moderation/items/{item}")
    return moderator.tab.locator("main > .notice").first.locator("p").last.inner_text()
