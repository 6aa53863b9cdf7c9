"""The mesh over a plane: how far it reaches, how fine it is, and a classifier's answers on it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.insight.boundary.plane import Plane

    Floats = NDArray[np.floating[Any]]

__all__ = ["answers_on", "check_mesh", "mesh_axis"]

_MOST: Final = 2000
_NUMBERS: Final = 1 << 22
"""Features that are made at a time, so that a plane through images does not fill the memory."""


def check_mesh(mesh: int, margin: float) -> None:
    """Raise `wattlab.errors.ParameterError` for a mesh that cannot be."""
    if not 2 <= mesh <= _MOST:
        msg = f"mesh (--mesh) is {mesh}; expected 2 to {_MOST} points along each side: no figure has more pixels"
        raise ParameterError(msg)
    if not (isfinite(margin) and 0 <= margin <= 100):
        msg = f"margin (--margin) is {margin:g}; expected a share of the samples' range from 0 to 100, such as 0.1"
        raise ParameterError(msg)


def mesh_axis(values: Floats, mesh: int, margin: float) -> Floats:
    """Return equally spaced places that hold all values and a margin on both sides, shape (mesh,)."""
    low, high = float(values.min()), float(values.max())
    space = margin * (high - low) if high > low else max(1.0, abs(low))
    return np.linspace(low - space, high + space, mesh)


def answers_on(
    answer: Callable[[Floats], NDArray[Any]], plane: Plane, x: Floats, y: Floats, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Return what a function of features answers on a mesh, row by row, shape (n_rows * n_columns, …)."""
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    size = max(1, _NUMBERS // plane.n_features)
    chunks = range(0, len(places), size)
    given = [answer(plane.lift(places[start : start + size]).astype(dtype)) for start in chunks]
    return np.concatenate(given)
