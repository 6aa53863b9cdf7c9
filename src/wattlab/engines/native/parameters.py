"""All weights and biases in one flat vector, with views per layer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.initial import check_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from wattlab.engines.base import Weights

__all__ = ["Parameters"]


class Parameters:
    """Weights of all layers, then biases of all layers, end to end in `flat`.

    An optimizer works on `flat` as a whole, regularisation on its first `n_weights` entries.

    Parameters
    ----------
    sizes : sequence of int
        Nodes of all layers, input first.
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, sizes: Sequence[int], dtype: DTypeLike) -> None:
        self.sizes = tuple(sizes)
        shapes = list(pairwise(self.sizes))
        self.n_weights = sum(n_in * n_out for n_in, n_out in shapes)
        self.flat: NDArray[np.floating] = np.zeros(self.n_weights + sum(self.sizes[1:]), dtype)
        self.weights = self._views(0, shapes)
        self.biases = self._views(self.n_weights, [(n_out,) for n_out in self.sizes[1:]])

    def _views(self, start: int, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.floating]]:
        views = []
        for shape in shapes:
            stop = start + int(np.prod(shape))
            views.append(self.flat[start:stop].reshape(shape))
            start = stop
        return views

    def named(self) -> dict[str, NDArray[np.floating]]:
        """Return the views by the names that every engine uses."""
        named = {}
        for index, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"layers.{index}.weights"] = weights
            named[f"layers.{index}.biases"] = biases
        return named

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        views = self.named()
        check_weights(weights, {name: view.shape for name, view in views.items()})
        for name, view in views.items():
            view[...] = weights[name]

    def copies(self) -> Weights:
        """Return copies of all views by name."""
        return {name: view.copy() for name, view in self.named().items()}
