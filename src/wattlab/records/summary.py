"""The layers of a network as rows for people."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from wattlab.recipe.graph import INPUT
from wattlab.recipe.shapes import shape_text
from wattlab.units import format_bytes, format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe.counting import LayerCount, StepCount
    from wattlab.recipe.graph import Node

__all__ = ["COLUMNS", "SummaryRow", "flop_text", "rows", "to_json", "totals"]

COLUMNS = ("layer", "kind", "output", "parameters", "training FLOP", "share")


class SummaryRow(NamedTuple):
    """A layer, or all layers of a residual block.

    Parameters
    ----------
    layer : str
        Its place in the recipe, and its name if it has one.
    inputs : tuple of str
        Names, or places, of the layers that feed it; "input": the network's own. Empty: the layer before it.
    kind : str
        The recipe's word; of residual blocks with their number.
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
    inputs: tuple[str, ...]
    kind: str
    output: str
    parameters: int
    flop: int
    share: float

    def cells(self) -> tuple[str, ...]:
        """Return it as text, in the order of `COLUMNS`."""
        number = f"{self.parameters:,}" if self.parameters else ""
        layer = f"{self.layer} ← {', '.join(self.inputs)}" if self.inputs else self.layer
        return (layer, self.kind, self.output, number, flop_text(self.flop), f"{self.share:.1%}")


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
    nodes = [layer.node for layer in step.layers]
    depth = None if every else 2
    groups = groupby(enumerate(step.layers), key=lambda entry: _place(entry[1].node, depth))
    return tuple(
        _row(place, [layer for _, layer in entries], _inputs(nodes, entries[0][0], depth), total)
        for place, entries in ((place, list(group)) for place, group in groups)
    )


def _row(place: str, group: Sequence[LayerCount], inputs: tuple[str, ...], total: int) -> SummaryRow:
    node, flop = group[-1].node, sum(layer.flop for layer in group)
    alone = len(group) == 1
    return SummaryRow(
        layer=place + (f" {node.spec.name!r}" if alone and node.spec.name else ""),
        inputs=inputs,
        kind=node.spec.kind if alone else _blocks(group),
        output=shape_text(group[-1].shape),
        parameters=sum(layer.n_parameters for layer in group),
        flop=flop,
        share=flop / total,
    )


def _place(node: Node, depth: int | None) -> str:
    """Return where a layer stands: ``4`` for all of a residual layer at depth 2, else ``4.0.layers.1``."""
    return ".".join(node.name.split(".")[1:depth])


def _inputs(nodes: Sequence[Node], index: int, depth: int | None) -> tuple[str, ...]:
    """Return what feeds a layer, unless that is the layer before it alone."""
    sources = nodes[index].inputs
    if sources == (index - 1,) or _is_inside(nodes[index]):
        return ()
    return tuple(INPUT if one < 0 else nodes[one].spec.name or _place(nodes[one], depth) for one in sources)


def _is_inside(node: Node) -> bool:
    """Tell whether a layer is in a residual block and not its first: then its place says what feeds it."""
    _, _, *within = node.name.split(".")
    return bool(within) and within[1:] != ["layers", "0"]


def _blocks(group: Sequence[LayerCount]) -> str:
    count = len({_place(layer.node, 3) for layer in group})
    return f"residual ({count} block{'' if count == 1 else 's'})"


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
        "training FLOP: of one sample, forward and backward",
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
