"""Talking live in a real browser: a student with a telephone and a professional hear each other, what is
written while the line is down arrives once, and it all works without script.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from core.clock import utcnow
from core.db import transaction
from counselling.cases import take_case
from counselling.live.cut_off import CutOff
from counselling.live.sessions import ask_for_live, invite_or_open
from counselling.models import AuthorKind
from counselling.referrals import ask_for_counsellor
from tests.browser.browsing import wait_until
from tests.browser.site import Site
from tests.browser.stage import Director, staff

Browse = Callable[..., Page]
TOP = "element => element.getBoundingClientRect().top"
HIDE = "Object.defineProperty(document, 'hidden', { get: () => %s, configurable: true })"
LINE_IS_BACK = "window.dispatchEvent(new Event('online'))"
TURN = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def talk(site: Site, stage: dict[str, str], request: pytest.FixtureRequest) -> tuple[str, str]:
    """Who talks, and in which case: an open talk of this test alone."""
    who = f"talks in {request.node.name}"
    assert stage
    site.do(lambda: site.join_once(who))
    return who, site.do(lambda: _open_talk(site, who))


def _open_talk(site: Site, who: str) -> str:
    director = Director(site)
    with transaction():
        wish = "I would rather talk than write letters."
        case = ask_for_counsellor(director.student(who), body=wish, thread_ids=[], now=utcnow())
        take_case(case, actor=staff("professional"), now=utcnow())
        ask_for_live(case, now=utcnow())
        invite_or_open(
            case, CutOff(AuthorKind.PROFESSIONAL, 30, ""), actor=staff("professional"), now=utcnow()
        )
        return case.id


def lines(page: Page) -> Locator:
    return page.locator("#lines > li .words")


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send").click()


def both(browse: Browse, talk: tuple[str, str], *, script: bool = True) -> tuple[Page, Page]:
    """The student at a telephone, and the professional at a desk."""
    who, case_id = talk
    student, professional = browse(who, width=360, script=script), browse("professional", width=1280)
    student.goto(f"/counsel/{case_id}/live")
    professional.goto(f"/counselling/cases/{case_id}/live")
    return student, professional


def test_each_hears_the_other(browse: Browse, talk: tuple[str, str]) -> None:
    student, professional = both(browse, talk)
    say(student, "Hello.")
    expect(lines(professional)).to_have_text(["Hello."])
    say(professional, "Good that you came.")
    expect(lines(student)).to_have_text(["Hello.", "Good that you came."])


def test_what_is_written_while_the_line_is_down_arrives_once_and_in_order(
    browse: Browse, talk: tuple[str, str]
) -> None:
    # Given a student whose telephone loses the line in the middle of a talk
    student, professional = both(browse, talk)
    say(student, "One.")
    expect(lines(professional)).to_have_text(["One."])
    expect(student.locator("#lines > [data-number]")).to_have_count(1)
    student.context.set_offline(True)

    # When they write on, and the other side too
    say(student, "Two.")
    expect(student.get_by_text("Not sent yet").first).to_be_visible()
    say(student, "Three.")
    expect(lines(student)).to_have_text(["One.", "Two.", "Three."])
    expect(student.locator("#connection")).to_contain_text("Cut off")
    expect(student.locator("#cut-off")).to_be_visible()
    say(professional, "Are you there?")
    student.context.set_offline(False)

    # Then all of it stands once on both sides, and in the same order
    expect(lines(professional)).to_have_count(4)
    expect(lines(student)).to_have_count(4)
    expect(student.get_by_text("Not sent yet")).to_have_count(0)
    said = lines(professional).all_inner_texts()
    assert said == ["One.", "Are you there?", "Two.", "Three."]
    assert lines(student).all_inner_texts() == said


def test_the_button_stays_under_the_finger_when_the_line_drops(browse: Browse, talk: tuple[str, str]) -> None:
    student, _ = both(browse, talk)
    student.get_by_label("Your message").fill("Two.")
    button = student.get_by_role("button", name="Send")
    before = button.evaluate(TOP)
    student.context.set_offline(True)
    expect(student.locator("#cut-off")).to_be_visible()
    assert button.evaluate(TOP) == pytest.approx(before, abs=1)


def ask_for_purpose(professional: Page) -> None:
    """The page is told that the purpose of whoever reads has run out."""
    for part in ("here", "state", "messages"):
        professional.route(
            f"**/live/{part}*", lambda route: route.fulfill(status=403, json={"purpose": True})
        )
    professional.evaluate(LINE_IS_BACK)
    expect(professional.get_by_text("You are still signed in")).to_be_visible()


def test_who_has_to_say_again_why_they_read_is_told_so_and_keeps_what_they_typed(
    browse: Browse, talk: tuple[str, str]
) -> None:
    # Given somebody whose page is told in the middle of a sentence that their purpose has run out
    _, professional = both(browse, talk)
    professional.get_by_label("Your message").fill("Half a sen")
    ask_for_purpose(professional)

    # When they follow what it says
    expect(professional.locator("#say-state")).to_be_empty()
    professional.get_by_role("button", name="Say why").click()

    # Then what they typed is there
    expect(professional.get_by_label("Your message")).to_have_value("Half a sen")


def test_an_answer_that_was_long_on_its_way_hides_no_question(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a page that was asked for the purpose while an older answer was on its way
    _, professional = both(browse, talk)
    underway: list[Route] = []
    professional.route("**/live/here", lambda route: underway.append(route))
    professional.evaluate(LINE_IS_BACK)
    wait_until(professional, lambda: bool(underway), "the older question")
    ask_for_purpose(professional)

    # When that answer comes
    with professional.expect_response("**/live/here"):
        underway[0].continue_()
    professional.wait_for_timeout(200)

    # Then the question stands
    expect(professional.get_by_text("You are still signed in")).to_be_visible()


def test_nothing_of_it_lies_in_the_browser(browse: Browse, talk: tuple[str, str]) -> None:
    student, _ = both(browse, talk)
    student.context.set_offline(True)
    say(student, "Quince.")
    expect(student.get_by_text("Not sent yet")).to_have_count(1)
    kept = student.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "Quince" not in kept


def test_two_tabs_of_a_student_show_the_same(browse: Browse, talk: tuple[str, str]) -> None:
    student, _ = both(browse, talk)
    second = student.context.new_page()
    second.goto(f"/counsel/{talk[1]}/live")
    say(second, "From the other tab.")
    expect(lines(student)).to_have_text(["From the other tab."])
    expect(lines(second)).to_have_text(["From the other tab."])


def test_what_was_typed_when_the_talk_ended_can_go_as_a_letter(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a student who is still writing when the counsellor ends the talk
    student, professional = both(browse, talk)
    student.get_by_label("Your message").fill("One more thing.")
    professional.get_by_role("button", name="End the talk").click()

    # Then the words stay, and go as a letter
    expect(student.locator("#say-state")).to_contain_text("The talk is over")
    assert student.get_by_label("Your message").input_value() == "One more thing."
    student.get_by_role("button", name="Send it as a letter").click()
    expect(student.locator(".letters")).to_contain_text("One more thing.")


def test_the_stages_are_marked_while_somebody_is_writing(browse: Browse, talk: tuple[str, str]) -> None:
    _, professional = both(browse, talk)
    professional.get_by_label("Your message").fill("Half a sen")
    professional.get_by_role("button", name="Introduction: begin").click()
    expect(professional.get_by_role("button", name="Introduction: begun, mark as done")).to_be_visible()
    assert professional.get_by_label("Your message").input_value() == "Half a sen"


def test_what_was_typed_is_there_after_a_reload(browse: Browse, talk: tuple[str, str]) -> None:
    for page in both(browse, talk):
        page.get_by_label("Your message").press_sequentially("Half a sen")
        expect(page.locator("#editor-state")).to_contain_text("Kept at")
        page.reload()
        expect(page.get_by_label("Your message")).to_have_value("Half a sen")


def test_what_was_typed_after_a_line_that_was_sent_is_kept_too(browse: Browse, talk: tuple[str, str]) -> None:
    student, professional = both(browse, talk)
    say(student, "Hello.")
    expect(lines(professional)).to_have_text(["Hello."])
    student.get_by_label("Your message").press_sequentially("And th")
    expect(student.locator("#editor-state")).to_contain_text("Kept at")
    student.reload()
    expect(student.get_by_label("Your message")).to_have_value("And th")


def test_a_feeling_goes_along_and_stands_beside_the_line_on_both_sides(
    browse: Browse, talk: tuple[str, str]
) -> None:
    # Given a student who opens the words for feelings and ticks one
    student, professional = both(browse, talk)
    student.get_by_text("How you feel").click()
    student.get_by_label("tired", exact=True).check()

    # When they say something
    say(student, "Not a good day.")

    # Then both see it there, and nothing is ticked for the next line
    for page in (student, professional):
        expect(page.locator("#lines > li")).to_contain_text("Feels: tired")
    expect(student.locator("[name=feelings]:checked")).to_have_count(0)


def test_send_that_is_pressed_twice_sends_once(browse: Browse, talk: tuple[str, str]) -> None:
    student, professional = both(browse, talk)
    student.get_by_label("Your message").fill("Once.")
    student.get_by_role("button", name="Send").dblclick()
    say(student, "And then.")
    expect(lines(professional)).to_have_text(["Once.", "And then."])


def test_a_line_whose_answer_was_lost_stands_once(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a server that took the line, and went away before it could say so
    student, professional = both(browse, talk)
    taken: list[int] = []

    def lose_first_answer(route: Route) -> None:
        if taken:
            return route.continue_()
        taken.append(route.fetch().status)
        return route.abort("connectionreset")

    student.route("**/live/lines", lose_first_answer)

    # When the page sends it again
    say(student, "Once.")
    expect(student.get_by_text("Not sent yet")).to_have_count(0)

    # Then it stands once
    assert taken == [201]
    say(student, "And then.")
    for page in (student, professional):
        expect(lines(page)).to_have_text(["Once.", "And then."])


def test_a_page_whose_stream_has_ended_hears_on(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a stream that ends, as each does after five minutes
    student, professional = both(browse, talk)
    asked: list[str] = []

    def end_first(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            return route.continue_()
        return route.fulfill(content_type="text/event-stream", body="retry: 100\n\n:\n\n")

    student.route("**/live/events", end_first)
    student.reload()
    expect(student.locator("#connection")).to_have_text("Connected")

    # Then the page comes again by itself, and hears what is said
    say(professional, "Are you there?")
    expect(lines(student)).to_have_text(["Are you there?"])
    assert len(asked) > 1


def test_a_page_that_gets_no_stream_asks(browse: Browse, talk: tuple[str, str]) -> None:
    student, professional = both(browse, talk)
    student.route("**/live/events", lambda route: route.fulfill(status=204))
    student.reload()
    with student.expect_response("**/live/state"):
        say(professional, "Are you there?")
    expect(lines(student)).to_have_text(["Are you there?"])


def test_a_telephone_that_slept_shows_what_was_said_meanwhile(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a telephone that is put away
    student, professional = both(browse, talk)
    student.evaluate(f"{HIDE % 'true'}, {TURN}")
    say(professional, "Take your time.")
    expect(professional.locator("#lines > [data-number]")).to_have_count(1)
    expect(lines(student)).to_have_count(0)

    # When it is taken out again
    student.evaluate(f"{HIDE % 'false'}, {TURN}")

    # Then what was said is there
    expect(lines(student)).to_have_text(["Take your time."])


def test_both_sides_read_what_was_agreed_when_their_line_drops(browse: Browse, talk: tuple[str, str]) -> None:
    for page, words in zip(both(browse, talk), ("your counsellor writes", "you write to the"), strict=True):
        expect(page.locator("#cut-off")).to_be_hidden()
        page.context.set_offline(True)
        expect(page.locator("#cut-off")).to_contain_text(words)
        page.context.set_offline(False)
        expect(page.locator("#cut-off")).to_be_hidden()


def test_it_works_without_script(browse: Browse, talk: tuple[str, str]) -> None:
    # Given a student without script
    student, professional = both(browse, talk, script=False)

    # When they write, and are answered
    say(student, "Hello.")
    expect(lines(professional)).to_have_text(["Hello."])
    say(professional, "Good that you came.")
    expect(lines(professional)).to_have_count(2)

    # Then a button shows it while they go on writing
    student.get_by_label("Your message").fill("I was just")
    student.get_by_role("button", name="Look for new messages").click()
    expect(lines(student)).to_have_text(["Hello.", "Good that you came."])
    assert student.get_by_label("Your message").input_value() == "I was just"
