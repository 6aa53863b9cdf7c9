"""The figure of a study of super-convergence as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views.colours import run_colour
from wattlab.views.figures import draw_chart
from wattlab.views.superconvergence_charts import (
    superconvergence_chart,
    superconvergence_ends,
    superconvergence_labels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.studies.superconvergence.answer import Superconvergence

__all__ = ["draw_superconvergence"]

_KEY: Final = "End of each training: ● reached the target  × missed it"
_CHARACTERS: Final = 165


def draw_superconvergence(answer: Superconvergence) -> Figure:
    """Draw scores by epoch, energy and time, and the learning rates.

    Parameters
    ----------
    answer : Superconvergence
        One in which nothing was chosen gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    chart = superconvergence_chart(answer)
    if not chart.panels:
        figure = Figure((6.0, 2.0))
        figure.text(0.5, 0.5, f"{answer.title}\nnothing was trained", ha="center", va="center")
        return figure
    figure = draw_chart(
        chart._replace(caption=f"{_KEY}\n{fill(chart.caption, _CHARACTERS)}"), superconvergence_labels(answer)
    )
    figure.axes[0].xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    for axes, panel in zip(figure.axes, chart.panels, strict=False):
        for end in superconvergence_ends(answer, panel):
            marker = "o" if end.reached else "x"
            axes.plot(
                end.x,
                end.y,
                marker,
                color=run_colour(end.run),
                markersize=6,
                markeredgewidth=1.8,
                clip_on=False,
            )
    return figure
