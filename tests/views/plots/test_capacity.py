"""Bias and variance as a plot: what is drawn, without pixels, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.views.plots.baselines import compared

from wattlab.insight.theory import CapacityCurve, capacity_curve
from wattlab.views.plots.capacity import plot_capacity
from wattlab.views.plots.marks import Line, Points, Rule

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.fixture(scope="module")
def found() -> CapacityCurve:
    return capacity_curve(max_degree=8, samples=12, repeats=20)


def test_curves_and_fits_are_those_computed(found: CapacityCurve) -> None:
    errors, *fitted = plot_capacity(found).chart.panels
    curves = {mark.name: mark.y for mark in errors.marks if isinstance(mark, Line)}
    for name, values in {
        "bias²": found.bias,
        "variance": found.variance,
        "expected error": found.expected_error,
        "training error": found.training_error,
    }.items():
        np.testing.assert_array_equal(curves[name], values)
    noise, best = (mark for mark in errors.marks if isinstance(mark, Rule))
    assert (noise.at, best.at) == (found.noise, found.best)
    assert [panel.title for panel in fitted] == ["Degree 1", f"Degree {found.best}", "Degree 8"]
    *fits, truth, samples = fitted[-1].marks
    assert len(fits) == 20
    assert isinstance(fits[3], Line)
    np.testing.assert_array_equal(fits[3].y, found.fits[8, 3])
    assert isinstance(truth, Line)
    np.testing.assert_allclose(truth.y, np.sin(np.pi * truth.x))
    assert isinstance(samples, Points)
    np.testing.assert_array_equal(samples.y, found.sample_y)


def test_a_single_degree_is_drawn_once() -> None:
    lone = capacity_curve(max_degree=0, samples=5, repeats=3)
    assert [panel.title for panel in plot_capacity(lone).chart.panels] == ["Errors by capacity", "Degree 0"]


@compared
def test_picture_of_capacity(found: CapacityCurve) -> Figure:
    return plot_capacity(found).figure
