"""What geometry is given, read and checked: numbers, vectors, matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.errors import GeometryError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "read_confidence",
    "read_matrix",
    "read_number",
    "read_points",
    "read_positive",
    "read_square",
    "read_symmetric",
    "read_vector",
]

_SYMMETRIC = 1e-9
"""Entries that differ by less, relative to the largest, are equal: what rounding leaves of a product."""


def read_number(value: Any, name: str) -> float:
    """Return a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise GeometryError(f"{name} is {value!r}; expected a number") from None
    if not math.isfinite(number):
        raise GeometryError(f"{name} is {number}; expected a finite number")
    return number


def read_positive(value: Any, name: str) -> float:
    """Return a finite number above 0."""
    number = read_number(value, name)
    if number <= 0:
        raise GeometryError(f"{name} is {number:g}; expected a number above 0")
    return number


def read_confidence(value: Any) -> float:
    """Return a probability strictly between 0 and 1."""
    number = read_number(value, "confidence")
    if not 0 < number < 1:
        raise GeometryError(
            f"confidence is {number:g}; expected a share above 0 and below 1, such as 0.95: "
            "all of a normal distribution lies in no ellipse"
        )
    return number


def read_vector(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return a vector of finite numbers, of `size` where that is given."""
    vector = _array(values, name)
    if vector.ndim != 1 or (size is not None and len(vector) != size):
        expected = "one row of numbers" if size is None else f"{size} numbers"
        raise GeometryError(f"{name} has the shape {vector.shape}; expected {expected}")
    return vector


def read_points(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return points of shape (n_points, n), n being `size` where that is given."""
    points = _array(values, name)
    if points.ndim != 2 or (size is not None and points.shape[1] != size):
        n = "n" if size is None else size
        raise GeometryError(f"{name} has the shape {points.shape}; expected (n_points, {n}), a point a row")
    return points


def read_matrix(values: ArrayLike, name: str, n_columns: int | None = None) -> Floats:
    """Return a matrix of finite numbers."""
    matrix = _array(values, name)
    if matrix.ndim != 2 or not matrix.size:
        raise GeometryError(f"{name} has the shape {matrix.shape}; expected rows and columns")
    if n_columns is not None and matrix.shape[1] != n_columns:
        raise GeometryError(
            f"{name} has the shape {matrix.shape}; expected {n_columns} columns, one a dimension"
        )
    return matrix


def read_square(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return a square matrix, of `size` rows where that is given."""
    matrix = read_matrix(values, name)
    n_rows, n_columns = matrix.shape
    if n_rows != n_columns or size not in {None, n_rows}:
        expected = "as many rows as columns" if size is None else f"{size} rows and {size} columns"
        raise GeometryError(f"{name} has the shape {matrix.shape}; expected {expected}")
    return matrix


def read_symmetric(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    """Return a symmetric matrix; what rounding did to its symmetry is taken back."""
    matrix = read_square(values, name, size)
    apart = np.abs(matrix - matrix.T)
    if apart.max() > _SYMMETRIC * np.abs(matrix).max():
        i, j = sorted(int(place) for place in np.unravel_index(apart.argmax(), apart.shape))
        raise GeometryError(
            f"{name} is not symmetric: entry [{i}, {j}] is {matrix[i, j]:g}, entry [{j}, {i}] is {matrix[j, i]:g}; "
            "for a quadratic form take the mean of both, (A + A.T) / 2"
        )
    return (matrix + matrix.T) / 2


def _array(values: ArrayLike, name: str) -> Floats:
    try:
        given = np.asarray(values)
    except ValueError:
        raise GeometryError(f"{name} has rows of different lengths; expected numbers in equal rows") from None
    if given.dtype.kind not in "biuf":
        raise GeometryError(f"{name} holds {given.dtype} values; expected real numbers")
    if not np.isfinite(given).all():
        place = ", ".join(map(str, np.argwhere(~np.isfinite(given))[0]))
        raise GeometryError(f"{name}[{place}] is not a finite number; expected finite numbers only")
    return given.astype(np.float64)
