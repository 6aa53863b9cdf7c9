"""A boundary as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.boundary.classifier import Kind
    from wattlab.insight.boundary.plane import Plane

    Floats = NDArray[np.floating[Any]]

__all__ = ["Boundary", "Samples"]


class Samples(NamedTuple):
    """Samples as they lie in the plane.

    Attributes
    ----------
    at : ndarray of shape (n_points, 2)
        The closest places in the plane.
    labels : ndarray of shape (n_points,), intp, or None
        Indices into the names of the classes; None where no labels were given.
    predicted : ndarray of shape (n_points,), intp
        What the classifier says of each sample itself.
    scores : ndarray of shape (n_scores, n_points)
        Of the samples themselves, as for the mesh.
    """

    at: Floats
    labels: NDArray[np.intp] | None
    predicted: NDArray[np.intp]
    scores: Floats

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """Whether each is misclassified, shape (n_points,); without labels none is."""
        known = self.predicted if self.labels is None else self.labels
        return np.asarray(known != self.predicted)


class Boundary(NamedTuple):
    """Where a classifier changes its answer, in a plane.

    Attributes
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
        The mesh, in coordinates of the plane.
    classes : ndarray of shape (n_rows, n_columns), the smallest unsigned integers that hold them
        The answers, as indices into `class_names`.
    scores : ndarray of shape (n_scores, n_rows, n_columns)
        For two classes one, the second's; for more one a class.
    kind : {"probability", "decision", "class"}
        What the scores are; "class": 1 for the answer and 0 for all others.
    level : float
        The score of the second class on the line between two: ½, of decisions 0.
    line : ndarray of shape (n_line_points, 2)
        The boundary itself: pieces with a row of NaN between them.
    margins : (ndarray, ndarray), or ()
        Where a support vector machine's decision is −1 and 1, like `line`; two classes only.
    support : ndarray of shape (n_vectors, 2), or None
        Its support vectors; None: it has none, or they are not known.
    samples : Samples
        Those that are drawn.
    n_samples : int
        How many were given.
    accuracy : float or None
        On all that were given. Unit: 1.
    class_names : tuple of str
    model_name : str
    plane : Plane
    notes : tuple of str
        What a reader must know.
    """

    x: Floats
    y: Floats
    classes: NDArray[np.integer[Any]]
    scores: Floats
    kind: Kind
    level: float
    line: Floats
    margins: tuple[Floats, ...]
    support: Floats | None
    samples: Samples
    n_samples: int
    accuracy: float | None
    class_names: tuple[str, ...]
    model_name: str
    plane: Plane
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> Floats:
        """The score of the second of two classes, or the highest of more, shape (n_rows, n_columns)."""
        return np.asarray(self.scores.max(axis=0))

    def __repr__(self) -> str:
        rows, columns = self.classes.shape
        right = "" if self.accuracy is None else f", accuracy {self.accuracy:.4g}"
        return f"Boundary({self.model_name!r}: {len(self.class_names)} classes on {columns} × {rows}{right})"
