"""Loss landscapes as plots: what is drawn, without pixels, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.insight.theory import Landscape
from wattlab.insight.theory.surface import risen_levels
from wattlab.views.landscape_text import print_landscape
from wattlab.views.plots.landscape import plot_landscape
from wattlab.views.plots.marks import Contours, Field, Line, Points, Rule, Surface

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AXIS = np.linspace(-1, 1, 11)
BOWL = 0.5 + AXIS**2 + 2 * AXIS[:, None] ** 2
WAY = np.array([[0.8, -0.8], [0.3, -0.5], [0.0, 0.0]])


def _made(**changes: object) -> Landscape:
    found = Landscape(
        "digits-1",
        "random",
        "training",
        100,
        AXIS,
        AXIS,
        BOWL,
        1 - BOWL / 4,
        risen_levels(BOWL),
        0.5,
        0.9,
        "accuracy",
    )
    return found._replace(**changes)  # type: ignore[arg-type]


def test_levels_and_surface_are_those_computed() -> None:
    flat, solid = plot_landscape(_made()).chart.panels
    lines = next(mark for mark in flat.marks if isinstance(mark, Contours))
    np.testing.assert_array_equal(lines.z, BOWL)
    (surface,) = solid.marks
    assert isinstance(surface, Surface)
    np.testing.assert_array_equal(surface.z, BOWL)
    field = flat.marks[0]
    assert isinstance(field, Field)
    assert (field.bar, field.alpha, field.span) == (surface.bar, surface.alpha, surface.span)
    np.testing.assert_array_equal(field.z, surface.z)
    end = flat.marks[-1]
    assert isinstance(end, Points)
    assert end.name == "the run: loss 0.500"


def test_a_line_has_loss_and_score() -> None:
    found = _made(kind="line", y=None, losses=BOWL[5], scores=1 - BOWL[5], levels=())
    losses, scores = plot_landscape(found).chart.panels
    assert (losses.y_label, scores.y_label) == ("loss", "accuracy")
    curve, start, end = losses.marks
    assert isinstance(curve, Line)
    np.testing.assert_array_equal(curve.y, BOWL[5])
    assert isinstance(start, Rule)
    assert isinstance(end, Rule)
    assert (start.at, end.at) == (0.0, 1.0)


@compared
def test_picture_of_landscape() -> Figure:
    found = _made(kind="trajectory", trajectory=WAY, trajectory_epochs=(0, 1, 2), shares=(0.7, 0.2))
    flat, _ = plot_landscape(found).chart.panels
    path = next(mark for mark in flat.marks if isinstance(mark, Line))
    np.testing.assert_array_equal(path.x, WAY[:, 0])
    assert flat.x_label == "first main direction (70% of the trajectory)"
    return plot_landscape(found).figure


@pytest.mark.parametrize(("points", "listed", "said"), [(11, 11, False), (41, 11, True)])
def test_a_table_lists_all_places_or_says_which(
    points: int, listed: int, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    axis = np.linspace(-1, 1, points)
    bowl = axis**2 + axis[:, None] ** 2
    print_landscape(_made(x=axis, y=axis, losses=bowl, scores=bowl))
    printed = capsys.readouterr().out
    table = printed.split("\n\n")[1]
    assert len(table.splitlines()) == 1 + listed
    assert (f"1 place in 4 of the {points} along each direction" in printed) == said
