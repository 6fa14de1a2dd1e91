"""The style guide is there for whoever builds, and in no live installation."""

from demo.styleguide import sample_posts
from tests.conftest import MakeApp


def test_the_style_guide_is_shown_in_a_demo(make_app: MakeApp) -> None:
    page = make_app(STOA_MODE="demo").test_client().get("/styleguide")
    assert page.status_code == 200


def test_the_style_guide_is_in_no_live_installation(make_app: MakeApp) -> None:
    live = make_app(STOA_MODE="live", STOA_JOIN_CODE="lighthouse-keeper", STOA_PAGE_TO="")
    assert "demo.show_styleguide" not in live.view_functions


def test_the_style_guide_draws_every_part(make_app: MakeApp) -> None:
    page = make_app(STOA_MODE="demo").test_client().get("/styleguide").text
    for part in (
        'class="band"',
        'class="veil"',
        'class="letter"',
        'class="timeline"',
        "<svg viewBox",
        "error",
    ):
        assert part in page
    assert page.count("data-status=") == len(sample_posts())


def test_nothing_in_the_style_guide_can_be_sent(make_app: MakeApp) -> None:
    page = make_app(STOA_MODE="demo").test_client().get("/styleguide")
    assert 'method="post"' not in page.text
    assert "Set-Cookie" not in page.headers
