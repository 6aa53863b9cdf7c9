"""Members of each cluster drawn: those nearest to its centre, and those farthest from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.feature_cells import feature_cells
from wattlab.views.plots.marks import Chart, Note, Panel
from wattlab.views.plots.mosaic import mosaic
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.clustering import Members
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_members"]

_MOST_CLUSTERS: Final = 30
_WIDTH_IN: Final = 8.0
_ROW_IN: Final = 0.32


def plot_members(found: Members, *, theme: ThemeName = "light") -> Plot[Members]:
    """Draw the nearest and farthest members of each cluster, of the thirty largest if there are more.

    Parameters
    ----------
    found : Members
        From `wattlab.insight.clustering.members`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters, members
    >>> plot_members(members(find_clusters(load("digits"), 10)))
    Plot("Members of the clusters of data 'digits'": Members)
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: Members) -> Chart:
    shown = np.sort(np.argsort(-found.counts, kind="stable")[:_MOST_CLUSTERS])
    left_out = len(found.counts) - len(shown)
    panel, size, notes = _images(found, shown) if found.image_shape else _table(found, shown)
    cut = (f"The {len(shown)} largest clusters; {left_out} are left out.",) if left_out else ()
    foot = (f"{found.circumstances}.", *cut, *notes)
    return Chart(f"Members of the clusters of {found.title}", (panel,), panel_in=size, foot=foot)


def _images(found: Members, shown: NDArray[np.int64]) -> tuple[Panel, tuple[float, float], tuple[str, ...]]:
    """Return a row of images for each cluster, an empty column between the nearest and the farthest."""
    assert found.image_shape is not None
    n_columns = 2 * found.n_each + 1
    nearest, farthest = np.split(found.features[shown], 2, axis=1)
    blank = np.full((len(shown), 1, nearest.shape[2]), np.nan)
    samples = np.concatenate([nearest, blank, farthest], axis=1).reshape(-1, nearest.shape[2])
    span = float(np.nanmin(samples)), float(np.nanmax(samples))
    laid = mosaic(samples, found.image_shape, n_columns, gap=(0.12, 0.12), span=span)
    height, width = laid.cell
    names = [
        Note(
            -0.4 * width,
            row * height + laid.shape[0] / 2,
            f"{cluster}: {found.counts[cluster]:,}",
            anchor="right",
        )
        for row, cluster in enumerate(shown.tolist())
    ]
    halves = ((found.n_each / 2, "nearest to the centre"), (n_columns - found.n_each / 2, "farthest from it"))
    heads = [Note(place * width, -0.4 * height, text, anchor="centre") for place, text in halves]
    panel = Panel(
        (laid.picture, *names, *heads),
        bare=True,
        x_span=(-2.2 * width, n_columns * width),
        y_span=(len(shown) * height, -0.8 * height),
    )
    cell_in = _WIDTH_IN / (n_columns + 2.2)
    size = (_WIDTH_IN, max(1.5, cell_in * height / width * (len(shown) + 0.8)))
    note = "At the left: cluster and its samples. From left to right the distance to the centre grows."
    return panel, size, (note,)


def _table(found: Members, shown: NDArray[np.int64]) -> tuple[Panel, tuple[float, float], tuple[str, ...]]:
    """Return the nearest and the farthest member of each cluster as two rows of features."""
    ends = [0, found.features.shape[1] - 1]
    values = found.features[shown][:, ends].reshape(2 * len(shown), -1)
    names = [f"{cluster} {which}" for cluster in shown.tolist() for which in ("nearest", "farthest")]
    cells, notes = feature_cells(values, names, found.feature_names, found.middle, found.spread)
    size = (_WIDTH_IN, max(3.0, 1.2 + _ROW_IN * len(names)))
    return Panel((cells,), y_label="member of a cluster"), size, notes
