"""Clusters by class, as a table that is coloured by the share of each class in a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.marks import Cells, Chart, Panel
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.clustering import Composition
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_composition"]

_MOST_ROWS: Final = 40
_MOST_COLUMNS: Final = 30
_ROW_IN: Final = 0.3


def plot_composition(found: Composition, *, theme: ThemeName = "light") -> Plot[Composition]:
    """Draw how many samples of each class lie in each cluster.

    Parameters
    ----------
    found : Composition
        From `wattlab.insight.clustering.composition`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import composition, find_clusters
    >>> plot_composition(composition(find_clusters(load("digits"), 10)))
    Plot("Classes in the clusters of data 'digits'": Composition)
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: Composition) -> Chart:
    n_clusters, n_classes = found.counts.shape
    sizes = found.counts.sum(axis=1, keepdims=True)
    shares = np.where(sizes > 0, found.counts / np.maximum(sizes, 1), np.nan)
    has_room = n_clusters <= _MOST_ROWS and n_classes <= _MOST_COLUMNS
    cells = Cells(
        shares,
        texts=[[f"{count:,}" if count else "" for count in row] for row in found.counts.tolist()]
        if has_room
        else (),
        row_names=_thinned([str(row) for row in range(n_clusters)], _MOST_ROWS),
        column_names=_thinned(found.classes, _MOST_COLUMNS),
        span=(0.0, 1.0),
        bar="share of the cluster",
    )
    panel = Panel((cells,), x_label="class", y_label="cluster")
    size = (min(12.0, max(6.0, 1.6 + 0.6 * n_classes)), min(12.0, max(3.0, 1.0 + _ROW_IN * n_clusters)))
    return Chart(f"Classes in the clusters of {found.title}", (panel,), panel_in=size, foot=_foot(found))


def _thinned(names: list[str] | tuple[str, ...], most: int) -> list[str]:
    """Return names with all but every so many left empty, so that they do not lie on each other."""
    step = -(-len(names) // most)
    return [name if place % step == 0 else "" for place, name in enumerate(names)]


def _foot(found: Composition) -> tuple[str, ...]:
    return (
        f"{found.circumstances}.",
        f"Purity {found.purity:.3f}: the share of samples that are of their cluster's main class.",
        f"Homogeneity {found.homogeneity:.3f}, completeness {found.completeness:.3f}.",
        f"V-measure {found.v_measure:.3f}, adjusted Rand index {found.adjusted_rand:.3f}.",
    )
