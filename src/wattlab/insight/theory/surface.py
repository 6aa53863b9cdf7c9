"""A loss over one or two of its parameters, the others held still."""

from __future__ import annotations

from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.insight.theory.objective import Objective

    Vector = NDArray[np.float64]
    Span = tuple[float, float]

__all__ = ["LossSurface", "loss_surface", "over_grid", "risen_levels"]

_LEVELS: Final = 14
_LEAST: Final = 1e-3


class LossSurface(NamedTuple):
    """Losses on a line or on a grid.

    Attributes
    ----------
    title : str
        What the loss is.
    names : tuple of str
        One parameter or two.
    x : ndarray of shape (n_columns,)
        Of the first parameter.
    y : ndarray of shape (n_rows,), or None
        Of the second, where there are two.
    losses : ndarray of shape (n_columns,) or (n_rows, n_columns)
        NaN outside the domain.
    levels : tuple of float
        Round, ascending, closer together near the lowest loss; empty for one parameter.
    held : dict of str to float
        The parameters that are held still.
    """

    title: str
    names: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    losses: NDArray[np.float64]
    levels: tuple[float, ...]
    held: dict[str, float]


def loss_surface(
    objective: Objective, at: Vector, shown: Sequence[int], spans: Sequence[Span], n_points: int = 121
) -> LossSurface:
    """Return a loss over some of its parameters.

    Parameters
    ----------
    objective : Objective
        The loss.
    at : ndarray of shape (n_parameters,)
        Where the others are held.
    shown : sequence of int
        Indices of one parameter or of two.
    spans : sequence of (float, float)
        Ends of each.
    n_points : int
        Along each.
    """

    def losses(chosen: Vector) -> Vector:
        points = np.tile(at, (len(chosen), 1))
        points[:, list(shown)] = chosen
        return objective.values(points)

    names = objective.names
    held = {name: float(at[place]) for place, name in enumerate(names) if place not in shown}
    return over_grid(
        losses,
        {names[place]: span for place, span in zip(shown, spans, strict=True)},
        objective.title,
        held,
        n_points,
    )


def over_grid(
    losses: Callable[[Vector], Vector],
    spans: Mapping[str, Span],
    title: str,
    held: Mapping[str, float],
    n_points: int,
) -> LossSurface:
    """Return what a function of one or two parameters gives on a line or grid.

    Parameters
    ----------
    losses : callable (ndarray of shape (n, 1 or 2)) -> ndarray of shape (n,)
        The loss.
    spans : mapping of str to (float, float)
        Ends of each parameter, by name.
    title : str
        What the loss is.
    held : mapping of str to float
        Parameters that are held still, by name.
    n_points : int
        Along each parameter, >= 2.

    Raises
    ------
    wattlab.errors.ParameterError
        If there are neither one nor two parameters, ends are not in order, or no loss is a finite number.
    """
    _check(spans, n_points)
    axes = [np.linspace(low, high, n_points) for low, high in spans.values()]
    with np.errstate(all="ignore"):
        found = losses(np.stack([one.ravel() for one in np.meshgrid(*axes)], axis=1))
    found = np.where(np.isfinite(found), found, np.nan)
    if np.isnan(found).all():
        where = ", ".join(f"{name} from {low:g} to {high:g}" for name, (low, high) in spans.items())
        raise ParameterError(f"{title}: nowhere a finite number for {where}; look elsewhere")
    if len(axes) == 1:
        return LossSurface(title, tuple(spans), axes[0], None, found, (), dict(held))
    grid = found.reshape(n_points, n_points)
    return LossSurface(title, tuple(spans), axes[0], axes[1], grid, risen_levels(grid), dict(held))


def _check(spans: Mapping[str, Span], n_points: int) -> None:
    if len(spans) not in {1, 2}:
        raise ParameterError(f"{len(spans)} parameters are to be shown; expected one or two")
    for name, (low, high) in spans.items():
        if not -np.inf < low < high < np.inf:
            raise ParameterError(
                f"{name} goes from {low:g} to {high:g}; expected finite numbers in ascending order"
            )
    if n_points < 2:
        raise ParameterError(f"{n_points} points are to be shown of each parameter; expected at least 2")


def risen_levels(losses: NDArray[np.float64]) -> tuple[float, ...]:
    """Return round levels that rise by about equal factors above the lowest loss, so that a valley's floor is seen too.

    Examples
    --------
    >>> risen_levels(np.array([1.0, 1001.0]))
    (2.5, 3.0, 5.0, 8.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 300.0, 500.0, 1000.0)
    """
    low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
    if not high > low:
        return ()
    ends = (low + (high - low) * np.geomspace(_LEAST, 1.0, _LEVELS)).tolist()
    return tuple(_roundest(*pair) for pair in pairwise(ends))


def _roundest(low: float, high: float) -> float:
    """Return the number between two, both left out, that is written with the fewest digits, near the middle."""
    middle, scale = (low + high) / 2, 10.0 ** floor(log10(high - low))
    for step in (10 * scale, 5 * scale, scale, scale / 2):
        found = step * round(middle / step)
        if low < found < high:
            return float(f"{found:.12g}")
    return middle
