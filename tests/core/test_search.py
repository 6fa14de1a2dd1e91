"""The search index: what a reader finds, in which order, and what happens when the index is not well."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.index import EmptyIndexError
from whoosh.util.filelock import FileLock
from whoosh.writing import SegmentWriter

from core.search import SearchBusy, SearchDocument, SearchHits, SearchIndex, SearchUnavailable, engine
from core.search import segments as search_segments
from core.search.files import IndexFolder


def post(
    number: int, body: str, *, title: str = "", group: str = "t1", scope: str = "family"
) -> SearchDocument:
    return SearchDocument(id=f"p{number}", group=group, scope=scope, title=title, body=body, sequence=number)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    index = SearchIndex(tmp_path / "search")
    index.rebuild([])
    yield index
    index.close()


def found(index: SearchIndex, query: str, limit: int = 20) -> list[str]:
    return index.search(query, limit=limit).ids


def walk_pages(index: SearchIndex, query: str, limit: int) -> list[list[str]]:
    pages, before, more = [], None, True
    while more:
        hits = index.search(query, limit=limit, before=before)
        assert before is None or not hits.more or hits.next_before < before, "a page that does not get on"
        pages.append(hits.ids)
        before, more = hits.next_before, hits.more
    return pages


def words_on_disk(directory: Path, word: str) -> bool:
    return any(word.encode() in file.read_bytes() for file in directory.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Έχω πολύ άγχος", "αγχος"),
        ("ΕΧΩ ΠΟΛΥ ΑΓΧΟΣ", "άγχος"),
        ("έχω πολύ άγχος", "ΆΓΧΟΥΣ"),
        ("όλη αυτή η μοναξιά", "μοναξιάς"),
        ("στο πανεπιστήμιό μου", "πανεπιστημίου"),
        ("οι φίλοι μου", "φίλος"),
        ("μαϊμού", "μαιμου"),
        ("τα παιδιά", "παιδί"),
        ("απ' όλα αυτά", "όλα"),
        ("I am worrying about my exams", "exam worry"),
        ("My mother’s new job", "mothers"),
        ("my boss's mood", "boss"),
        ("σ'αγαπώ πολύ", "αγαπώ"),
        ("I don't sleep", "dont"),
        ("café Zoë", "CAFE zoe"),
        ("aku lupa makanan tadi", "makan"),
        ("kecemasan sebelum ujian", "cemas"),
        ("ｅｘａｍ panic", "exam"),
        ("room 101", "101"),
        ("διάβασμα and exams", "διαβασμα exam"),
    ],
)
def test_a_reader_finds_a_word_in_any_form_of_it(index: SearchIndex, written: str, asked: str) -> None:
    index.add_many([post(1, written), post(2, "something else entirely")])
    assert found(index, asked) == ["p1"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("exam panic", ["p3", "p1"]),
        ('"exam panic"', ["p1"]),
        ("«exam panic»", ["p1"]),
        ("“exam panic”", ["p1"]),
        ('"panic exam"', []),
        ('"exam panic" tonight', []),
        ('"exam panic', ["p3", "p1"]),
        ("the exam of my panic", ["p3", "p1"]),
        ('"before the exam"', ["p3"]),
        ("exam OR flatmate", []),
        ("exam -panic", ["p3", "p1"]),
        ("exam*", ["p3", "p1"]),
        ("title:exam", []),
        ("the", ["p3"]),
        ("a", []),
        (f"exam {'.' * 200} nowhere", ["p3", "p1"]),
        ("", []),
    ],
)
def test_a_query_is_plain_words_and_quoted_phrases(
    index: SearchIndex, query: str, expected: list[str]
) -> None:
    index.add_many([post(1, "exam panic"), post(2, "flatmate trouble"), post(3, "panic before the exam")])
    assert found(index, query) == expected


def test_only_the_first_words_of_a_long_query_count(index: SearchIndex) -> None:
    words = "one two three four five six seven eight nine ten eleven twelve"
    index.add_many([post(1, words)])
    assert found(index, f"{words} thirteen fourteen") == ["p1"]
    assert found(index, f"thirteen {words}") == []


def test_a_phrase_keeps_the_distance_of_its_short_words(index: SearchIndex) -> None:
    index.add_many([post(1, "I am a mess"), post(2, "am mess")])
    assert found(index, '"am a mess"') == ["p1"]


def test_a_phrase_does_not_run_from_the_title_into_the_body(index: SearchIndex) -> None:
    index.add_many([post(1, "panic again", title="My exam")])
    assert found(index, '"exam panic"') == []


def test_the_title_is_searched_too(index: SearchIndex) -> None:
    index.add_many([post(1, "No idea what to do.", title="Flatmate")])
    assert found(index, "flatmates idea") == ["p1"]


def test_a_search_can_be_kept_to_one_category_or_thread(index: SearchIndex) -> None:
    index.add_many([post(1, "exam"), post(2, "exam", scope="career"), post(3, "exam", group="t2")])
    assert index.search("exam", limit=9, scope="family").ids == ["p3", "p1"]
    assert index.search("exam", limit=9, group="t1").ids == ["p2", "p1"]
    assert index.search("exam", limit=9, scope="career", group="t2").ids == []


@given(text=st.text(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_query_is_refused(index: SearchIndex, text: str) -> None:
    if not index.search("exam", limit=1).ids:
        index.add_many([post(1, "exam panic άγχος")])
    assert set(found(index, text)) <= {"p1"}


@pytest.mark.parametrize(
    "query", ["x " * 5_000, '"' * 9_999, "\ud800", "\x00", '" AND NOT (', "ﷺ" * 200, "exam " * 40]
)
def test_no_hostile_query_is_refused(index: SearchIndex, query: str) -> None:
    index.add_many([post(1, "exam panic")])
    assert set(found(index, query)) <= {"p1"}


@given(text=st.text(max_size=200), other=st.text(max_size=50))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_every_text_can_be_indexed(index: SearchIndex, text: str, other: str) -> None:
    index.add_many([post(1, f"{text} zebrafish {other}")])
    assert found(index, "zebrafish") == ["p1"]


def test_the_newest_posts_come_first_however_they_came_in(index: SearchIndex) -> None:
    numbers = random.Random(4).sample(range(1, 1_000), 60)
    for start in range(0, 60, 3):  # twenty commits, which is enough for merges
        index.add_many([post(number, "exam") for number in numbers[start : start + 3]])
    assert found(index, "exam", limit=60) == [f"p{number}" for number in sorted(numbers, reverse=True)]


def test_pages_follow_each_other_without_gap_or_repetition(index: SearchIndex) -> None:
    for start in range(0, 40, 8):
        index.add_many([post(number, "exam" if number % 3 else "rain") for number in range(start, start + 8)])
    expected = [f"p{number}" for number in range(39, -1, -1) if number % 3]
    pages = walk_pages(index, "exam", limit=7)
    assert [one for page in pages for one in page] == expected
    assert [len(page) for page in pages] == [7, 7, 7, 5]


def test_a_search_for_words_that_never_meet_stops_and_can_go_on(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path / "search", steps=40)
    bodies = ["exam" if number % 2 else "panic" for number in range(200)]
    bodies[3] = "exam panic"
    index.rebuild(post(number, body) for number, body in enumerate(bodies))
    first = index.search("exam panic", limit=5)
    assert (first.ids, first.more) == ([], True)
    assert [one for page in walk_pages(index, "exam panic", limit=5) for one in page] == ["p3"]
    index.close()


@pytest.mark.parametrize("steps", range(5, 30))
def test_no_match_is_passed_over_where_a_search_had_to_stop(tmp_path: Path, steps: int) -> None:
    index = SearchIndex(tmp_path / "search", steps=steps)
    index.rebuild([])
    for start in range(0, 24, 8):
        index.add_many(
            [post(number, "exam panic" if number % 3 else "exam") for number in range(start, start + 8)]
        )
    pages = walk_pages(index, "exam panic", limit=4)
    assert [one for page in pages for one in page] == [
        f"p{number}" for number in range(23, -1, -1) if number % 3
    ]
    index.close()


def test_few_segments_remain_after_many_commits(index: SearchIndex, tmp_path: Path) -> None:
    for number in range(60):
        index.add_many([post(number, "exam")])
    assert len(list(tmp_path.rglob("*.seg"))) <= search_segments.SMALL_SEGMENTS


def test_large_segments_are_left_alone(
    index: SearchIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_segments, "FULL_SEGMENT", 5)
    index.add_many([post(number, "exam") for number in range(70)])
    large = set(tmp_path.rglob("*.seg"))
    for number in range(70, 90):
        index.add_many([post(number, "exam")])
    assert len(large) == 14
    assert large <= set(tmp_path.rglob("*.seg"))


def test_an_edited_post_is_found_by_its_new_words_only(index: SearchIndex) -> None:
    index.add_many([post(1, "panic"), post(2, "exam")])
    index.add_many([post(1, "calm exam")])
    assert found(index, "panic") == []
    assert found(index, "exam") == ["p2", "p1"]


def test_the_last_of_two_wordings_in_one_batch_counts(index: SearchIndex) -> None:
    index.add_many([post(1, "panic"), post(1, "calm")])
    assert (found(index, "panic"), found(index, "calm")) == ([], ["p1"])


def test_a_removed_post_is_not_found(index: SearchIndex) -> None:
    index.add_many([post(1, "exam"), post(2, "exam")])
    index.remove_many(["p1", "unknown"])
    assert found(index, "exam") == ["p2"]


def test_purging_takes_the_words_of_removed_posts_off_the_disk(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(1, "zebrafish"), post(2, "exam"), post(3, "exam")])
    index.add_many([post(4, "zebrafish")])
    index.remove_many(["p1"])
    assert words_on_disk(tmp_path, "zebrafish"), "the test must be able to see words"
    index.remove_many(["p4", "p3"], purge=True)
    assert not words_on_disk(tmp_path, "zebrafish")
    assert found(index, "exam") == ["p2"]


def test_purging_an_edit_takes_its_old_words_off_the_disk(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(1, "zebrafish"), post(2, "exam")])
    index.add_many([post(1, "exam")], purge=True)
    assert not words_on_disk(tmp_path, "zebrafish")
    assert found(index, "exam") == ["p2", "p1"]


def test_a_rebuild_holds_what_it_was_given_and_nothing_else(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(1, "zebrafish")])
    assert found(index, "zebrafish") == ["p1"]
    assert index.rebuild([post(2, "exam"), post(3, "exam")]) == 2
    assert (found(index, "zebrafish"), found(index, "exam")) == ([], ["p3", "p2"])
    assert not words_on_disk(tmp_path, "zebrafish")


def test_a_rebuild_tells_how_far_it_is(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_segments, "FULL_SEGMENT", 4)
    told: list[int] = []
    index.rebuild((post(number, "exam") for number in range(10)), told.append)
    assert told == [4, 8, 10]


def test_readers_have_the_old_index_until_the_new_one_is_whole(index: SearchIndex) -> None:
    index.add_many([post(1, "exam")])
    seen: list[list[str]] = []

    def documents() -> Iterator[SearchDocument]:
        for number in (2, 3):
            seen.append(found(index, "exam"))
            yield post(number, "exam")

    index.rebuild(documents())
    assert seen == [["p1"], ["p1"]]
    assert found(index, "exam") == ["p3", "p2"]


def test_a_rebuild_that_fails_leaves_the_old_index_and_no_rest(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(1, "exam")])

    def documents() -> Iterator[SearchDocument]:
        yield post(2, "exam")
        raise LookupError("the database went away")

    with pytest.raises(LookupError):
        index.rebuild(documents())
    assert found(index, "exam") == ["p1"]
    assert len(list(tmp_path.rglob("index-*"))) == 1


def test_the_rest_of_a_killed_rebuild_is_removed_by_the_next(index: SearchIndex, tmp_path: Path) -> None:
    rest = tmp_path / "search" / "index-1-deadbeef"
    rest.mkdir()
    there: list[bool] = []

    def documents() -> Iterator[SearchDocument]:
        there.append(rest.exists())  # it may be what fills the disk
        yield post(1, "exam")

    index.rebuild(documents())
    assert there == [False]


def test_adding_does_not_read_the_documents_of_a_long_import_at_once(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_segments, "BATCH_CHARACTERS", 40)
    taken: list[int] = []
    committed_at: list[int] = []
    commit = SegmentWriter.commit

    def watched(writer: SegmentWriter, **options: object) -> None:
        committed_at.append(len(taken))
        commit(writer, **options)

    def documents() -> Iterator[SearchDocument]:
        for number in range(12):
            taken.append(number)
            yield post(number, "ten exams!")

    monkeypatch.setattr(SegmentWriter, "commit", watched)
    index.add_many(documents())
    assert committed_at == [4, 8, 12]


ACTS = {
    "search": lambda index: index.search("exam", limit=1),
    "add": lambda index: index.add_many([post(9, "exam")], wait=0),
    "remove": lambda index: index.remove_many(["p1"], purge=True, wait=0),
    "check": lambda index: index.check(["p1"]),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_missing_index_says_so(tmp_path: Path, act) -> None:
    index = SearchIndex(tmp_path / "search")
    assert not index.is_ready()
    with pytest.raises(SearchUnavailable):
        act(index)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
@pytest.mark.parametrize("damage", ["*.toc", "*.seg", "current"])
@pytest.mark.parametrize("rest", [b"", b"\x80\x02 not what it was"])
def test_a_broken_index_says_so_and_a_rebuild_cures_it(
    index: SearchIndex, tmp_path: Path, act, damage: str, rest: bytes
) -> None:
    index.add_many([post(1, "exam")])
    for file in tmp_path.rglob(damage):
        file.write_bytes(rest)
    with pytest.raises(SearchUnavailable):
        act(index)
    index.rebuild([post(1, "exam")])
    assert found(index, "exam") == ["p1"]


def test_an_index_whose_folder_is_gone_says_so(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(1, "exam")])
    assert found(index, "exam") == ["p1"]
    for folder in (tmp_path / "search").glob("index-*"):
        shutil.rmtree(folder)
    with pytest.raises(SearchUnavailable):
        found(index, "exam")


def test_an_index_of_another_version_is_refused(index: SearchIndex, tmp_path: Path) -> None:
    (tmp_path / "search" / "current").write_text("index-0-12345678")
    assert not index.is_ready()
    with pytest.raises(SearchUnavailable, match="version"):
        found(index, "exam")


def test_a_directory_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "search").write_text("in the way")
    with pytest.raises(SearchUnavailable):
        SearchIndex(tmp_path / "search").rebuild([post(1, "exam")])


def test_a_full_disk_says_so_and_the_next_write_goes_through(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add_many([post(1, "exam")])

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "commit", refuse)
        with pytest.raises(SearchUnavailable):
            index.add_many([post(2, "exam")])
    assert found(index, "exam") == ["p1"]
    index.add_many([post(2, "exam")])
    assert found(index, "exam") == ["p2", "p1"]


@pytest.mark.parametrize("act", ["add", "remove", "rebuild"])
def test_a_second_writer_is_told_that_the_index_is_busy(index: SearchIndex, tmp_path: Path, act: str) -> None:
    lock = FileLock(str(tmp_path / "search" / "writer.lock"))
    assert lock.acquire()
    acts = {**ACTS, "rebuild": lambda index: index.rebuild([], wait=0)}
    with pytest.raises(SearchBusy):
        acts[act](index)
    lock.release()
    acts[act](index)


def test_readers_and_a_writer_do_not_disturb_each_other(index: SearchIndex, tmp_path: Path) -> None:
    index.add_many([post(0, "exam")])
    failures: list[Exception] = []

    def read(mine: SearchIndex) -> None:
        try:
            for _ in range(150):
                assert found(mine, "exam")[-1] == "p0"
        except Exception as error:
            failures.append(error)

    others = [index, index, SearchIndex(tmp_path / "search")]
    readers = [Thread(target=read, args=[one]) for one in others]
    for reader in readers:
        reader.start()
    for number in range(1, 15):
        index.add_many([post(number, "exam")])
        if number % 5 == 0:
            index.rebuild(post(one, "exam") for one in range(number + 1))
    for reader in readers:
        reader.join()
    others[-1].close()
    assert failures == []


def test_a_search_that_met_a_commit_is_tried_again(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add_many([post(1, "exam")])
    failures = [FileNotFoundError("gone"), EmptyIndexError("gone")]
    generation = IndexFolder.generation

    def sometimes(folder: IndexFolder) -> int:
        if failures:
            raise failures.pop()
        return generation(folder)

    monkeypatch.setattr(IndexFolder, "generation", sometimes)
    assert found(index, "exam") == ["p1"]


def test_threads_do_not_read_at_the_same_time(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[int] = []
    most: list[int] = []

    def watched(*_arguments: object, **_options: object) -> SearchHits:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.005)
        inside.pop()
        return SearchHits([])

    monkeypatch.setattr(engine, "find_newest", watched)
    readers = [Thread(target=found, args=[index, "exam"]) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert most == [1, 1, 1, 1]


def test_another_process_sees_what_was_added(index: SearchIndex, tmp_path: Path) -> None:
    other = SearchIndex(tmp_path / "search")
    assert found(other, "exam") == []
    index.add_many([post(1, "exam")])
    assert found(other, "exam") == ["p1"]
    other.close()


def test_check_names_what_is_missing_and_what_is_too_much(index: SearchIndex) -> None:
    index.add_many([post(1, "exam"), post(2, "exam"), post(3, "exam")])
    index.remove_many(["p3"])
    drift = index.check(["p1", "p3", "p4"])
    assert (drift.missing, drift.extra, drift.is_clean) == (["p3", "p4"], ["p2"], False)


def test_check_is_content_with_an_index_that_agrees(index: SearchIndex) -> None:
    assert index.check([]).is_clean
    index.add_many([post(1, "exam")])
    assert index.check(["p1"]).is_clean
