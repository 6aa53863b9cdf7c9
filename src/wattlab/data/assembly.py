"""From what a reader found to a data set: task, classes, and the division into parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wattlab.data.checks import check_features, check_lengths
from wattlab.data.dataset import Dataset, Part
from wattlab.data.split import divided_rows
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.data.raw import RawData, Samples
    from wattlab.recipe.recipe import Data

__all__ = ["assemble"]

_ROLES = ("training", "validation", "test")


def assemble(raw: RawData, data: Data) -> Dataset:
    """Make a data set of what a reader found: number the classes, divide the samples, check the outcome.

    Parameters
    ----------
    raw : RawData
        What a reader found.
    data : Data
        The recipe's part on data: task, fractions and seed of the division.

    Raises
    ------
    wattlab.errors.DataError
        If labels and task do not fit, the features are not finite, or there are too few samples.
    """
    parts = _checked(raw)
    task = _task(parts["training"].labels, data.task, raw)
    classes: tuple[str, ...] | None = None
    numbered: Mapping[str, NDArray[Any]]
    if task == "regression":
        numbered = {role: _as_numbers(one, role, raw) for role, one in parts.items()}
    else:
        classes, numbered = _number_classes(parts, raw, auto=data.task == "auto")
    whole = {role: Part(one.features, numbered[role]) for role, one in parts.items()}
    divided = _divide(whole, data, raw.name, stratify=classes is not None)
    return Dataset(
        name=raw.name,
        train=divided["training"],
        test=divided["test"],
        validation=divided.get("validation"),
        feature_names=raw.names(),
        classes=classes,
        source=raw.source,
        image_shape=raw.image_shape,
        own_names=raw.feature_names is not None,
        reconstructs=data.task == "reconstruction",
    )


def _checked(raw: RawData) -> dict[str, Samples]:
    """Return the parts that were found, in the order training, validation, test."""
    found = dict(zip(_ROLES, (raw.train, raw.validation, raw.test), strict=True))
    parts = {role: samples for role, samples in found.items() if samples is not None}
    for role, samples in parts.items():
        where = _where(raw, role)
        check_lengths(samples.features, samples.labels, where)
        if samples.features.shape[1] != raw.train.features.shape[1]:
            raise DataError(
                f"{where}: {samples.features.shape[1]} features, but the training part has "
                f"{raw.train.features.shape[1]}; all parts need the same"
            )
        check_features(samples.features, raw.names(), where, raw.first_row)
    return parts


def _where(raw: RawData, role: str) -> str:
    alone = raw.test is None and raw.validation is None
    return f"data {raw.source!r}" if alone else f"data {raw.source!r}, {role} part"


def _task(
    labels: NDArray[Any],
    asked: Literal["auto", "classification", "regression", "reconstruction"],
    raw: RawData,
) -> Literal["classification", "regression"]:
    if asked in {"auto", "reconstruction"}:
        return "regression" if labels.dtype.kind == "f" else "classification"
    if asked == "regression" and labels.dtype.kind not in "fiu":
        raise DataError(
            f"data {raw.source!r}: the labels are no numbers but such as {str(labels.flat[0])!r}, so data.task "
            "'regression' is not possible; set data.task = 'classification', or name another label column"
        )
    return "regression" if asked == "regression" else "classification"


def _as_numbers(samples: Samples, role: str, raw: RawData) -> NDArray[np.float64]:
    """Return regression labels of shape (n_samples, n_outputs)."""
    if samples.labels.dtype.kind not in "fiu":
        raise DataError(f"{_where(raw, role)}: the labels are {samples.labels.dtype}; expected numbers")
    labels = samples.labels.astype(np.float64).reshape(len(samples.labels), -1)
    names = tuple(f"label {index}" for index in range(labels.shape[1]))
    check_features(labels, names, _where(raw, role), raw.first_row)
    return labels


def _number_classes(
    parts: dict[str, Samples], raw: RawData, *, auto: bool
) -> tuple[tuple[str, ...], dict[str, NDArray[np.int64]]]:
    """Return the names of the classes and the class indices of every part."""
    columns = {role: _label_column(one, _where(raw, role)) for role, one in parts.items()}
    if raw.class_names is not None:
        return raw.class_names, {role: _named_already(one, raw) for role, one in columns.items()}
    values, training = np.unique(columns["training"], return_inverse=True)
    if auto and values.dtype.kind in "iu" and values.size > max(20, training.size // 2):
        raise DataError(
            f"data {raw.source!r}: {values.size} different labels in {training.size} samples are too many "
            "classes to learn; set data.task = 'regression' if they are numbers to predict, or "
            "'classification' to insist"
        )
    others = {role: _look_up(one, values, role, raw) for role, one in columns.items() if role != "training"}
    return tuple(_class_name(value) for value in values), {"training": training.astype(np.int64), **others}


def _label_column(samples: Samples, where: str) -> NDArray[Any]:
    labels = samples.labels
    if labels.ndim > 1 and labels.shape[1:] != (1,):
        raise DataError(
            f"{where}: the labels have shape {labels.shape}; classification needs one label a sample: "
            "take numpy.argmax(labels, axis=1) if they are one-hot"
        )
    labels = labels.reshape(len(labels))
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise DataError(
            f"{where}: the label of sample {row} (counting from 0) is {labels[row]}; expected a class"
        )
    return labels if labels.dtype.kind in "fiub" else labels.astype(np.str_)


def _named_already(labels: NDArray[Any], raw: RawData) -> NDArray[np.int64]:
    names = raw.class_names or ()
    strange = np.flatnonzero((labels < 0) | (labels >= len(names))) if labels.dtype.kind in "iu" else [0]
    if len(strange):
        raise DataError(
            f"data {raw.source!r}: the label {labels[strange[0]].item()!r} has no name among the "
            f"{len(names)} class names; expected whole numbers from 0 to {len(names) - 1}"
        )
    return labels.astype(np.int64)


def _look_up(labels: NDArray[Any], values: NDArray[Any], role: str, raw: RawData) -> NDArray[np.int64]:
    """Return the index of each label among the training part's sorted `values`."""
    if (labels.dtype.kind == "U") != (values.dtype.kind == "U"):
        raise DataError(
            f"{_where(raw, role)}: the labels are {labels.dtype}, but those of the training part are "
            f"{values.dtype}; both need the same kind"
        )
    index = np.searchsorted(values, labels).clip(max=values.size - 1)
    strange = np.flatnonzero(values[index] != labels)
    if strange.size:
        raise DataError(
            f"{_where(raw, role)}: the label {_class_name(labels[strange[0]])!r} is not among the classes of "
            f"the training part ({', '.join(map(_class_name, values[:20]))}{', …' * (values.size > 20)})"
        )
    return index.astype(np.int64)


def _class_name(value: Any) -> str:
    value = value.item()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _divide(parts: dict[str, Part], data: Data, name: str, *, stratify: bool) -> dict[str, Part]:
    """Cut a test part and, if asked for, a validation part off, where the source has none."""
    strata = {
        role: part.labels if stratify else np.zeros(part.n_samples, np.int64) for role, part in parts.items()
    }
    return {
        role: _take(parts[origin], rows) for role, (origin, rows) in divided_rows(strata, data, name).items()
    }


def _take(part: Part, rows: NDArray[np.int64]) -> Part:
    """Return some samples of a part; nothing is copied where they are all."""
    return part if len(rows) == part.n_samples else Part(part.features[rows], part.labels[rows])
