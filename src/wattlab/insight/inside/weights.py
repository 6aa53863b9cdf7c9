"""The weights of a layer, unit by unit: as images where they read images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.data.names import NumberedNames
from wattlab.data.preparation import Transform
from wattlab.data.reduction.kept import Kept
from wattlab.data.scaling import Normalise, NoScaling
from wattlab.errors import ParameterError, RecipeError
from wattlab.insight.subject import open_subject
from wattlab.recipe.layers import Conv2DTranspose, Dense, pair
from wattlab.recipe.problems import nearest
from wattlab.recipe.shapes import shape_text
from wattlab.training.warm_start.inputs import linear_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.recipe.graph import Node
    from wattlab.records.model import Model
    from wattlab.records.run import Run

    Floats = NDArray[np.floating[Any]]

__all__ = ["LayerWeights", "layer_weights"]

_IN_PLACE: Final = {"flatten", "dropout", "batch-norm", "activation"}
"""Kinds of layers behind which every number still belongs to the same feature."""


class LayerWeights(NamedTuple):
    """What some units of a layer multiply their inputs with.

    Attributes
    ----------
    run : str
        Whose weights.
    layer : str
        The layer, such as "layers.0: dense, 64 inputs, 64 units, relu".
    n_units : int
        All units (or filters) of the layer.
    units : ndarray of shape (n_shown,), int64
        Which of them are here, in order.
    values : ndarray of shape (n_shown, n_inputs)
        NaN: the input was left out, so there is no weight.
    biases : ndarray of shape (n_shown,)
        NaN where the layer has none.
    norms : ndarray of shape (n_shown,)
        Euclidean norms of the weights that were learned.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where the inputs are an image, channels running fastest.
    input_names : tuple of str
        One an input; empty where they are pixels.
    notes : tuple of str
        What a reader must know, in sentences.
    """

    run: str
    layer: str
    n_units: int
    units: NDArray[np.int64]
    values: Floats
    biases: Floats
    norms: Floats
    image_shape: tuple[int, int, int] | None
    input_names: tuple[str, ...]
    notes: tuple[str, ...]


def layer_weights(
    run: Run, layer: str | None = None, *, count: int = 36, by_norm: bool = False
) -> LayerWeights:
    """Return the weights of a layer.

    Weights on a reduction that is linear are unfolded to the features before it. They stay those of scaled features.

    Parameters
    ----------
    run : Run
        Any; its data are not needed.
    layer : str, optional
        Its name in the recipe or its place, such as "layers.2"; left out: the first one with weights.
    count : int
        At most so many units.
    by_norm : bool
        Those with the largest norm first; else in the order of the layer.

    Raises
    ------
    wattlab.errors.RunError
        If the run's weights are missing.
    wattlab.errors.RecipeError
        If there is no such layer, or it has no weights: lists those that have.

    Examples
    --------
    >>> import wattlab
    >>> found = layer_weights(wattlab.train("moons", runs=getfixture("tmp_path")))
    >>> found.values.shape, found.input_names
    ((16, 2), ('x', 'y'))
    """
    if count < 1:
        raise ParameterError(f"count is {count}; expected a whole number of at least 1")
    model = open_subject(run).model
    node = _found(model, layer)
    arrays = model.weights()
    learned = _by_unit(node, arrays[f"{node.name}.weights"])
    norms = np.linalg.norm(learned, axis=1)
    order = np.argsort(-norms, kind="stable") if by_norm else np.arange(len(norms))
    units = order[:count]
    read = _read(run, node, learned[units])
    biases = arrays.get(f"{node.name}.biases", np.full(len(norms), np.nan))
    return LayerWeights(
        run.id,
        _text(model, node, len(norms)),
        len(norms),
        units,
        read.values,
        biases[units],
        norms[units],
        read.image_shape,
        read.names,
        read.notes,
    )


def _found(model: Model, name: str | None) -> Node:
    """Return the node of that name, with weights."""
    weighted = [
        node for node in model.architecture.nodes if f"{node.name}.weights" in model.architecture.arrays
    ]
    if name is None:
        return weighted[0]
    for node in model.architecture.nodes:
        if name not in {node.name, node.spec.name}:
            continue
        if node in weighted:
            return node
        raise RecipeError(
            f"layer {name!r} is of kind {node.spec.kind!r}, which has no weights; {_those(weighted)}"
        )
    hint = nearest(name, [node.spec.name or node.name for node in weighted])
    raise RecipeError(f"the network of {model.recipe.name!r} has no layer {name!r}; {_those(weighted)}{hint}")


def _those(weighted: Sequence[Node]) -> str:
    return f"layers with weights are {', '.join(node.spec.name or node.name for node in weighted)}"


def _by_unit(node: Node, weights: Floats) -> Floats:
    """Return the weights as (n_units, n_inputs), an input's channels running fastest."""
    if isinstance(node.spec, Dense):
        return weights.T
    # A transposed kernel is (rows, columns, channels out, channels in).
    out = 2 if isinstance(node.spec, Conv2DTranspose) else 3
    return np.moveaxis(weights, out, 0).reshape(weights.shape[out], -1)


