"""Dense layers as the native engine computes them on NumPy, each alone: forward and backward, at its own shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.native.activations import activation_function
from wattlab.engines.native.arrays import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.recipe.architecture import Architecture

__all__ = ["numpy_layers"]


def numpy_layers(architecture: Architecture, batch_size: int, dtype: str) -> list[Callable[[], object]]:
    """Return the work of each dense layer in a step: two products, one for the first layer, and what is element-wise.

    Parameters
    ----------
    architecture : Architecture
        A chain of dense layers.
    batch_size : int
        Samples of a step.
    dtype : str
        "float32" or "float64".
    """
    rows = min(batch_size, NUMPY.block_rows)
    blocks = batch_size / rows
    found = []
    for index, node in enumerate(architecture.nodes):
        (n_in,), (n_out,) = architecture.fed(index)[0], architecture.shapes[index]
        work = _layer(rows, n_in, n_out, node.spec.activation, dtype, first=index == 0)
        found.append(work if blocks == 1 else _repeated(work, round(blocks)))
    return found


def _repeated(work: Callable[[], object], times: int) -> Callable[[], object]:
    def repeated() -> None:
        for _ in range(times):
            work()

    return repeated


class _Draw:
    """Draws arrays of one number format."""

    def __init__(self, dtype: str) -> None:
        self._random, self._dtype = np.random.default_rng(0), dtype

    def __call__(self, *shape: int) -> NDArray[np.floating]:
        return self._random.standard_normal(shape).astype(self._dtype)


def _layer(
    rows: int, n_in: int, n_out: int, activation: str, dtype: str, *, first: bool
) -> Callable[[], object]:
    draw = _Draw(dtype)
    x, weights, biases = draw(rows, n_in), draw(n_in, n_out), draw(n_out)
    z, scratch, delta, given = (draw(rows, n_out) for _ in range(4))
    products, sums, below = draw(n_in, n_out), draw(n_out), draw(rows, n_in)
    ones = np.ones(rows, dtype)
    function = activation_function(NUMPY, activation if activation != "softmax" else "identity")

    def work() -> None:
        NUMPY.affine(x, weights, biases, z)
        function.forward(NUMPY, z, scratch)
        NUMPY.assign(
            delta, given
        )  # the derivative of it, taken again and again, would end in denormal numbers
        function.backward(NUMPY, delta, z, scratch)
        NUMPY.matmul(x.T, delta, out=products)
        NUMPY.sum_samples(ones, delta, sums)
        if not first:
            NUMPY.matmul(delta, weights.T, out=below)

    return work
