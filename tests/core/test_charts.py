"""Bars stand where their figures say."""

from core.charts import ROOM_FOR_VALUE, ROW, WIDTH, Bar, bar_chart


def widths(*lengths: float | None) -> list[float]:
    return [one.width for one in bar_chart([Bar("a name", length, "told") for length in lengths]).bars]


def test_the_longest_bar_fills_the_picture_and_the_others_keep_their_share() -> None:
    assert widths(50, 100, 25) == [128, WIDTH - ROOM_FOR_VALUE, 64]


def test_a_figure_that_is_not_told_has_no_bar() -> None:
    assert widths(None, 10) == [0, WIDTH - ROOM_FOR_VALUE]


def test_nothing_but_noughts_is_no_division_by_nought() -> None:
    assert widths(0, None) == [0, 0]


def test_bars_stand_one_under_the_other_inside_the_picture() -> None:
    chart = bar_chart([Bar("a", 1, "1"), Bar("b", 2, "2")])
    assert [one.top for one in chart.bars] == [0, ROW]
    assert chart.bars[-1].bar_at + chart.thickness <= chart.height


def test_a_chart_of_nothing_is_empty() -> None:
    assert bar_chart([]).height == 0
