"""What a classifier says of many places at once: scores, and the class of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.insight.boundary.classifier import class_index, scores_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from wattlab.insight.boundary.classifier import Classifier

    Floats = NDArray[np.floating[Any]]
    Function = Callable[[Floats], NDArray[Any]]

__all__ = ["Judged", "judge"]

_TIE: Final = 1e-6
"""Scores closer than this, relative to the largest, are a tie, whoever wins."""


class Judged(NamedTuple):
    """Scores and classes.

    Attributes
    ----------
    scores : ndarray of shape (n_scores, n_places)
    classes : ndarray of shape (n_places,), intp
        Indices into `labels`.
    labels : ndarray of shape (n_classes,)
    level : float
        The score of the second class on the line between two.
    follows_scores : bool
        The class is everywhere that of the highest score.
    """

    scores: Floats
    classes: NDArray[np.intp]
    labels: NDArray[Any]
    level: float
    follows_scores: bool

    @property
    def dividing(self) -> tuple[Floats, float]:
        """Scores, and the level, by which the classes divide: those of the classifier, or 1 for its answer."""
        if self.follows_scores:
            return self.scores, self.level
        count = len(self.labels)
        names = np.arange(1, 2) if count == 2 else np.arange(count)
        return (self.classes == names[:, None]).astype(np.float32), 0.5


def judge(classifier: Classifier, asked: Callable[[Function], Iterable[NDArray[Any]]]) -> Judged:
    """Ask a classifier for scores, and for labels where the scores do not decide.

    Parameters
    ----------
    classifier : Classifier
        Who is asked.
    asked : callable
        Given a function of features, returns what it answers, in parts, each of shape (n_places, …).
    """
    scores, labels = scores_of(classifier, np.concatenate(list(asked(classifier.answer))))
    level = 0.0 if classifier.kind == "decision" else 0.5
    highest = _highest(scores, level)
    if classifier.predict is None:
        return Judged(scores, highest, labels, level, follows_scores=True)
    said = np.concatenate(list(asked(classifier.predict)))
    classes = class_index(said, labels, f"what {classifier.name} predicts")
    follows = not (_lead(scores, level)[classes != highest] > _TIE * np.abs(scores).max()).any()
    return Judged(scores, classes, labels, level, follows_scores=follows)


def _highest(scores: Floats, level: float) -> NDArray[np.intp]:
    if len(scores) == 1:
        return np.asarray(scores[0] > level, dtype=np.intp)
    return np.asarray(scores.argmax(axis=0))


def _lead(scores: Floats, level: float) -> Floats:
    """Return how far the highest score is from changing the class, shape (n_places,)."""
    if len(scores) == 1:
        return np.asarray(np.abs(scores[0] - level))
    first, second = np.partition(scores, -2, axis=0)[[-1, -2]]
    return np.asarray(first - second)
