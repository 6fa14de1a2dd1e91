"""The whole story of the main job in a real browser: with script off, by the keyboard alone, and in Greek.

A visitor writes first, joins with six words, goes and comes back; a moderator publishes and escalates; a
professional accepts; letters go both ways; the case is closed, and a letter opens it again; a reader's report
hides the thread; the coordinator changes a category.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from core import outbox
from core.clock import utcnow
from counselling import queries as case_queries
from counselling.models import CaseState
from counselling.sealing import links_of
from forum import queries as forum_queries
from moderation import queries
from moderation.models import EscalationState
from tests.browser.browsing import Factors, context_of
from tests.browser.greek import english_on
from tests.browser.hands import Keys, Pointer
from tests.browser.site import Site, served_demo

TOPIC = "family-relationships"
PRIMARY = "main form button.primary"


class GreekReader(Pointer):
    """Somebody whose browser asks for Greek. They must meet no English of ours."""

    def look(self) -> None:
        assert self.tab.locator("html").get_attribute("lang") == "el", self.tab.url
        assert not english_on(self.tab), f"{self.tab.url} is not all Greek"


@dataclass(frozen=True)
class Way:
    """How everybody in one telling uses their browser, and what they write."""

    hand: type[Pointer]
    moderator: str
    script: bool = True
    language: str = "en-GB"
    title: str = "My brother and I"
    text: str = "We do not speak any more, and I feel that nothing will change."
    letter: str = "Hello. I read what you wrote. How was the last week?"
    answer: str = "Thank you. Long, mostly."
    summary: str = "Talked about the brother. Knows the way back."


WAYS = {
    "script off": Way(Pointer, "colleague", script=False),
    "keyboard only": Way(Keys, "moderator"),
    "in Greek": Way(
        GreekReader,
        "colleague",
        language="el-GR",
        title="Ο αδερφός μου κι εγώ",
        text="Δεν μιλάμε πια, και νιώθω ότι τίποτα δεν θα αλλάξει.",
        letter="Γεια σου. Διάβασα αυτό που έγραψες. Πώς ήταν η εβδομάδα;",
        answer="Ευχαριστώ. Μεγάλη, κυρίως.",
        summary="Μιλήσαμε για τον αδερφό. Ξέρει τον δρόμο.",
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of the stories' own: they change what others look at."""
    with served_demo(tmp_path_factory.mktemp("story") / "data") as site:
        yield site


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


@pytest.fixture
def person(chromium: Browser, place: Site, way: Way) -> Iterator[Callable[[str], Pointer]]:
    """A function that gives somebody a browser, used in the way of this telling."""
    opened: list[BrowserContext] = []

    def give(who: str) -> Pointer:
        factors = Factors(script=way.script)
        opened.append(context_of(chromium, place, who, factors, language=way.language))
        return way.hand(opened[-1].new_page())

    yield give
    for context in opened:
        context.close()


def test_the_whole_story(place: Site, person: Callable[[str], Pointer], way: Way) -> None:
    student, reader = person("visitor"), person("visitor")

    thread = write_first_and_join(student, way)
    go_and_come_back(student)
    assert student.open(thread) == 200
    assert reader.open(thread) == 404, "a held text was shown to a reader"

    moderator = person("visitor")
    sign_in(moderator, place, way.moderator)
    item = place.do(lambda: item_of(thread))
    publish_and_escalate(moderator, item)
    assert reader.open(thread) == 200
    assert way.text in reader.text()

    professional = person("professional")
    case = accept(professional, place.do(lambda: escalation_of(item)))
    send_letter(professional, way.letter)
    what_follows(place)
    student.open("/me")
    student.follow('nav.places a[href="/counsel"]')
    assert way.letter in student.text()
    send_letter(student, way.answer)

    professional.open(case)
    assert way.answer in professional.text()
    record_and_close(professional, way)
    assert place.do(lambda: state_of(case)) == (CaseState.CLOSED, EscalationState.RESOLVED)
    moderator.open(f"/moderation/items/{item}")
    assert way.summary not in moderator.text()
    assert way.letter not in moderator.text()

    what_follows(place)
    student.open("/counsel")
    send_letter(student, way.answer)
    assert place.do(lambda: state_of(case))[0] is CaseState.IN_CONTACT, "a letter did not open the case again"
    professional.open("/counselling/")
    assert professional.one(f'a[href="{case}"]')

    code = report(reader, thread)
    hide(moderator, item)
    assert reader.open(thread) == 404
    reader.open("/report/status")
    reader.write("[name=code]", code)
    reader.follow(PRIMARY)
    assert reader.tab.locator("main h1").count() == 1

    change_a_category(person("coordinator"))


def write_first_and_join(student: Pointer, way: Way) -> str:
    """A visitor writes, and joins so that the text can be sent. Gives the address of the thread."""
    student.open("/")
    student.follow(f'main a[href="/c/{TOPIC}"]')
    student.follow(f'main a[href="/c/{TOPIC}/new"]')
    student.write("[name=title]", way.title)
    student.write("[name=body]", way.text)
    student.follow(PRIMARY)
    student.follow(PRIMARY)
    words = student.tab.locator("#passphrase li").all_inner_texts()
    asked = [int(field.get_attribute("data-word") or 0) for field in student.tab.locator("[data-word]").all()]
    student.write("[name=first]", words[asked[0] - 1].upper())
    student.write("[name=second]", words[asked[1] - 1])
    student.follow(PRIMARY)
    assert student.one("[name=title]").input_value() == way.title
    assert student.one("[name=body]").input_value() == way.text, "the text was lost on the way in"
    student.follow(PRIMARY)
    student.words = " ".join(words)
    return path_of(student.tab)


