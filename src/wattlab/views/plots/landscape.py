"""The loss of a run around its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.units import significant
from wattlab.views.colours import BLUE, ORANGE
from wattlab.views.plots.marks import Chart, Contours, Field, Line, Panel, Points, Rule, Surface
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.theory.landscape import Landscape
    from wattlab.views.plots.marks import Mark, Ticks
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_landscape"]

_PALE: Final = 0.55
"""So that lines and what they carry can be read on all colours, which look alike in both panels."""
_LABELS: Final = {
    "random": ("first random direction (filter lengths)", "second random direction (filter lengths)"),
    "line": ("from the initial weights (0) to the last (1)", ""),
    "trajectory": ("first main direction", "second main direction"),
}


def plot_landscape(found: Landscape, *, theme: ThemeName = "light") -> Plot[Landscape]:
    """Draw the loss as levels with the surface beside them, or, on a line, loss and score.

    Parameters
    ----------
    found : Landscape
        From `wattlab.insight.theory.landscape`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> import wattlab
    >>> from wattlab.insight.theory import landscape
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> plot_landscape(landscape(run, "line", points=5)).chart.title
    'Loss landscape of run ...'
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: Landscape) -> Chart:
    panels = _line(found) if found.y is None else (_levels(found), _solid(found))
    return Chart(f"Loss landscape of run {found.run}", panels, n_columns=2, foot=_foot(found))


def _line(found: Landscape) -> tuple[Panel, ...]:
    label = _LABELS[found.kind][0]
    ends: tuple[Mark, ...] = (Rule(0.0, "y", text="start"), Rule(1.0, "y", text="end"))
    return (
        Panel((Line(found.x, found.losses, colour=ORANGE), *ends), x_label=label, y_label="loss"),
        Panel((Line(found.x, found.scores, colour=BLUE), *ends), x_label=label, y_label=found.score_name),
    )


def _levels(found: Landscape) -> Panel:
    assert found.y is not None
    across, up = _axis_labels(found)
    marks: list[Mark] = [
        Field(found.x, found.y, found.losses, bar="loss", alpha=_PALE),
        Contours(found.x, found.y, found.losses, found.levels[1::2], width=0.8, labelled=True),
    ]
    if found.trajectory is not None:
        texts = [f"epoch {epoch}" for epoch in found.trajectory_epochs]
        x, y = found.trajectory.T
        marks += [
            Line(x, y, colour=ORANGE),
            Points(x, y, colour=ORANGE, name="after each epoch kept", texts=texts),
        ]
    return Panel([*marks, _end(found)], x_label=across, y_label=up)


def _end(found: Landscape) -> Points:
    zero = found.x[:1] * 0.0
    return Points(
        zero, zero, colour="ink", shape="star", size=9.0, name=f"the run: loss {significant(found.loss)}"
    )


def _solid(found: Landscape) -> Panel:
    assert found.y is not None
    across, up = _axis_labels(found)
    return Panel(
        (Surface(found.x, found.y, found.losses, bar="loss", alpha=_PALE),),
        x_label=across.partition(" (")[0],
        y_label=up.partition(" (")[0],
        z_label="loss",
        x_ticks=_few_ticks(found.x),
        y_ticks=_few_ticks(found.y),
    )


def _few_ticks(axis: NDArray[np.float64]) -> Ticks:
    """Return round places, so few that their numbers do not meet."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(axis[0]), float(axis[-1])
    places = map(float, MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high))
    return tuple((place, f"{place:.3g}") for place in places if low <= place <= high)


def _axis_labels(found: Landscape) -> tuple[str, str]:
    across, up = _LABELS[found.kind]
    if not found.shares:
        return across, up
    return (
        f"{across} ({found.shares[0]:.0%} of the trajectory)",
        f"{up} ({found.shares[1]:.0%} of the trajectory)",
    )


def _foot(found: Landscape) -> tuple[str, ...]:
    told = f"Mean loss over {found.n_samples} samples of the {found.part} part, without regularisation."
    if found.y is None:
        return (told,)
    return (told, "One colour is one loss in both panels; the lines' levels lie closer near the lowest loss.")
