"""A small count is not told, and nothing that is told gives it away."""

import itertools

import pytest

from core.suppression import SMALLEST, percentile, suppressed, told_parts


@pytest.mark.parametrize(("count", "told"), [(0, None), (9, None), (10, 10), (250, 250)])
def test_a_count_is_told_from_ten_on(count: int, told: int | None) -> None:
    assert suppressed(count) == told


def test_parts_of_ten_and_more_are_told_with_their_total() -> None:
    assert told_parts(75, [40, 20, 15]) == (75, [40, 20, 15])


def test_one_hidden_part_hides_the_total() -> None:
    assert told_parts(63, [40, 20, 3]) == (None, [40, 20, None])


def test_two_hidden_parts_that_are_few_together_hide_the_total() -> None:
    assert told_parts(45, [40, 2, 3]) == (None, [40, None, None])


def test_two_hidden_parts_that_are_ten_together_leave_the_total() -> None:
    assert told_parts(56, [40, 8, 8]) == (56, [40, None, None])


def test_no_small_part_and_no_small_sum_of_parts_can_be_computed() -> None:
    for parts in itertools.product(range(0, 24, 3), repeat=3):
        total, told = told_parts(sum(parts), parts)
        hidden = [part for part, shown in zip(parts, told, strict=True) if shown is None]
        if total is not None and hidden:
            left = total - sum(shown for shown in told if shown is not None)
            assert len(hidden) > 1
            assert left >= SMALLEST


def test_a_percentile_is_the_nearest_rank_and_not_told_of_fewer_than_ten() -> None:
    assert percentile([(5, 5), (10, 4), (60, 1)], 0.5) == 5
    assert percentile([(5, 5), (10, 4), (60, 1)], 0.9) == 10
    assert percentile([(5, 5), (10, 4)], 0.5) is None
