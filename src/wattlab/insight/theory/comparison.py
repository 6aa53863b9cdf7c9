"""Optimizers side by side on one loss, with the surface below them and the stable step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.errors import ParameterError
from wattlab.insight.theory.descent import DescentPath, check_start, descend
from wattlab.insight.theory.divergence import Divergence, around_bound
from wattlab.insight.theory.objective import minimum_of
from wattlab.insight.theory.stability import Curvature, StableRate, curvature_at, stable_rate
from wattlab.insight.theory.surface import LossSurface, loss_surface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.theory.objective import Objective
    from wattlab.recipe.optimizer import Optimizer

    Vector = NDArray[np.float64]

__all__ = ["Descents", "compare_descents"]

_MARGIN: Final = 0.15
_MOST_SHOWN: Final = 2


class Descents(NamedTuple):
    """Paths of several optimizers from one start.

    Attributes
    ----------
    title : str
        What the loss is.
    names : tuple of str
        Of all parameters.
    shown : tuple of int
        Indices of the one or two parameters of `surface`.
    surface : LossSurface
        The loss over them, the other parameters at the minimum, or where there is none at the start.
    start : ndarray of shape (n_parameters,)
    minimum : ndarray of shape (n_parameters,), or None
        Known exactly where the loss is quadratic.
    paths : tuple of DescentPath
        One for each optimizer.
    curvature : Curvature
        At the minimum, else at the lowest point that any path met.
    bounds : tuple of StableRate
        One for each path.
    divergence : Divergence or None
        The first of the optimizers that has a bound, with rates around it; None where none has.
    batch_size : int or None
        Samples of whose loss each step takes the gradient; None: all.
    """

    title: str
    names: tuple[str, ...]
    shown: tuple[int, ...]
    surface: LossSurface
    start: NDArray[np.float64]
    minimum: NDArray[np.float64] | None
    paths: tuple[DescentPath, ...]
    curvature: Curvature
    bounds: tuple[StableRate, ...]
    divergence: Divergence | None
    batch_size: int | None = None


def compare_descents(
    objective: Objective,
    start: ArrayLike,
    optimizers: Sequence[Optimizer],
    steps: int,
    *,
    shown: Sequence[str] | None = None,
    parts: Callable[[], Iterable[Objective]] | None = None,
    batch_size: int | None = None,
    n_points: int = 121,
) -> Descents:
    """Let optimizers descend from the same start.

    Parameters
    ----------
    objective : Objective
        The loss.
    start : array-like of shape (n_parameters,)
        Inside its domain.
    optimizers : sequence of Optimizer
        At least one.
    steps : int
        Updates of each.
    shown : sequence of str, optional
        Names of the one or two parameters of the surface; left out: the first two.
    parts : callable () -> iterable of Objective, optional
        Returns anew, for each optimizer, the losses whose gradients are taken, such as those of mini-batches.
    batch_size : int, optional
        What `parts` are, to be told.
    n_points : int
        Of the surface along each parameter.

    Raises
    ------
    wattlab.errors.ParameterError
        As `descend`; and for a parameter to be shown that does not exist.
    """
    origin, chosen = check_start(objective, start), _indices(objective, shown)
    paths = tuple(
        descend(objective, origin, one, steps, None if parts is None else parts()) for one in optimizers
    )
    minimum = minimum_of(objective, origin)
    curvature = curvature_at(objective, _lowest(paths) if minimum is None else minimum)
    spans = [_span(place, origin, minimum, paths) for place in chosen]
    surface = loss_surface(objective, origin if minimum is None else minimum, chosen, spans, n_points)
    bounds = tuple(stable_rate(one, curvature) for one in optimizers)
    return Descents(
        objective.title,
        objective.names,
        chosen,
        surface,
        origin,
        minimum,
        paths,
        curvature,
        bounds,
        _divergence(objective, origin, optimizers, bounds, steps, curvature.at),
        batch_size,
    )


def _divergence(
    objective: Objective,
    start: Vector,
    optimizers: Sequence[Optimizer],
    bounds: Sequence[StableRate],
    steps: int,
    near: Vector,
) -> Divergence | None:
    bounded = [one for one, bound in zip(optimizers, bounds, strict=True) if bound.rate is not None]
    return around_bound(objective, start, bounded[0], steps, near=near) if bounded else None


def _indices(objective: Objective, shown: Sequence[str] | None) -> tuple[int, ...]:
    names = objective.names
    wanted = tuple(shown or names[:_MOST_SHOWN])
    unknown = [name for name in wanted if name not in names]
    if unknown or len(set(wanted)) != len(wanted) or len(wanted) > _MOST_SHOWN:
        msg = f"{','.join(wanted)} cannot be shown; expected one or two different names among {', '.join(names)}"
        raise ParameterError(msg)
    return tuple(names.index(name) for name in wanted)


def _lowest(paths: Sequence[DescentPath]) -> Vector:
    """Return the point of least loss that any path met."""
    best = min(paths, key=lambda path: path.losses.min())
    found: Vector = best.points[best.losses.argmin()]
    return found


def _span(
    place: int, start: Vector, minimum: Vector | None, paths: Sequence[DescentPath]
) -> tuple[float, float]:
    """Return the ends of an axis that show start, minimum, and all paths that did not diverge."""
    met = [start[place], *([] if minimum is None else [minimum[place]])]
    for path in paths:
        if not path.diverged:
            met += [path.points[:, place].min(), path.points[:, place].max()]
    low, high = float(min(met)), float(max(met))
    margin = _MARGIN * (high - low) or max(1.0, abs(low))
    return low - margin, high + margin
