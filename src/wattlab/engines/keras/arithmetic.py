"""Number formats in Keras' words, and values out of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.recipe.engine import Precision

__all__ = ["POLICIES", "array_of", "exact", "to_numpy"]

Tensor = Any

POLICIES: Final[dict[Precision, str]] = {
    "float64": "float64",
    "float32": "float32",
    "tf32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
"""Keras' dtype policy of the layers: how they compute, and how they keep their weights."""


def exact(number: float, dtype: str) -> float:
    """Return a number that ``keras.ops.cast`` keeps: TensorFlow makes a float32 of a plain one before a float64."""
    wide = dtype == "float64" and keras.backend.backend() == "tensorflow"
    return np.float64(number) if wide else number


def array_of(variable: Any) -> NDArray[Any]:
    """Return a copy of the value of a variable of Keras."""
    return to_numpy(variable.value).copy()


def to_numpy(tensor: Any) -> NDArray[Any]:
    """Return a tensor of the backend as an array, perhaps of the same memory.

    Keras' own conversion calls ``numpy.array``, of which NumPy 2 warns for tensors of torch and for variables of
    TensorFlow.
    """
    return _TO_NUMPY[keras.backend.backend()](tensor)


_TO_NUMPY: dict[str, Callable[[Any], NDArray[Any]]] = {
    "tensorflow": lambda tensor: np.asarray(tensor.numpy()),
    "jax": np.asarray,
    "torch": lambda tensor: np.asarray(tensor.detach().cpu().numpy()),
}
