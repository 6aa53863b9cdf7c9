"""Where the parts of a step are timed: the layers and the gathering of a batch, by NumPy or by torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.engines.native.arrays import NUMPY
from wattlab.machine.threads import blas_threads
from wattlab.studies.explain.numpy_layers import numpy_layers
from wattlab.studies.explain.part_times import Rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.recipe import Recipe
    from wattlab.recipe.architecture import Architecture
    from wattlab.studies.explain.step_data import StepData

__all__ = ["DATA", "UPDATE", "Bench", "NumpyBench", "Part", "kinds", "known_products"]

DATA: Final = "data"
"""The part that gathers a batch."""
UPDATE: Final = "update"
"""The part that changes the weights."""
_BITS: Final = 53
_SIZE: Final = 64


class Part(NamedTuple):
    """A part of a step.

    Attributes
    ----------
    name : str
        Of the node, or `DATA` or `UPDATE`.
    work : callable
        Does it once.
    """

    name: str
    work: Callable[[], object]


class Bench(ABC):
    """The parts of a step of one recipe.

    Attributes
    ----------
    batch_size : int
    """

    batch_size: int

    @abstractmethod
    def parts(self) -> list[Part]:
        """Return all parts in the order of a step, each forward and backward; equal layers share their arrays."""

    @abstractmethod
    def rounding(self) -> Rounding:
        """Return how products really round in the recipe's arithmetic."""

    @abstractmethod
    def threads(self) -> int | None:
        """Return how many threads compute now; None on a GPU."""

    def scope(self) -> AbstractContextManager[object]:
        """Return the context in which all of it runs."""
        return nullcontext()

    def passes(self, parts: Sequence[Part], times: int) -> list[float]:
        """Do all parts one after the other, several times, and return the mean time of each. Unit: s.

        One after the other and not each again and again: so each finds the caches, the threads and the memory as the
        others leave them, as in a step.
        """
        taken = [0.0] * len(parts)
        works = [one.work for one in parts]
        for _ in range(times):
            last_s = perf_counter()
            for index, work in enumerate(works):
                work()
                now_s = perf_counter()
                taken[index] += now_s - last_s
                last_s = now_s
        return [one_s / times for one_s in taken]


def kinds(architecture: Architecture) -> list[int]:
    """Return for each node the first one that is equal to it but for name and weights.

    A node that the network's input feeds is equal to no other: its input needs no gradient.
    """
    firsts: dict[str, int] = {}
    found = []
    for index, node in enumerate(architecture.nodes):
        spec = node.spec.model_dump(exclude={"name", "inputs", "regularised", "initial_weights"})
        key = repr((architecture.fed(index), spec, tuple(source < 0 for source in node.inputs)))
        found.append(firsts.setdefault(key, index))
    return found


def known_products(bits: int = _BITS) -> list[float]:
    """Return 1 + 2⁻ʲ for j from 1 on: numbers that a format with fewer bits rounds to 1."""
    return [1 + 2.0**-j for j in range(1, bits + 1)]


class NumpyBench(Bench):
    """Dense layers on NumPy."""

    def __init__(self, recipe: Recipe, data: StepData) -> None:
        self._architecture, self._data = data.architecture(recipe), data
        self._dtype = recipe.engine.array_dtype
        self.batch_size = data.batch_size(recipe)

    def parts(self) -> list[Part]:
        """Return gathering with scaling, the layers, and an update with momentum; see `Bench.parts`."""
        made = numpy_layers(self._architecture, self.batch_size, self._dtype)
        nodes = self._architecture.nodes
        layers = [
            Part(node.name, made[first]) for node, first in zip(nodes, kinds(self._architecture), strict=True)
        ]
        return [Part(DATA, self._gather()), *layers, Part(UPDATE, self._update())]

    def _gather(self) -> Callable[[], object]:
        features = self._data.features(self._dtype)
        draw = self._data.draws(len(features), self.batch_size)
        out = np.empty((self.batch_size, features.shape[1]), self._dtype)
        if features.dtype != np.uint8:
            return lambda: NUMPY.take(features, next(draw), out)
        gathered = np.empty((self.batch_size, features.shape[1]), np.uint8)

        def work() -> None:
            NUMPY.take(features, next(draw), gathered)
            NUMPY.scale_bytes(gathered, 1 / 255, out)

        return work

    def _update(self) -> Callable[[], object]:
        """Return v = γ v + η G, θ −= v, in stretches as the engine's optimizers take them."""
        size, chunk = self._architecture.n_parameters, NUMPY.chunk or self._architecture.n_parameters
        weights, velocity, gradient = (np.ones(size, self._dtype) for _ in range(3))
        scratch = np.empty(min(size, chunk), self._dtype)

        def work() -> None:
            for start in range(0, size, chunk):
                part = slice(start, min(start + chunk, size))
                v = velocity[part]
                NUMPY.multiply(v, 0.9, out=v)
                NUMPY.add_multiple(v, gradient[part], 1e-9, scratch[: len(v)])
                NUMPY.subtract(weights[part], v, out=weights[part])

        return work

    def rounding(self) -> Rounding:
        """Return the bits of NumPy's product; see `Bench.rounding`."""
        known = np.array(known_products(), self._dtype)
        came = np.matmul(np.diag(known), np.ones((_BITS, _SIZE), self._dtype))[:, 0]
        return Rounding(bits=int(np.count_nonzero(came > 1)), result=str(came.dtype))

    def threads(self) -> int | None:
        """Return the threads of NumPy's BLAS."""
        return blas_threads()
