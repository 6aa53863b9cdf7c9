"""Which classes were taken for which, computed once and drawn by matplotlib or as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run

__all__ = ["Confusion", "confusion"]

_MISTAKES = 5


class Confusion(NamedTuple):
    """Test samples of one run by true class (row) and predicted class (column).

    Attributes
    ----------
    run : int
        Which of the runs, from 0.
    classes : tuple of str
    counts : ndarray of shape (n_classes, n_classes)
    shares : ndarray of shape (n_classes, n_classes)
        Counts divided by the samples of the true class; 0 where a class has no sample.
    mistakes : tuple of (true class, predicted class, count)
        The most frequent ones, worst first.
    """

    run: int
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    shares: NDArray[np.float64]
    mistakes: tuple[tuple[str, str, int], ...]


def confusion(runs: Sequence[Run]) -> tuple[Confusion, ...]:
    """Return the confusion of each run that classifies."""
    return tuple(_confusion(index, run.record) for index, run in enumerate(runs) if run.record.confusion)


def _confusion(index: int, record: RunRecord) -> Confusion:
    counts = np.array(record.confusion, np.int64)
    classes = record.dataset.classes or tuple(str(number) for number in range(len(counts)))
    wrong = counts - np.diag(np.diag(counts))
    worst = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
    pairs = [divmod(int(place), len(counts)) for place in worst if wrong.flat[place]]
    return Confusion(
        run=index,
        classes=classes,
        counts=counts,
        shares=counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        mistakes=tuple((classes[true], classes[said], int(wrong[true, said])) for true, said in pairs),
    )
