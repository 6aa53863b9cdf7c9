"""Scaling of features, fitted on the training part; the same as scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from wattlab.data.checks import frozen
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe.preparation import Scaling

__all__ = [
    "Bytes",
    "MinMax",
    "NoScaling",
    "Normalise",
    "Scaler",
    "Standard",
    "fit_scaler",
    "scaler_from_arrays",
]

_BLOCK_BYTES = 1 << 19  # of float64: a block and its scratch stay in the processor's second cache


class Scaler(Protocol):
    """What all scalers can do; each is frozen."""

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return scaled features of the same shape, C-contiguous, of the floating-point `dtype`."""

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all it knows, for `scaler_from_arrays`; its kind is kept as UTF-8 bytes."""


@dataclass(frozen=True)
class NoScaling:
    """Features as they are."""

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the features in `dtype`."""
        return np.ascontiguousarray(features, dtype=dtype)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the kind."""
        return {"kind": _as_bytes("none")}


@dataclass(frozen=True)
class Bytes:
    """Pixels from 0 to 255, divided by 255."""

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the features divided by 255.

        Raises
        ------
        wattlab.errors.DataError
            If features that are no bytes lie outside 0 … 255.
        """
        if (
            features.dtype != np.uint8
            and features.size
            and not (features.min() >= 0 and features.max() <= 255)
        ):
            raise DataError(
                f"scaling 'bytes' needs features from 0 to 255, but they reach from {features.min():g} to "
                f"{features.max():g}; give pixels as the training data had them"
            )
        out = np.empty(features.shape, dtype)
        np.divide(features, 255, out=out, dtype=out.dtype, casting="unsafe")
        return out

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the kind."""
        return {"kind": _as_bytes("bytes")}


@dataclass(frozen=True, eq=False)
class Standard:
    """Zero mean and unit variance: (x − mean) / scale, scikit-learn's StandardScaler.

    Parameters
    ----------
    mean : ndarray of shape (n_features,), float64
        Of each feature over the training part.
    scale : ndarray of shape (n_features,), float64
        Standard deviation of each feature over the training part; 1 where it is constant.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return ``(features - mean) / scale``."""
        return _shift_and_divide(features, self.mean, self.scale, dtype)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return kind, mean and scale."""
        return {"kind": _as_bytes("standard"), "mean": self.mean, "scale": self.scale}


@dataclass(frozen=True, eq=False)
class MinMax:
    """From 0 to 1 over the training part: (x − minimum) / range, scikit-learn's MinMaxScaler.

    Parameters
    ----------
    minimum : ndarray of shape (n_features,), float64
        Of each feature over the training part.
    range : ndarray of shape (n_features,), float64
        Maximum − minimum; 1 where it is constant.
    """

    minimum: NDArray[np.float64]
    range: NDArray[np.float64]

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return ``(features - minimum) / range``."""
        return _shift_and_divide(features, self.minimum, self.range, dtype)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return kind, minimum and range."""
        return {"kind": _as_bytes("min-max"), "minimum": self.minimum, "range": self.range}


@dataclass(frozen=True)
class Normalise:
    """Every sample divided by its Euclidean norm, scikit-learn's Normalizer; zeros stay zeros."""

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return ``features / norm``, one norm a sample."""
        out = np.empty(features.shape, dtype)
        for rows, block in _blocks(features, 0.0, np.dtype(np.float64)):
            norms = np.sqrt(np.einsum("ij,ij->i", block, block))
            np.divide(block, _no_zeros(norms)[:, None], out=out[rows], casting="same_kind")
        return out

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the kind."""
        return {"kind": _as_bytes("normalise")}


