"""The demonstration of a saturated neuron: its table and its figure, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.demo_chart import Band, DemoPanel, series

if TYPE_CHECKING:
    from wattlab.demonstrations.neuron import Descents, Neuron
    from wattlab.views.demo_chart import Series

__all__ = ["neuron_columns", "neuron_panels"]

_COLOURS: Final = {"none": ORANGE, "standard": BLUE, "min-max": GREEN}
_NAMES: Final = {"none": "raw", "standard": "standard", "min-max": "min-max"}
_HEIGHTS: Final = {"none": -0.08, "standard": -0.17, "min-max": -0.26}
_FLAT_FROM: Final = 4.357
"""|z| beyond which the sigmoid's derivative is below 5 % of its largest."""
_LEAST_Z, _LARGEST_Z = 0.01, 300.0


def neuron_columns(found: Neuron) -> tuple[Column, ...]:
    """Return a row for each scaling.

    Parameters
    ----------
    found : Neuron
        What `wattlab.demonstrations.neuron` found.
    """
    n = len(found.starts)

    def column(heading: str, *texts: str) -> Column:
        return Column(heading, tuple(map(Cell, texts)), "right")

    return (
        Column("inputs", tuple(Cell(_NAMES[one.scaling]) for one in found.descents)),
        column("saturated at first", *(f"{one.saturated.mean():.0%}" for one in found.descents)),
        column("first gradient", *(f"{np.median(one.gradient):.1e}" for one in found.descents)),
        column("best rate", *(f"{one.rate:g}" for one in found.descents)),
        column("cost at first", *(f"{one.costs[:, 0].mean():.3f}" for one in found.descents)),
        column("in the end", *(f"{one.costs[:, -1].mean():.4f}" for one in found.descents)),
        column("least", *(f"{one.least:.4f}" for one in found.descents)),
        column("starts near targets", *(f"{one.n_reached} of {n}" for one in found.descents)),
    )


def neuron_panels(found: Neuron) -> tuple[DemoPanel, ...]:
    """Return where the samples begin, the valley of each cost, and how the costs fall.

    Parameters
    ----------
    found : Neuron
        What `wattlab.demonstrations.neuron` found.
    """
    return (_slopes(found), _valleys(found), _costs(found))


def _slopes(found: Neuron) -> DemoPanel:
    z = np.geomspace(_LEAST_Z, _LARGEST_Z, 200)
    drawn = [series("derivative of the sigmoid", PLAIN, z, 1 - np.tanh(z / 2) ** 2)]
    for one in found.descents:
        # Only the size of z counts: the derivative is the same on both sides.
        sizes = np.clip(np.abs(one.z).ravel(), _LEAST_Z, _LARGEST_Z)
        height = np.full(sizes.size, _HEIGHTS[one.scaling])
        drawn.append(series(_NAMES[one.scaling], _COLOURS[one.scaling], sizes, height, "diamonds"))
    return DemoPanel(
        "Where the samples begin",
        "|w1 K1 + w2 K2| (logarithmic)",
        "derivative / its largest",
        tuple(drawn),
        log_x=True,
        x_ends=(_LEAST_Z, _LARGEST_Z),
        y_ends=(-0.34, 1.05),
        bands=(Band(_FLAT_FROM, _LARGEST_Z, "flat", "#d1495b"),),
    )


def _valleys(found: Neuron) -> DemoPanel:
    drawn = tuple(
        series(_NAMES[one.scaling], _COLOURS[one.scaling], one.w1, one.cut) for one in found.descents
    )
    return DemoPanel("The valley in the cost", "w1", "cost, w2 where it is least", drawn)


def _costs(found: Neuron) -> DemoPanel:
    drawn = [line for one in found.descents for line in _course(one)]
    return DemoPanel(
        f"Descents from {len(found.starts)} starts",
        "epoch, counted from 1 (logarithmic)",
        "cost (logarithmic); dotted: best and worst start",
        tuple(drawn),
        log_x=True,
        log_y=True,
    )


def _course(one: Descents) -> tuple[Series, ...]:
    epochs, colour = np.arange(1, one.costs.shape[1] + 1), _COLOURS[one.scaling]
    return (
        series(_NAMES[one.scaling], colour, epochs, np.median(one.costs, axis=0)),
        series("", colour, epochs, one.costs.min(axis=0), "line", "dot"),
        series("", colour, epochs, one.costs.max(axis=0), "line", "dot"),
    )
