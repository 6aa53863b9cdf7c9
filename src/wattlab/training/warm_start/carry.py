"""How the weights of an earlier network become the initial ones of another: as they are, folded, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.engines.initial import architecture_of, check_weights
from wattlab.errors import WeightsError
from wattlab.recipe.architecture import Architecture
from wattlab.training.warm_start.inputs import Unchanging, linear_inputs
from wattlab.training.warm_start.resolution import for_more_pixels

if TYPE_CHECKING:
    from wattlab.data.dataset import Dataset
    from wattlab.data.preparation import Prepared, Transform
    from wattlab.engines.base import Weights
    from wattlab.recipe import Recipe
    from wattlab.training.warm_start.inputs import LinearInputs

__all__ = ["Source", "Target", "carry"]

_LOST: Final = {"float32": 1e-5, "float64": 1e-9}
"""Share of the first layer's weights that rounding alone may lose when they are folded."""
_AS_THEY_ARE: Final = "as they are"


@dataclass(frozen=True, eq=False)
class Source:
    """An earlier network with what feeds it.

    Parameters
    ----------
    run : str
        Whose it is.
    recipe : Recipe
        Its own.
    weights : dict of arrays
    transform : Transform
        The fitted preparation of its input.
    classes : tuple of str, or None
    image_shape : (int, int, int) or None
        Rows, columns and channels of what feeds it.
    """

    run: str
    recipe: Recipe
    weights: Weights
    transform: Transform
    classes: tuple[str, ...] | None
    image_shape: tuple[int, int, int] | None


@dataclass(frozen=True, eq=False)
class Target:
    """The network that is to begin with another one's weights.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
    prepared : Prepared
        That data as the network gets it.
    """

    recipe: Recipe
    dataset: Dataset
    prepared: Prepared


def carry(source: Source, target: Target) -> tuple[Weights, str]:
    """Return initial weights, and in words how they came about.

    Where both networks get the same inputs, the weights are taken as they are. Where they get others, each a linear map
    of the same features, the first layer is folded: the new network then computes the same function of the features. A
    network for images takes its kernels as they are, whatever the resolution.

    Parameters
    ----------
    source : Source
        The earlier network.
    target : Target
        The new one.

    Raises
    ------
    wattlab.errors.WeightsError
        If classes or layers differ, or the new inputs cannot express what the old ones did.
    """
    wanted = architecture_of(target.recipe, target.prepared)
    _check_classes(source, target)
    if (
        _same(source.transform, target.prepared.transform)
        and source.image_shape == target.prepared.image_shape
    ):
        weights, how = source.weights, _AS_THEY_ARE
    elif len(wanted.input_shape) == 3:
        weights, how = _resized(source, target, wanted)
    else:
        weights, how = _folded(source, target, wanted)
    check_weights(weights, wanted.arrays)
    return weights, how


def _check_classes(source: Source, target: Target) -> None:
    old, new = source.classes, target.prepared.classes
    if old == new:
        return
    kinds = [f"classes ({', '.join(one)})" if one else "numbers to predict" for one in (old, new)]
    raise WeightsError(
        f"run {source.run!r} learned {kinds[0]}, but this data has {kinds[1]}; begin with a run that learned the same"
    )


def _same(one: Transform, other: Transform) -> bool:
    first, second = one.to_arrays(), other.to_arrays()
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


def _resized(source: Source, target: Target, wanted: Architecture) -> tuple[Weights, str]:
    """Return the weights of a network for images that is to see others."""
    before, after = source.transform, target.prepared.transform
    if (type(before.before), type(before.after)) != (type(after.before), type(after.after)):
        raise WeightsError(
            f"run {source.run!r} scaled its images in another way, which convolutions cannot make up for; give both "
            "the same preparation.before and preparation.after"
        )
    shape = source.image_shape
    if shape is None:
        raise WeightsError(
            f"run {source.run!r} got no images, but this network takes them; begin with one that did"
        )
    old = Architecture.of(source.recipe.network, before.n_features_out, shape, wanted.n_outputs)
    weights, names = for_more_pixels(source.weights, old, wanted)
    how = f"{_AS_THEY_ARE}, from {_pixels(shape)} to {_pixels(wanted.input_shape)} pixels"
    if shape == wanted.input_shape:
        how = f"{_AS_THEY_ARE}, for inputs that are scaled by other samples"
    return weights, how + "".join(f"; {name} spread over the pixels that are new" for name in names)


def _pixels(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} × {shape[1]}"


def _folded(source: Source, target: Target, wanted: Architecture) -> tuple[Weights, str]:
    """Return weights with which a network computes on its inputs what the earlier one did on others."""
    transform = target.prepared.transform
    _check_features(source, transform)
    before, after = linear_inputs(source.transform), linear_inputs(transform)
    weights = dict(source.weights)
    for name in _fed_by_input(wanted):
        if f"{name}.weights" in weights:
            weights |= _folded_layer(name, weights, before, after, source, target)
    n_inputs, n_features = source.transform.n_features_out, transform.n_features_in
    if n_inputs == transform.n_features_out:
        return weights, f"folded, so that {n_inputs} inputs that are prepared in another way give the same"
    return weights, f"folded from {n_inputs} inputs to {transform.n_features_out}, of {n_features} features"


def _check_features(source: Source, transform: Transform) -> None:
    old, new = source.transform.n_features_in, transform.n_features_in
    if old != new:
        raise WeightsError(
            f"run {source.run!r} learned from data of {old} features, but this data has {new}; take a run that learned "
            "from the same features, be it after another preparation"
        )


def _fed_by_input(wanted: Architecture) -> list[str]:
    """Return the names of the layers that get the input itself, all of them dense."""
    fed = [node for node in wanted.nodes if -1 in node.inputs]
    for node in fed:
        if node.spec.kind != "dense":
            raise WeightsError(
                f"{node} gets the input itself, and only dense layers can take over weights from other inputs; give "
                "both runs the same preparation"
            )
    return [node.name for node in fed]


def _folded_layer(
    name: str, weights: Weights, before: LinearInputs, after: LinearInputs, source: Source, target: Target
) -> Weights:
    names = f"{name}.weights", f"{name}.biases"
    own = (np.asarray(weights[one], np.float64) for one in names)
    features = target.dataset.train.features
    unchanging = Unchanging.none(features.shape[1]) if after.matrix is None else Unchanging.of(features)
    *folded, lost = after.on_inputs(*before.on_features(*own), unchanging)
    if lost > _LOST[target.recipe.engine.array_dtype]:
        raise WeightsError(
            f"what run {source.run!r} learned from {source.transform.n_features_out} inputs cannot be told from the "
            f"{target.prepared.transform.n_features_out} inputs of this network: {lost:.2g} of the weights of {name} "
            "would be lost; go from fewer features to more, such as from 'pca' or 'pool' to 'none'"
        )
    return dict(zip(names, folded, strict=True))
