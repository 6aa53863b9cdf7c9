"""The chart of saturation."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.insight.inside.saturation import Saturation, activity_of
from wattlab.views.plots.marks import Line, Rule
from wattlab.views.plots.saturation import plot_saturation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from wattlab.views.plots.plot import Plot


def saturation() -> Saturation:
    z = np.random.default_rng(0).normal(0, 1, (200, 5))
    layers = [
        tuple(
            activity_of(name, name, values, span=span)
            for name, values, span in (
                ("tanh", np.tanh(size * z), (-1.0, 1.0)),
                ("sigmoid", 1 / (1 + np.exp(-size * z)), (0.0, 1.0)),
                ("relu", np.maximum(size * z, 0), (0.0, 12.0)),
            )
        )
        for size in (0.5, 3.0)
    ]
    return Saturation("one", "training", 200, 0.05, layers[0], layers[1], ())


@cache
def drawn() -> Plot[Saturation]:
    return plot_saturation(saturation())


def test_the_dotted_lines_are_where_the_flat_ends_begin() -> None:
    tanh, sigmoid, relu = drawn().chart.panels
    ends = {mark.at: 1 - mark.at**2 for mark in tanh.marks if isinstance(mark, Rule)}
    assert list(ends.values()) == pytest.approx([0.05, 0.05])
    ends = {mark.at: 4 * mark.at * (1 - mark.at) for mark in sigmoid.marks if isinstance(mark, Rule)}
    assert list(ends.values()) == pytest.approx([0.05, 0.05])
    assert not [mark for mark in relu.marks if isinstance(mark, Rule)]


def test_the_lines_are_the_histograms_and_their_names_say_the_shares() -> None:
    found = drawn().data
    lines = [mark for mark in drawn().chart.panels[0].marks if isinstance(mark, Line)]
    np.testing.assert_allclose(lines[1].y[::2], np.maximum(found.final[0].shares, 1e-4))
    span = drawn().chart.panels[2].y_span
    assert span is not None
    begun, _ = (mark for mark in drawn().chart.panels[2].marks if isinstance(mark, Line))
    empty = np.repeat(found.initial[2].shares == 0, 2)
    assert empty.any()
    assert (begun.y[empty] < span[0]).all()
    assert (begun.y[~empty] > span[0]).all()
    assert lines[0].name == f"initial: {found.initial[0].saturated:.1%} saturated, 0.0% of units dead"
    alone = plot_saturation(found._replace(initial=(), notes=("Unknown.",))).chart
    assert len([mark for mark in alone.panels[0].marks if isinstance(mark, Line)]) == 1
    assert alone.foot[-1] == "Unknown."
    assert "dotted" in alone.foot[0]
    relu = found._replace(initial=found.initial[2:], final=found.final[2:])
    assert "dotted" not in plot_saturation(relu).chart.foot[0]


@compared
def test_picture_of_saturation() -> Figure:
    return drawn().figure
