"""The silhouette diagram: the coefficients of each cluster, largest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.errors import UnsupportedError
from wattlab.views.colours import run_colour
from wattlab.views.plots.marks import Area, Chart, Panel, Rule
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.clustering import Silhouette
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_silhouette"]

_MOST_TICKS: Final = 24
_GAP: Final = 0.012
"""Between two clusters, as a share of all samples."""


def plot_silhouette(found: Silhouette, *, theme: ThemeName = "light") -> Plot[Silhouette]:
    """Draw the silhouette of each sample, cluster by cluster.

    Parameters
    ----------
    found : Silhouette
        From `wattlab.insight.clustering.silhouette`.
    theme : {"light", "dark"}
        Of paper and text.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If there are no silhouettes, as of a single cluster.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters, silhouette
    >>> plot_silhouette(silhouette(find_clusters(load("digits"), 10)))
    Plot("Silhouettes of data 'digits'": Silhouette)
    """
    if found.reason:
        msg = f"{found.title}: {found.reason}; take another number of clusters"
        raise UnsupportedError(msg)
    return make_plot(_chart(found), found, theme)


def _chart(found: Silhouette) -> Chart:
    gap = max(1.0, _GAP * len(found.values))
    areas, middles, low = [], [], 0.0
    for cluster in range(len(found.means)):
        values = np.sort(found.values[found.clusters == cluster])
        if not len(values):
            continue
        heights = low + np.repeat(np.arange(len(values) + 1.0), 2)[1:-1]
        x = np.concatenate([[0.0], np.repeat(values, 2), [0.0]])
        y = np.concatenate([heights[:1], heights, heights[-1:]])
        areas.append(Area(x, y, run_colour(cluster), alpha=0.85))
        middles.append((low + len(values) / 2, str(cluster)))
        low += len(values) + gap
    panel = Panel(
        (*areas, Rule(found.mean, "y", colour="ink", text=f"mean {found.mean:.3f}")),
        x_label="silhouette coefficient",
        y_label="cluster",
        x_span=(min(-0.1, float(found.values.min()) - 0.02), max(0.5, float(found.values.max()) + 0.05)),
        y_span=(-gap, low),
        y_ticks=tuple(middles[:: -(-len(middles) // _MOST_TICKS)]),
    )
    return Chart(f"Silhouettes of {found.title}", (panel,), panel_in=(7.0, 5.6), foot=_foot(found))


def _foot(found: Silhouette) -> tuple[str, ...]:
    drawn = f"Found from {len(found.rows):,} of them, chosen at random."
    return (
        f"{found.circumstances}.",
        *(() if found.is_exact else (drawn,)),
        "1: far from any other cluster. 0: between two. Below 0: closer to another cluster's members than to its own.",
    )
