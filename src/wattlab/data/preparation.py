"""What the network sees: features scaled and reduced as the recipe says, fitted on the training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.checks import frozen
from wattlab.data.memory import check_memory
from wattlab.data.reduction import varying_features
from wattlab.data.scaling import Bytes, NoScaling, fit_scaler, scaler_from_arrays
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

    from wattlab.data.dataset import Dataset, Part
    from wattlab.data.scaling import Scaler
    from wattlab.recipe.preparation import Preparation

__all__ = ["Prepared", "PreparedPart", "Transform", "prepare"]


@dataclass(frozen=True, eq=False)
class Transform:
    """Scaling, reduction, scaling, as fitted on a training part.

    Parameters
    ----------
    before : Scaler
        Applied to all features.
    kept : ndarray of shape (n_kept,), int64, or None
        Indices of the features that go on; None: all.
    after : Scaler
        Applied to those.
    n_features_in : int
        Number of features before the reduction.
    """

    before: Scaler
    kept: NDArray[np.int64] | None
    after: Scaler
    n_features_in: int

    @property
    def n_features_out(self) -> int:
        """Number of features after the reduction."""
        return self.n_features_in if self.kept is None else int(self.kept.size)

    def apply(self, features: NDArray[Any], dtype: DTypeLike = np.float32) -> NDArray[Any]:
        """Return features as the network sees them.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features_in)
            As they were in the data set.
        dtype : dtype
            float32 or float64.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
            C-contiguous.

        Raises
        ------
        wattlab.errors.DataError
            If the number of features is another one.
        """
        if features.ndim != 2 or features.shape[1] != self.n_features_in:
            found = f"{features.shape[1]} features" if features.ndim == 2 else f"shape {features.shape}"
            raise DataError(
                f"the samples have {found}, but the model was trained on {self.n_features_in}; "
                f"give an array of shape (n_samples, {self.n_features_in}) with the same features in the same "
                "order"
            )
        if not isinstance(self.before, NoScaling):
            features = self.before.apply(features, dtype)
        return self.after.apply(_take(features, self.kept), dtype)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all it knows as arrays, for `from_arrays`."""
        arrays = {f"before.{name}": array for name, array in self.before.to_arrays().items()}
        arrays |= {f"after.{name}": array for name, array in self.after.to_arrays().items()}
        arrays["n_features_in"] = np.array([self.n_features_in], np.int64)
        return arrays if self.kept is None else {**arrays, "kept": self.kept}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Transform:
        """Return the transform that `to_arrays` was called on."""
        kept = arrays.get("kept")
        return cls(
            before=scaler_from_arrays(_inside(arrays, "before.")),
            kept=None if kept is None else frozen(kept),
            after=scaler_from_arrays(_inside(arrays, "after.")),
            n_features_in=int(arrays["n_features_in"][0]),
        )


@dataclass(frozen=True, eq=False)
class PreparedPart:
    """What an engine gets of a part of the data; read-only.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features_out)
        C-contiguous.
    labels : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Class indices, or numbers to predict.
    sample_weight : ndarray of shape (n_samples,), or None
        How much each sample counts in loss and gradient, on average 1; None: each counts once.
    """

    features: NDArray[Any]
    labels: NDArray[Any]
    sample_weight: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        if self.sample_weight is not None:
            object.__setattr__(self, "sample_weight", frozen(self.sample_weight))
        object.__setattr__(self, "features", frozen(self.features))
        object.__setattr__(self, "labels", frozen(self.labels))


@dataclass(frozen=True, eq=False)
class Prepared:
    """All parts of a data set as an engine gets them.

    Parameters
    ----------
    train, test : PreparedPart
    validation : PreparedPart or None
    transform : Transform
        What was done to the features, for later samples.
    byte_scale : float or None
        If not None, the features are still bytes, and an engine multiplies them by this (1/255) when it
        gathers a batch: reading bytes is a quarter of the memory traffic.
    n_outputs : int
        Classes, regression targets, or features that are to be reconstructed.
    classes : tuple of str, or None
        Names of the classes; None where outputs are numbers.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is still a whole image; None once a reduction took pixels
        away.
    reconstructs : bool
        The targets are the prepared features themselves; labels, if any, are only kept.
    """

    train: PreparedPart
    validation: PreparedPart | None
    test: PreparedPart
    transform: Transform
    byte_scale: float | None
    n_outputs: int
    classes: tuple[str, ...] | None
    image_shape: tuple[int, int, int] | None = None
    reconstructs: bool = False

    @classmethod
    def empty(
        cls,
        transform: Transform,
        n_outputs: int,
        classes: tuple[str, ...] | None,
        image_shape: tuple[int, int, int] | None = None,
        *,
        reconstructs: bool = False,
    ) -> Prepared:
        """Return data without samples, for a network that is only to predict."""
        labels = np.zeros(0, np.int64) if classes is not None else np.zeros((0, n_outputs))
        nothing = PreparedPart(np.zeros((0, transform.n_features_out), np.float32), labels)
        whole = image_shape if transform.n_features_out == transform.n_features_in else None
        return cls(nothing, None, nothing, transform, None, n_outputs, classes, whole, reconstructs)


