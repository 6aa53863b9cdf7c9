"""What figures by matplotlib share: ink, rows, logarithmic scales, and how they become PNG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_with_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GREY", "GRID", "INK", "LINE", "as_file", "dress_rows", "make_logarithmic", "png", "save_png"]

INK: Final = "#2b2f36"
GREY: Final = "#6b7280"
LINE: Final = "#c3c8d0"
GRID: Final = "#e5e7eb"


def as_file(figure: Figure, suffix: str) -> bytes:
    """Return a figure as the content of a file with this suffix: ".png", ".svg" or ".pdf"."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix[1:], dpi=150)
    return buffer.getvalue()


def png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file."""
    return as_file(figure, ".png")


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG file; its folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the file cannot be written.
    """
    write_with_folder(path, png(figure))


def make_logarithmic(axes: Axes) -> None:
    """Make the x axis logarithmic, with ticks that are numbers one can read."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def dress_rows(axes: Axes, labels: Sequence[str], x_label: str, label_size: int) -> None:
    """Give each row of a table its name, the first on top, and take away what frames them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        One row of the table at each whole number of y.
    labels : sequence of str
        The rows' names.
    x_label : str
        What lies along x, with its unit.
    label_size : int
        Size of all labels. Unit: pt.
    """
    axes.set_xlabel(x_label, color=GREY)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(max(1, len(labels)) - 0.5, -0.5)
    axes.tick_params(colors=GREY, labelsize=label_size)
    axes.tick_params("y", length=0, labelcolor=INK)
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
