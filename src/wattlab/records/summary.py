"""The layers of a network as rows for people."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from wattlab.recipe.shapes import shape_text
from wattlab.units import format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe.counting import LayerCount, StepCount

__all__ = ["COLUMNS", "SummaryRow", "flop_text", "rows", "to_json", "totals"]

COLUMNS = ("layer", "kind", "output", "parameters", "FLOP a sample", "share")


class SummaryRow(NamedTuple):
    """A layer, or all layers of a residual block.

    Parameters
    ----------
    layer : str
        Its place in the recipe, and its name if it has one.
    kind : str
        The recipe's word; of a block with the number of its layers.
    output : str
        Shape of what comes out for a sample.
    parameters : int
        Numbers that a gradient changes.
    flop : int
        Operations of a training step for a sample, forward and back.
    share : float
        Of all operations, from 0 to 1.
    """

    layer: str
    kind: str
    output: str
    parameters: int
    flop: int
    share: float

    def cells(self) -> tuple[str, ...]:
        """Return it as text, in the order of `COLUMNS`."""
        number = f"{self.parameters:,}" if self.parameters else ""
        return (self.layer, self.kind, self.output, number, flop_text(self.flop), f"{self.share:.1%}")


def rows(step: StepCount, *, every: bool = False) -> tuple[SummaryRow, ...]:
    """Return the layers of a network.

    Parameters
    ----------
    step : StepCount
        A training step of it.
    every : bool, optional
        A row for each layer of a residual block; else one for all its layers.
    """
    total = sum(layer.flop for layer in step.layers) or 1
    if every:
        return tuple(_row([layer], total) for layer in step.layers)
    groups = groupby(step.layers, key=lambda layer: layer.node.name.split(".")[1])
    return tuple(_row(list(group), total) for _, group in groups)


def _row(group: Sequence[LayerCount], total: int) -> SummaryRow:
    node, flop = group[-1].node, sum(layer.flop for layer in group)
    place, alone = group[0].node.name, len(group) == 1
    named = f" {node.spec.name!r}" if alone and node.spec.name else ""
    return SummaryRow(
        layer=(place if alone else ".".join(place.split(".")[:2])).removeprefix("layers.") + named,
        kind=node.spec.kind if alone else f"residual ({len(group)} layers)",
        output=shape_text(group[-1].shape),
        parameters=sum(layer.n_parameters for layer in group),
        flop=flop,
        share=flop / total,
    )


def totals(step: StepCount) -> tuple[str, ...]:
    """Return sentences about the whole network and a step of it."""
    parameters = sum(layer.n_parameters for layer in step.layers)
    statistics = sum(layer.n_statistics for layer in step.layers)
    moving = f", and {statistics:,} moving means and variances" if statistics else ""
    share = step.affine_flop / (step.flop or 1)
    work = f"a step of {step.batch_size:,} samples: {flop_text(step.flop)}, {share:.0%} in products and convolutions"
    traffic = f"at least {format_bytes(step.bytes)} are moved, so {step.intensity:.3g} FLOP for each byte"
    return (
        f"{parameters:,} parameters ({format_bytes(4 * parameters)} in float32){moving}",
        f"{work}; {traffic}",
    )


def flop_text(count: float) -> str:
    """Return a number of operations for people.

    Examples
    --------
    >>> flop_text(61_700_000), flop_text(0)
    ('61.7 MFLOP', '')
    """
    return f"{format_count(count)}{' ' * (count < 1000)}FLOP" if count else ""


def to_json(step: StepCount, source: str) -> str:
    """Return every layer and the whole step as JSON; `source` says where the shapes come from."""
    layers = [
        {**row._asdict(), "backward_flop": layer.backward_flop, "forward_flop": layer.forward_flop}
        for row, layer in zip(rows(step, every=True), step.layers, strict=True)
    ]
    whole = {
        "data": source,
        "batch_size": step.batch_size,
        "parameters": sum(layer.n_parameters for layer in step.layers),
        "moving_statistics": sum(layer.n_statistics for layer in step.layers),
        "step_flop": step.flop,
        "step_bytes": step.bytes,
        "layers": layers,
    }
    return json.dumps(whole, indent=1)
