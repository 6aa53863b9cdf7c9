"""Matrix products by number format: by NumPy, and by torch on the processor and on a GPU."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.timing import Timed, interleaved
from wattlab.engines.devices import cuda_formats
from wattlab.machine.number_formats import number_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from numpy.typing import NDArray

    from wattlab.recipe.engine import Precision

__all__ = ["TENSOR_CORES", "gpu_products", "numpy_products", "torch_products"]

_OPERATION: Final = "matrix product"
_SIZE: Final = 256
_GPU_SIZE: Final = 4096
_ROUNDS: Final = 11
_TORCH_FORMATS: Final[tuple[Precision, ...]] = ("float64", "float32", "bfloat16", "float16")
_ON_TENSOR_CORES: Final = frozenset({"tf32", "bfloat16", "float16"})
TENSOR_CORES: Final = "tensor cores"
"""Note of a product that they compute."""


def numpy_products(rounds: int = _ROUNDS) -> tuple[Timed, ...]:
    """Time products of float64 and float32 matrices by NumPy's linear algebra library.

    Parameters
    ----------
    rounds : int, optional
        Samples of each.
    """
    matrices = {name: np.full((_SIZE, _SIZE), 0.5, name) for name in ("float64", "float32")}
    calls = {name: _numpy_call(matrix) for name, matrix in matrices.items()}
    seconds = interleaved(calls, rounds)
    return tuple(Timed(_OPERATION, name, "NumPy", _SIZE**3, seconds[name], "") for name in calls)


def _numpy_call(matrix: NDArray[np.floating]) -> Callable[[], object]:
    out = np.empty_like(matrix)
    return lambda: np.matmul(matrix, matrix, out=out)


def torch_products(rounds: int = _ROUNDS) -> tuple[Timed, ...]:
    """Time products on the processor by torch; nothing where torch is not installed.

    Parameters
    ----------
    rounds : int, optional
        Samples of each.
    """
    if find_spec("torch") is None:
        return ()
    import torch

    return _products(torch.device("cpu"), "torch", _TORCH_FORMATS, number_formats(), _SIZE, rounds)


def gpu_products(rounds: int = _ROUNDS) -> tuple[Timed, ...]:
    """Time products on the first GPU by torch; nothing where torch is not installed or sees none.

    Parameters
    ----------
    rounds : int, optional
        Samples of each.
    """
    if find_spec("torch") is None:
        return ()
    import torch

    if not torch.cuda.is_available():
        return ()
    formats = cuda_formats(0)
    return _products(
        torch.device("cuda:0"), torch.cuda.get_device_name(0), formats, formats, _GPU_SIZE, rounds
    )


def _products(
    device: torch.device,
    where: str,
    formats: Sequence[Precision],
    native: Sequence[Precision],
    size: int,
    rounds: int,
) -> tuple[Timed, ...]:
    import torch

    from wattlab.engines.native.torch_arrays import torch_arrays

    synchronize = torch.cuda.synchronize if device.type == "cuda" else _nothing
    found: dict[str, NDArray[np.float64]] = {}
    # tf32 is a way to multiply float32 numbers: it is in force while its own product is timed, and no other.
    for names in ([one for one in formats if one != "tf32"], [one for one in formats if one == "tf32"]):
        with torch_arrays(device, tf32="tf32" in names).scope():
            calls: dict[str, Callable[[], object]] = {name: _torch_call(device, name, size) for name in names}
            found |= interleaved(calls, rounds, synchronize=synchronize)
    return tuple(
        Timed(_OPERATION, name, where, size**3, found[name], _note(name, device, native)) for name in formats
    )


def _torch_call(device: torch.device, name: str, size: int) -> Callable[[], object]:
    import torch

    dtypes = {
        "tf32": torch.float32,
        "float64": torch.float64,
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    matrix = torch.full((size, size), 0.5, dtype=dtypes[name], device=device)
    out = torch.empty_like(matrix)
    return lambda: torch.mm(matrix, matrix, out=out)


def _nothing() -> None:
    """Wait for nothing: the processor has no queue."""


def _note(name: str, device: torch.device, native: Sequence[Precision]) -> str:
    if name not in native:
        return "emulated: no instructions"
    if device.type == "cuda":
        return TENSOR_CORES if name in _ON_TENSOR_CORES else ""
    return "instructions of its own" if name in {"bfloat16", "float16"} else ""
