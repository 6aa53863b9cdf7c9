"""The chart of a layer's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.views.plots.baselines import compared

from wattlab.insight.inside.weights import LayerWeights
from wattlab.views.plots.marks import Cells, Picture
from wattlab.views.plots.weights import plot_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def weights(shape: tuple[int, int, int] | None) -> LayerWeights:
    values = np.random.default_rng(0).normal(0, 0.2, (6, 18))
    values[:, 4] = np.nan
    names = () if shape else tuple(f"feature {number}" for number in range(18))
    return LayerWeights(
        "one", "h: dense", 20, np.arange(6), values, np.zeros(6), np.ones(6), shape, names, ("1 left out.",)
    )


def test_all_units_share_one_scale_about_zero() -> None:
    found = weights((3, 3, 2))
    chart = plot_weights(found).chart
    (panel,) = chart.panels
    pictures = [mark for mark in panel.marks if isinstance(mark, Picture)]
    most = np.nanmax(np.abs(found.values))
    assert {one.span for one in pictures} == {(-most, most)}
    assert [one.bar for one in pictures] == ["weight", *[None] * 5]
    # Two channels side by side, nothing between them, and nothing where a feature was left out.
    image = found.values[2].reshape(3, 3, 2)
    np.testing.assert_array_equal(pictures[2].pixels[:, :3], image[..., 0])
    np.testing.assert_array_equal(pictures[2].pixels[:, 4:], image[..., 1])
    assert np.isnan(pictures[2].pixels[:, 3]).all()
    assert "Weights of one, h" in chart.title
    assert "6 of 20 shown" in chart.title


def test_what_is_no_image_is_a_matrix_with_names() -> None:
    found = weights(None)
    (panel,) = plot_weights(found).chart.panels
    (cells,) = panel.marks
    assert isinstance(cells, Cells)
    np.testing.assert_array_equal(cells.values, found.values.T)
    assert cells.row_names == found.input_names
    assert cells.texts[4][0] == ""


@compared
def test_picture_of_weights() -> Figure:
    return plot_weights(weights((3, 6, 1))).figure


@compared
def test_picture_of_a_weight_matrix() -> Figure:
    return plot_weights(weights(None), theme="dark").figure
