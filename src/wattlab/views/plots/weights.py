"""Weights of a layer as a chart: an image a unit, or a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.marks import Cells, Chart, Panel
from wattlab.views.plots.plot import make_plot
from wattlab.views.plots.tiles import side_by_side, tiles

if TYPE_CHECKING:
    from wattlab.insight.inside.weights import LayerWeights
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_weights"]

_MOST_NAMES: Final = 40
_MOST_TEXTS: Final = 16
_COLOURS: Final = "RdBu_r"


def plot_weights(found: LayerWeights, *, theme: ThemeName = "light") -> Plot[LayerWeights]:
    """Draw the weights of each unit, red above zero, blue below it, with one scale for all.

    Parameters
    ----------
    found : LayerWeights
        What `wattlab.insight.inside.layer_weights` returned.
    theme : {"light", "dark"}
        Of paper and text.
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: LayerWeights) -> Chart:
    shown = len(found.units)
    some = "" if shown == found.n_units else f"; {shown} of {found.n_units} shown"
    name, _, what = found.layer.partition(": ")
    title = f"Weights of {found.run}, {name}\n{what}{some}"
    most = float(np.nanmax(np.abs(found.values), initial=0.0)) or 1.0
    if found.image_shape is None:
        return _matrix(found, title, most)
    images = found.values.reshape(-1, *found.image_shape)
    captions = [f"{unit}" for unit in found.units.tolist()]
    drawn = tiles(
        [side_by_side(image) for image in images],
        captions,
        colour_map=_COLOURS,
        span=(-most, most),
        bar="weight",
    )
    return Chart(title, [drawn.panel], 1, drawn.panel_in, found.notes)


def _matrix(found: LayerWeights, title: str, most: float) -> Chart:
    """Return inputs as rows, units as columns."""
    values = found.values.T
    named = len(values) <= _MOST_NAMES
    few = named and values.shape[1] <= _MOST_TEXTS
    texts = [["" if np.isnan(one) else f"{one:.2f}" for one in row] for row in values.tolist()] if few else ()
    units = [f"{unit}" for unit in found.units.tolist()]
    cells = Cells(values, texts, found.input_names if named else (), units, _COLOURS, (-most, most), "weight")
    size = (2.4 + 0.42 * max(10, len(units)), 1.6 + 0.3 * min(max(4, len(values)), _MOST_NAMES))
    return Chart(title, [Panel([cells], "", "unit", "input")], 1, size, found.notes)