def fit_scaler(kind: Scaling, features: NDArray[Any]) -> Scaler:
    """Return the scaler of a kind, fitted on the training part.

    Parameters
    ----------
    kind : str
        "none", "bytes", "standard", "min-max" or "normalise".
    features : ndarray of shape (n_samples, n_features)
        Of the training part.

    Raises
    ------
    wattlab.errors.DataError
        If `kind` is "bytes" and the features are no bytes.

    Examples
    --------
    >>> scaler = fit_scaler("min-max", np.array([[1.0], [3.0]]))
    >>> scaler.apply(np.array([[2.0]]), np.float64)
    array([[0.5]])
    """
    return _FITS[kind](features)


def scaler_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Scaler:
    """Return the scaler that `Scaler.to_arrays` was called on."""
    kind = bytes(arrays["kind"]).decode()
    return _MADE_OF[kind](**{name: frozen(array) for name, array in arrays.items() if name != "kind"})


def _fit_bytes(features: NDArray[Any]) -> Bytes:
    if features.dtype != np.uint8:
        raise DataError(
            f"scaling 'bytes' needs features that are bytes (uint8), but they are {features.dtype}; "
            "use 'min-max', or store the pixels as uint8"
        )
    return Bytes()


def _fit_standard(features: NDArray[Any]) -> Standard:
    """Find mean and variance in two passes; what rounding left in the mean is put right by the second."""
    count = features.shape[0]
    mean = features.sum(axis=0, dtype=np.float64) / count
    left, squares = np.zeros_like(mean), np.zeros_like(mean)
    for _, block in _blocks(features, mean, np.dtype(np.float64)):
        ones = np.ones(len(block))
        left += ones @ block
        squares += ones @ np.multiply(block, block, out=block)
    variance = squares / count
    mean += left / count
    tiny = np.finfo(np.float64).eps
    constant = variance <= count * tiny * variance + np.square(count * mean * tiny)
    return Standard(frozen(mean), frozen(np.where(constant, 1.0, np.sqrt(variance))))


def _fit_min_max(features: NDArray[Any]) -> MinMax:
    low, high = features.min(axis=0).astype(np.float64), features.max(axis=0).astype(np.float64)
    return MinMax(frozen(low), frozen(_no_zeros(high - low)))


_FITS: dict[str, Callable[[NDArray[Any]], Scaler]] = {
    "none": lambda _: NoScaling(),
    "bytes": _fit_bytes,
    "standard": _fit_standard,
    "min-max": _fit_min_max,
    "normalise": lambda _: Normalise(),
}
_MADE_OF: dict[str, Callable[..., Scaler]] = {
    "none": NoScaling,
    "bytes": Bytes,
    "standard": Standard,
    "min-max": MinMax,
    "normalise": Normalise,
}


def _no_zeros(divisor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace by 1 what is too close to zero to divide by; the bound is scikit-learn's."""
    return np.where(divisor < 10 * np.finfo(np.float64).eps, 1.0, divisor)


def _as_bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _blocks(
    features: NDArray[Any], shift: NDArray[np.float64] | float, dtype: np.dtype[Any]
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield ``features - shift`` in `dtype`, as many rows at a time as stay in the cache, in one buffer."""
    n_samples, n_features = features.shape
    rows = max(1, _BLOCK_BYTES // (dtype.itemsize * max(1, n_features)))
    buffer = np.empty((min(rows, n_samples), n_features), dtype)
    shift = np.asarray(shift, dtype)
    for start in range(0, n_samples, rows):
        part = slice(start, min(start + rows, n_samples))
        block = buffer[: part.stop - start]
        yield part, np.subtract(features[part], shift, out=block, dtype=dtype, casting="same_kind")


def _shift_and_divide(
    features: NDArray[Any], shift: NDArray[np.float64], divisor: NDArray[np.float64], dtype: DTypeLike
) -> NDArray[Any]:
    """Return ``(features - shift) / divisor``, computed in the wider of both number formats."""
    out = np.empty(features.shape, dtype)
    work = np.result_type(features, out)
    divisor = divisor.astype(work)
    for rows, block in _blocks(features, shift, work):
        np.divide(block, divisor, out=out[rows], casting="same_kind")
    return out
