"""The library of reasons: versions that stay, words that are kind, a way to the passage of the rules."""

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale

from accounts.permissions import Role
from core.db import db, transaction
from core.models import AuditEvent
from core.settings import LANGUAGES
from forum.models import SiteTextKind
from forum.passages import OWN_PASSAGES, mark_passages, passage_address
from forum.sitetexts import save_site_text, write_site_draft, write_site_files
from moderation import queries
from moderation.decisions import decide
from moderation.models import Conduct
from moderation.wording.kindness import blaming_words, look_over
from moderation.wording.reasons import (
    DEFAULTS,
    ReasonChanged,
    cited_reason,
    newest_reasons,
    offered_reasons,
    save_reason,
    versions_of,
)
from tests.cast import NOON, begin_thread, choice, claimed, item, new_moderator, new_staff, new_student, staff
from tests.journeys import steps
from tests.people import post_form

WORDS = {
    "en": {"text": "It names a friend.", "example": ""},
    "el": {"text": "Λέει ένα όνομα.", "example": ""},
}


def save(key: str, seen: int, by: str, **more: object) -> None:
    facts: dict[str, object] = {
        "wordings": WORDS,
        "anchor": "names",
        "roles": [Role.MODERATOR.value],
        "is_offered": True,
    }
    with transaction():
        save_reason(key, seen=seen, actor=staff(by), now=NOON, **(facts | more))  # type: ignore[arg-type]


@pytest.fixture
def cora(app: Flask) -> str:
    with app.app_context():
        return new_staff(Role.COORDINATOR, "cora")


