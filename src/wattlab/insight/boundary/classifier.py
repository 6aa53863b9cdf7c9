"""A classifier of whatever library as one thing: labels, and scores for samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

__all__ = ["Classifier", "Kind", "Outputs", "Response", "class_index", "scores_of"]

Kind = Literal["probability", "decision", "class"]
Response = Literal["auto", "probability", "decision", "class"]
Outputs = Literal["auto", "probabilities", "logits"]

_SUM_TOLERANCE = 1e-3


class Classifier(NamedTuple):
    """What is asked of every classifier.

    Attributes
    ----------
    name : str
    answer : callable
        Features of shape (n_samples, n_features) -> numbers of shape (n_samples,) or (n_samples, n_outputs).
    kind : {"probability", "decision", "class"}
        What `answer` gives: probabilities, or what a network has for them; distances from the boundary; or labels.
    labels : ndarray of shape (n_classes,), or None
        In the order of the outputs; None: 0, 1 and so on, as many as there are outputs.
    n_features : int or None
        None: it does not say.
    predict : callable or None
        Features -> labels. None: the largest score is the class.
    outputs : {"auto", "probabilities", "logits"}
        How the numbers of a network are to be taken.
    """

    name: str
    answer: Callable[[Floats], NDArray[Any]]
    kind: Kind
    labels: NDArray[Any] | None = None
    n_features: int | None = None
    predict: Callable[[Floats], NDArray[Any]] | None = None
    outputs: Outputs = "probabilities"


def scores_of(classifier: Classifier, answers: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
    """Return the scores, a row each, and the labels, from all that a classifier answered.

    Parameters
    ----------
    classifier : Classifier
        Who answered.
    answers : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        To all that was asked.

    Returns
    -------
    scores : ndarray of shape (n_scores, n_samples)
        For two classes one row, that of the second class, whose sign (of probabilities: being more than ½) is the
        class; for more a row each. Of labels: 1 for the class, 0 for others.
    labels : ndarray of shape (n_classes,)

    Raises
    ------
    wattlab.errors.ParameterError
        If an answer is not finite, there is one class only, or outputs and labels do not go together.
    """
    columns = answers.reshape(len(answers), -1)
    if classifier.kind == "class":
        return _indicators(classifier, columns[:, 0])
    if not np.isfinite(columns).all():
        bad = columns[~np.isfinite(columns)][0]
        msg = f"{classifier.name} answers {bad} for some places; the model is damaged, or the plane reaches too far"
        raise ParameterError(msg)
    labels = np.arange(max(2, columns.shape[1])) if classifier.labels is None else classifier.labels
    _check_labels(classifier.name, labels, columns.shape[1])
    if classifier.kind == "probability":
        columns = _probabilities(columns, classifier.outputs)
    return _rows(columns), labels


def class_index(values: NDArray[Any], labels: NDArray[Any], who: str) -> NDArray[np.intp]:
    """Return the places of values among labels; `wattlab.errors.ParameterError` for a value that is not there."""
    kinds = {"text" if one.dtype.kind in "UO" else "numbers" for one in (values, labels)}
    if len(kinds) > 1:
        msg = f"{who} holds {_some(values)}, but the classes of the model are {_some(labels)}; give the same labels"
        raise ParameterError(msg)
    order = np.argsort(labels)
    found = np.searchsorted(labels, values, sorter=order).clip(max=len(labels) - 1)
    places: NDArray[np.intp] = order[found]
    strange = values[labels[places] != values]
    if strange.size:
        msg = f"{who} holds {strange[0]!s}, which is no class of the model; its classes are {_some(labels)}"
        raise ParameterError(msg)
    return places


def _indicators(classifier: Classifier, given: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
    labels = np.unique(given) if classifier.labels is None else classifier.labels
    _check_labels(classifier.name, labels, max(2, len(labels)))
    places = class_index(given, labels, f"what {classifier.name} predicts")
    return _rows(np.eye(len(labels), dtype=np.float32)[places]), labels


def _check_labels(name: str, labels: NDArray[Any], n_outputs: int) -> None:
    if len(labels) < 2:
        msg = f"{name} knows one class only, {_some(labels)}; a boundary lies between two: train it on more classes"
        raise ParameterError(msg)
    if n_outputs not in ({1, 2} if len(labels) == 2 else {len(labels)}):
        msg = f"{name} has {n_outputs} outputs, but {len(labels)} labels: {_some(labels)}; give a label for each output"
        raise ParameterError(msg)


def _rows(columns: Floats) -> Floats:
    """Return a row a class; for two classes the second's alone."""
    kept = columns[:, 1:] if columns.shape[1] == 2 else columns
    return np.ascontiguousarray(kept.T)


def _probabilities(columns: Floats, outputs: Outputs) -> Floats:
    """Return probabilities from what a network gives, shape (n_samples, n_outputs)."""
    if outputs == "logits" or (outputs == "auto" and not _look_like_probabilities(columns)):
        return _of_logits(columns)
    if columns.min() < 0 or columns.max() > 1 + _SUM_TOLERANCE:
        ends = f"{columns.min():.3g} to {columns.max():.3g}"
        msg = f"outputs reach from {ends}, which probabilities do not; say outputs='logits'"
        raise ParameterError(msg)
    if columns.shape[1] == 1:
        return columns
    total = columns.sum(axis=1, keepdims=True)
    # Sigmoid outputs need not add up to one; all of them can be zero to rounding.
    equal = np.full_like(columns, 1 / columns.shape[1])
    return np.asarray(np.divide(columns, total, out=equal, where=total > 0))


def _look_like_probabilities(columns: Floats) -> bool:
    return bool(columns.min() >= 0 and columns.max() <= 1 + _SUM_TOLERANCE)


def _of_logits(columns: Floats) -> Floats:
    """Return the sigmoid of one output, or the softmax of several."""
    if columns.shape[1] == 1:
        return np.asarray(0.5 * np.tanh(0.5 * columns) + 0.5)
    powers = np.exp(columns - columns.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _some(labels: NDArray[Any]) -> str:
    distinct = np.unique(labels)
    return ", ".join(map(str, distinct[:6])) + ", …" * (len(distinct) > 6)
