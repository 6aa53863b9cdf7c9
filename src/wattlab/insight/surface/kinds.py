"""What is where a gradient is zero: told by the Hessian's eigenvalues, and where one is 0, by the values around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from wattlab.insight.surface.newton import walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Floats = NDArray[np.floating[Any]]

__all__ = ["Kind", "kinds_of"]

Kind = Literal["minimum", "maximum", "saddle", "valley", "ridge", "inflection", "flat"]

_DEGENERATE: Final = 1e-6
"""An eigenvalue so much smaller than the other says nothing of the kind."""
_DIRECTIONS: Final = 72


def kinds_of(expression: Expression, places: Floats, hessians: Floats, cells: Floats) -> list[Kind]:
    """Return what is at each critical point.

    Parameters
    ----------
    expression : Expression
        Of two arguments.
    places : ndarray of shape (n_points, 2)
        The critical points.
    hessians : ndarray of shape (n_points, 2, 2)
        Their second derivatives.
    cells : ndarray of shape (2,)
        Within a fifth of this nothing else is expected.

    Returns
    -------
    list of Kind
    """
    values = np.linalg.eigvalsh(hessians)
    small, large = np.abs(values).min(axis=1), np.abs(values).max(axis=1)
    change = np.abs(_changes(expression, places, 0.2 * cells)).max(axis=1)
    bend = np.abs(hessians * np.outer(cells, cells)).max(axis=(1, 2))
    # A Hessian that explains little of how the values change around says nothing of the kind, either.
    clear = (small > _DEGENERATE * large) & (bend > _DEGENERATE * change)
    kinds: list[Kind] = [
        "minimum" if low > 0 else "maximum" if high < 0 else "saddle" for low, high in values
    ]
    unclear = np.flatnonzero(~clear)
    by_values = _by_values(expression, places[unclear], hessians[unclear], cells)
    for place, kind in zip(unclear, by_values, strict=True):
        kinds[place] = kind
    return kinds


def _by_values(expression: Expression, places: Floats, hessians: Floats, cells: Floats) -> list[Kind]:
    changes = _changes(expression, places, 0.05 * cells)
    rounding = 8.0 * np.finfo(float).eps * np.abs(expression(*places.T))
    alike = (1e-9 * np.abs(changes).max(axis=1) + rounding)[:, None]
    rises, falls = (changes > alike).any(axis=1), (changes < -alike).any(axis=1)
    alone = ~_go_on(expression, places, hessians, cells)
    return [_kind(*map(bool, one)) for one in zip(rises, falls, alone, strict=True)]


def _kind(*signs: bool) -> Kind:
    rises, falls, alone = signs
    if rises and falls:
        return "saddle" if alone else "inflection"
    if rises:
        return "minimum" if alone else "valley"
    if falls:
        return "maximum" if alone else "ridge"
    return "flat"


def _go_on(expression: Expression, places: Floats, hessians: Floats, cells: Floats) -> NDArray[np.bool_]:
    """Return which places have another critical point beside them, where the Hessian bends least or not at all."""
    values, directions = np.linalg.eigh(hessians * np.outer(cells, cells))
    steps = 0.3 * cells * np.swapaxes(directions, 1, 2)
    level = np.abs(values) <= np.maximum(
        np.abs(values).min(axis=1, keepdims=True), 1e-12 * np.abs(values).max(initial=0)
    )
    starts = places[:, None, None, :] + np.stack([steps, -steps], axis=1)
    reached = walk(expression, starts.reshape(-1, 2), cells).reshape(starts.shape)
    away = (np.abs((reached - places[:, None, None, :]) / cells) > 0.1).any(axis=-1)
    found: NDArray[np.bool_] = (away & level[:, None, :]).any(axis=(1, 2))
    return found


def _changes(expression: Expression, places: Floats, radii: Floats) -> Floats:
    """Return by how much the values around each place differ from its own, 0 where there is none."""
    angles = 2.0 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    x, y = places[:, :1] + radii[0] * np.cos(angles), places[:, 1:] + radii[1] * np.sin(angles)
    changes = expression(x, y) - expression(*places.T)[:, None]
    return np.where(np.isfinite(changes), changes, 0.0)
