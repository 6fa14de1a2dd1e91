"""The ordering model: fitted on the team's own bands, only within a band, refused where it serves worse; and
the head start that it gives, which is bounded.
"""

import json
from datetime import timedelta

import pytest
import sklearn  # noqa: F401  (fitting needs it; without it these tests are left out)
from flask import Flask

from core.crypto import CannotUnseal
from core.db import db, transaction
from moderation import triage
from moderation.bands import Band
from moderation.decisions import decide
from moderation.models import QueueReason, ReasonKind
from moderation.ordering import headstart
from moderation.ordering import model as ordering
from moderation.ordering.fitting import NotFitted, fit_model
from moderation.ordering.headstart import SHOWN_EARLY, give_place, is_drawn
from moderation.ordering.model import (
    BUCKETS,
    Model,
    load_model,
    model_path,
    save_model,
    tokens,
    urgency_bucket,
)
from moderation.ordering.weighing import Judged, Order, Pages, confusion, judged_texts, weigh, weigh_pages
from moderation.queue import add_reason
from tests.cast import (
    NOON,
    begin_thread,
    choice,
    claimed,
    item,
    item_id_of,
    new_moderator,
    new_student,
    staff,
)

HEAVY, LIGHT = (
    "the grey fog is back and the bridge of days is long",
    "which bus goes to the sports hall today",
)


def judged(text: str, band: Band, *, held_out: bool = False) -> Judged:
    return Judged(text, band, Band.GREEN, held_out)


def a_years_work(*, heavy: Band = Band.RED, light: Band = Band.GREEN) -> list[Judged]:
    """Texts whose rules say nothing, and that people told apart. Every fifth is held out."""
    texts = [(f"{LIGHT} {number}", light) for number in range(120)]
    texts += [(f"{HEAVY} {number}", heavy) for number in range(30)]
    return [judged(text, band, held_out=place % 5 == 0) for place, (text, band) in enumerate(texts)]


def fitted() -> Model:
    return fit_model(a_years_work(), now=NOON)[0]


# Fitting


def test_a_model_learns_which_texts_people_found_urgent() -> None:
    model, by_model, by_rules = fit_model(a_years_work(), now=NOON)
    assert model.urgency(HEAVY) > model.urgency(LIGHT)
    assert (by_model.recall, by_model.last_risky) == (1.0, 0.2)
    assert by_rules.recall == 0.0


def test_a_model_says_the_same_after_it_lay_on_the_disk(app: Flask) -> None:
    with app.app_context():
        model = fitted()
        save_model(model)
        loaded = load_model()
        assert loaded is not None
        assert loaded.urgency(HEAVY) == pytest.approx(model.urgency(HEAVY))


def test_plain_python_gives_the_chances_that_it_was_fitted_to() -> None:
    chances = fitted().chances(HEAVY)
    assert sum(chances.values()) == pytest.approx(1.0)
    assert max(chances, key=lambda band: chances[band]) == "red"


def test_too_few_texts_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(NotFitted, match="50 and 10 are needed"):
        fit_model(a_years_work()[:40], now=NOON)


def test_a_model_that_serves_worse_than_the_rules_is_refused() -> None:
    known = [judged(HEAVY, Band.GREEN) for _ in range(40)] + [judged(LIGHT, Band.RED) for _ in range(20)]
    turned = [judged(HEAVY, Band.RED, held_out=True) for _ in range(5)]
    turned += [judged(LIGHT, Band.GREEN, held_out=True) for _ in range(10)]
    with pytest.raises(NotFitted, match="worse than the rules alone"):
        fit_model(known + turned, now=NOON)


def test_one_band_alone_teaches_nothing() -> None:
    with pytest.raises(NotFitted, match="nothing to learn"):
        fit_model(a_years_work(light=Band.RED), now=NOON)


# Measuring


def test_the_rules_band_stands_before_anything_that_a_model_says() -> None:
    texts = [Judged("calm", Band.GREEN, Band.CRISIS, True), Judged("grave", Band.RED, Band.GREEN, True)]
    assert weigh(texts, lambda text: 9.0 if text == "grave" else 0.0).last_risky == 1.0


def test_an_order_is_worse_when_either_number_is() -> None:
    assert Order(0.5, 0.5).is_worse_than(Order(0.6, 0.5))
    assert Order(0.5, 0.6).is_worse_than(Order(0.5, 0.5))
    assert not Order(0.5, 0.5).is_worse_than(Order(0.5, 0.5))


def test_a_queue_without_risk_is_ordered_well_by_anything() -> None:
    assert weigh([judged(LIGHT, Band.GREEN)]) == Order(1.0, 0.0)


def test_confusion_counts_what_was_guessed_for_each_band() -> None:
    table = confusion([judged(HEAVY, Band.RED), judged(LIGHT, Band.GREEN)], lambda one: one.rules)
    assert table["red"]["green"] == 1
    assert table["green"]["green"] == 1


def test_only_texts_that_a_person_judged_are_learned_from(app: Flask) -> None:
    with app.app_context():
        ana, maya = new_student(), new_moderator()
        held = claimed(begin_thread(ana, "I miss home."), by=maya)
        begin_thread(ana, "Nobody has read this one.")
        with transaction():
            decide(item(held.id), choice(held, band=Band.RED), actor=staff(maya), now=NOON)
        assert [(one.text.split("\n\n")[-1], one.band) for one in judged_texts()] == [
            ("I miss home.", Band.RED)
        ]


