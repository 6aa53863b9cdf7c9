"""The demonstration of underflow: its table and its figure, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.formats import FORMATS
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.units import significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.demo_chart import Band, DemoPanel, series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.demonstrations.underflow import ScaledTraining, Underflow
    from wattlab.views.colours import Dash

__all__ = ["underflow_columns", "underflow_panels"]

_PURPLE: Final = "#c766a0"
_RED: Final = "#d1495b"
_STEP: Final = 4
_ABSENT: Final = Cell(ABSENT)


def underflow_columns(found: Underflow) -> tuple[Column, ...]:
    """Return a row for each loss scale, and for trainings without one.

    Parameters
    ----------
    found : Underflow
        What `wattlab.demonstrations.underflow` found.
    """
    fixed = [(place, scale) for place, scale in enumerate(found.scales) if scale % _STEP == 0]
    by_scale = {one.exponent: one for one in found.trainings if one.exponent is not None}
    others = [one for one in found.trainings if one.exponent is None]
    blank = (_ABSENT,) * len(others)
    trained = [*(by_scale.get(scale) for _, scale in fixed), *others]
    half = found.loss_of("activations", "float16")
    weights = found.loss_of("weights", "float16")
    brain = found.loss_of("activations", "bfloat16")
    over = np.maximum(half.overflow, weights.overflow)
    places = [place for place, _ in fixed]

    def shares(values: NDArray[np.float64]) -> tuple[Cell, ...]:
        return (*(Cell(_percent(values[place])) for place in places), *blank)

    return (
        Column("loss scale", (*(Cell(f"2^{scale}") for _, scale in fixed), *(_name(one) for one in others))),
        Column("float16: activations → 0", shares(half.zero), "right"),
        Column("weights → 0", shares(weights.zero), "right"),
        Column("→ inf", shares(over), "right"),
        Column("bfloat16 → 0", shares(brain.zero), "right", dispensable=True),
        Column("training loss", tuple(_loss(one) for one in trained), "point"),
        Column("test accuracy", tuple(_accuracy(one) for one in trained), "right"),
        Column("steps left out", tuple(_skipped(one) for one in trained), "right"),
    )


def _name(one: ScaledTraining) -> Cell:
    return Cell(f"{one.name}, dynamic" if one.name == "float16" else f"{one.name}, none")


def _percent(share: float) -> str:
    return "<0.1%" if 0 < share < 0.001 else f"{share:.1%}" if share else "0"


def _loss(one: ScaledTraining | None) -> Cell:
    return _ABSENT if one is None else Cell(significant(one.trained.loss))


def _accuracy(one: ScaledTraining | None) -> Cell:
    return _ABSENT if one is None else Cell(f"{one.trained.accuracy:.1%}")


def _skipped(one: ScaledTraining | None) -> Cell:
    return _ABSENT if one is None else Cell(f"{one.trained.n_skipped} of {one.trained.n_steps}")


def underflow_panels(found: Underflow) -> tuple[DemoPanel, ...]:
    """Return the gradients' sizes, what is lost by loss scale, and how trainings end by loss scale.

    Parameters
    ----------
    found : Underflow
        What `wattlab.demonstrations.underflow` found.
    """
    return (_sizes(found), _lost(found), *([_trainings(found)] if found.trainings else []))


def _sizes(found: Underflow) -> DemoPanel:
    half = FORMATS["float16"]
    smallest, normal = np.log2(half.smallest) - 1, np.log2(half.smallest_normal)
    first, last = float(found.exponents[0]), float(found.exponents[-1]) + 1
    bands = (
        Band(first, smallest, "float16: zero", _RED),
        Band(smallest, normal, "digits lost", ORANGE),
        Band(normal, last, "all digits", GREEN),
    )
    return DemoPanel(
        "How large gradients are",
        "log₂ |gradient|",
        "share of the gradients",
        (
            series("by activations", BLUE, found.exponents, found.activations, "steps"),
            series("by weights", _PURPLE, found.exponents, found.weights, "steps"),
        ),
        x_ends=(first, last),
        bands=bands,
        wide=True,
    )


def _lost(found: Underflow) -> DemoPanel:
    drawn = []
    for numbers, colour in (("activations", BLUE), ("weights", _PURPLE)):
        half = found.loss_of(numbers, "float16")
        drawn += [
            series(f"{numbers}: zero", colour, found.scales, half.zero),
            series(f"{numbers}: infinite", colour, found.scales, half.overflow, "line", "dash"),
        ]
    brain = found.loss_of("activations", "bfloat16")
    drawn.append(series("bfloat16: zero", GREEN, found.scales, brain.zero, "line", "dot"))
    return DemoPanel(
        "Lost in float16",
        "log₂ of the loss scale",
        "share of the gradients",
        tuple(drawn),
        y_ends=(-0.02, 1.0),
    )


def _trainings(found: Underflow) -> DemoPanel:
    fixed = [(one.exponent, one.trained.loss) for one in found.trainings if one.exponent is not None]
    ends = [found.scales[0], found.scales[-1]]
    looks: dict[str, tuple[str, Dash]] = {
        "dynamic": (ORANGE, "dash"),
        "bfloat16": (GREEN, "dot"),
        "float32": (PLAIN, "solid"),
    }
    drawn = [series("float16", BLUE, [one for one, _ in fixed], [loss for _, loss in fixed])]
    for one in found.trainings:
        if one.exponent is None:
            colour, dash = looks[one.label]
            drawn.append(series(one.label, colour, ends, [one.trained.loss] * 2, "line", dash))
    return DemoPanel(
        f"Trained for {found.epochs} epochs",
        "log₂ of the loss scale",
        "training loss (logarithmic)",
        tuple(drawn),
        log_y=True,
    )
