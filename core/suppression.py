"""What keeps a count from being about somebody: a small one is not told, nor what would give it away."""

from collections.abc import Sequence
from math import ceil

SMALLEST = 10


def suppressed(count: int) -> int | None:
    """The count, or None when it is under ten.

    Zero is not told either: from one day to the next, "none" and "fewer than 10" would tell of one person.
    """
    return count if count >= SMALLEST else None


def told_parts(total: int, parts: Sequence[int]) -> tuple[int | None, list[int | None]]:
    """A total and the parts that it is made of, as far as they may be told.

    Small parts are not told. What they are together is the total less the parts that are told; so the total
    is not told either when the hidden ones are fewer than ten together, as one alone always is.
    """
    told = [suppressed(part) for part in parts]
    hidden = [part for part, shown in zip(parts, told, strict=True) if shown is None]
    gives_away = bool(hidden) and sum(hidden) < SMALLEST
    return (None if gives_away else suppressed(total)), told


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