def go_and_come_back(student: Pointer) -> None:
    student.follow('form[action="/logout"] button')
    student.open("/return")
    student.write("[name=passphrase]", student.words.replace(" ", "-").title())
    student.follow(PRIMARY)
    assert student.tab.locator('form[action="/logout"]').count() == 1, "six words did not lead back in"


def sign_in(somebody: Pointer, place: Site, who: str) -> None:
    """Name and password, then the code: the way in of staff, with nothing left out."""
    username, password, secret = place.credentials_of(who)
    somebody.open("/staff/login")
    somebody.write("[name=username]", username)
    somebody.write("[name=password]", password)
    somebody.follow(PRIMARY)
    # A code works once. Who signed in a moment ago takes the next one, which is good already.
    step = max(int(time.time()) // 30, place.codes_used.get(who, 0) + 1)
    place.codes_used[who] = step
    somebody.write("[name=otp]", pyotp.TOTP(secret).generate_otp(step))
    somebody.follow(PRIMARY)


def publish_and_escalate(moderator: Pointer, item: str) -> None:
    moderator.open("/moderation/queue")
    moderator.follow(f'main a[href="/moderation/items/{item}"]')
    moderator.follow('main form[action$="/claim"] button')
    moderator.choose("conduct", "publish")
    moderator.choose("risk", "escalate")
    moderator.choose("esc_band", "amber")
    moderator.write("[name=prompted_by]", "…")
    moderator.write("[name=already_said]", "…")
    moderator.choose("thoughts", "no")
    moderator.follow('main form[action$="/decision"] button.primary')


def accept(professional: Pointer, escalation: str) -> str:
    """Find the escalation in the list and accept it. Gives the address of the case."""
    professional.open("/counselling/")
    professional.follow(f'main a[href="/counselling/escalations/{escalation}"]')
    professional.follow('main form[action$="/accept"] button')
    return path_of(professional.tab)


def send_letter(somebody: Pointer, words: str) -> None:
    somebody.write('main form[action$="/messages"] [name=body]', words)
    somebody.follow('main form[action$="/messages"] button.primary')
    # With script the page goes to the place of the new letter first, and is loaded anew after that.
    somebody.tab.locator("main").filter(has_text=words).wait_for()


def record_and_close(professional: Pointer, way: Way) -> None:
    case = path_of(professional.tab).removesuffix("/record")
    professional.open(f"{case}/record")
    for stage in ("introduction", "exploration", "guidance"):
        professional.choose(f"stage_{stage}", "done")
    professional.choose("outcome", "resolved")
    professional.write("[name=agreed]", way.summary)
    professional.follow('main form[action$="/encounters"] button.secondary')
    professional.open(f"{case}/closing")
    professional.write("[name=summary]", way.summary)
    professional.follow('main form[action$="/close"] button')


def report(reader: Pointer, thread: str) -> str:
    """Report the opening post. Gives the code with which a reader can ask what became of it."""
    reader.open(thread)
    reader.follow('article a[href$="/report"]')
    reader.choose("reason", "about_someone")
    reader.follow(PRIMARY)
    return reader.one("#report-code").inner_text()


def hide(moderator: Pointer, item: str) -> None:
    moderator.open(f"/moderation/items/{item}")
    moderator.follow('main form[action$="/claim"] button')
    moderator.choose("conduct", "hide")
    moderator.choose("reason", "names_someone")
    moderator.choose("risk", "none")
    moderator.follow('main form[action$="/decision"] button.primary')


def change_a_category(coordinator: Pointer) -> None:
    coordinator.open("/admin/")
    coordinator.follow('nav a[href="/staff/places"]')
    coordinator.follow('main a[href="/admin/categories"]')
    coordinator.follow('main a[href$="/edit"]')
    coordinator.write("[name=place]", "3")
    coordinator.follow(PRIMARY)
    assert path_of(coordinator.tab) == "/admin/categories"


def what_follows(place: Site) -> None:
    """Let the outbox be emptied now, and not in ten seconds."""

    def drain() -> None:
        while outbox.drain(now=utcnow() + timedelta(seconds=11)):
            pass

    place.do(drain)


def path_of(tab: Page) -> str:
    return urlsplit(tab.url).path


def item_of(thread: str) -> str:
    opening = forum_queries.opening_post(thread.removeprefix("/t/"))
    assert opening is not None
    item = queries.item_of_post(opening.id)
    assert item is not None
    return item.id


def escalation_of(item: str) -> str:
    return queries.escalations_of_item(item)[0].id


def state_of(case: str) -> tuple[CaseState, EscalationState]:
    found = case_queries.case(case.removeprefix("/counselling/cases/"))
    assert found is not None
    escalation = queries.escalation(links_of(found)["escalations"][0])
    assert escalation is not None
    return found.state, escalation.state
