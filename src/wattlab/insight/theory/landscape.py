"""The loss of a run around its weights: on a random plane, on the line from its start, on that of its trajectory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np

from wattlab.errors import ParameterError
from wattlab.insight.subject import open_subject
from wattlab.insight.theory.directions import difference, moved, principal_directions, random_direction
from wattlab.insight.theory.network_loss import NetworkLoss, weights_at_start
from wattlab.insight.theory.surface import risen_levels
from wattlab.machine.threads import limit_threads
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.insight.subject import Subject
    from wattlab.records.run import Run

    Vector = NDArray[np.float64]
    Tell = Callable[[int, int], None]

__all__ = ["Landscape", "LandscapeKind", "landscape"]

LandscapeKind = Literal["random", "line", "trajectory"]
_LINE: Final = (-0.5, 1.5)
_MARGIN: Final = 0.25
_MOST_POINTS: Final = 1001


class Landscape(NamedTuple):
    """Losses of a network over changed weights.

    Attributes
    ----------
    run : str
        Whose network.
    kind : {"random", "line", "trajectory"}
        Along two random directions, along the line from the initial weights (0) to the last (1), or on the plane that
        holds most of the way of the training.
    part : str
        Of the data.
    n_samples : int
        On which the loss was found.
    x : ndarray of shape (n_columns,)
        Along the first direction: in lengths of the filters ("random"), shares of the line, or Euclidean distance.
    y : ndarray of shape (n_rows,), or None
        Along the second; None for a line.
    losses, scores : ndarray of shape (n_columns,) or (n_rows, n_columns)
        Mean loss without regularisation, and accuracy or R². NaN where the loss is not finite.
    levels : tuple of float
        Of the losses, ascending; empty for a line.
    loss, score : float
        With the weights of the run.
    score_name : str
    trajectory : ndarray of shape (n_epochs, 2), or None
        Where the training went on the plane.
    trajectory_epochs : tuple of int
        Finished epochs at each of its places.
    shares : tuple of float
        What part of its squared distances lies along each direction; empty for other kinds.
    """

    run: str
    kind: LandscapeKind
    part: str
    n_samples: int
    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    losses: NDArray[np.float64]
    scores: NDArray[np.float64]
    levels: tuple[float, ...]
    loss: float
    score: float
    score_name: str
    trajectory: NDArray[np.float64] | None = None
    trajectory_epochs: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()


class _Region(NamedTuple):
    """Where the loss is looked at."""

    origin: Weights
    directions: tuple[Weights, ...]
    axes: tuple[Vector, ...]
    trajectory: Vector | None = None
    trajectory_epochs: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()


def landscape(
    run: Run | Path | str,
    kind: LandscapeKind = "random",
    *,
    points: int = 41,
    reach: float | None = None,
    part: str = "training",
    samples: int = 1000,
    seed: int = 0,
    tell: Tell | None = None,
) -> Landscape:
    """Find the loss of a trained network where its weights are others.

    Parameters
    ----------
    run : Run or path
        Any with weights.
    kind : {"random", "line", "trajectory"}
        See `Landscape`; "trajectory" needs weights of several epochs.
    points : int
        Along each direction, 3 to 1001; an odd number has the run's own weights in the middle.
    reach : float, optional
        How far along random directions, > 0; 1 if left out. Unit: lengths of the filters.
    part : {"training", "validation", "test"}
        Of the data.
    samples : int
        At most so many of them, chosen at random.
    seed : int
        Decides directions and samples.
    tell : callable (done, total), optional
        Called after each point.

    Raises
    ------
    wattlab.errors.UserError
        For a run without weights, data that has changed, or numbers out of their range.

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
    I. Goodfellow, O. Vinyals, A. Saxe, "Qualitatively characterizing neural network optimization problems", ICLR 2015:
    the line.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> found = landscape(run, points=5)
    >>> found.losses.shape, bool(found.losses[2, 2] == found.loss == found.losses.min())
    ((5, 5), True)
    """
    _check(kind, points, reach)
    subject = open_subject(run)
    loss = NetworkLoss(subject, part, samples, seed)
    region = _region(subject, kind, points, 1.0 if reach is None else reach, seed)
    # So little is computed at a time that further threads would mostly wait.
    with limit_threads(1):
        here = loss(subject.model.weights())
        losses, scores = _evaluated(loss, region, tell or _nothing)
    return Landscape(
        subject.run.id,
        kind,
        loss.part,
        loss.n_samples,
        region.axes[0],
        region.axes[1] if len(region.axes) > 1 else None,
        losses,
        scores,
        risen_levels(losses) if losses.ndim > 1 else (),
        here.loss,
        here.score,
        subject.run.record.score_name,
        region.trajectory,
        region.trajectory_epochs,
        region.shares,
    )


def _check(kind: str, points: int, reach: float | None) -> None:
    kinds = list(get_args(LandscapeKind))
    if kind not in kinds:
        raise ParameterError(
            f"there is no landscape {kind!r}{nearest(kind, kinds)}; expected {', '.join(kinds)}"
        )
    if not 3 <= points <= _MOST_POINTS:
        msg = f"{points} points along a direction were asked for; expected 3 to {_MOST_POINTS}"
        raise ParameterError(msg)
    if reach is None:
        return
    if kind != "random":
        msg = (
            f"a reach of {reach:g} was given, which only random directions have; leave it out for the {kind}"
        )
        raise ParameterError(msg)
    if not 0 < reach < np.inf:
        raise ParameterError(f"the reach is {reach:g}; expected a finite number above 0, such as 1")


def _nothing(done: int, total: int) -> None:
    """Tell nobody."""


def _region(subject: Subject, kind: LandscapeKind, points: int, reach: float, seed: int) -> _Region:
    weights, architecture = subject.model.weights(), subject.model.architecture
    if kind == "line":
        start = weights_at_start(subject)
        way = difference(start, weights, architecture)
        return _Region(
            {**weights, **{name: start[name] for name in way}}, (way,), (np.linspace(*_LINE, points),)
        )
    if kind == "random":
        rng = np.random.default_rng([seed, 1])
        drawn = (random_direction(weights, architecture, rng), random_direction(weights, architecture, rng))
        axis = np.linspace(-reach, reach, points)
        return _Region(weights, drawn, (axis, axis))
    kept = subject.run.weights_by_epoch
    found = principal_directions(kept, architecture, subject.run.id)
    axes = (_around(found.trajectory[:, 0], points), _around(found.trajectory[:, 1], points))
    return _Region(weights, found.directions, axes, found.trajectory, tuple(kept), found.shares)


def _around(places: Vector, points: int) -> Vector:
    low, high = float(places.min()), float(places.max())
    margin = _MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)


def _evaluated(loss: NetworkLoss, region: _Region, tell: Tell) -> tuple[Vector, Vector]:
    """Return losses and scores, the first direction running fastest."""
    places: Vector = np.stack([one.ravel() for one in np.meshgrid(*region.axes)], axis=1)
    found = np.empty((2, len(places)))
    for done, lengths in enumerate(places):
        steps = zip(lengths.tolist(), region.directions, strict=True)
        found[:, done] = loss(moved(region.origin, *steps))
        tell(done + 1, len(places))
    found[:, ~np.isfinite(found[0])] = np.nan
    shape = tuple(len(axis) for axis in reversed(region.axes))
    losses, scores = (one.reshape(shape) for one in found)
    return losses, scores
