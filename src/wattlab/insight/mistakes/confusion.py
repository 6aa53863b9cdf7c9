"""Which classes were taken for which: counts, shares, and what each class and the whole score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run

    Floats = NDArray[np.float64]

__all__ = [
    "Confusion",
    "Normalisation",
    "confusion_of_counts",
    "confusion_of_labels",
    "normalised",
    "recorded_confusion",
    "recorded_confusions",
]

Normalisation = Literal["true", "predicted", "all", "none"]
_MISTAKES: Final = 5


class Confusion(NamedTuple):
    """Samples by true class (row) and predicted class (column), and the scores that follow from them.

    A score that nothing defines, such as the precision of a class that was never predicted, is NaN, and the macro
    averages leave it out.

    Attributes
    ----------
    part : str
        Part of the data that was predicted, such as "test".
    classes : tuple of str
    counts : ndarray of shape (n_classes, n_classes)
    shares : ndarray of shape (n_classes, n_classes)
        Counts divided by the samples of the true class; 0 where a class has no sample.
    support : ndarray of shape (n_classes,)
        Samples of each class.
    precision : ndarray of shape (n_classes,)
        Of what was predicted as a class, the share that is of it.
    recall : ndarray of shape (n_classes,)
        Of the samples of a class, the share that was predicted as it.
    f1 : ndarray of shape (n_classes,)
        Harmonic mean of precision and recall: 2 right / (support + predicted).
    accuracy : float
        Share of all samples that were predicted correctly.
    macro_precision, macro_recall, macro_f1 : float
        Means over classes, whatever their support; the recall's is also called balanced accuracy.
    mistakes : tuple of (true class, predicted class, count)
        The most frequent ones, worst first.
    run : str
        Whose predictions; empty where they are of no run.
    """

    part: str
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    shares: Floats
    support: NDArray[np.int64]
    precision: Floats
    recall: Floats
    f1: Floats
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    mistakes: tuple[tuple[str, str, int], ...]
    run: str = ""

    @property
    def n_samples(self) -> int:
        """All samples."""
        return int(self.counts.sum())

    @property
    def n_mistakes(self) -> int:
        """Samples that were taken for another class."""
        return self.n_samples - int(np.trace(self.counts))


def confusion_of_labels(
    true: ArrayLike, predicted: ArrayLike, classes: Sequence[str], part: str = "test"
) -> Confusion:
    """Count samples by true and predicted class.

    Parameters
    ----------
    true, predicted : array-like of shape (n_samples,)
        Indices into `classes`.
    classes : sequence of str
        Names of all classes, whether they occur or not.
    part : str
        What the samples are called.

    Examples
    --------
    >>> found = confusion_of_labels([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"])
    >>> found.counts.tolist(), found.recall.tolist(), found.mistakes
    ([[1, 1], [0, 2]], [0.5, 1.0], (('cat', 'dog', 1),))
    """
    n_classes = len(classes)
    pairs = np.asarray(true, np.int64) * n_classes + np.asarray(predicted, np.int64)
    counts = np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)
    return confusion_of_counts(counts, classes, part)


def confusion_of_counts(counts: ArrayLike, classes: Sequence[str], part: str = "test") -> Confusion:
    """Return shares and scores for a table of counts.

    Parameters
    ----------
    counts : array-like of shape (n_classes, n_classes)
        Samples by true class (row) and predicted class (column).
    classes : sequence of str
        Their names.
    part : str
        What the samples are called.
    """
    table = np.asarray(counts, np.int64)
    right, support, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    precision, recall = _ratio(right, said), _ratio(right, support)
    f1 = _ratio(2 * right, support + said)
    return Confusion(
        part=part,
        classes=tuple(classes),
        counts=table,
        shares=table / np.maximum(support[:, None], 1),
        support=support,
        precision=precision,
        recall=recall,
        f1=f1,
        accuracy=float(_ratio(right.sum(), table.sum())),
        macro_precision=_mean(precision),
        macro_recall=_mean(recall),
        macro_f1=_mean(f1),
        mistakes=_worst(table, classes),
    )


def normalised(found: Confusion, by: Normalisation) -> Floats:
    """Return the table as numbers to look at; NaN where a row or column to divide by is empty.

    Parameters
    ----------
    found : Confusion
        Any.
    by : {"true", "predicted", "all", "none"}
        What adds up to 1: each row (the diagonal is the recall), each column (the diagonal is the precision), or the
        whole table; "none": the counts.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), float64

    Examples
    --------
    >>> found = confusion_of_labels([0, 0, 1, 1], [0, 1, 1, 1], ["cat", "dog"])
    >>> normalised(found, "predicted").round(2).tolist()
    [[1.0, 0.33], [0.0, 0.67]]
    """
    counts = found.counts
    match by:
        case "true":
            return _ratio(counts, found.support[:, None])
        case "predicted":
            return _ratio(counts, counts.sum(axis=0))
        case "all":
            return _ratio(counts, counts.sum())
        case "none":
            return counts.astype(np.float64)


def recorded_confusion(record: RunRecord) -> Confusion | None:
    """Return the confusion on the test part that a run's record holds; None for numbers and a closed test part.

    Parameters
    ----------
    record : RunRecord
        Of a finished run.
    """
    if not record.confusion:
        return None
    classes = record.dataset.classes or tuple(str(number) for number in range(len(record.confusion)))
    return confusion_of_counts(record.confusion, classes)


def recorded_confusions(runs: Sequence[Run]) -> dict[int, Confusion]:
    """Return the confusion of each run whose record holds one, by which of the runs it is, from 0.

    Parameters
    ----------
    runs : sequence of Run
        Finished ones.
    """
    found = {index: recorded_confusion(run.record) for index, run in enumerate(runs)}
    return {index: one for index, one in found.items() if one is not None}


def _ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """Return the quotients; NaN where the divisor is zero."""
    upper, lower = np.broadcast_arrays(np.asarray(above, np.float64), np.asarray(below, np.float64))
    quotients: Floats = np.divide(upper, lower, out=np.full(upper.shape, np.nan), where=lower > 0)
    return quotients


def _mean(scores: Floats) -> float:
    known = scores[np.isfinite(scores)]
    return float(known.mean()) if known.size else np.nan


def _worst(counts: NDArray[np.int64], classes: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    wrong = counts - np.diag(np.diag(counts))
    worst = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
    pairs = [divmod(int(place), len(counts)) for place in worst if wrong.flat[place]]
    return tuple((classes[true], classes[said], int(wrong[true, said])) for true, said in pairs)