def _text(model: Model, node: Node, n_units: int) -> str:
    spec = node.spec
    kernel = "" if isinstance(spec, Dense) else f" {shape_text(pair(spec.kernel))}"
    what = "units" if isinstance(spec, Dense) else "filters"
    fed = model.architecture.fed(model.architecture.nodes.index(node))[0]
    return f"{spec.name or node.name}: {spec.kind}{kernel}, {shape_text(fed)} → {n_units} {what}, {spec.activation}"


class _Read(NamedTuple):
    """Weights with what they read."""

    values: Floats
    image_shape: tuple[int, int, int] | None
    names: tuple[str, ...]
    notes: tuple[str, ...]


def _read(run: Run, node: Node, values: Floats) -> _Read:
    """Find out what the inputs of a layer are."""
    if not isinstance(node.spec, Dense):
        rows, columns = pair(node.spec.kernel)
        shape = (rows, columns, values.shape[1] // (rows * columns))
        return _Read(values, shape, (), _channel_notes(shape[2]))
    source = _source(run.model, node)
    if source >= 0:
        return _read_inside(run.model, source, values)
    return _read_features(run, values)


def _source(model: Model, node: Node) -> int:
    """Return which node the inputs of a layer come from, as far back as they stay in their places; −1: the data."""
    nodes, source = model.architecture.nodes, node.inputs[0]
    while source >= 0 and nodes[source].spec.kind in _IN_PLACE and len(nodes[source].inputs) == 1:
        source = nodes[source].inputs[0]
    return source


def _read_inside(model: Model, source: int, values: Floats) -> _Read:
    shape = model.architecture.shapes[source]
    if len(shape) == 3:
        return _Read(values, (shape[0], shape[1], shape[2]), (), _channel_notes(shape[2]))
    called = model.architecture.nodes[source].spec.name or model.architecture.nodes[source].name
    return _Read(values, None, tuple(f"{called} {unit}" for unit in range(values.shape[1])), ())


def _channel_notes(channels: int) -> tuple[str, ...]:
    return (f"The {channels} channels of each lie side by side, row by row.",) if channels > 1 else ()


def _read_features(run: Run, values: Floats) -> _Read:
    """Put weights on what is left of the features back on the features themselves."""
    facts, transform = run.record.dataset, run.model.transform
    names = tuple(facts.feature_names or NumberedNames(transform.n_features_in))
    left = transform.image_shape(facts.image_shape)
    if transform.reducer is None or left is not None:
        return _Read(values, left, () if left else names, _channel_notes(left[2] if left else 1))
    if transform.reducer.affine() is None:
        numbered = tuple(f"distance {number}" for number in range(values.shape[1]))
        why = "These are weights on distances to clusters, which are not linear in the features: they are no images."
        return _Read(values, None, numbered, (why,))
    spread, note = _spread(transform, values)
    shape = facts.image_shape
    notes = (*note, *_channel_notes(shape[2] if shape else 1))
    return _Read(spread, shape, () if shape else names, notes)


def _spread(transform: Transform, values: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Return weights on a linear reduction as weights on all features before it, and what must be known of them."""
    assert transform.reducer is not None
    if isinstance(transform.reducer, Kept):
        columns = transform.reducer.columns
        spread = np.full((len(values), transform.n_features_in), np.nan)
        spread[:, columns] = values
        n_left_out = transform.n_features_in - len(columns)
        note = (
            f"{n_left_out} of {transform.n_features_in} features were left out as constant: no weight, blank."
        )
        return spread, (note,) * bool(n_left_out)
    normalises = isinstance(transform.after, Normalise)
    after = NoScaling() if normalises else transform.after
    linear = linear_inputs(Transform(NoScaling(), transform.reducer, after, transform.n_features_in))
    unfolded, _ = linear.on_features(values.T, np.zeros(len(values)))
    note = f"Unfolded from {values.shape[1]} numbers of the reduction to {len(unfolded)} features."
    own = ("Each sample's own norm divides them.",) * normalises
    return unfolded.T, (note, *own)
