"""From a classifier and samples to the boundary between the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from wattlab.errors import ParameterError
from wattlab.insight.boundary.adapters import as_classifier
from wattlab.insight.boundary.classifier import class_index
from wattlab.insight.boundary.judging import judge
from wattlab.insight.boundary.lines import dividing_line, level_line
from wattlab.insight.boundary.mesh import answers_on, check_mesh, mesh_axis
from wattlab.insight.boundary.plane import Plane, feature_plane, principal_plane
from wattlab.insight.boundary.result import Boundary, Samples
from wattlab.insight.boundary.support import support_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.boundary.classifier import Classifier
    from wattlab.insight.boundary.judging import Function, Judged

    Floats = NDArray[np.floating[Any]]
    AnyPlane = Plane | tuple[int | str, int | str] | Literal["pca"] | None

__all__ = ["boundary"]

_FOLLOWS_PREDICT: Final = (
    "the line follows predict, which here is not always the class of the highest score (a threshold, votes)"
)


def boundary(
    model: Any,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    mesh: int = 300,
    margin: float = 0.1,
    plane: AnyPlane = None,
    trained_on: tuple[ArrayLike, ArrayLike | None] | None = None,
    most_points: int = 2000,
) -> Boundary:
    """Find where a classifier changes its answer.

    Parameters
    ----------
    model : object
        Any classifier that `as_classifier` takes, or what that returns, where logits, labels or the kind of answer have
        to be said.
    X : array-like of shape (n_samples, n_features)
        Samples, which say how far the mesh reaches.
    y : array-like of shape (n_samples,), optional
        Their labels, as the classifier predicts them.
    mesh : int, default=300
        Points along each side, from 2 to 2000.
    margin : float, default=0.1
        Added on each side, as a share of the samples' range.
    plane : Plane, pair of features (int or str), "pca", or None
        Through which the boundary is drawn: see `feature_plane`, `principal_plane` and `plane_through`. A pair: all
        others at their mean. "pca": the first two principal components. None: there are two features.
    trained_on : (array-like, array-like), optional
        Samples and labels that a support vector machine was fitted to, where that is not `X` and `y`: they tell where
        its support vectors lie.
    most_points : int, default=2000
        Of more samples, so many are kept to be drawn, by lot.

    Returns
    -------
    Boundary

    Raises
    ------
    wattlab.errors.ParameterError
        If the model is no classifier, samples or labels do not fit it, or the mesh cannot be.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> found = boundary(SVC(kernel="linear", C=100).fit([[0, 0], [2, 0]], [0, 1]), [[0, 0], [2, 0]], [0, 1], mesh=5)
    >>> found, found.line[:, 0].round(3).tolist(), found.support.tolist()
    (Boundary('SVC': 2 classes on 5 × 5, accuracy 1), [1.0, 1.0, 1.0, 1.0, 1.0], [[0.0, 0.0], [2.0, 0.0]])
    """
    check_mesh(mesh, margin)
    classifier = as_classifier(model)
    features = _features(X, classifier)
    chosen = _plane(plane, features, tuple(map(str, getattr(X, "columns", ()))))
    at = chosen.project(features)
    x, z = (mesh_axis(at[:, axis], mesh, margin) for axis in (0, 1))

    def asked(function: Function) -> Iterator[NDArray[Any]]:
        yield answers_on(function, chosen, x, z, features.dtype)
        yield function(features)

    judged = judge(classifier, asked)
    wanted = None if y is None else class_index(_labels(y, features), judged.labels, "y")
    support, unknown = _support(model, chosen, trained_on or (features, y))
    line, margins = _lines(x, z, judged, has_margins=support is not None or bool(unknown))
    samples = Samples(at, wanted, judged.classes[mesh**2 :], judged.scores[:, mesh**2 :])
    drawn = _drawn(samples, most_points)
    return Boundary(
        x=x,
        y=z,
        classes=judged.classes[: mesh**2].reshape(mesh, mesh).astype(np.min_scalar_type(len(judged.labels))),
        scores=judged.scores[:, : mesh**2].reshape(-1, mesh, mesh),
        kind=classifier.kind,
        level=judged.level,
        line=line,
        margins=margins,
        support=support,
        samples=drawn,
        n_samples=len(features),
        accuracy=None if wanted is None else float(1 - samples.is_wrong.mean()),
        class_names=tuple(map(str, judged.labels)),
        model_name=classifier.name,
        plane=chosen,
        notes=_notes(judged, chosen, unknown, (len(drawn.at), len(features))),
    )


def _notes(judged: Judged, plane: Plane, unknown: str, drawn: tuple[int, int]) -> tuple[str, ...]:
    """Return what a reader must know."""
    some, count = drawn
    notes = {
        _FOLLOWS_PREDICT: not judged.follows_scores,
        f"samples are moved onto the plane: {plane.text}": bool(plane.text),
        unknown: bool(unknown),
        f"{some} of {count} samples are drawn": some < count,
    }
    return tuple(note for note, holds in notes.items() if holds)


def _features(X: ArrayLike, classifier: Classifier) -> Floats:
    """Return samples as floating-point numbers, float32 where they are."""
    given = np.asarray(X)
    if given.ndim != 2 or not given.size or given.dtype.kind not in "fiub":
        msg = f"X has shape {given.shape} and holds {given.dtype}; expected numbers of shape (n_samples, n_features)"
        raise ParameterError(msg)
    features: Floats = given if given.dtype == np.float32 else given.astype(np.float64)
    if not np.isfinite(features).all():
        msg = "X holds NaN or infinite numbers; leave those samples out"
        raise ParameterError(msg)
    if classifier.n_features not in {None, features.shape[1]}:
        msg = f"X has {features.shape[1]} features, but {classifier.name} was trained on {classifier.n_features}"
        raise ParameterError(msg)
    return features


def _plane(plane: AnyPlane, features: Floats, names: tuple[str, ...]) -> Plane:
    """Return the plane that is meant."""
    count = features.shape[1]
    if isinstance(plane, Plane):
        if plane.n_features != count:
            msg = f"the plane lies among {plane.n_features} features, but X has {count}"
            raise ParameterError(msg)
        return plane
    if plane == "pca":
        return principal_plane(features)
    if plane is not None:
        return feature_plane(features, *plane, names=names)
    if count != 2:
        msg = f"there {'is 1 feature' if count == 1 else f'are {count} features'}, but a plane has 2; "
        msg += "choose a plane: two of the features, or the first two principal components, 'pca'"
        raise ParameterError(msg if count > 2 else f"{msg.partition('; ')[0]}: nothing can be drawn")
    return feature_plane(features, names=names)


def _labels(y: ArrayLike, features: Floats) -> NDArray[Any]:
    labels = np.asarray(y)
    if labels.shape != features.shape[:1]:
        msg = f"y has shape {labels.shape}; expected ({len(features)},), a label for each row of X"
        raise ParameterError(msg)
    return labels


def _support(
    model: Any, plane: Plane, fitted_to: tuple[ArrayLike, ArrayLike | None]
) -> tuple[Floats | None, str]:
    """Return where support vectors lie in the plane, or why that is not known; neither, if there are none."""
    X, y = fitted_to
    found = support_of(model, np.asarray(X), None if y is None else np.asarray(y))
    if found is None or found.unknown:
        return None, found.unknown if found else ""
    return plane.project(found.vectors), ""


def _lines(x: Floats, y: Floats, judged: Judged, *, has_margins: bool) -> tuple[Floats, tuple[Floats, ...]]:
    """Return the boundary, and the margins beside it."""
    cells, shape = len(x) * len(y), (-1, len(y), len(x))
    scores, level = judged.dividing
    line = dividing_line(x, y, scores[:, :cells].reshape(shape), level)
    decision = judged.scores[:, :cells].reshape(shape)
    if not has_margins or judged.level != 0 or len(decision) > 1:
        return line, ()
    return line, tuple(level_line(x, y, decision[0], side) for side in (-1.0, 1.0))


def _drawn(samples: Samples, most: int) -> Samples:
    """Return at most so many samples, by lot."""
    count = len(samples.at)
    if count <= most:
        return samples
    kept = np.sort(np.random.default_rng(0).choice(count, max(0, most), replace=False))
    labels = None if samples.labels is None else samples.labels[kept]
    return Samples(samples.at[kept], labels, samples.predicted[kept], samples.scores[:, kept])
