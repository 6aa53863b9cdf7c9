"""All weights and biases in one flat vector, with views per layer."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.initial import check_weights
from wattlab.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.engines.native.arrays import Array, Arrays
    from wattlab.recipe.architecture import Architecture

__all__ = ["Parameters", "unpacked"]


class Parameters:
    """Weights of all layers, then biases of all layers, end to end in `flat`.

    An optimizer works on `flat` as a whole, regularisation on its stretches `regularised`.

    Parameters
    ----------
    xp : Arrays
        Whose array `flat` is.
    sizes : sequence of int
        Nodes of all layers, input first.
    dtype : str
        Number format.
    counted : sequence of bool, optional
        Which layers' weights are regularised; left out: all.
    """

    def __init__(self, xp: Arrays, sizes: Sequence[int], dtype: str, counted: Sequence[bool] = ()) -> None:
        self.arrays, self.sizes, self.dtype = xp, tuple(sizes), dtype
        shapes = list(pairwise(self.sizes))
        self.n_weights = sum(n_in * n_out for n_in, n_out in shapes)
        self.size = self.n_weights + sum(self.sizes[1:])
        self.flat: Array = xp.zeros(self.size, dtype)
        self.weights = self._views(0, shapes)
        self.biases = self._views(self.n_weights, [(n_out,) for n_out in self.sizes[1:]])
        self.flat_weights: Array = self.flat[: self.n_weights]
        self.regularised = _stretches([prod(shape) for shape in shapes], counted or [True] * len(shapes))

    def _views(self, start: int, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
        views = []
        for shape in shapes:
            stop = start + prod(shape)
            views.append(self.flat[start:stop].reshape(shape))
            start = stop
        return views

    def named(self) -> dict[str, Array]:
        """Return the views by the names that every engine uses."""
        named = {}
        for index, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"layers.{index}.weights"] = weights
            named[f"layers.{index}.biases"] = biases
        return named

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        views = self.named()
        check_weights(weights, {name: tuple(view.shape) for name, view in views.items()})
        for name, view in views.items():
            self.arrays.assign(view, self.arrays.of_numpy(weights[name], None))

    def copies(self) -> Weights:
        """Return copies of all views by name."""
        return {name: self.arrays.to_numpy(view) for name, view in self.named().items()}


def unpacked(flat: NDArray[np.generic], architecture: Architecture) -> Weights:
    """Return the weights of a dense network that lie end to end as in `Parameters.flat`, by name.

    Raises
    ------
    wattlab.errors.WeightsError
        If they are more or fewer than the network has.
    """
    ordered = sorted(architecture.arrays, key=lambda name: not name.endswith(".weights"))
    if flat.size != sum(prod(architecture.arrays[name]) for name in ordered):
        raise WeightsError("the saved state belongs to another network: it holds another number of weights")
    weights: Weights = {}
    start = 0
    for name in ordered:
        shape = architecture.arrays[name]
        weights[name] = np.array(flat[start : start + prod(shape)], dtype=float).reshape(shape)
        start += prod(shape)
    return weights


def _stretches(lengths: Sequence[int], counted: Sequence[bool]) -> list[slice]:
    """Return where the weights of the counted layers lie; neighbours are one stretch."""
    stretches: list[slice] = []
    start = 0
    for length, counts in zip(lengths, counted, strict=True):
        stop = start + length
        if counts and stretches and stretches[-1].stop == start:
            stretches[-1] = slice(stretches[-1].start, stop)
        elif counts:
            stretches.append(slice(start, stop))
        start = stop
    return stretches
