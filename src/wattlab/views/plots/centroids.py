"""Centroids drawn: as images, or as a table of features."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

from wattlab.views.plots.feature_cells import feature_cells
from wattlab.views.plots.marks import Chart, Panel
from wattlab.views.plots.mosaic import mosaic
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.clustering import Centroids
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_centroids"]

_WIDTH_IN: Final = 8.0
_ROW_IN: Final = 0.32


def plot_centroids(found: Centroids, *, theme: ThemeName = "light") -> Plot[Centroids]:
    """Draw the centroids of clusters, each with its number and how many samples it has.

    Parameters
    ----------
    found : Centroids
        From `wattlab.insight.clustering.centroids`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import centroids, find_clusters
    >>> plot_centroids(centroids(find_clusters(load("digits"), 10)))
    Plot("Centroids of data 'digits'": Centroids)
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: Centroids) -> Chart:
    panel, size, notes = _images(found) if found.image_shape else _table(found)
    foot = (
        f"{found.circumstances}.",
        *notes,
        *([f"{found.note[0].upper()}{found.note[1:]}."] if found.note else []),
    )
    return Chart(f"Centroids of {found.title}", (panel,), panel_in=size, foot=foot)


def _images(found: Centroids) -> tuple[Panel, tuple[float, float], tuple[str, ...]]:
    assert found.image_shape is not None
    count = len(found.values)
    n_columns = count if count <= 5 else ceil(sqrt(1.6 * count))
    laid = mosaic(found.values, found.image_shape, n_columns, gap=(0.3, 0.15))
    font = max(5.0, min(9.0, 80 / n_columns))
    notes = [
        laid.below(place, f"{place}: {samples:,}", font)
        for place, samples in enumerate(found.counts.tolist())
    ]
    height, width = laid.picture.pixels.shape[:2]
    size = (_WIDTH_IN, max(1.2, _WIDTH_IN * height / width))
    return Panel((laid.picture, *notes), bare=True), size, ("Below each: cluster and its samples.",)


def _table(found: Centroids) -> tuple[Panel, tuple[float, float], tuple[str, ...]]:
    names = [f"{place} ({samples:,})" for place, samples in enumerate(found.counts.tolist())]
    cells, notes = feature_cells(found.values, names, found.feature_names, found.middle, found.spread)
    panel = Panel((cells,), y_label="cluster (samples)")
    return panel, (_WIDTH_IN, max(3.0, 1.2 + _ROW_IN * len(names))), notes
