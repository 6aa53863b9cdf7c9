"""The samples that a network took for another class, and how sure it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.errors import ParameterError
from wattlab.insight.mistakes.asked import class_index, classes_of
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.records.run import Run

    Floats = NDArray[np.floating[Any]]

__all__ = ["Misread", "Wrong", "find_misread", "misread_of_outputs"]


class Misread(NamedTuple):
    """Samples that were taken for another class.

    Attributes
    ----------
    run : str
        Whose mistakes.
    part : str
        Of which part of the data.
    asked : str
        Which mistakes: "all", "true class 4", "predicted as 9" or "4 → 9".
    n_asked : int
        Samples among which they were looked for: those of the true class, where one was asked for.
    n_mistakes : int
        Mistakes of the kind that was asked for; the arrays hold the first of them.
    classes : tuple of str
        All of the data set.
    indices : ndarray of shape (n_shown,), int64
        Of each sample in its part, from 0.
    true, predicted : ndarray of shape (n_shown,), int64
        Indices into `classes`.
    p_true, p_predicted : ndarray of shape (n_shown,)
        What the network gave for the true class, and for the predicted one.
    are_probabilities : bool
        Whether those are shares of 1, as softmax gives; else they are whatever the last layer gives.
    features : ndarray of shape (n_shown, n_features)
        The samples as in the data set.
    image_shape : (int, int, int) or None
        Rows, columns and channels of a sample that is an image.
    feature_names : tuple of str
        One a feature; empty where they are pixels.
    """

    run: str
    part: str
    asked: str
    n_asked: int
    n_mistakes: int
    classes: tuple[str, ...]
    indices: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    p_true: Floats
    p_predicted: Floats
    are_probabilities: bool
    features: NDArray[Any]
    image_shape: tuple[int, int, int] | None
    feature_names: tuple[str, ...]

    def caption(self, place: int) -> str:
        """Return one of the shown mistakes in short: "4 → 9, 0.97"."""
        true, predicted = (self.classes[int(one[place])] for one in (self.true, self.predicted))
        return f"{true} → {predicted}, {self.p_predicted[place]:.2f}"


def find_misread(
    run: Run,
    part: str = "test",
    *,
    true: str | None = None,
    predicted: str | None = None,
    count: int = 24,
    confident: bool = True,
) -> Misread:
    """Predict a part of a run's data, and return the mistakes.

    Parameters
    ----------
    run : Run
        One that classifies.
    part : {"test", "validation", "training"}
        Which samples.
    true : str, optional
        Only samples of this class.
    predicted : str, optional
        Only what was taken for this class.
    count : int
        At most so many are kept.
    confident : bool
        Those of which the network was surest first; else in the order of the data.

    Raises
    ------
    wattlab.errors.RunError
        If the run does not classify, or left the test part closed.
    wattlab.errors.DataError
        If a class does not occur, or the data are no longer those of the run.
    wattlab.errors.ParameterError
        If `true` and `predicted` are the same class, or `count` is below 1.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> found = find_misread(run, true="0")
    >>> found.n_mistakes == run.record.confusion[0][1]
    True
    """
    classes = classes_of(run)
    subject = open_subject(run)
    part, samples = subject.opened(part)
    image_shape = subject.dataset.image_shape
    asked = _Asked.of(true, predicted, classes, samples.labels, part)
    found = misread_of_outputs(
        subject.model.outputs(samples.features), samples.labels, asked.pair, count=count, confident=confident
    )
    return Misread(
        run=run.id,
        part=part,
        asked=asked.text,
        n_asked=asked.n_samples,
        n_mistakes=found.n_mistakes,
        classes=classes,
        indices=found.indices,
        true=samples.labels[found.indices],
        predicted=found.predicted,
        p_true=found.p_true,
        p_predicted=found.p_predicted,
        are_probabilities=run.recipe.network.output_activation == "softmax",
        features=np.array(samples.features[found.indices]),
        image_shape=image_shape,
        feature_names=() if image_shape else tuple(subject.dataset.feature_names),
    )


class Wrong(NamedTuple):
    """Mistakes among outputs.

    Attributes
    ----------
    n_mistakes : int
        All; the arrays hold the first of them.
    indices, predicted : ndarray of shape (n_shown,), int64
        Sample, and what it was taken for.
    p_true, p_predicted : ndarray of shape (n_shown,)
        The outputs for either class.
    """

    n_mistakes: int
    indices: NDArray[np.int64]
    predicted: NDArray[np.int64]
    p_true: Floats
    p_predicted: Floats


def misread_of_outputs(
    outputs: ArrayLike,
    labels: ArrayLike,
    pair: tuple[int | None, int | None] = (None, None),
    *,
    count: int = 24,
    confident: bool = True,
) -> Wrong:
    """Return the mistakes among outputs.

    Parameters
    ----------
    outputs : array-like of shape (n_samples, n_classes)
        One a class; the largest is what the sample is taken for.
    labels : array-like of shape (n_samples,)
        Indices of the true classes.
    pair : (int or None, int or None)
        True and predicted class of the mistakes wanted; None: any.
    count : int
        At most so many are kept.
    confident : bool
        Largest output of the predicted class first, and among equal ones the smallest of the true class; else in
        their order.

    Examples
    --------
    >>> outputs = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]]
    >>> misread_of_outputs(outputs, [0, 0, 0, 1]).indices.tolist()
    [2, 1]
    """
    if count < 1:
        raise ParameterError(f"count is {count}; expected a whole number of at least 1")
    values, true = np.asarray(outputs), np.asarray(labels, np.int64)
    said = values.argmax(axis=1)
    wanted = said != true
    for asked, given in zip(pair, (true, said), strict=True):
        if asked is not None:
            wanted &= given == asked
    index = np.flatnonzero(wanted)
    p_true, p_said = values[index, true[index]], values[index, said[index]]
    order = np.lexsort((index, p_true, -p_said)) if confident else np.arange(len(index))
    kept = order[:count]
    return Wrong(len(index), index[kept], said[index[kept]], p_true[kept], p_said[kept])


class _Asked(NamedTuple):
    """Which mistakes are wanted, in numbers and words."""

    pair: tuple[int | None, int | None]
    text: str
    n_samples: int

    @classmethod
    def of(
        cls,
        true: str | None,
        predicted: str | None,
        classes: Sequence[str],
        labels: NDArray[np.integer[Any]],
        part: str,
    ) -> _Asked:
        if true is not None and true == predicted:
            msg = f"a sample of class {true!r} that is taken for {predicted!r} is no mistake; ask for another class"
            raise ParameterError(msg)
        where = f"the {part} part"
        of = None if true is None else class_index(true, classes, labels, where)
        # A class that nobody is of may still be predicted.
        everywhere = np.arange(len(classes))
        taken = None if predicted is None else class_index(predicted, classes, everywhere, "the data set")
        n_samples = len(labels) if of is None else int((labels == of).sum())
        return cls((of, taken), _words(true, predicted), n_samples)


def _words(true: str | None, predicted: str | None) -> str:
    if true is not None and predicted is not None:
        return f"{true} → {predicted}"
    if predicted is not None:
        return f"predicted as {predicted}"
    return "all" if true is None else f"true class {true}"
