"""Decoded codes drawn: images in rows and columns."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from wattlab.views.plots.marks import Chart, Note, Panel
from wattlab.views.plots.mosaic import mosaic
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.insight.latent.decoding import Decoded
    from wattlab.views.plots.mosaic import Mosaic
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["decoded_panel", "decoded_panels", "plot_decoded"]

_TITLE_IN: Final = 0.3


def plot_decoded(found: Decoded, *, theme: ThemeName = "light") -> Plot[Decoded]:
    """Draw what a decoder makes of codes.

    Parameters
    ----------
    found : Decoded
        From `wattlab.insight.latent.walk`, `draw_samples` or `interpolate`.
    theme : {"light", "dark"}
        Of paper and text.

    Notes
    -----
    Outputs that are no images are drawn as rows of cells, a number each.
    """
    panel = decoded_panel(found)._replace(title="")
    width_in = min(10.0, max(4.0, 0.95 * found.outputs.shape[1]))
    size = (width_in, max(0.8, width_in * _aspect(panel)))
    return make_plot(Chart(_title(found), (panel,), panel_in=size), found, theme)


def decoded_panels(ones: Sequence[Decoded], panel_in: tuple[float, float]) -> list[Panel]:
    """Return panels for a row of a chart, about as high as the first, and no higher than their images.

    Parameters
    ----------
    ones : sequence of Decoded
        Those without names of rows and columns may be laid out in rows of any length.
    panel_in : (float, float)
        Width and height of the chart's panels. Unit: inch.
    """
    panels: list[Panel] = []
    for one in ones:
        free = panels and not one.row_names and not one.column_names
        panels.append(decoded_panel(one, _columns(one, _aspect(panels[0])) if free else None))
    width, height = panel_in
    return [one._replace(height=min(1.5, (_TITLE_IN + width * _aspect(one)) / height)) for one in panels]


def _columns(found: Decoded, aspect: float) -> int:
    """Return how many images lie side by side if all of them are to be `aspect` times as high as wide."""
    n_rows, n_columns, width = found.outputs.shape
    high, wide, _ = found.image_shape or (1, width, 1)
    return max(1, round(sqrt(n_rows * n_columns * high / wide / aspect)))


def _aspect(panel: Panel) -> float:
    """Return height by width of what a panel shows."""
    assert panel.x_span is not None
    assert panel.y_span is not None
    (left, right), (bottom, top) = panel.x_span, panel.y_span
    return (bottom - top) / (right - left)


def decoded_panel(found: Decoded, n_columns: int | None = None) -> Panel:
    """Return the images as a panel, with the names of rows and columns.

    Parameters
    ----------
    found : Decoded
        Any.
    n_columns : int, optional
        Images side by side; left out: as the codes are.
    """
    n_rows, of_codes, width = found.outputs.shape
    n_columns = n_columns or of_codes
    shape = found.image_shape or (1, width, 1)
    gap = (0.3 if found.column_names else 0.12, 0.12)
    laid = mosaic(found.outputs.reshape(-1, width), shape, n_columns, gap=gap)
    last = (n_rows - 1) * n_columns
    notes = [laid.below(last + place, name, 8.0) for place, name in enumerate(found.column_names)]
    high, wide = laid.picture.pixels.shape[:2]
    room = 0.9 * laid.cell[1] if found.row_names else 0.0
    return Panel(
        (laid.picture, *notes, *_row_names(found, laid)),
        _title(found),
        equal=True,
        x_span=(-room - 0.5, wide - 0.5),
        y_span=(high - 0.5, -0.5),
        bare=True,
    )


def _row_names(found: Decoded, laid: Mosaic) -> list[Note]:
    middle = laid.shape[0] / 2 - 0.5
    return [
        Note(-1.5, row * laid.cell[0] + middle, name, anchor="right", size=8.0)
        for row, name in enumerate(found.row_names)
    ]


def _title(found: Decoded) -> str:
    return f"Decoded: {found.what}"
