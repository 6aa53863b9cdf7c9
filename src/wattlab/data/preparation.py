"""What the network sees: features scaled and reduced as the recipe says, fitted on the training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.checks import frozen
from wattlab.data.memory import check_memory
from wattlab.data.reduction.fitting import (
    fit_reducer,
    learns,
    reducer_arrays,
    reducer_from_arrays,
)
from wattlab.data.reduction.kept import Kept
from wattlab.data.scaling import Bytes, NoScaling, fit_scaler, scaler_from_arrays
from wattlab.errors import DataError
from wattlab.recipe.preparation import Clusters, PrincipalComponents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

    from wattlab.data.dataset import Dataset, Part
    from wattlab.data.reduction.base import Reducer
    from wattlab.data.scaling import Scaler
    from wattlab.recipe.preparation import Preparation

__all__ = ["Prepared", "PreparedPart", "Transform", "prepare"]

_BLOCK_B: Final = 1 << 25
"""Of scaled features that are reduced at a time, so that memory holds no second copy of all of them."""
_STACKED: Final = (
    "the clusters were found among the training and the test part together (preparation.reduction.fit_on), so scores "
    "on the test part are optimistic"
)


@dataclass(frozen=True, eq=False)
class Transform:
    """Scaling, reduction, scaling, as fitted on a training part.

    Parameters
    ----------
    before : Scaler
        Applied to all features.
    reducer : Reducer or None
        Makes fewer of them; None: all go on.
    after : Scaler
        Applied to what is left.
    n_features_in : int
        Number of features before the reduction.
    """

    before: Scaler
    reducer: Reducer | None
    after: Scaler
    n_features_in: int

    @property
    def n_features_out(self) -> int:
        """Number of features after the reduction."""
        return self.n_features_in if self.reducer is None else self.reducer.n_features_out

    @property
    def kept(self) -> NDArray[np.int64] | None:
        """Indices of the features that go on, where the reduction only chooses; else None."""
        return self.reducer.columns if isinstance(self.reducer, Kept) else None

    @property
    def leaves_bytes(self) -> bool:
        """Whether division by 255 is the only scaling, so that it can wait."""
        kinds = {type(self.before), type(self.after)}
        return kinds == {NoScaling, Bytes} and (self.reducer is None or self.reducer.keeps_bytes)

    def image_shape(self, before: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        """Return rows, columns and channels of a sample that is still an image; `before`: of the data set's."""
        return before if self.reducer is None else self.reducer.image_shape(before)

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
        return self.after.apply(self.reduced(features, dtype), dtype)

    def reduced(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return features after scaling and reduction, before the scaling after it."""
        if self.leaves_bytes and features.dtype == np.uint8:
            return self._scaled(self._left(features, np.uint8), dtype)
        if self.reducer is None or self.reducer.keeps_bytes:
            return self._left(self._scaled(features, dtype), dtype)
        rows = max(1, _BLOCK_B // (self.n_features_in * np.dtype(dtype).itemsize))
        out = np.empty((len(features), self.n_features_out), dtype)
        for start in range(0, len(features), rows):
            block = slice(start, start + rows)
            out[block] = self._left(self._scaled(features[block], dtype), dtype)
        return out

    def bytes_left(self, features: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return reduced bytes, still to be divided by 255, where it `leaves_bytes`."""
        return self._left(features, np.uint8)

    def _scaled(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        return features if isinstance(self.before, NoScaling) else self.before.apply(features, dtype)

    def _left(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        return features if self.reducer is None else self.reducer.apply(features, dtype)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all it knows as arrays, for `from_arrays`."""
        arrays = {f"before.{name}": array for name, array in self.before.to_arrays().items()}
        arrays |= {f"after.{name}": array for name, array in self.after.to_arrays().items()}
        arrays["n_features_in"] = np.array([self.n_features_in], np.int64)
        if self.reducer is None:
            return arrays
        return arrays | {f"reducer.{name}": array for name, array in reducer_arrays(self.reducer).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Transform:
        """Return the transform that `to_arrays` was called on, by this wattlab or an earlier one."""
        n_features, stored = int(arrays["n_features_in"][0]), _inside(arrays, "reducer.")
        reducer = reducer_from_arrays(stored) if stored else None
        if "kept" in arrays:  # how it was written before there were other reductions
            reducer = Kept(frozen(arrays["kept"]), n_features)
        return cls(
            before=scaler_from_arrays(_inside(arrays, "before.")),
            reducer=reducer,
            after=scaler_from_arrays(_inside(arrays, "after.")),
            n_features_in=n_features,
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
        Rows, columns and channels, where a sample is still an image; None once a reduction took pixels away.
    reconstructs : bool
        The targets are the prepared features themselves; labels, if any, are only kept.
    notes : tuple of str
        What a reader of the scores must know of the preparation, in sentences.
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
    notes: tuple[str, ...] = ()

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
        left = transform.image_shape(image_shape)
        return cls(nothing, None, nothing, transform, None, n_outputs, classes, left, reconstructs)


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
    transform, reduced = _fit(dataset, preparation, np.dtype(dtype))
    stay = transform.leaves_bytes
    _check_room(dataset, transform, np.dtype(dtype))

    def prepared(part: Part) -> PreparedPart:
        if part is dataset.train and reduced is not None:
            features = reduced if stay else transform.after.apply(reduced, dtype)
        else:
            features = transform.bytes_left(part.features) if stay else transform.apply(part.features, dtype)
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
        image_shape=transform.image_shape(dataset.image_shape),
        reconstructs=dataset.reconstructs,
        notes=(_STACKED,) if preparation.learns_from_test else (),
    )


def _check_room(dataset: Dataset, transform: Transform, dtype: np.dtype[Any]) -> None:
    """Refuse to make more numbers out of bytes than memory holds."""
    stay = transform.leaves_bytes
    if dataset.train.features.dtype != np.uint8 or (stay and transform.reducer is None):
        return
    n_numbers = sum(part.n_samples for part in dataset.parts().values()) * transform.n_features_out
    advice = "take fewer or smaller samples"
    if not stay:
        advice = (
            "set preparation.after = 'bytes' and preparation.before = 'none', which leave pixels as they are until a "
            f"batch is gathered, or {advice}"
        )
    what = "reduced" if stay else f"scaled to {dtype.name}"
    check_memory(f"data {dataset.name!r}, {what}", n_numbers * (1 if stay else dtype.itemsize), advice)


def _check_search(dataset: Dataset, preparation: Preparation, dtype: np.dtype[Any]) -> None:
    """Refuse to search bytes for clusters or components if they do not fit into memory as floating-point numbers."""
    reduction, features = preparation.reduction, dataset.train.features
    if features.dtype != np.uint8 or not isinstance(reduction, (Clusters, PrincipalComponents)):
        return
    check_memory(
        f"data {dataset.name!r}, scaled to {dtype.name} for reduction {reduction.kind!r}",
        features.size * dtype.itemsize,
        "take fewer or smaller samples, or set preparation.reduction.kind = 'pool', which needs one image at a time",
    )


def _fit(
    dataset: Dataset, preparation: Preparation, dtype: np.dtype[Any]
) -> tuple[Transform, NDArray[Any] | None]:
    """Return the fitted transform, and the reduced training part where the last scaling is learned from it."""
    features, reduction = dataset.train.features, preparation.reduction
    before = fit_scaler(preparation.before, features)
    after_learns = preparation.after in {"bytes", "standard", "min-max"}
    scales = preparation.before != "none" and (after_learns or learns(reduction, preparation.before))
    _check_search(dataset, preparation, dtype)
    seen = scaled = before.apply(features, dtype) if scales else features
    if preparation.learns_from_test:
        seen = np.concatenate([scaled, before.apply(dataset.test.features, dtype)])
    reducer = fit_reducer(reduction, seen, dataset.image_shape, dtype)
    if not after_learns:
        return Transform(before, reducer, fit_scaler(preparation.after, features), dataset.n_features), None
    number = scaled.dtype if preparation.after == "bytes" else dtype
    reduced = scaled if reducer is None else reducer.apply(scaled, number)
    return Transform(before, reducer, fit_scaler(preparation.after, reduced), dataset.n_features), reduced


def _inside(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
