"""Support vectors where they lie among the samples, also of machines inside pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.insight.boundary.steps import first_steps, is_support_vector_machine, last_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

__all__ = ["Support", "support_of"]


class Support(NamedTuple):
    """Support vectors of a machine.

    Attributes
    ----------
    vectors : ndarray of shape (n_vectors, n_features)
        Before any step of a pipeline.
    unknown : str
        Why they are not known; empty if they are.
    """

    vectors: Floats
    unknown: str = ""


def support_of(model: Any, features: Floats, y: NDArray[Any] | None) -> Support | None:
    """Return the support vectors of a model; None if it is no support vector machine.

    Parameters
    ----------
    model : object
        Fitted; pipelines and searches are looked into.
    features : ndarray of shape (n_samples, n_features)
        The samples that it was fitted to.
    y : ndarray of shape (n_samples,), or None
        Their labels.

    Notes
    -----
    Scikit-learn keeps the vectors behind the steps of the pipeline, and their places among the samples. Samples are
    theirs if these steps lead from the ones to the others; else the steps are undone where they can be.

    LinearSVC keeps none. Its support vectors are the samples on the margin, inside it or on the wrong side, y f ≤ 1;
    they alone have a gradient in the (squared) hinge loss.
    """
    machine = last_step(model)
    if not is_support_vector_machine(machine):
        return None
    if not hasattr(machine, "support_"):
        return _of_linear(model, features, y)
    vectors = np.asarray(machine.support_vectors_)
    before = first_steps(model)
    places = np.asarray(machine.support_)
    if places.size and places.max() < len(features) and features.shape[1] == model.n_features_in_:
        theirs = features[places]
        if _is_close(_through(before, theirs), vectors):
            return Support(theirs)
    return _undone(before, vectors)


def _of_linear(model: Any, features: Floats, y: NDArray[Any] | None) -> Support:
    none = np.empty((0, features.shape[1]))
    if y is None:
        return Support(
            none, "a LinearSVC keeps no support vectors; give the labels y, by which they are found"
        )
    distances = np.asarray(model.decision_function(features)).reshape(len(features), -1)
    own = y[:, None] == (model.classes_ if distances.shape[1] > 1 else model.classes_[1:])
    inside = np.where(own, distances, -distances) <= 1
    return Support(features[inside.any(axis=1)])


def _through(before: tuple[Any, ...], features: Floats) -> Floats:
    for steps in before:
        features = steps.transform(features)
    return np.asarray(features)


def _is_close(one: Floats, other: Floats) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-8))


def _undone(before: tuple[Any, ...], vectors: Floats) -> Support:
    """Return the vectors with the steps undone, the last one first."""
    from sklearn.pipeline import Pipeline

    for steps in reversed(before):
        undoable = isinstance(steps, Pipeline) and all(_is_undoable(step) for _, step in steps.steps)
        if not undoable:
            msg = "the support vectors lie behind steps that cannot be undone; give the training samples, trained_on=X"
            return Support(np.empty((0, 2)), msg)
        vectors = steps.inverse_transform(vectors)
    return Support(vectors)


def _is_undoable(step: Any) -> bool:
    return step == "passthrough" or callable(getattr(step, "inverse_transform", None))
