"""A reader with no account looks around, searches, finds help and leaves fast."""

import re

from flask.testing import FlaskClient

from tests.conftest import MakeApp
from tests.journeys.steps import new_student, publish_thread
from tests.people import run_outbox

TITLE, BODY = "Quiet corridors", "On Sundays nobody is here, and I count *pomegranates* to fall asleep."


def test_a_reader_finds_a_thread_by_its_topic_and_by_a_word_and_keeps_no_trace(
    anna: FlaskClient, maya: FlaskClient, reader: FlaskClient
) -> None:
    # Given a thread that a moderator has published, and a worker that has indexed it
    thread = publish_thread(anna, maya, TITLE, BODY)
    run_outbox(reader.application)

    # When a reader opens the first page
    home = reader.get("/")

    # Then they see the topics and the newest thread
    assert 'href="/c/adjustment-difficulties"' in home.text
    assert 'href="/c/bullying-and-harassment"' in home.text
    assert f'href="{thread}"' in home.text

    # When they go on to the topic, and from there to the thread
    assert f'href="{thread}"' in reader.get("/c/adjustment-difficulties").text
    page = reader.get(thread)

    # Then they read it
    assert "<em>pomegranates</em>" in page.text

    # When they search for a word of it, in another form
    found = reader.get("/search?q=Pomegranate")

    # Then they find it
    assert TITLE in found.text
    assert found.status_code == 200

    # And nothing was put on their device, and no page that may be shared says anything of them
    for answer in (home, page, found):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "csrf_token" not in answer.text


def test_a_reader_finds_help_and_who_learns_what_from_every_page(reader: FlaskClient) -> None:
    # Given any page
    for address in ("/", "/c/academic-difficulties", "/search?q=nothing", "/privacy", "/join"):
        page = reader.get(address).text

        # Then crisis help, the page of who learns what, and quick exit are one step away
        assert re.search(r'href="/help"', page), address
        assert 'href="/privacy"' in page
        assert 'id="exit" href="/leave"' in page

    # And each of them answers
    assert "112" in reader.get("/help").text
    assert "Trained peer moderators" in reader.get("/privacy").text


def test_quick_exit_signs_out_clears_the_browser_and_leads_to_the_configured_page(make_app: MakeApp) -> None:
    # Given a student who is signed in, at a university that leads to the weather
    app = make_app(STOA_LEAVE_URL="https://weather.example/today")
    student = new_student(app)
    assert student.get("/me").status_code == 200

    # When they leave quickly
    left = student.get("/leave")

    # Then they are somewhere harmless, what the browser held is cleared, and nobody is signed in
    assert left.status_code == 303
    assert left.headers["Location"] == "https://weather.example/today"
    assert left.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert left.headers["Cache-Control"] == "no-store"
    assert student.get_cookie("stoa") is None
    assert student.get("/me").status_code == 303
