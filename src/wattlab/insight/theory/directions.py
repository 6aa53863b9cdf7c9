"""Directions in the space of a network's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import RunError
from wattlab.recipe.layers import Conv2DTranspose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.architecture import Architecture

    Floats = NDArray[np.float64]

__all__ = ["Principal", "difference", "moved", "principal_directions", "random_direction"]


def random_direction(weights: Weights, architecture: Architecture, rng: np.random.Generator) -> Weights:
    """Return a random direction, each filter of which is as long as that of the network.

    A filter is what leads to one node or channel. Biases and batch normalisation have none: they stay as they are.

    Parameters
    ----------
    weights : dict of arrays
        Of the trained network.
    architecture : Architecture
        Its layers.
    rng : numpy.random.Generator
        Draws from a normal distribution.

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018,
    section 4.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> from wattlab.recipe.architecture import Architecture
    >>> architecture = Architecture.of(Recipe.named("moons").network, 2, None, 2)
    >>> weights = {name: np.full(shape, 3.0) for name, shape in architecture.arrays.items()}
    >>> drawn = random_direction(weights, architecture, np.random.default_rng(0))["layers.0.weights"]
    >>> np.linalg.norm(drawn, axis=0).round(12)[:3]
    array([4.24264069, 4.24264069, 4.24264069])
    """
    transposed = {node.name for node in architecture.nodes if isinstance(node.spec, Conv2DTranspose)}
    found: Weights = {}
    for name, array in weights.items():
        layer, _, kind = name.rpartition(".")
        if kind != "weights":
            continue
        # Kernels have their outputs last, transposed ones last but one.
        output = array.ndim - (2 if layer in transposed else 1)
        others = tuple(axis for axis in range(array.ndim) if axis != output)
        drawn = rng.normal(size=array.shape)
        lengths, wanted = (np.sqrt(np.square(one).sum(others, keepdims=True)) for one in (drawn, array))
        found[name] = drawn * (wanted / lengths)
    return found


def difference(start: Weights, end: Weights, architecture: Architecture) -> Weights:
    """Return what leads from one set of weights to another; moving statistics are left out.

    Parameters
    ----------
    start, end : dict of arrays
        Of the same network.
    architecture : Architecture
        Its layers.
    """
    return {
        name: end[name].astype(np.float64) - start[name].astype(np.float64)
        for name in architecture.arrays
        if name not in architecture.statistics
    }


def moved(weights: Weights, *steps: tuple[float, Weights]) -> Weights:
    """Return weights moved along directions.

    Parameters
    ----------
    weights : dict of arrays
        Whence.
    *steps : (float, dict of arrays)
        How far, and along what; what a direction does not have stays.
    """
    found = dict(weights)
    for length, direction in steps:
        for name, array in direction.items():
            found[name] = (found[name] + length * array).astype(weights[name].dtype)
    return found


class Principal(NamedTuple):
    """The plane that holds most of a training's trajectory.

    Attributes
    ----------
    directions : tuple of two dicts of arrays
        Each of Euclidean length 1 over all arrays.
    trajectory : ndarray of shape (n_epochs, 2)
        Where the weights were along them, as seen from the last ones.
    shares : (float, float)
        Parts of the squared distances that each explains.
    """

    directions: tuple[Weights, Weights]
    trajectory: NDArray[np.float64]
    shares: tuple[float, float]


def principal_directions(kept: Mapping[int, Weights], architecture: Architecture, run: str) -> Principal:
    """Return the two main directions of the weights after several epochs, as seen from the last ones.

    Parameters
    ----------
    kept : mapping of int to dict of arrays
        Weights by epoch, ascending.
    architecture : Architecture
        Of the network.
    run : str
        Whose they are.

    Raises
    ------
    wattlab.errors.RunError
        If there are fewer than three.

    References
    ----------
    H. Li et al., as for `random_direction`, section 7.
    """
    epochs = list(kept)
    if len(epochs) < 3:
        counted = f"{len(epochs)} epoch{'s' if len(epochs) > 1 else ''}"
        msg = (
            f"run {run!r} has kept the weights of {counted}, but a trajectory needs three at least; "
            "train with --keep-weights 1 to keep those of each"
        )
        raise RunError(msg)
    last = kept[epochs[-1]]
    offsets = [difference(last, kept[epoch], architecture) for epoch in epochs]
    rows = np.array([np.concatenate([array.ravel() for array in one.values()]) for one in offsets])
    left, lengths, right = np.linalg.svd(rows, full_matrices=False)
    first, second = (_as_arrays(row, offsets[0]) for row in right[:2])
    squares = np.square(lengths)
    shares = squares[:2] / squares.sum()
    return Principal((first, second), left[:, :2] * lengths[:2], (float(shares[0]), float(shares[1])))


def _as_arrays(vector: Floats, like: Weights) -> Weights:
    sizes = np.cumsum([array.size for array in like.values()])[:-1]
    pieces = np.split(vector, sizes)
    return {
        name: piece.reshape(array.shape) for (name, array), piece in zip(like.items(), pieces, strict=True)
    }
