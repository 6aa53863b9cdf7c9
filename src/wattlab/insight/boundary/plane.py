"""A plane through the space of the features, in which a boundary is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wattlab.errors import ParameterError
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]
    Place = Literal["mean", "median"] | ArrayLike

__all__ = ["Plane", "feature_plane", "plane_through", "principal_plane"]


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane with two coordinates.

    Parameters
    ----------
    origin : ndarray of shape (n_features,)
        Where both coordinates are 0.
    axes : ndarray of shape (2, n_features)
        One unit of each coordinate, linearly independent.
    labels : (str, str)
        What the coordinates are called.
    text : str
        Where the plane lies; empty where there are no more than two features.
    """

    origin: Floats
    axes: Floats
    labels: tuple[str, str]
    text: str = ""

    @property
    def n_features(self) -> int:
        """Number of features of the space around it."""
        return len(self.origin)

    def lift(self, coordinates: Floats) -> Floats:
        """Return the features, shape (n_points, n_features), of places in the plane, shape (n_points, 2)."""
        return np.asarray(coordinates @ self.axes + self.origin)

    def project(self, features: Floats) -> Floats:
        """Return the coordinates, shape (n_samples, 2), of the places in the plane that lie closest to samples."""
        return np.asarray((features - self.origin) @ np.linalg.pinv(self.axes))


def feature_plane(
    X: ArrayLike,
    first: int | str = 0,
    second: int | str = 1,
    *,
    through: Place = "mean",
    names: Sequence[str] = (),
) -> Plane:
    """Return the plane in which two features change and all others stay as they are at one place.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Samples, for mean or median.
    first, second : int or str
        The features, by place (from 0) or name.
    through : {"mean", "median"} or array-like of shape (n_features,)
        Where the others stay: at their mean or median, or at those of a sample.
    names : sequence of str
        Names of the features; left out: x₀, x₁ and so on.

    Returns
    -------
    Plane
        Its coordinates are the two features themselves.

    Raises
    ------
    wattlab.errors.ParameterError
        If there is no such feature, both are the same, or the sample has another number of features.

    Examples
    --------
    >>> plane = feature_plane([[0, 0, 4], [2, 2, 6]], 2, 0, names=("a", "b", "c"))
    >>> plane.labels, plane.text, plane.lift(np.array([[7.0, 8.0]])).tolist()
    (('c', 'a'), 'the other feature as in the mean', [[8.0, 1.0, 7.0]])
    """
    features = np.atleast_2d(np.asarray(X))
    count = features.shape[1]
    names = names or [f"x{_lowered(place)}" for place in range(count)]
    places = tuple(_place(one, names) for one in (first, second))
    if places[0] == places[1]:
        msg = f"both features of the plane are {names[places[0]]!r}; name two different ones"
        raise ParameterError(msg)
    origin, where = _origin(features, through)
    origin[list(places)] = 0.0
    others = {2: "", 3: f"the other feature as in {where}"}
    text = others.get(count, f"the other {count - 2} features as in {where}")
    return Plane(origin, np.eye(count)[list(places)], (names[places[0]], names[places[1]]), text)


def principal_plane(X: ArrayLike, *, through: Place = "mean") -> Plane:
    """Return the plane of the first two principal components: the one that holds most of the variance.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        At least two features. They count as they are: what varies in larger numbers weighs more.
    through : {"mean", "median"} or array-like of shape (n_features,)
        A place in the plane, where both coordinates are 0.

    Raises
    ------
    wattlab.errors.ParameterError
        If there are fewer than two features, or the samples do not differ in two directions.

    Examples
    --------
    >>> plane = principal_plane([[0, 0, 0], [4, 0, 0], [0, 2, 0], [4, 2, 0]])
    >>> plane.labels
    ('component 1 (80 %)', 'component 2 (20 %)')
    """
    from sklearn.decomposition import PCA

    features = np.atleast_2d(np.asarray(X, dtype=np.float64))
    if min(features.shape) < 2:
        msg = f"{features.shape[0]} samples of {features.shape[1]} features have no two principal components"
        raise ParameterError(msg)
    with np.errstate(invalid="ignore"):
        fitted = PCA(n_components=2, random_state=0).fit(features)
    shares = fitted.explained_variance_ratio_
    if not shares[1] > 1e-12:
        msg = "the samples differ in one direction at most, so no plane of principal components exists"
        raise ParameterError(msg)
    origin, where = _origin(features, through)
    first, second = (f"component {place} ({100 * share:.0f} %)" for place, share in enumerate(shares, 1))
    text = f"the first two principal components, {100 * shares.sum():.0f} % of the variance, through {where}"
    return Plane(origin, fitted.components_, (first, second), text)


def plane_through(
    origin: ArrayLike, first: ArrayLike, second: ArrayLike, labels: tuple[str, str] = ("first", "second")
) -> Plane:
    """Return the plane through a place along two directions.

    Parameters
    ----------
    origin, first, second : array-like of shape (n_features,)
        The place, such as a sample, and one unit of each coordinate.
    labels : (str, str)
        What the coordinates are called.

    Raises
    ------
    wattlab.errors.ParameterError
        If the three do not have one length, are not finite, or the directions are parallel.
    """
    arrays = [np.asarray(one, dtype=np.float64) for one in (origin, first, second)]
    if len({one.shape for one in arrays}) > 1 or arrays[0].ndim != 1:
        shapes = ", ".join(str(one.shape) for one in arrays)
        msg = f"the place and the two directions have shapes {shapes}; expected (n_features,) for all three"
        raise ParameterError(msg)
    axes = np.stack(arrays[1:])
    if not np.isfinite([*arrays]).all() or np.linalg.matrix_rank(axes) < 2:
        msg = "the two directions span no plane; give finite numbers and directions that are not parallel"
        raise ParameterError(msg)
    return Plane(arrays[0], axes, labels, "a plane through a chosen place")


def _origin(features: NDArray[Any], through: Place) -> tuple[Floats, str]:
    """Return the place that is meant, and what it is called."""
    if isinstance(through, str):
        if through not in {"mean", "median"}:
            msg = f"through is {through!r}; expected mean, median or the features of a sample"
            raise ParameterError(msg)
        centre = np.mean if through == "mean" else np.median
        return np.asarray(centre(features, axis=0), dtype=np.float64), f"the {through}"
    place = np.array(through, dtype=np.float64)
    if place.shape != features.shape[1:]:
        msg = f"the plane is to go through a place of shape {place.shape}; expected ({features.shape[1]},)"
        raise ParameterError(msg)
    return place, "a sample"


def _place(feature: int | str, names: Sequence[str]) -> int:
    """Return a feature's place."""
    if isinstance(feature, str) and feature in names:
        return list(names).index(feature)
    number = int(feature) if str(feature).isdecimal() else -1
    if 0 <= number < len(names):
        return number
    known = ", ".join(names) if len(names) <= 12 else f"{names[0]} … {names[-1]}"
    hint = nearest(str(feature), list(names)) or ";"
    msg = f"there is no feature {feature!r}{hint} the features are {known}, or 0 … {len(names) - 1} by place"
    raise ParameterError(msg)


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
