"""Weights and saturation of layers in the terminal."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from wattlab.insight.inside.saturation import Saturation
    from wattlab.insight.inside.weights import LayerWeights

__all__ = ["print_saturation", "print_weights"]

_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"


def print_weights(found: LayerWeights, console: Console | None = None) -> None:
    """Print the weights of some units in numbers: norm, bias, least and largest weight, and where the largest is.

    Parameters
    ----------
    found : LayerWeights
        Of any layer.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    values = found.values
    strongest = np.nanargmax(np.abs(values), axis=1).tolist()
    columns = (
        Column("unit", tuple(Cell(f"{unit}") for unit in found.units.tolist()), "right"),
        _numbers("norm", found.norms),
        _numbers("bias", found.biases),
        _numbers("least", np.nanmin(values, axis=1)),
        _numbers("largest", np.nanmax(values, axis=1)),
        Column("strongest input", tuple(Cell(_input(found, place)) for place in strongest)),
    )
    notes = [("note", Remark("", one)) for one in found.notes]
    some = f"{len(found.units)} of {found.n_units} units"
    print_answer((f"Weights of {found.run}, {found.layer}", some), columns, notes, (), console, more=_MORE)


def _numbers(heading: str, values: Iterable[float]) -> Column:
    return Column(
        heading, tuple(Cell(ABSENT if isnan(value) else f"{value:.4f}") for value in values), "right"
    )


def _input(found: LayerWeights, place: int) -> str:
    if found.image_shape is None:
        return found.input_names[place]
    row, column, channel = np.unravel_index(place, found.image_shape)
    deep = f", channel {channel}" if found.image_shape[2] > 1 else ""
    return f"row {row}, column {column}{deep}"


def print_saturation(found: Saturation, console: Console | None = None) -> None:
    """Print how far each layer is saturated, with initial and with trained weights.

    Parameters
    ----------
    found : Saturation
        Of any run.
    console : rich.console.Console, optional
        As for `print_weights`.
    """
    sets = {"initial": found.initial, "trained": found.final} if found.initial else {"trained": found.final}
    columns = [
        Column("layer", tuple(Cell(one.layer) for one in found.final)),
        Column("activation", tuple(Cell(one.activation) for one in found.final)),
        Column("units", tuple(Cell(f"{one.n_units}") for one in found.final), "right"),
    ]
    for name, layers in sets.items():
        columns.append(_shares(f"{name}: saturated", [one.saturated for one in layers]))
        columns.append(_shares(f"{name}: dead", [one.dead for one in layers]))
    foot = (
        f"{found.n_samples} samples of the {found.part} part.",
        f"Saturated: activations where the derivative of sigmoid or tanh is below {found.flat:.0%} of its largest.",
        "Dead: units saturated for every sample (sigmoid, tanh), or zero for every sample (ReLU).",
        f"{ABSENT}: does not apply to this function.",
    )
    notes = [("note", Remark("", one)) for one in found.notes]
    print_answer((f"Saturation of {found.run}",), columns, notes, foot, console, more=_MORE)


def _shares(heading: str, values: Sequence[float]) -> Column:
    return Column(
        heading, tuple(Cell(ABSENT if isnan(value) else f"{value:.1%}") for value in values), "right"
    )
