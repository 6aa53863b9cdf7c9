"""A plot: the figure, and the data that it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from wattlab.views.drawing import png
from wattlab.views.plots.static import draw

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from wattlab.views.plots.marks import Chart
    from wattlab.views.plots.themes import ThemeName

__all__ = ["Plot", "make_plot"]

Data = TypeVar("Data")


class Plot(NamedTuple, Generic[Data]):
    """A figure with what it shows. In a notebook it is the figure.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        Yours to change.
    data : NamedTuple
        What was computed.
    chart : Chart
        The figure as data: its panels, and the marks in each.
    """

    figure: Figure
    data: Data
    chart: Chart

    def save(self, path: Path | str) -> Path:
        """Write it as a file, and return the path.

        Parameters
        ----------
        path : path
            ``.png``, ``.svg`` and ``.pdf``: the figure; ``.html``: a page that needs no network; ``.json``: the data.
            The folder is made if it does not exist.

        Raises
        ------
        wattlab.errors.StorageError
            If the suffix is another, or the file cannot be written.
        """
        from wattlab.views.plots.file import write_plot

        return write_plot(self, path)

    def interactive(self) -> tuple[Any, ...]:
        """Return each panel as a ``plotly.graph_objects.Figure``."""
        from wattlab.views.plots.interactive import panel_figure

        return tuple(panel_figure(panel, self.chart) for panel in self.chart.panels)

    def _repr_png_(self) -> bytes:
        return png(self.figure)

    def __repr__(self) -> str:
        return f"Plot({self.chart.title!r}: {type(self.data).__name__})"


def make_plot(chart: Chart, data: Data, theme: ThemeName = "light") -> Plot[Data]:
    """Draw a chart, and keep it together with its data.

    Parameters
    ----------
    chart : Chart
        What is to be drawn.
    data : NamedTuple
        Whence it comes.
    theme : {"light", "dark"}
        Of paper, text and frames.
    """
    return Plot(draw(chart, theme), data, chart)
