"""Charts as drawings: where each bar of a bar chart stands, in the units of its picture.

Pure arithmetic: the words, the table beside the picture and the colours are the template's
(`templates/_macros/charts.html`). A picture is as wide as a small phone, so that its words keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 320
ROW = 44  # one bar with its words above it
THICKNESS = 14
ROOM_FOR_VALUE = 64  # beside the longest bar


@dataclass(frozen=True)
class Bar:
    """One bar: its name, how long it is, and the value in words. A length of None is told and not drawn."""

    label: str
    length: float | None
    told: str


@dataclass(frozen=True)
class DrawnBar:
    """One bar in the units of the picture."""

    bar: Bar
    top: int
    width: float

    @property
    def words_at(self) -> int:
        """The line on which the name stands."""
        return self.top + 16

    @property
    def bar_at(self) -> int:
        """The upper edge of the bar."""
        return self.top + 24

    @property
    def value_at(self) -> float:
        """Where the value begins, beside the bar."""
        return self.width + (6 if self.width else 0)


@dataclass(frozen=True)
class BarChart:
    """A picture of bars that lie, one under the other."""

    bars: Sequence[DrawnBar]
    width: int
    height: int
    thickness: int = THICKNESS


def bar_chart(bars: Sequence[Bar]) -> BarChart:
    """Place bars so that the longest fills the picture. Lengths are not negative."""
    longest = max((bar.length or 0 for bar in bars), default=0)
    room = WIDTH - ROOM_FOR_VALUE
    drawn = [
        DrawnBar(
            bar=bar,
            top=place * ROW,
            width=round(room * (bar.length or 0) / longest, 1) if longest else 0,
        )
        for place, bar in enumerate(bars)
    ]
    return BarChart(bars=drawn, width=WIDTH, height=ROW * len(bars))
