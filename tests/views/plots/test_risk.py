"""Empirical risk as a plot: what is drawn, without pixels, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.views.plots.baselines import compared

from wattlab.insight.theory import Formula, LossSurface, loss_surface, risk_surface
from wattlab.views.plots.marks import Contours, Field, Line, Surface
from wattlab.views.plots.risk import plot_risk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

X = np.linspace(-1, 1, 12)


def _line(n_points: int = 25) -> LossSurface:
    spans = {"slope": (0.0, 4.0), "offset": (-2.0, 2.0)}
    return risk_surface(lambda p, x: p[0] * x + p[1], X, 2 * X, spans, n_points=n_points)


def test_levels_and_surface_are_those_computed() -> None:
    found = _line()
    flat, solid = plot_risk(found).chart.panels
    shades, lines = flat.marks
    assert isinstance(shades, Field)
    assert isinstance(lines, Contours)
    np.testing.assert_array_equal(lines.z, found.losses)
    assert set(lines.levels) <= set(found.levels)
    # Colours follow the levels: the order of the losses stays.
    assert (np.diff(shades.z.ravel()[found.losses.ravel().argsort()]) >= 0).all()
    (surface,) = solid.marks
    assert isinstance(surface, Surface)
    assert (flat.x_label, flat.y_label, solid.z_label) == ("slope", "offset", "loss")


def test_one_parameter_is_a_curve() -> None:
    found = risk_surface(lambda p, x: p[0] * x, X, 2 * X, {"slope": (0.0, 4.0)}, n_points=9)
    (panel,) = plot_risk(found).chart.panels
    (curve,) = panel.marks
    assert isinstance(curve, Line)
    assert curve.x[curve.y.argmin()] == 2.0


def test_a_flat_loss_is_one_colour() -> None:
    found = loss_surface(Formula.of("0*x*y + 1"), np.zeros(2), (0, 1), [(0.0, 1.0), (0.0, 1.0)], 5)
    assert found.levels == ()
    assert plot_risk(found).figure.axes


@compared
def test_picture_of_risk() -> Figure:
    return plot_risk(_line()).figure
