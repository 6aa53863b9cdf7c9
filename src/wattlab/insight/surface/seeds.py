"""Where on a mesh a gradient may be zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

__all__ = ["find_seeds", "neighbours"]


def find_seeds(mesh: Floats, values: Floats, gradient: Floats) -> Floats:
    """Return places from which a walk to a critical point may begin.

    Parameters
    ----------
    mesh : ndarray of shape (2, n_rows, n_columns)
        x and y of all places.
    values : ndarray of shape (n_rows, n_columns)
        Of the function.
    gradient : ndarray of shape (2, n_rows, n_columns)
        Its derivatives by x and y.

    Returns
    -------
    ndarray of shape (n_seeds, 2)
        The middles of cells in which both derivatives change their sign, the places at which the gradient is shorter
        than around, and of an area where it is zero one place for each value of the function.
    """
    corners = np.stack(_corners(gradient))
    with np.errstate(invalid="ignore"):
        crossed = ((corners.min(axis=0) <= 0.0) & (corners.max(axis=0) >= 0.0)).all(axis=0)
    flat = (corners == 0.0).all(axis=(0, 1))
    middles = np.mean(_corners(mesh), axis=0)
    shortest = _shortest(np.hypot(*gradient))
    places = [
        middles[:, crossed & ~flat],
        mesh[:, 1:-1, 1:-1][:, shortest],
        _one_of_each(middles, values, flat),
    ]
    return np.concatenate(places, axis=1).T


def neighbours(values: Floats) -> Floats:
    """Return the eight neighbours of each inner place, of shape (8, n_rows - 2, n_columns - 2)."""
    n_rows, n_columns = values.shape
    places = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2) if (i, j) != (1, 1)]
    return np.stack([values[i : n_rows - 2 + i, j : n_columns - 2 + j] for i, j in places])


def _corners(values: Floats) -> list[Floats]:
    return [values[..., :-1, :-1], values[..., :-1, 1:], values[..., 1:, :-1], values[..., 1:, 1:]]


def _shortest(lengths: Floats) -> NDArray[np.bool_]:
    around, inner = neighbours(lengths), lengths[1:-1, 1:-1]
    return np.logical_and((inner <= around).all(axis=0), (inner < around).any(axis=0))


def _one_of_each(middles: Floats, values: Floats, flat: NDArray[np.bool_]) -> Floats:
    """Return of all flat cells with one value the one nearest to the origin, of shape (2, n_cells)."""
    places, levels = middles[:, flat], values[:-1, :-1][flat]
    nearest = np.argsort(np.hypot(*places), kind="stable")
    _, first = np.unique(levels[nearest], return_index=True)
    return places[:, nearest[first]]