def prepare(dataset: Dataset, preparation: Preparation, dtype: DTypeLike) -> Prepared:
    """Fit scaling and reduction on the training part and apply them to all parts.

    Where the only scaling is "bytes", the features stay bytes; see `Prepared.byte_scale`.

    Parameters
    ----------
    dataset : Dataset
        As loaded.
    preparation : Preparation
        From the recipe.
    dtype : dtype
        float32 or float64, of features and of regression labels.

    Raises
    ------
    wattlab.errors.DataError
        If "bytes" is asked for and the features are no bytes, all features are constant, or bytes do not fit into
        memory once they are floating-point numbers.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.recipe.preparation import Preparation
    >>> prepared = prepare(load("digits"), Preparation(after="standard"), np.float32)
    >>> prepared.train.features.shape, prepared.byte_scale
    ((1438, 64), None)
    """
    transform = _fit(dataset.train.features, preparation, dtype)
    stay = _stay_bytes(transform)
    if not stay:
        _check_floats(dataset, transform, np.dtype(dtype))

    def prepared(part: Part) -> PreparedPart:
        features = _take(part.features, transform.kept) if stay else transform.apply(part.features, dtype)
        labels = part.labels.astype(dtype) if dataset.classes is None else part.labels
        return PreparedPart(np.ascontiguousarray(features), labels)

    return Prepared(
        train=prepared(dataset.train),
        validation=None if dataset.validation is None else prepared(dataset.validation),
        test=prepared(dataset.test),
        transform=transform,
        byte_scale=1 / 255 if stay else None,
        n_outputs=transform.n_features_out if dataset.reconstructs else dataset.n_outputs,
        classes=None if dataset.reconstructs else dataset.classes,
        image_shape=dataset.image_shape if transform.n_features_out == dataset.n_features else None,
        reconstructs=dataset.reconstructs,
    )


def _check_floats(dataset: Dataset, transform: Transform, dtype: np.dtype[Any]) -> None:
    """Refuse to make more floating-point numbers out of bytes than memory holds."""
    if dataset.train.features.dtype != np.uint8:
        return
    n_samples = sum(part.n_samples for part in dataset.parts().values())
    check_memory(
        f"data {dataset.name!r}, scaled to {dtype.name}",
        n_samples * transform.n_features_out * dtype.itemsize,
        "set preparation.after = 'bytes' and preparation.before = 'none', which leave pixels as they are until a "
        "batch is gathered, or take fewer or smaller samples",
    )


def _fit(features: NDArray[Any], preparation: Preparation, dtype: DTypeLike) -> Transform:
    n_features = features.shape[1]
    before = fit_scaler(preparation.before, features)
    learns = preparation.after in {"bytes", "standard", "min-max"}
    reduces = preparation.reduction.kind == "drop-constant"
    # Division by 255 leaves constant what is constant: bytes need it only where more is learned from them.
    if preparation.before != "none" and (learns or (reduces and preparation.before != "bytes")):
        features = before.apply(features, dtype)
    kept = varying_features(features) if reduces else None
    after = fit_scaler(preparation.after, _take(features, kept) if learns else features)
    return Transform(before, kept, after, n_features)


def _stay_bytes(transform: Transform) -> bool:
    """Tell whether division by 255 is the only scaling, so that it can wait."""
    kinds = {type(transform.before), type(transform.after)}
    return kinds == {NoScaling, Bytes}


def _take(features: NDArray[Any], kept: NDArray[np.int64] | None) -> NDArray[Any]:
    return features if kept is None else np.take(features, kept, axis=1)


def _inside(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
