"""A data set: arrays to learn from and to test on, with names, shapes, source and a fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wattlab.data.checks import check_features, check_lengths, frozen
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Dataset", "Part"]


@dataclass(frozen=True, eq=False)
class Part:
    """Samples with their labels; both arrays are read-only views of what was given.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Any real dtype; pixels stay uint8.
    labels : ndarray
        Classification: class indices of shape (n_samples,), int64. Regression: floating-point numbers of
        shape (n_samples, n_outputs).

    Raises
    ------
    wattlab.errors.DataError
        If the arrays do not fit each other, hold no samples, or features are NaN or infinite.

    Examples
    --------
    >>> Part(np.eye(2), np.array([0, 1])).n_samples
    2
    """

    features: NDArray[Any]
    labels: NDArray[Any]

    def __post_init__(self) -> None:
        check_lengths(self.features, self.labels)
        object.__setattr__(self, "features", frozen(self.features))
        object.__setattr__(self, "labels", frozen(self.labels))

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.features.shape[0])


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Arrays to learn from and to test on; frozen.

    Parameters
    ----------
    name : str
        Name in the catalog, or the file's.
    train, test : Part
        What is learned from, and what is never learned from.
    validation : Part or None
        What decisions are made on while training.
    feature_names : sequence of str
        One name a feature; made when asked for, where the source has none.
    classes : tuple of str, or None
        Names of the classes, in the order of the class indices; None for regression.
    source : str
        Where the data comes from.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image; channels run fastest.
    own_names : bool
        The names of the features are the source's, not made from numbers.
    reconstructs : bool
        What is learned is the inputs themselves; labels are only kept.

    Raises
    ------
    wattlab.errors.DataError
        If the parts differ in their features, fewer than two classes occur in training, or another part
        has a label that does not occur in training.

    Examples
    --------
    >>> from wattlab.data import load
    >>> load("digits")
    Dataset('digits': 1438 training + 359 test samples, 64 features (8 × 8 pixels, float32), 10 classes)
    """

    name: str
    train: Part
    test: Part
    validation: Part | None
    feature_names: Sequence[str]
    classes: tuple[str, ...] | None
    source: str
    image_shape: tuple[int, int, int] | None = None
    own_names: bool = False
    reconstructs: bool = False

    def __post_init__(self) -> None:
        for role, part in self.parts().items():
            self._check_part(role, part)
        if self.classes is not None:
            self._check_classes(self.classes)

    @property
    def task(self) -> Literal["classification", "regression", "reconstruction"]:
        """What is to be learned."""
        if self.reconstructs:
            return "reconstruction"
        return "regression" if self.classes is None else "classification"

    @property
    def n_features(self) -> int:
        """Number of features of a sample."""
        return int(self.train.features.shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of classes, or of numbers to predict."""
        if self.reconstructs:
            return self.n_features
        return int(self.train.labels.shape[1]) if self.classes is None else len(self.classes)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the shape, dtype and bytes of every array, as 64 hexadecimal digits."""
        digest = sha256()
        for role, part in self.parts().items():
            for array in (part.features, part.labels):
                digest.update(f"{role} {array.dtype.str} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def parts(self) -> dict[str, Part]:
        """Return the parts that exist, as ``{"training": …, "validation": …, "test": …}``."""
        parts = {"training": self.train, "validation": self.validation, "test": self.test}
        return {role: part for role, part in parts.items() if part is not None}

    def summary(self) -> str:
        """Return one line a fact, for a terminal."""
        facts = self._facts()
        width = max(map(len, facts))
        return "\n".join(f"{fact:<{width}}  {value}" for fact, value in facts.items())

    def __repr__(self) -> str:
        counts = " + ".join(f"{part.n_samples} {role}" for role, part in self.parts().items())
        facts = self._facts()
        return f"Dataset({self.name!r}: {counts} samples, {facts['inputs']}, {facts['outputs']})"

    def _repr_html_(self) -> str:
        rows = (
            f"<tr><th style='text-align:left'>{escape(fact)}</th>"
            f"<td style='text-align:left'>{escape(value)}</td></tr>"
            for fact, value in self._facts().items()
        )
        return f"<table><caption>Dataset</caption>{''.join(rows)}</table>"

    def _facts(self) -> dict[str, str]:
        return {
            "name": self.name,
            "source": self.source,
            **{f"{role} samples": str(part.n_samples) for role, part in self.parts().items()},
            "inputs": f"{self.n_features} features ({self._pixel_text()}{self.train.features.dtype})",
            "outputs": self._label_text(),
        }

    def _pixel_text(self) -> str:
        if self.image_shape is None:
            return ""
        rows, columns, channels = self.image_shape
        return f"{rows} × {columns} pixels{f' of {channels} channels' * (channels > 1)}, "

    def _label_text(self) -> str:
        if self.reconstructs:
            return "the inputs themselves"
        if self.classes is not None:
            return f"{len(self.classes)} classes"
        return f"{self.n_outputs} number{'s' * (self.n_outputs != 1)} to predict"

    @property
    def _label_kind(self) -> str:
        return "regression" if self.classes is None else "classification"

    def _check_part(self, role: str, part: Part) -> None:
        where = f"data {self.name!r}, {role} part"
        if part.features.shape[1] != len(self.feature_names):
            raise DataError(
                f"{where}: {part.features.shape[1]} features, but the data set names "
                f"{len(self.feature_names)}; every part needs the same features"
            )
        check_features(part.features, self.feature_names, where)
        dimensions = 2 if self.classes is None else 1
        if part.labels.ndim != dimensions:
            raise DataError(
                f"{where}: the labels have shape {part.labels.shape}; {self._label_kind} needs "
                f"{'class indices of shape (n_samples,)' if dimensions == 1 else '(n_samples, n_outputs)'}"
            )
        kinds = "iu" if dimensions == 1 else "f"
        if part.labels.dtype.kind not in kinds:
            raise DataError(
                f"{where}: the labels are {part.labels.dtype}; {self._label_kind} needs "
                f"{'whole numbers (class indices)' if kinds == 'iu' else 'floating-point numbers'}"
            )

    def _check_classes(self, classes: tuple[str, ...]) -> None:
        counts = {
            role: _count(part.labels, len(classes), role, self.name) for role, part in self.parts().items()
        }
        if (counts["training"] > 0).sum() < 2:
            raise DataError(
                f"data {self.name!r}: the training part holds one class only; "
                "classification needs at least two: check the label column, or set data.task = 'regression'"
            )
        for role, count in counts.items():
            unseen = np.flatnonzero((count > 0) & (counts["training"] == 0))
            if unseen.size:
                raise DataError(
                    f"data {self.name!r}: the {role} part has the label {classes[unseen[0]]!r}, which is not "
                    "among the classes of the training part; add training samples of it, or leave it out"
                )


def _count(labels: NDArray[np.int64], n_classes: int, role: str, name: str) -> NDArray[np.int64]:
    """Return how often each class occurs, of shape (n_classes,)."""
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= n_classes:
        raise DataError(
            f"data {name!r}, {role} part: the class index {low if low < 0 else high} is outside "
            f"0 … {n_classes - 1}; there are {n_classes} classes"
        )
    return np.bincount(labels, minlength=n_classes)
