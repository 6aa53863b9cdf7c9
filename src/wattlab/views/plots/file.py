"""A plot as a file: a figure, a page, or its numbers, as the file's suffix says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from wattlab.records.files import write_with_folder
from wattlab.views.drawing import as_file
from wattlab.views.page import write_page
from wattlab.views.plots.numbers import to_json
from wattlab.views.plots.page import plot_sections
from wattlab.views.suffixes import check_suffix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.views.plots.marks import Chart

__all__ = ["check_plot_path", "write_plot"]

_SUFFIXES: Final = (".png", ".svg", ".pdf", ".html", ".json")


class Drawn(Protocol):
    """A figure, its data, and the chart that joins them: a `wattlab.views.plots.plot.Plot`."""

    @property
    def figure(self) -> Figure:
        """Drawn by matplotlib."""

    @property
    def data(self) -> object:
        """What was computed."""

    @property
    def chart(self) -> Chart:
        """The figure as data."""


def check_plot_path(path: Path | str) -> Path:
    """Return the path of a file that a plot can be written to; before anything is computed.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none that is known, or the folder takes no files.

    Examples
    --------
    >>> check_plot_path("plot.jpg")
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'plot.jpg' has the suffix '.jpg'; for a plot let it end in .png, .svg or .pdf ...
    """
    path = Path(path)
    wanted = (
        "for a plot let it end in .png, .svg or .pdf (the figure), "
        ".html (a page that needs no network) or .json (all numbers)"
    )
    check_suffix(path, _SUFFIXES, wanted)
    return path


def write_plot(plot: Drawn, path: Path | str) -> Path:
    """Write a plot; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    plot : Plot
        Any.
    path : path
        Its suffix says what is written. The folder is made if it does not exist.

    Returns
    -------
    Path

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none that is known, or the file cannot be written.
    """
    path = check_plot_path(path)
    suffix = path.suffix.lower()
    if suffix == ".html":
        write_page(path, plot.chart.title or "Plot", "", plot_sections(plot.chart))
    elif suffix == ".json":
        write_with_folder(path, f"{to_json(plot.data)}\n".encode())
    else:
        write_with_folder(path, as_file(plot.figure, suffix))
    return path
