"""Decoded codes drawn: images in rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views.plots.marks import Chart, Note, Panel
from wattlab.views.plots.mosaic import mosaic
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.latent.decoding import Decoded
    from wattlab.views.plots.mosaic import Mosaic
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["decoded_panel", "plot_decoded"]


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
    assert panel.x_span is not None
    assert panel.y_span is not None
    (left, right), (bottom, top) = panel.x_span, panel.y_span
    width_in = min(10.0, max(4.0, 0.95 * found.outputs.shape[1]))
    size = (width_in, max(0.8, width_in * (bottom - top) / (right - left)))
    return make_plot(Chart(_title(found), (panel,), panel_in=size), found, theme)


def decoded_panel(found: Decoded) -> Panel:
    """Return the images as a panel, with the names of rows and columns.

    Parameters
    ----------
    found : Decoded
        Any.
    """
    n_rows, n_columns, width = found.outputs.shape
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
