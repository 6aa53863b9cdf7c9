"""Lines in a plane on which scores are equal, as points joined in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

__all__ = ["dividing_line", "level_line"]


def level_line(x: Floats, y: Floats, z: Floats, level: float) -> Floats:
    """Return where numbers over a mesh have a value.

    Parameters
    ----------
    x : ndarray of shape (n_columns,)
        Places of the columns.
    y : ndarray of shape (n_rows,)
        Places of the rows.
    z : ndarray of shape (n_rows, n_columns)
        The numbers.
    level : float
        The value.

    Returns
    -------
    ndarray of shape (n_points, 2)
        The pieces one after the other, a row of NaN between them; no rows if the value does not occur.

    Examples
    --------
    >>> level_line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 1.0]]), 0.25).tolist()
    [[0.25, 1.0], [0.25, 0.0]]
    """
    from contourpy import contour_generator

    pieces = contour_generator(x, y, z, line_type="ChunkCombinedNan").lines(level)
    return _joined(piece for piece in pieces[0] if piece is not None)


def dividing_line(x: Floats, y: Floats, scores: Floats, level: float) -> Floats:
    """Return where the class with the highest score changes.

    Parameters
    ----------
    x : ndarray of shape (n_columns,)
        Places of the columns.
    y : ndarray of shape (n_rows,)
        Places of the rows.
    scores : ndarray of shape (n_scores, n_rows, n_columns)
        One for two classes, else one a class.
    level : float
        Where one score has no say.

    Returns
    -------
    ndarray of shape (n_points, 2)
        As for `level_line`.
    """
    if len(scores) == 1:
        return level_line(x, y, scores[0], level)
    winners = np.unique(scores.argmax(axis=0))
    # Each line has two sides: the last class's are those of the others.
    return _joined(level_line(x, y, _lead(scores, winner), 0.0) for winner in winners[:-1])


def _lead(scores: Floats, winner: int) -> Floats:
    """Return by how much a class is ahead of the best of the others, shape (n_rows, n_columns)."""
    return np.asarray(scores[winner] - np.delete(scores, winner, axis=0).max(axis=0))


def _joined(pieces: Iterable[Floats]) -> Floats:
    """Return pieces of lines as one array with NaN between them."""
    gap = np.full((1, 2), np.nan)
    parts = [part for piece in pieces if len(piece) for part in (gap, piece)]
    return np.concatenate(parts[1:]) if parts else np.empty((0, 2))