def test_the_reasons_that_stoa_brings_are_the_first_versions(app: Flask) -> None:
    with app.app_context():
        assert [(one.key, one.version) for one in newest_reasons().values()] == [(key, 1) for key in DEFAULTS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_that_stoa_brings_reads_kindly(app: Flask, language: str) -> None:
    with app.app_context():
        wordings = [reason.wording(language) for reason in newest_reasons().values()]
    for words in wordings:
        assert blaming_words(f"{words.text} {words.example}") == []
        if words.language == "en":
            assert look_over(words.text) == look_over(words.example) == []


def test_a_change_makes_a_version_and_the_old_one_stays(app: Flask, cora: str) -> None:
    with app.app_context():
        save("names_someone", 1, cora)

        assert newest_reasons()["names_someone"].wording("en").text == "It names a friend."
        assert [one.version for one in versions_of("names_someone")] == [2, 1]
        first = cited_reason("names_someone", 1)
        assert first is not None
        assert first.wording("en").text == "It names or describes somebody who could be recognised."
        event = db.session.query(AuditEvent).filter_by(kind="reason_saved").one()
        assert (event.target, event.detail["version"]) == ("reason:names_someone", 2)
        assert event.actor == staff(cora).actor


def test_two_coordinators_do_not_overwrite_each_other(app: Flask, cora: str) -> None:
    with app.app_context():
        save("names_someone", 1, cora)
        with pytest.raises(ReasonChanged):
            save("names_someone", 1, cora)
        assert [one.version for one in versions_of("names_someone")] == [2, 1]


def test_a_language_that_nobody_wrote_falls_back_to_english(app: Flask, cora: str) -> None:
    with app.app_context():
        save("house", 0, cora)
        reason = newest_reasons()["house"]
        assert reason.wording("el").language == "el"
        assert (reason.wording("id").text, reason.wording("id").language) == ("It names a friend.", "en")


def test_what_is_not_offered_or_not_for_this_role_cannot_be_chosen(app: Flask, cora: str) -> None:
    with app.app_context():
        save("house", 0, cora, roles=[Role.PROFESSIONAL.value])
        save("advert", 1, cora, is_offered=False)

        assert "house" in offered_reasons(Role.PROFESSIONAL)
        assert not {"house", "advert"} & set(offered_reasons(Role.MODERATOR))


def test_a_decision_cites_the_version_that_was_chosen(app: Flask, cora: str) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        save("names_someone", 1, cora)
        with transaction():
            decide(
                item(held.id),
                choice(held, Conduct.ASK_CHANGE, reason="names_someone"),
                actor=staff(maya),
                now=NOON,
            )
        save("names_someone", 2, cora, wordings={"en": {"text": "Newer.", "example": ""}})

        (decision,) = queries.decisions_of(held.id)
        cited = cited_reason(decision.reason, decision.reason_version)
        assert cited is not None
        assert (cited.version, cited.wording("en").text) == (2, "It names a friend.")


def test_a_notice_shows_the_cited_version_in_the_readers_language(app: Flask, cora: str) -> None:
    facts = {"post": "0000000000001", "conduct": "not_here", "reason": "names_someone", "reason_version": 2}
    with app.app_context():
        save("names_someone", 1, cora)
        save("names_someone", 2, cora, wordings={"en": {"text": "Newer.", "example": ""}})
    with app.test_request_context("/", headers={"Accept-Language": "el"}), force_locale("el"):
        said = render_template_string(
            "{% include 'moderation/notices/decided.html' %}", notice={"data": facts}
        )
    assert "Λέει ένα όνομα." in said
    assert 'href="/rules#names"' in said


def test_every_passage_of_our_own_rules_can_be_led_to(client: FlaskClient) -> None:
    assert tuple(re.findall(r'<li id="([a-z]+)"', client.get("/rules").text)) == OWN_PASSAGES
    assert {anchor for anchor, _, _ in DEFAULTS.values()} - {""} <= set(OWN_PASSAGES)


def test_a_passage_leads_to_the_whole_page_where_the_rules_do_not_name_it(app: Flask) -> None:
    with app.app_context():
        with transaction():
            draft = write_site_draft(
                SiteTextKind.HOUSE_RULES,
                "en",
                body="1. Be kind. {#kindness}\n2. No names.",
                owner="A",
                reviewed_on=NOON.date(),
            )
            save_site_text(draft, actor=None, now=NOON)
        write_site_files(app.config["STOA"].data_dir)
    with app.test_request_context("/"):
        assert passage_address("kindness") == "/rules#kindness"
        assert passage_address("names") == passage_address("") == "/rules"
    assert '<li id="kindness">Be kind.</li>' in app.test_client().get("/rules").text


@pytest.mark.parametrize(
    ("html", "marked"),
    [
        ("<li>Be kind. {#kind}</li>", '<li id="kind">Be kind.</li>'),
        ("<h3>Names {#names}</h3>\n<p>None.</p>", '<h3 id="names">Names</h3>\n<p>None.</p>'),
        ("<li>\n<p>Be kind. {#kind}</p>\n</li>", '<li>\n<p id="kind">Be kind.</p>\n</li>'),
        ("<p>One {#a1}</p><p>Two {#a1}</p>", '<p id="a1">One</p><p>Two</p>'),
        ("<p>{#BAD} and {#no} more</p>", "<p>{#BAD} and {#no} more</p>"),
    ],
)
def test_a_passage_gets_its_name(html: str, marked: str) -> None:
    assert mark_passages(html) == marked


def test_a_coordinator_changes_a_reason_and_sees_all_versions(app: Flask) -> None:
    cora = steps.new_staff(app, Role.COORDINATOR, "cora")
    edit = "/admin/reasons/advert/edit"
    typed = {"text_en": "It sells something.", "roles": "moderator", "is_offered": "y", "anchor": "adverts"}

    assert post_form(cora, edit, typed).status_code == 303

    page = cora.get(edit).text
    assert "Version 2" in page
    assert "It advertises something." in page
    assert "It sells something." in cora.get("/admin/reasons").text


def test_a_new_reason_gets_a_key_of_its_own(app: Flask) -> None:
    cora = steps.new_staff(app, Role.COORDINATOR, "cora")
    for _ in range(2):
        typed = {"text_en": "It is a joke.", "roles": "moderator", "is_offered": "y"}
        assert post_form(cora, "/admin/reasons/new", typed).status_code == 303
    with app.app_context():
        assert {"it_is_a_joke", "it_is_a_joke_2"} <= set(newest_reasons())


@pytest.mark.parametrize(
    "typed",
    [
        {"text_en": ""},
        {"text_en": "You should have known."},
        {"text_en": "It is fine.", "example_el": "Φταις εσύ."},
        {"text_en": "It is fine.", "anchor": "Not A Name"},
        {"text_en": "It is fine.", "roles": "king"},
    ],
)
def test_a_reason_that_is_unkind_or_unfit_is_not_saved(app: Flask, typed: dict[str, str]) -> None:
    cora = steps.new_staff(app, Role.COORDINATOR, "cora")
    sent = post_form(cora, "/admin/reasons/new", {"roles": "moderator", "is_offered": "y"} | typed)
    assert sent.status_code == 422
    assert typed["text_en"] in sent.text
    with app.app_context():
        assert set(newest_reasons()) == set(DEFAULTS)
