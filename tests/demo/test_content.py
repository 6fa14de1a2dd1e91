"""The demo's texts: their form, and that they are safe to show to anybody."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.permissions import STAFF_ROLES
from counselling.intake.answers import NAMES
from counselling.models import CaseState, Outcome, Stage
from demo.caseload import STEPS as CASE_STEPS
from demo.moderating import STEPS
from forum.models import PostStatus, Warning
from moderation.bands import Band
from moderation.models import Conduct, EscalationState, Known, ReportReason, Risk

Table = dict[str, Any]

CONTENT = Path(__file__).parents[2] / "demo" / "content"
LANGUAGES = ("en", "el", "id")
CATEGORIES = {
    "romantic-relationships",
    "family-relationships",
    "social-relationships",
    "adjustment-difficulties",
    "academic-difficulties",
    "bullying-and-harassment",
    "career-and-work",
    "health-and-self",
}
FOR_DRAMA = re.compile(r"\+44 1632 960 \d{3}\b")  # a range that is given to nobody
SECRECY = (
    "secret",
    "confidential",
    "nobody will know",
    "diagnos",
    "απόρρητ",
    "μυστικό",
    "διάγνωσ",
    "rahasia",
)


def read(name: str) -> Table:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


THREADS: list[Table] = read("threads.toml")["thread"]
CASES: list[Table] = read("cases.toml")["case"]
PROFESSIONALS: Table = read("professionals.toml")
STAFF: list[Table] = read("staff.toml")["staff"]
MODERATION: Table = read("moderation.toml")
TEXTS: list[Table] = MODERATION["text"]
WALKED: list[Table] = [case for case in CASES if "step" in case]
ACTS: list[Table] = [step for text in TEXTS for step in text.get("step", [])]
LINES: list[Table] = read("help.toml")["line"]
REPLIES: list[Table] = [reply for thread in THREADS for reply in thread.get("reply", [])]
POSTS: list[Table] = [*THREADS, *REPLIES]
FILES = sorted(path for path in CONTENT.rglob("*") if path.suffix in {".toml", ".md"})


def age(table: Table, prefix: str = "") -> float:
    """How many hours ago something was."""
    given = {unit: table[prefix + unit] for unit in ("days_ago", "hours_ago") if prefix + unit in table}
    assert len(given) == 1, f"exactly one time, not {given}"
    return float(given["days_ago"]) * 24 if "days_ago" in given else float(given["hours_ago"])


def name_of(table: Table) -> str:
    return str(table.get("key") or table.get("thread") or table["by"])


def steps_of(key: str) -> list[Table]:
    """What happens in the case of this key."""
    return next((case.get("step", []) for case in CASES if case["key"] == key), [])


def state_of(post: Table) -> str:
    return str(post.get("state", "published"))


def everybody_named() -> Iterator[str]:
    """Whoever writes, decides, escalates, answers or owns something."""
    for post in POSTS:
        yield post["by"]
        for act in ("decision", "escalation"):
            yield post.get(act, {}).get("by", "")
    for text in TEXTS:
        yield text["by"]
        for step in text.get("step", []):
            yield from (step.get(field, "") for field in ("by", "keep_for"))
    for turn in (*MODERATION["rota"]["moderators"], *MODERATION["rota"]["leads"]):
        yield turn["by"]
    for case in CASES:
        yield case.get("owner", "")
        yield from (step.get(field, "") for step in case.get("step", []) for field in ("by", "to"))
    for part in (
        *PROFESSIONALS["profile"],
        *PROFESSIONALS["canned"],
        *PROFESSIONALS["slot"],
        *PROFESSIONALS["away"],
    ):
        yield from (part.get(field, "") for field in ("of", "by", "cover"))


def test_there_are_about_thirty_threads_and_ninety_replies() -> None:
    assert len(THREADS) in range(28, 37)
    assert len(REPLIES) in range(80, 105)


def test_no_two_threads_share_a_key() -> None:
    assert [key for key, times in Counter(map(name_of, THREADS)).items() if times > 1] == []


def test_every_category_has_a_thread_and_no_thread_another_category() -> None:
    assert {thread["category"] for thread in THREADS} == CATEGORIES


@pytest.mark.parametrize(("language", "fewest"), [("en", 18), ("el", 4), ("id", 4)])
def test_every_language_is_spoken(language: str, fewest: int) -> None:
    assert sum(thread["lang"] == language for thread in THREADS) >= fewest


def test_no_thread_is_in_a_language_that_stoa_does_not_speak() -> None:
    assert {thread["lang"] for thread in THREADS} <= set(LANGUAGES)


@pytest.mark.parametrize("thread", THREADS, ids=name_of)
def test_titles_and_bodies_fit_the_forum(thread: Table) -> None:
    assert 0 < len(thread["title"]) <= 140
    assert all(0 < len(post["body"].strip()) <= 8000 for post in (thread, *thread.get("reply", [])))


def test_every_warning_is_one_that_readers_know() -> None:
    assert {warning for post in POSTS for warning in post.get("warnings", [])} <= set(Warning)


@pytest.mark.parametrize("thread", THREADS, ids=name_of)
def test_a_thread_goes_forward_in_time(thread: Table) -> None:
    ages = [age(post) for post in (thread, *thread.get("reply", []))]
    assert ages == sorted(set(ages), reverse=True)
    assert ages[0] <= 60 * 24
    assert ages[-1] > 0


@pytest.mark.parametrize("post", [post for post in POSTS if "decision" in post], ids=name_of)
def test_a_decision_follows_what_it_decides(post: Table) -> None:
    earlier = post.get("report", post)
    assert age(post) >= age(earlier) > age(post["decision"]) > 0


@pytest.mark.parametrize("thread", [thread for thread in THREADS if "escalation" in thread], ids=name_of)
def test_an_escalation_follows_its_thread_and_is_answered_after_it(thread: Table) -> None:
    escalation = thread["escalation"]
    accepted = [step for step in steps_of(thread["key"]) if step["do"] == "accept"]
    assert bool(accepted) == (escalation["answer"] != "waiting")
    assert age(thread) > age(escalation) > (age(accepted[0]) if accepted else 0)


def test_four_texts_are_held_one_of_them_red_and_one_amber() -> None:
    bands = sorted(post["band"] for post in POSTS if state_of(post) == "held")
    assert bands == ["amber", "green", "green", "red"]


@pytest.mark.parametrize("state", ["published", "held", "returned", "hidden"])
def test_every_state_that_a_visitor_of_the_demo_should_meet_is_there(state: str) -> None:
    assert any(state_of(post) == state for post in POSTS)


def test_every_state_is_one_of_a_post() -> None:
    assert {state_of(post) for post in POSTS} <= set(PostStatus)


def test_only_published_threads_have_replies() -> None:
    assert [
        name_of(thread) for thread in THREADS if thread.get("reply") and state_of(thread) != "published"
    ] == []


@pytest.mark.parametrize("answer", ["waiting", "accepted", "resolved"])
def test_one_escalation_stands_in_each_state(answer: str) -> None:
    assert sum(thread.get("escalation", {}).get("answer") == answer for thread in THREADS) == 1


def test_some_threads_still_wait_for_a_first_reply() -> None:
    assert sum(state_of(thread) == "published" and not thread.get("reply") for thread in THREADS) >= 3


def test_what_was_hidden_was_reported_first() -> None:
    assert all(post["report"]["reason"] in set(ReportReason) for post in POSTS if state_of(post) == "hidden")


@pytest.mark.parametrize("post", [post for post in POSTS if "decision" in post], ids=name_of)
def test_a_decision_has_two_known_parts_and_kind_words(post: Table) -> None:
    decision = post["decision"]
    assert decision["conduct"] in set(Conduct)
    assert decision["risk"] in set(Risk)
    assert decision["message"]


@pytest.mark.parametrize("thread", [thread for thread in THREADS if "escalation" in thread], ids=name_of)
def test_an_escalation_tells_what_a_professional_needs(thread: Table) -> None:
    escalation = thread["escalation"]
    assert escalation["band"] in set(Band)
    assert escalation["answer"] in set(EscalationState)
    assert {escalation[what] for what in ("thoughts", "plan", "means", "timeframe")} <= set(Known)
    assert escalation["prompted_by"]
    assert escalation["already_said"]


def test_there_is_staff_of_every_role() -> None:
    roles = Counter(person["role"] for person in STAFF)
    assert roles == {"moderator": 4, "professional": 3, "coordinator": 1, "researcher": 1}
    assert set(roles) == set(STAFF_ROLES)


def test_staff_names_and_aliases_are_their_own() -> None:
    names = [person[field] for field in ("username", "alias") for person in STAFF]
    assert len(set(names)) == len(names)


def test_every_language_has_a_peer_moderator() -> None:
    spoken = {
        language for person in STAFF if person["role"] == "moderator" for language in person["languages"]
    }
    assert spoken == set(LANGUAGES)


def test_whoever_is_named_exists() -> None:
    known = {f"staff:{person['username']}" for person in STAFF}
    named = {name for name in everybody_named() if name}
    assert {name for name in named if not name.startswith("student:")} <= known


def test_every_answer_by_staff_is_in_a_language_they_speak() -> None:
    speaks = {f"staff:{person['username']}": person["languages"] for person in STAFF}
    foreign = [
        (name_of(thread), reply["by"])
        for thread in THREADS
        for reply in thread.get("reply", [])
        if reply["by"] in speaks and thread["lang"] not in speaks[reply["by"]]
    ]
    assert foreign == []


@pytest.mark.parametrize("text", TEXTS, ids=name_of)
def test_what_moderators_have_in_hand_goes_forward_in_time(text: Table) -> None:
    ages = [age(part) for part in (text, *text.get("step", []))]
    assert ages == sorted(ages, reverse=True)
    assert ages[-1] > 0


@pytest.mark.parametrize("text", [text for text in TEXTS if "thread" in text], ids=name_of)
def test_a_reply_to_be_moderated_comes_last_in_a_thread_that_is_there(text: Table) -> None:
    thread = next(thread for thread in THREADS if name_of(thread) == text["thread"])
    assert age(text) < min(age(post) for post in (thread, *thread.get("reply", [])))


def test_every_text_to_be_moderated_begins_a_thread_or_answers_one() -> None:
    assert all(("thread" in text) != ("title" in text) for text in TEXTS)
    assert len({name_of(text) for text in (*TEXTS, *THREADS)}) == len(TEXTS) + len(THREADS)


def test_texts_to_be_moderated_are_in_every_language() -> None:
    assert {text["lang"] for text in TEXTS if "lang" in text} == set(LANGUAGES)


def test_every_step_of_moderation_is_one_that_the_loader_knows_and_each_of_those_is_shown() -> None:
    assert {step["do"] for step in (*ACTS, *MODERATION["later"])} == set(STEPS)


def test_what_happens_later_happens_to_texts_that_are_there() -> None:
    assert {step["text"] for step in MODERATION["later"]} <= {post.get("key") for post in POSTS}


def test_words_that_are_marked_or_covered_stand_in_their_text() -> None:
    for text in TEXTS:
        for step in text.get("step", []):
            words = [*step.get("marked", []), *([step["words"]] if "words" in step else [])]
            assert [one for one in words if one not in text["body"]] == []


@pytest.mark.parametrize("step", [step for step in ACTS if step.get("message")], ids=lambda step: step["do"])
def test_what_authors_are_told_names_nobody_of_the_team(step: Table) -> None:
    told = f"{step['message']} {step.get('note', '')}"
    assert [person["alias"] for person in STAFF if person["alias"] in told] == []


@pytest.mark.parametrize("text", TEXTS, ids=name_of)
def test_a_decision_that_asks_something_of_an_author_says_why(text: Table) -> None:
    for step in text.get("step", []):
        if step.get("conduct") in {"ask_change", "not_here", "hide"}:
            assert step["reason"]
            assert step["message"]


def test_cases_stand_in_every_state_that_somebody_finds_on_a_desk() -> None:
    assert {case["state"] for case in CASES} == set(CaseState) - {CaseState.ASSIGNED}


def test_no_two_cases_share_a_key() -> None:
    assert [key for key, times in Counter(case["key"] for case in CASES).items() if times > 1] == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_case_begins_with_a_request_or_with_a_text_that_was_handed_over(case: Table) -> None:
    accepted = [step for step in case.get("step", []) if step["do"] == "accept"]
    written = {name_of(text): text["by"] for text in (*THREADS, *TEXTS)}
    assert ("asked" in case) != bool(accepted)
    assert case["by"].startswith("student:")
    assert not accepted or written[case["key"]] == case["by"]


@pytest.mark.parametrize("case", WALKED, ids=name_of)
def test_a_case_goes_forward_in_time(case: Table) -> None:
    begun = [age(case["asked"])] if "asked" in case else []
    ages = begun + [age(step) for step in case["step"]]
    assert ages == sorted(ages, reverse=True)
    assert ages[-1] > 0


@pytest.mark.parametrize("case", WALKED, ids=name_of)
def test_letters_pass_between_the_owner_and_the_student(case: Table) -> None:
    writers = {step["by"] for step in case["step"] if step["do"] == "letter"}
    assert writers <= {case.get("owner"), case["by"]}


@pytest.mark.parametrize("case", [case for case in CASES if "owner" in case], ids=name_of)
def test_whoever_has_a_case_took_it(case: Table) -> None:
    taken = [step["by"] for step in case["step"] if step["do"] in {"accept", "take"}]
    assert taken == [case["owner"]]


def test_every_step_of_a_case_is_one_that_the_loader_knows_and_each_of_those_is_shown() -> None:
    assert {step["do"] for case in WALKED for step in case["step"]} == set(CASE_STEPS)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_a_student_tells_answers_questions_that_are_asked(case: Table) -> None:
    told = [case.get("told", {}), *(step["told"] for step in case.get("step", []) if step["do"] == "tell")]
    assert {name for one in told for name in one} <= set(NAMES)


@pytest.mark.parametrize("case", WALKED, ids=name_of)
def test_an_encounter_that_ended_has_an_outcome_and_what_was_agreed(case: Table) -> None:
    for step in case["step"]:
        if step["do"] == "encounter":
            assert {*step.get("begun", []), *step.get("done", [])} <= set(Stage)
            assert "outcome" not in step or (step["outcome"] in set(Outcome) and step["agreed"])


@pytest.mark.parametrize("case", [case for case in CASES if case["state"] == "closed"], ids=name_of)
def test_a_closed_case_has_a_last_outcome_and_words_for_the_student(case: Table) -> None:
    closing = next(step for step in case["step"] if step["do"] == "close")
    encounter = [step for step in case["step"] if step["do"] == "encounter"][-1]
    assert "outcome" in encounter
    assert age(encounter) > age(closing)
    assert closing["summary"].startswith("You ")


@pytest.mark.parametrize("case", WALKED, ids=name_of)
def test_counsellors_of_the_demo_name_no_illness(case: Table) -> None:
    said = [
        step["body"] for step in case["step"] if step.get("by", "").startswith("staff:") and "body" in step
    ]
    assert [body for body in said if "diagnos" in body.casefold()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CONTENT)))
def test_no_file_has_a_number_that_somebody_could_call(file: Path) -> None:
    text = FOR_DRAMA.sub("", file.read_text(encoding="utf-8"))
    assert re.findall(r"\+?\d(?:[ ()./-]{0,2}\d){5,}", text) == []


def test_the_only_real_number_of_crisis_help_is_112() -> None:
    assert [line["phone"] for line in LINES if not FOR_DRAMA.fullmatch(line["phone"])] == ["112"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CONTENT)))
def test_no_file_has_a_mail_address_or_a_link_to_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"\S+@\S+\.\w+", text) == []
    assert [link for link in re.findall(r"(?:https?://|www\.)\S+", text) if "//example.org" not in link] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_crisis_help_but_112_says_that_it_is_an_example(language: str) -> None:
    word = {"en": "example", "el": "παράδειγμα", "id": "contoh"}[language]
    examples = [line for line in LINES if line["phone"] != "112"]
    assert len(examples) == 4
    assert all(line["is_example"] and line["name"][language].casefold().startswith(word) for line in examples)


def test_every_line_of_crisis_help_says_in_each_language_when_it_answers_and_what_happens() -> None:
    for line in LINES:
        for what in ("name", "hours", "happens"):
            assert set(line[what]) == set(LANGUAGES)
            assert all(line[what].values())


def test_crisis_help_is_there_for_three_countries_and_for_everywhere() -> None:
    assert {line["country"] for line in LINES} == {"", "GR", "ID", "GB"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_house_has_five_rules_of_two_sentences_at_most(language: str) -> None:
    named = read_text(language, "rules").strip().splitlines()
    rules = [re.sub(r" \{#[a-z-]+\}$", "", rule) for rule in named]
    assert [rule.split(".")[0] for rule in rules] == list("12345")
    assert all(rule.endswith(".") and rule.count(". ") <= 2 for rule in rules)


@pytest.mark.parametrize(
    "reply", [reply for reply in REPLIES if reply["by"].startswith("staff:")], ids=name_of
)
def test_trained_peers_promise_no_secrecy_and_name_no_illness(reply: Table) -> None:
    assert [word for word in SECRECY if word in reply["body"].casefold()] == []


def read_text(language: str, name: str) -> str:
    return (CONTENT / "texts" / language / f"{name}.md").read_text(encoding="utf-8")
