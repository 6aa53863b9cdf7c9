"""Which figure a quadratic equation describes, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Quadric", "reduce_quadric"]

_ROUNDING = 8 * float(np.finfo(np.float64).eps)


class Quadric(NamedTuple):
    """The equation xᵀAx + bᵀx = δ without its linear term, as far as that can be taken away.

    Attributes
    ----------
    name : str
        With its article, such as "a hyperbola".
    centre : ndarray of shape (n,)
        Where the linear term vanishes; one of many where A is singular.
    level : float
        δ after the shift to the centre.
    eigenvalues : ndarray of shape (n,)
        Of A, ascending; those that are zero to rounding are exactly 0.
    directions : ndarray of shape (n, n)
        Their unit eigenvectors as columns.
    """

    name: str
    centre: Floats
    level: float
    eigenvalues: Floats
    directions: Floats

    @property
    def is_ellipsoid(self) -> bool:
        """Whether it is an ellipse (2-D) or an ellipsoid."""
        return bool(self.level) and bool(np.all(self.eigenvalues * self.level > 0))


def reduce_quadric(form: Floats, delta: float, linear: Floats | None = None) -> Quadric:
    """Return a quadratic equation in its main axes, and what figure it is.

    Parameters
    ----------
    form : ndarray of shape (n, n)
        A, symmetric.
    delta : float
        The right side.
    linear : ndarray of shape (n,), optional
        b; left out: 0.

    Examples
    --------
    >>> reduce_quadric(np.diag([-0.5, 4.0]), 1.0).name
    'a hyperbola'
    >>> reduce_quadric(np.diag([1.0, 0.0]), 1.0, np.array([0.0, 2.0])).name
    'a parabola'
    """
    eigenvalues, directions = np.linalg.eigh(form)
    n = len(eigenvalues)
    eigenvalues[np.abs(eigenvalues) <= _ROUNDING * n * np.abs(eigenvalues).max()] = 0.0
    slope = np.zeros(n) if linear is None else directions.T @ linear
    slope[np.abs(slope) <= _ROUNDING * n * np.abs(slope).max()] = 0.0
    bent = eigenvalues != 0
    shift = np.zeros(n)
    shift[bent] = -slope[bent] / (2.0 * eigenvalues[bent])
    gained = float(eigenvalues @ shift**2)
    level = delta + gained
    if abs(level) <= _ROUNDING * n * (abs(delta) + abs(gained)):
        level = 0.0
    sloping = bool(np.any(slope[~bent]))
    return Quadric(
        _name(eigenvalues, level, sloping=sloping), directions @ shift, level, eigenvalues, directions
    )


def _name(eigenvalues: Floats, level: float, *, sloping: bool) -> str:
    """Return the name by how many eigenvalues have which sign, after dividing by the level or its opposite."""
    n = len(eigenvalues)
    signs = np.sign(eigenvalues) * (np.sign(level) or 1.0)
    positive, negative = int((signs > 0).sum()), int((signs < 0).sum())
    if sloping:
        return _sloping(n, positive + negative, mixed=positive > 0 and negative > 0)
    if not positive and not negative:
        return "the empty set" if level else _whole(n)
    if not level:
        return _cone(n, positive, negative)
    if not positive:
        return "the empty set"
    return _curved(n, positive, negative)


def _curved(n: int, positive: int, negative: int) -> str:
    rank = positive + negative
    if not negative:
        if positive == 1 and n > 1:
            return "a pair of parallel lines" if n == 2 else "a pair of parallel planes"
        figure = {1: "a pair of points", 2: "an ellipse"}.get(n, "an ellipsoid")
        return figure if rank == n else "an elliptic cylinder"
    if n == 2:
        return "a hyperbola"
    return "a hyperboloid" if rank == n else "a hyperbolic cylinder"


def _cone(n: int, positive: int, negative: int) -> str:
    rank = positive + negative
    if positive and negative:
        if rank == 2:
            return "a pair of crossing lines" if n == 2 else "a pair of crossing planes"
        return "a cone"
    return {0: "a point", 1: "a line", 2: "a plane"}.get(n - rank, f"a flat of {n - rank} dimensions")


def _sloping(n: int, rank: int, *, mixed: bool) -> str:
    if not rank:
        return {1: "a point", 2: "a line", 3: "a plane"}.get(n, "a hyperplane")
    if n == 2:
        return "a parabola"
    if rank < n - 1:
        return "a parabolic cylinder"
    return "a hyperbolic paraboloid" if mixed else "an elliptic paraboloid"


def _whole(n: int) -> str:
    return {1: "the whole line", 2: "the whole plane"}.get(n, "the whole space")