def test_a_page_that_a_person_lowered_is_counted(app: Flask) -> None:
    with app.app_context():
        maya = new_moderator()
        held = claimed(begin_thread(new_student()), by=maya)
        with transaction():
            what = choice(held, band=Band.GREEN)
            decision = decide(item(held.id), what, actor=staff(maya), now=NOON)
            signal = add_reason(item(held.id), ReasonKind.RISK_SIGNAL, Band.RED, now=NOON.replace(hour=23))
            signal.decision_id = decision.id
        assert weigh_pages() == Pages(1, 1, 1, 1)
        assert weigh_pages().precision == 0.0


# On the disk


def test_no_word_of_a_student_lies_in_the_clear(app: Flask) -> None:
    with app.app_context():
        save_model(fitted())
        raw = model_path().read_bytes()
        assert b"fog" not in raw
        assert b"vocabulary" not in raw
        assert model_path().stat().st_mode & 0o077 == 0


def test_a_word_of_fewer_than_three_texts_is_forgotten() -> None:
    rare = [judged(f"{LIGHT} peculiar", Band.GREEN) for _ in range(2)]
    model = fit_model([*a_years_work(), *rare], now=NOON)[0]
    assert "peculiar" not in model.vocabulary
    assert "fog" in model.vocabulary


def test_a_model_of_another_installation_changes_nothing(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        save_model(fitted())
        model_path().write_bytes(b"\x01" + bytes(64))
        with pytest.raises(CannotUnseal):
            load_model()
        assert urgency_bucket(HEAVY) == 0
    assert "CannotUnseal" in caplog.text


def test_serving_imports_nothing_of_scikit_learn() -> None:
    for module in (ordering, headstart, triage):
        assert "sklearn" not in vars(module)


# The place in the queue


def test_without_a_model_a_text_stands_by_its_age(app: Flask) -> None:
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student())))
        assert one.stands_at == one.waiting_since == NOON


def test_a_head_start_is_half_a_clock_at_most(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headstart, "urgency_bucket", lambda _text: BUCKETS)
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student())))
        assert one.waiting_since - one.stands_at == timedelta(hours=6)
        assert one.due_at - NOON <= timedelta(days=2)


def test_an_edit_takes_no_head_start_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student())))
        monkeypatch.setattr(headstart, "urgency_bucket", lambda _text: BUCKETS)
        with transaction():
            give_place(item(one.id), HEAVY, band=Band.GREEN, now=NOON)
        before = item(one.id).stands_at
        monkeypatch.setattr(headstart, "urgency_bucket", lambda _text: 1)
        with transaction():
            give_place(item(one.id), LIGHT, band=Band.GREEN, now=NOON + timedelta(hours=1))
        assert item(one.id).stands_at == before


def test_chance_draws_the_same_items_at_each_look_and_about_one_in_twenty(app: Flask) -> None:
    with app.app_context():
        drawn = [is_drawn(f"item {number}") for number in range(2000)]
        assert drawn == [is_drawn(f"item {number}") for number in range(2000)]
    assert 50 <= sum(drawn) <= 160


def test_a_drawn_green_text_stands_in_front_and_says_why(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        ana = new_student()
        others = [begin_thread(ana, f"I miss home, day {number}.") for number in range(11)]
        monkeypatch.setattr(headstart, "is_drawn", lambda _item: True)
        early = item(item_id_of(begin_thread(ana, "It is quiet.", now=NOON + timedelta(hours=1))))
        assert early.stands_at < min(item(item_id_of(one)).stands_at for one in others)
        reason = db.session.query(QueueReason).filter_by(item_id=early.id).first()
        assert reason is not None
        assert SHOWN_EARLY.key in {mark["key"] for mark in reason.marks or []}


@pytest.mark.parametrize("body", ["It is quiet.", "I want to die."])
def test_chance_moves_nothing_in_a_short_queue_or_above_green(
    app: Flask, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(headstart, "is_drawn", lambda _item: True)
    with app.app_context():
        one = item(item_id_of(begin_thread(new_student(), body)))
        assert one.stands_at == NOON


# The commands


def test_the_report_says_all_of_it_without_a_model(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["triage", "report", "--json"])
    report = json.loads(answer.output)
    assert report["model"] is None
    assert report["rules"]["recall"] == 1.0
    assert report["pages"]["paged"] == 0


def test_the_report_speaks_of_the_fitted_model(app: Flask) -> None:
    with app.app_context():
        save_model(fitted())
    report = json.loads(app.test_cli_runner().invoke(args=["triage", "report", "--json"]).output)
    assert set(report["model"]) == {"recall", "last_risky", "confusion", "fitted_on", "texts"}


def test_the_report_is_readable_by_a_person(app: Flask) -> None:
    output = app.test_cli_runner().invoke(args=["triage", "report"]).output
    assert "There is no fitted model" in output
    assert "people said crisis" in output


def test_fitting_an_empty_installation_is_refused_in_a_sentence(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["triage", "fit"])
    assert answer.exit_code == 1
    assert "The queue stays ordered by age." in answer.output


def test_a_forgotten_model_orders_nothing(app: Flask) -> None:
    with app.app_context():
        save_model(fitted())
    app.test_cli_runner().invoke(args=["triage", "forget"])
    with app.app_context():
        assert load_model() is None


def test_words_and_neighbours_are_counted() -> None:
    assert list(tokens("Not now.")) == ["not", "now", "not now"]
