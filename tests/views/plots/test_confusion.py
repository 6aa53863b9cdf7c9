"""The chart of a confusion matrix."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from tests.views.plots.baselines import compared

from wattlab.insight.mistakes.confusion import confusion_of_counts
from wattlab.views.plots.confusion import plot_confusion
from wattlab.views.plots.marks import Cells

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.insight.mistakes.confusion import Confusion
    from wattlab.views.plots.marks import Panel
    from wattlab.views.plots.plot import Plot

FOUND = confusion_of_counts(
    [[18, 2, 0], [1, 9, 0], [0, 0, 0]], ("cat", "dog", "a class of a long name"), "validation"
)


@cache
def drawn() -> Plot[Confusion]:
    return plot_confusion(FOUND)


def cells(panel: Panel) -> Cells:
    (mark,) = panel.marks
    assert isinstance(mark, Cells)
    return mark


def test_cells_say_counts_or_shares_and_scores_stand_beside_them() -> None:
    counts, scores = drawn().chart.panels
    assert cells(counts).texts == [["18", "2", ""], ["1", "9", ""], ["", "", ""]]
    assert cells(counts).row_names == ["cat", "dog", "a class of a …"]
    assert cells(scores).row_names == ["cat (20)", "dog (10)", "a class of a … (0)", "macro"]
    assert cells(scores).texts[2] == ["", "", ""]
    np.testing.assert_allclose(cells(scores).values[:2, 1], [0.9, 0.9])
    shares = plot_confusion(FOUND, normalise="predicted").chart.panels[0]
    assert cells(shares).texts[0] == ["94.7%", "18.2%", ""]
    assert drawn().chart.title == "Confusion on the validation part"
    assert plot_confusion(FOUND._replace(run="one")).chart.title == "Confusion of one on the validation part"


def test_right_and_wrong_have_their_own_sides_of_the_colours() -> None:
    values = cells(drawn().chart.panels[0]).values
    assert (values[0, 0], values[1, 1]) == (1.0, 1.0)
    assert values[0, 1] == -1.0
    assert np.isnan(values[2]).all()
    nothing = confusion_of_counts(np.zeros((2, 2)), ("a", "b"))
    assert np.isnan(cells(plot_confusion(nothing).chart.panels[0]).values).all()


def test_many_classes_have_colours_alone() -> None:
    many = confusion_of_counts(np.eye(70), [str(number) for number in range(70)])
    chart = plot_confusion(many).chart
    matrix = cells(chart.panels[0])
    assert (matrix.texts, matrix.row_names) == ((), [])
    assert "no mistakes" in chart.foot


@compared
def test_picture_of_confusion() -> Figure:
    return drawn().figure
