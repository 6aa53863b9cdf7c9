"""A network cut in two at a layer: features to codes, codes to outputs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.data.preparation import Transform
from wattlab.data.scaling import NoScaling
from wattlab.errors import DataError, RecipeError
from wattlab.recipe.graph import INPUT
from wattlab.recipe.layers import Reshape
from wattlab.recipe.objective import SquaredError
from wattlab.recipe.problems import nearest
from wattlab.records.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.recipe.network import Network
    from wattlab.recipe.shapes import Shape

    Floats = NDArray[np.floating[Any]]

__all__ = ["layer_kind", "layer_names", "layer_shape", "onward", "up_to"]


class _Layer(NamedTuple):
    """A layer of the recipe in its place."""

    place: int
    name: str
    sources: tuple[int, ...]
    shape: Shape


def layer_names(model: Model) -> tuple[str, ...]:
    """Return what the layers of a network are called, in the order of the recipe.

    Parameters
    ----------
    model : Model
        Trained by whichever engine.

    Returns
    -------
    tuple of str
        The name that the recipe gives a layer, else its place, such as ``layers.3``. A residual block is one layer.

    Examples
    --------
    >>> import wattlab
    >>> layer_names(wattlab.train("moons", runs=getfixture("tmp_path")).model)
    ('layers.0', 'layers.1', 'layers.2')
    """
    return tuple(layer.name for layer in _layers(model))


def layer_shape(model: Model, layer: str) -> Shape:
    """Return the shape of what comes out of a layer for one sample: (nodes,), or (rows, columns, channels).

    Raises
    ------
    wattlab.errors.RecipeError
        If there is no such layer.
    """
    return _found(model, layer).shape


def layer_kind(model: Model, layer: str) -> str:
    """Return what a layer is, such as "dense" or "sampling".

    Raises
    ------
    wattlab.errors.RecipeError
        If there is no such layer.
    """
    return model.recipe.network.layers[_found(model, layer).place].kind


def up_to(model: Model, layer: str) -> Callable[[ArrayLike], Floats]:
    """Return the first part of a network: from features to what comes out of a layer, after its activation.

    Parameters
    ----------
    model : Model
        Trained by whichever engine.
    layer : str
        Of `layer_names`; a named layer may be called by its place, too.

    Returns
    -------
    callable
        Takes features of shape (n_samples, n_features), as in the data set; gives an array of shape (n_samples, width).
        Images come out flat; dropout and sampling noise are off, as whenever a network predicts.

    Raises
    ------
    wattlab.errors.RecipeError
        If there is no such layer.

    Examples
    --------
    >>> import wattlab
    >>> model = wattlab.train("moons", runs=getfixture("tmp_path")).model
    >>> up_to(model, "layers.0")([[0.0, 1.0], [1.0, -0.5]]).shape
    (2, 16)
    """
    layers, cut = _layers(model), _found(model, layer)
    before = _reached(cut.place, {one.place: one.sources for one in layers}) - {-1}
    kept = [*(one for one in layers if one.place in before), cut]
    part = _network(model.recipe.network, kept, -1)
    return _model(model, part, kept, model.transform, model.image_shape).outputs


def onward(model: Model, layer: str) -> Callable[[ArrayLike], Floats]:
    """Return the second part of a network: from what comes out of a layer to the outputs.

    Parameters
    ----------
    model : Model
        Trained by whichever engine.
    layer : str
        As for `up_to`.

    Returns
    -------
    callable
        Takes codes of shape (n_samples, width), gives outputs of shape (n_samples, n_outputs). Of the last layer it
        gives back what it took.

    Raises
    ------
    wattlab.errors.RecipeError
        If there is no such layer, or something else goes past it to the layers behind.

    Examples
    --------
    >>> import numpy as np, wattlab
    >>> model = wattlab.train("moons", runs=getfixture("tmp_path")).model
    >>> x = np.array([[0.0, 1.0], [1.0, -0.5]])
    >>> bool(np.allclose(onward(model, "layers.0")(up_to(model, "layers.0")(x)), model.outputs(x)))
    True
    """
    layers, cut = _layers(model), _found(model, layer)
    width = prod(cut.shape)
    if cut.place == len(layers) - 1:
        return lambda codes: _checked(codes, width, cut.name)
    kept = _behind(layers, cut)
    part = _network(model.recipe.network, kept, cut.place, cut.shape)
    as_they_are = Transform(NoScaling(), None, NoScaling(), width)
    # A flat code that goes into a 'flatten' has to be an image for it; other layers take no notice.
    rest = _model(model, part, kept, as_they_are, (1, 1, width))
    return lambda codes: rest.outputs(_checked(codes, width, cut.name))


def _layers(model: Model) -> list[_Layer]:
    """Return the layers of the recipe, a residual block as one."""
    architecture, recipe = model.architecture, model.recipe.network.layers
    places = [int(node.name.split(".")[1]) for node in architecture.nodes]
    found: dict[int, _Layer] = {}
    for node, place, shape in zip(architecture.nodes, places, architecture.shapes, strict=True):
        # The first node of a block tells what feeds it, the last one what comes out.
        fed = tuple(-1 if source < 0 else places[source] for source in node.inputs)
        sources = found[place].sources if place in found else fed
        found[place] = _Layer(place, recipe[place].name or f"layers.{place}", sources, shape)
    return [found[place] for place in sorted(found)]


def _found(model: Model, name: str) -> _Layer:
    layers = _layers(model)
    for layer in layers:
        if name in {layer.name, f"layers.{layer.place}"}:
            return layer
    names = [layer.name for layer in layers]
    hint = nearest(name, names) or f"; there are {', '.join(names)}"
    raise RecipeError(f"the network of {model.recipe.name!r} has no layer {name!r}{hint}")


def _reached(start: int, leads_to: Mapping[int, Sequence[int]]) -> set[int]:
    """Return all that can be reached from one layer, without itself."""
    found: set[int] = set()
    ahead = list(leads_to[start])
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += leads_to.get(one, ())
    return found


def _after(layers: Sequence[_Layer], cut: _Layer) -> set[int]:
    """Return all layers that depend on one."""
    feeds = {one.place: [other.place for other in layers if one.place in other.sources] for one in layers}
    return _reached(cut.place, feeds)


def _behind(layers: Sequence[_Layer], cut: _Layer) -> list[_Layer]:
    """Return all layers that depend on one; refuse if they depend on anything else."""
    kept = [layers[place] for place in sorted(_after(layers, cut))]
    for layer, source in _past(layers, cut):
        other = "the network's input" if source < 0 else repr(layers[source].name)
        passed = ", ".join(one.name for one in layers if not _past(layers, one))
        raise RecipeError(
            f"the network cannot be cut at {cut.name!r}: {layer.name!r} behind it takes {other} as well, which goes "
            f"past the cut; cut where all goes through: {passed}"
        )
    return kept


def _past(layers: Sequence[_Layer], cut: _Layer) -> list[tuple[_Layer, int]]:
    """Return the layers behind a cut that take something else than the code, with what they take."""
    after = _after(layers, cut)
    inside = after | {cut.place}
    return [
        (layers[one], source)
        for one in sorted(after)
        for source in layers[one].sources
        if source not in inside
    ]


def _network(network: Network, kept: Sequence[_Layer], entry: int, shape: Shape = ()) -> Network:
    """Return some layers as a network, with the input in the place of one that is left out.

    Parameters
    ----------
    network : Network
        The whole.
    kept : sequence of _Layer
        The last one gives the output.
    entry : int
        Index of the layer whose place the input takes; −1: the input stays what it is.
    shape : tuple of int
        Of what comes in; an image is made of it first.
    """
    first = (Reshape(kind="reshape", shape=shape, name="image"),) if len(shape) == 3 else ()
    names = {entry: "image" if first else INPUT}
    names |= {layer.place: f"layer-{place}" for place, layer in enumerate(kept)}
    specs = [
        network.layers[layer.place].model_copy(
            update={"name": names[layer.place], "inputs": tuple(names[one] for one in layer.sources)}
        )
        for layer in kept
    ]
    return network.model_copy(update={"layers": (*first, *specs)})


def _model(
    model: Model,
    part: Network,
    kept: Sequence[_Layer],
    transform: Transform,
    image_shape: tuple[int, int, int] | None,
) -> Model:
    """Return a model of a part of a network, with its weights renumbered."""
    recipe = model.recipe
    changes = {
        "network": part,
        "loss": SquaredError(kind="mse"),
        "data": recipe.data.model_copy(update={"task": "regression"}),
    }
    offset = len(part.layers) - len(kept)
    places = {f"{layer.place}": f"{place + offset}" for place, layer in enumerate(kept)}
    weights = {}
    for name, array in model.weights().items():
        layers, place, rest = name.split(".", 2)
        if place in places:
            weights[f"{layers}.{places[place]}.{rest}"] = array
    return Model(
        recipe.model_copy(update=changes), transform, weights, None, image_shape, prod(kept[-1].shape)
    )


def _checked(codes: ArrayLike, width: int, layer: str) -> Floats:
    """Return codes as an array of rows of the layer's width."""
    array = np.atleast_2d(np.asarray(codes, float))
    if array.ndim != 2 or array.shape[1] != width:
        raise DataError(
            f"codes of shape {array.shape} do not fit layer {layer!r}; give an array of shape (n_samples, {width})"
        )
    return array
