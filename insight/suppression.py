"""What keeps a count from being about somebody: a small one is not told."""

from collections.abc import Sequence
from math import ceil

SMALLEST = 10


def suppressed(count: int) -> int | None:
    """The count, or None when it is under ten.

    Zero is not told either: from one day to the next, "none" and "fewer than 10" would tell of one person.
    """
    return count if count >= SMALLEST else None


def percentile(histogram: Sequence[tuple[int, int]], share: float) -> int | None:
    """The value that this share of a histogram does not exceed (nearest rank), or None when it counts fewer
    than ten. `histogram` holds (value, how many), the smallest value first.
    """
    total = sum(count for _, count in histogram)
    if suppressed(total) is None:
        return None
    reached = 0
    for value, count in histogram:
        reached += count
        if reached >= ceil(total * share):
            return value
    raise AssertionError("a share is at most 1")
