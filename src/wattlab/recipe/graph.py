"""From the layers of a recipe to a graph of simple ones: residual blocks unfolded, inputs found, no cycles."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

from wattlab.recipe.layers import ActivationLayer, Dropout, Merge, Residual, Sampling
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["INPUT", "Node", "draws_noise", "expand"]

INPUT: Final = "input"
"""What layers call the network's own input."""


@dataclass(frozen=True)
class Node:
    """A simple layer in its place.

    Parameters
    ----------
    name : str
        Such as ``layers.3``; or ``layers.4.0.shortcut.1`` in the first of several residual blocks, and
        ``layers.4.0.add`` for its sum. Its arrays are named after it.
    place : str
        Where it stands in the recipe, for messages, such as ``network.layers[3]``.
    spec : Part
        Any layer but a residual block.
    inputs : tuple of int
        Indices of the nodes that feed it; −1: the network's input.
    """

    name: str
    place: str
    spec: Any
    inputs: tuple[int, ...]

    @property
    def ends_block(self) -> bool:
        """Whether it is the sum of a residual block, or what follows that."""
        return not self.name.rpartition(".")[2].isdigit()

    def __str__(self) -> str:
        called = f" {self.spec.name!r}" if self.spec.name else ""
        block = "residual: " if self.ends_block else ""
        return f"{self.place} ({block}{self.spec.kind}{called})"


def expand(layers: Sequence[Any]) -> tuple[Node, ...]:
    """Return the layers as nodes, each after those that feed it.

    Parameters
    ----------
    layers : sequence of Layer
        As in the recipe; the last one gives the output.

    Raises
    ------
    ValueError
        For a name that is used twice or not at all, a cycle, a layer that feeds nothing, a merge of fewer than two
        inputs, or any other layer with several.

    Examples
    --------
    >>> from wattlab.recipe.layers import Dense
    >>> [node.inputs for node in expand([Dense(units=3), Dense(units=2)])]
    [(-1,), (0,)]
    """
    sources = _sources(layers)
    nodes: list[Node] = []
    ends: dict[int, int] = {-1: -1}
    for index in _sorted(layers, sources):
        fed = tuple(ends[source] for source in sources[index])
        nodes.extend(_unfold(layers[index], index, fed, len(nodes)))
        ends[index] = len(nodes) - 1
    _check_use(nodes, len(layers) - 1)
    return tuple(nodes)


def draws_noise(nodes: Sequence[Node]) -> bool:
    """Tell whether a training step draws numbers inside the network: dropout, or sampling with noise."""
    return any(
        (isinstance(node.spec, Dropout) and node.spec.rate > 0)
        or (isinstance(node.spec, Sampling) and node.spec.noise > 0)
        for node in nodes
    )


def _sources(layers: Sequence[Any]) -> list[tuple[int, ...]]:
    """Return the indices of the layers that feed each one."""
    places: dict[str, int] = {INPUT: -1}
    for index, layer in enumerate(layers):
        if layer.name is None:
            continue
        if layer.name in places:
            other = "the network's own input" if layer.name == INPUT else f"layers[{places[layer.name]}]"
            raise ValueError(f"layers[{index}].name is {layer.name!r}, which is the name of {other} already")
        places[layer.name] = index
    return [
        (index - 1,) if layer.inputs is None else tuple(_place(places, name, index) for name in layer.inputs)
        for index, layer in enumerate(layers)
    ]


def _place(places: dict[str, int], name: str, index: int) -> int:
    if name in places:
        return places[name]
    known = ", ".join(places)
    raise ValueError(
        f"layers[{index}].inputs names {name!r}, but no layer is called so"
        f"{nearest(name, list(places)) or f'; there are {known}'}"
    )


def _sorted(layers: Sequence[Any], sources: list[tuple[int, ...]]) -> Iterator[int]:
    """Yield the indices of the layers, each after those that feed it, as near to their own order as that allows."""
    sorter = TopologicalSorter(
        {index: [one for one in sources[index] if one >= 0] for index in range(len(layers))}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(f"layers[{index}]" for index in error.args[1])
        raise ValueError(
            f"the layers feed one another in a circle ({circle}); a network is a graph without cycles: "
            "change the inputs of one of them"
        ) from error
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        yield ready[0]
        sorter.done(ready.pop(0))


def _unfold(layer: Any, index: int, fed: tuple[int, ...], start: int) -> Iterator[Node]:
    """Yield the nodes of a layer; the first one gets the number `start`."""
    name, place = f"layers.{index}", f"network.layers[{index}]"
    if not isinstance(layer, Residual):
        yield _checked(Node(name, place, layer, fed))
        return
    _checked(Node(name, place, layer, fed))
    for block in range(layer.repeat):
        nodes = list(_block(layer, f"{name}.{block}", place, fed[0], start))
        yield from nodes
        start += len(nodes)
        fed = (start - 1,)


def _block(layer: Residual, name: str, place: str, source: int, start: int) -> Iterator[Node]:
    """Yield the nodes of one residual block: both branches, their sum, its activation."""
    ends = []
    for branch in ("layers", "shortcut"):
        end = source
        for index, spec in enumerate(getattr(layer, branch)):
            where = f"{place}.{branch}[{index}]"
            if spec.inputs is not None or isinstance(spec, Merge):
                raise ValueError(
                    f"{where.removeprefix('network.')} stands in a residual block, whose branches are chains; "
                    "leave out inputs and merging layers, or write the block as layers with names and inputs"
                )
            yield Node(f"{name}.{branch}.{index}", where, spec, (end,))
            end, start = start, start + 1
        ends.append(end)
    yield Node(f"{name}.add", place, Merge(kind="add"), (ends[0], ends[1]))
    if layer.activation != "identity":
        yield Node(
            f"{name}.activation",
            place,
            ActivationLayer(kind="activation", activation=layer.activation),
            (start,),
        )


def _checked(node: Node) -> Node:
    """Return the node unless it has too few or too many inputs."""
    merges, where = isinstance(node.spec, Merge), node.place.removeprefix("network.")
    if merges and len(node.inputs) < 2:
        raise ValueError(
            f"{where} is of kind {node.spec.kind!r}, which needs at least two inputs; name them in its inputs"
        )
    if not merges and len(node.inputs) > 1:
        raise ValueError(
            f"{where} is of kind {node.spec.kind!r}, which takes one input, but has {len(node.inputs)}; "
            "put an 'add' or a 'concatenate' before it"
        )
    return node


def _check_use(nodes: Sequence[Node], last: int) -> None:
    """Refuse a layer that leads nowhere; the last one of the recipe is the output."""
    if nodes[-1].place != f"network.layers[{last}]":
        raise ValueError(
            f"layers[{last}] is the last, which gives the output, but feeds another one; put the layer that gives "
            "the output last"
        )
    used = {source for node in nodes for source in node.inputs}
    for index, node in enumerate(nodes[:-1]):
        if index not in used:
            raise ValueError(
                f"{node.place.removeprefix('network.')} feeds no other layer and is not the last; leave it out, "
                "or name it in the inputs of another one"
            )
