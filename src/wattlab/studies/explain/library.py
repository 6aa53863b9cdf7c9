"""What the ceilings ask of an array library: products, streams, and waiting for the device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe.engine import EngineChoice, Precision

__all__ = ["Library", "NumpyLibrary", "needs_torch"]


class Library(ABC):
    """An array library on a device."""

    name: str
    """With its version."""
    device: str
    device_name: str
    sizes: tuple[int, ...]
    """Of square products to be timed."""
    streams_B: tuple[int, ...]
    """Bytes of three arrays together, the largest beyond the last cache."""

    @abstractmethod
    def formats(self) -> dict[Precision, str]:
        """Return all number formats; for each that is not to be measured the reason, else an empty text."""

    @abstractmethod
    def product(self, precision: Precision, size: int) -> Callable[[], object]:
        """Return the work of one square product."""

    @abstractmethod
    def stream(self, size_B: int) -> Callable[[], object]:
        """Return the work of one sum a = b + s c over three arrays of `size_B` bytes together."""

    def synchronize(self) -> None:  # noqa: B027 (NumPy has nothing to wait for)
        """Wait until the device is through."""

    def threads(self) -> int | None:
        """Return how many threads compute now; None where that is no question."""
        from wattlab.machine.threads import blas_threads

        return blas_threads()


class NumpyLibrary(Library):
    """NumPy and its BLAS."""

    def __init__(self, streams_B: tuple[int, ...]) -> None:
        self.device, self.device_name, self.sizes = "cpu", "processor", (64, 256, 1024, 2048)
        self.name = f"numpy {np.__version__}"
        self.streams_B = streams_B

    def formats(self) -> dict[Precision, str]:
        """Return what NumPy multiplies by BLAS; see `Library.formats`."""
        none = "NumPy has no matrix product in it"
        return {"float64": "", "float32": "", "bfloat16": none, "float16": none}

    def product(self, precision: Precision, size: int) -> Callable[[], object]:
        """Return one product into an array that exists already."""
        random = np.random.default_rng(0)
        left, right = (random.standard_normal((size, size)).astype(precision) for _ in range(2))
        out = np.empty_like(left)
        return lambda: np.matmul(left, right, out=out)

    def stream(self, size_B: int) -> Callable[[], object]:
        """Return a = b + c, in float32: NumPy has no sum with a factor, and one factor less is as many bytes."""
        left, right, out = (np.ones(size_B // 12, np.float32) for _ in range(3))
        return lambda: np.add(left, right, out=out)


def needs_torch(choice: EngineChoice) -> bool:
    """Tell whether torch stands for an engine's arithmetic: for all but NumPy's."""
    from wattlab.engines.native.choice import uses_torch

    return choice.name in {"torch", "keras"} or (choice.name == "native" and uses_torch(choice))
