"""Bias, variance and expected error against capacity, and the fits behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import BLUE, GREEN, ORANGE
from wattlab.views.plots.marks import Chart, Line, Panel, Points, Rule
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.theory.capacity import CapacityCurve
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_capacity"]

_PURPLE: Final = "#c766a0"
_INPUTS: Final = {"even": "evenly spaced from −1 to 1", "random": "drawn at random from −1 to 1"}
_LOWEST: Final = 1e-3
_HEADROOM: Final = 0.6


def plot_capacity(found: CapacityCurve, *, theme: ThemeName = "light") -> Plot[CapacityCurve]:
    """Draw the errors against the degree, and fits to several data sets of a low, the best, and the highest degree.

    Parameters
    ----------
    found : CapacityCurve
        From `wattlab.insight.theory.capacity_curve`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.insight.theory import capacity_curve
    >>> plot_capacity(capacity_curve(max_degree=4, repeats=10))
    Plot('Bias and variance against capacity': CapacityCurve)
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: CapacityCurve) -> Chart:
    fitted = [_fits(found, int(degree)) for degree in _chosen(found)]
    foot = (
        f"Polynomials fitted to {found.repeats} data sets of {found.samples} samples, {_INPUTS[found.inputs]}.",
        "Expected error: measured on new noisy samples. It is bias² + variance + noise.",
    )
    return Chart(
        "Bias and variance against capacity",
        (_errors(found), *fitted),
        n_columns=2,
        panel_in=(5.6, 3.9),
        foot=foot,
    )


def _chosen(found: CapacityCurve) -> list[int]:
    """Return a degree that is too low, the best one, and the highest."""
    return sorted({min(1, int(found.degrees[-1])), found.best, int(found.degrees[-1])})


def _errors(found: CapacityCurve) -> Panel:
    degrees = found.degrees.astype(float)
    low = _LOWEST * min(found.noise, float(found.expected_error.min()))
    shown = np.concatenate([found.expected_error, found.variance])
    floor = max(low, min(float(shown.min()), found.noise) / 5)

    def line(
        values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], colour: str, dash: str, name: str
    ) -> Line:
        return Line(degrees, values, colour=colour, dash=dash, name=name)  # type: ignore[arg-type]  # one of Dash

    marks = (
        line(found.bias, BLUE, "dash", "bias²"),
        line(found.variance, ORANGE, "dashdot", "variance"),
        line(found.training_error, _PURPLE, "dot", "training error"),
        line(found.expected_error, GREEN, "solid", "expected error"),
        Points(degrees, found.expected_error, colour=GREEN, size=4.0),
        Rule(found.noise, "x", text="noise"),
        Rule(float(found.best), "y", colour="ink", dash="dot", text=f"best: degree {found.best}"),
    )
    return Panel(
        marks,
        title="Errors by capacity",
        x_label="degree of the polynomial",
        y_label="mean squared error",
        y_span=(floor, 2 * float(max(shown.max(), found.bias.max()))),
        y_log=True,
    )


def _fits(found: CapacityCurve, degree: int) -> Panel:
    marks = [Line(found.x, fit, colour=ORANGE, width=0.8, alpha=0.45) for fit in found.fits[degree]]
    marks[0] = marks[0]._replace(name="fits to data sets")
    low, high = (
        float(min(found.truth.min(), found.sample_y.min())),
        float(max(found.truth.max(), found.sample_y.max())),
    )
    margin = _HEADROOM * (high - low) / 2
    return Panel(
        (
            *marks,
            Line(found.x, found.truth, colour="ink", dash="dash", name="true function"),
            Points(found.sample_x, found.sample_y, colour=BLUE, shape="ring", name="one data set"),
        ),
        title=f"Degree {degree}",
        x_label="x",
        y_label="y",
        y_span=(low - margin, high + margin),
    )
