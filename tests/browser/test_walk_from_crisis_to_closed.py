"""The way from a text in danger to a closed case, walked in browsers of their own by a student with a
telephone, a moderator and two professionals: by letters and live, over a line that drops, through a handover
and to an appointment. Pages leave to a real mail server and a real web server.

Everything is clicked and typed. What the service does by itself its own worker does.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from core.web import settings_of
from tests.browser import walking
from tests.browser.browsing import Factors, context_of, patient
from tests.browser.hands import Pointer
from tests.browser.site import Site, served_demo
from tests.browser.test_story import (
    Way,
    accept,
    escalation_of,
    item_of,
    send_letter,
    sign_in,
    write_first_and_join,
)
from tests.journeys.residue import find
from tests.journeys.sinks import HookSink, MailSink, serving

POST = Way(
    Pointer, "moderator", title="Under the stairs", text="I have a plan to end my life, and this is goodbye."
)
NUMBER = "+30 210 000 0000"
FIRST_LETTER = "I read what you wrote, and I am glad that you left a number."
ANSWER = "The nights are long. Marzipan helps."
SECOND_LETTER = "Thank you. Tell me about the nights when you like."
SAID = (
    "Hello, quince.",
    "Good that you came.",
    "I was gone for a moment.",
    "Now I am back.",
    "Are you there?",
)
NOTE = "Likes short letters in the evening."
AGREED = "To call home on Sundays."
SUMMARY = "You know whom to call, and the nights are shorter."
LINE = "The line at the foot of every page."
PLACE, CODE_WORD = "Room 12, second floor", "quince medlar"
LAST = "May I write once more?"
PRIVATE = (
    NUMBER,
    FIRST_LETTER,
    ANSWER,
    SECOND_LETTER,
    *SAID,
    NOTE,
    AGREED,
    SUMMARY,
    LINE,
    PLACE,
    CODE_WORD,
    LAST,
)


@pytest.fixture(scope="module")
def mail() -> Iterator[MailSink]:
    with serving(sink := MailSink()):
        yield sink


@pytest.fixture(scope="module")
def hook() -> Iterator[HookSink]:
    with serving(sink := HookSink()):
        yield sink


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, mail: MailSink, hook: HookSink) -> Iterator[Site]:
    """A demo of this walk's own, which pages by mail and webhook."""
    channels = mail.settings() | hook.settings()
    with served_demo(tmp_path_factory.mktemp("walk") / "data", **channels) as site:
        yield site


@pytest.fixture
def person(chromium: Browser, place: Site) -> Iterator[Callable[..., Pointer]]:
    """A function that gives somebody a browser; staff sign in with name, password and code."""
    opened: list[BrowserContext] = []

    def give(who: str = "", *, width: int = 1280) -> Pointer:
        opened.append(context_of(chromium, place, "visitor", Factors(width)))
        hand = Pointer(patient(opened[-1].new_page()))
        if who:
            sign_in(hand, place, who)
        return hand

    yield give
    for context in opened:
        context.close()


def test_the_way_from_a_text_in_danger_to_a_closed_case(
    place: Site, person: Callable[..., Pointer], mail: MailSink, hook: HookSink
) -> None:
    # A student writes, joins, and is met before they go
    student = person(width=360)
    thread = write_first_and_join(student, POST)
    assert "You are not alone with this" in student.text()
    talk = walking.leave_a_number(student, NUMBER)

    # Those on call are paged by both channels, without a word of it
    for waits in (
        "an escalation waits for a professional, crisis",
        "a case waits for its counsellor, crisis",
    ):
        walking.until(lambda waits=waits: walking.both_say(waits, mail, hook), f"by both channels: {waits}")

    # A moderator sees that it was received
    moderator, item = person("moderator"), place.do(lambda: item_of(thread))
    moderator.open("/moderation/queue")
    moderator.follow(f'main a[href="/moderation/items/{item}"]')
    assert "The screening has already called a professional" in moderator.text()

    # A professional accepts, calls, and writes: what was promised is cleared by that, and not by looking
    irida = person("professional")
    case = accept(irida, place.do(lambda: escalation_of(item)))
    assert case.rsplit("/", 1)[1] == talk.rsplit("/", 1)[1]
    assert walking.told_of_escalation(moderator, item) == "A professional is looking after this."
    assert sorted(walking.promised(irida, case)) == ["Call the student back", "First letter to the student"]
    walking.call_back(irida, NUMBER)
    send_letter(irida, FIRST_LETTER)
    assert walking.unread_marks(irida, case) == 1
    student.open(talk)
    assert FIRST_LETTER in student.text()
    assert walking.unread_marks(irida, case) == 0
    send_letter(student, ANSWER)
    assert walking.promised(irida, case) == ["Answer to the student"]
    send_letter(irida, SECOND_LETTER)
    assert walking.promised(irida, case) == []

    # They talk live, and the line drops
    walking.ask_to_talk(student, talk)
    walking.open_talk(irida, case, LINE)
    walking.talk_over_a_dropped_line(student, irida, SAID)
    walking.end_talk(irida)

    # The case is handed on: what the student has stays, the first professional has nothing more
    ratna = person("other professional")
    walking.offer(irida, case, "Ratna", NOTE)
    assert walking.accept_offer(ratna, note=NOTE, unseen=[ANSWER, SECOND_LETTER, *SAID]) == case
    assert [irida.open(case + room) for room in ("", "/live", "/record", "/colleagues")] == [404] * 4
    student.open(f"{talk}/card")
    assert "Ratna" in student.text()
    student.open(talk)
    assert SECOND_LETTER in student.text()

    # They are to meet: the student chooses a time and two words for the door
    walking.offer_time(ratna, PLACE)
    walking.book_time(student, talk, CODE_WORD)
    assert PLACE in student.text()
    calendar = walking.calendar_of(student)
    assert "BEGIN:VEVENT" in calendar
    assert not [words for words in (PLACE, CODE_WORD, "Stoa", "Ratna") if words in calendar]
    ratna.open("/counselling/appointments")
    assert CODE_WORD in ratna.text()

    # It is recorded and closed; the moderator learns that, and nothing else
    walking.record(ratna, case, AGREED)
    walking.close(ratna, case, SUMMARY)
    assert walking.told_of_escalation(moderator, item) == "Resolved."
    assert not [words for words in PRIVATE if words in moderator.tab.content()]

    # The student reads what was written at the end, and can write again
    student.open(talk)
    assert SUMMARY in student.text()
    send_letter(student, LAST)
    ratna.open(case)
    assert LAST in ratna.text()

    # No page that left said more than what waits, how urgent it is, and by when
    letters, posts = walking.pages_of(mail, hook)
    for sentence in posts:
        assert walking.PAGE.fullmatch(sentence), sentence
    for letter in letters:
        assert walking.PAGE.search(letter), letter
    for words in (POST.title, POST.text, *PRIVATE, case.rsplit("/", 1)[1], item):
        assert not [page for page in (*letters, *posts) if words in page], words
    assert json.loads(hook.posts[0][1]).keys() == {"text", "sent_at"}

    # And neither the disk nor the log of the server holds a word of the case
    directory = settings_of(place.app).data_dir
    assert not find(
        directory, {words: words for words in (ANSWER, SECOND_LETTER, SAID[0], SUMMARY, CODE_WORD)}
    )
    log = (directory.parent / f"{directory.name}.log").read_text(encoding="utf-8")
    assert "Listening at" in log
    assert not [words for words in (POST.title, POST.text, *PRIVATE) if words in log]
