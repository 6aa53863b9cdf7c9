"""The figure of a study of warm starts as data: score against time and energy, cold and stage after stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.meter.quantity import value_of
from wattlab.views.colours import run_colour

if TYPE_CHECKING:
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.warm_start.answer import WarmStarts

__all__ = ["Chart", "Curve", "Panel", "warm_start_chart"]


class Curve(NamedTuple):
    """The scores of one training.

    Attributes
    ----------
    place : int
        Which training of the study: 0 the cold one, then the stages.
    seed : int
    x, y : tuple of float
        Time or energy since the first stage of the seed began, earlier runs included, and the score then.
    reached : tuple of (float, float), or None
        The point at which the target was reached.
    after : tuple of (float, float), or None
        Where the stage before it ended.
    """

    place: int
    seed: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    reached: tuple[float, float] | None
    after: tuple[float, float] | None = None


class Panel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    title, x_label : str
    curves : tuple of Curve
    """

    title: str
    x_label: str
    curves: tuple[Curve, ...]


class Chart(NamedTuple):
    """All of it.

    Attributes
    ----------
    panels : tuple of Panel
        Those in which something is known.
    labels : tuple of str
        Of the trainings, by place.
    colours : tuple of str
        As `labels`.
    y_label : str
    target : float
    """

    panels: tuple[Panel, ...]
    labels: tuple[str, ...]
    colours: tuple[str, ...]
    y_label: str
    target: float


def warm_start_chart(answer: WarmStarts) -> Chart:
    """Return what is to be drawn.

    Parameters
    ----------
    answer : WarmStarts
        One without any trainings gives a chart without panels.
    """
    panels = (_panel(answer, "Time", "wall"), _panel(answer, "Energy", "energy"))
    labels = ("cold", *(f"warm, {label}" for label in answer.labels[1:]))
    return Chart(
        tuple(panel for panel in panels if panel.curves),
        labels,
        tuple(run_colour(place) for place in range(len(labels))),
        f"{answer.score_name or 'score'} on the {answer.part} part",
        answer.target,
    )


def _panel(answer: WarmStarts, title: str, what: str) -> Panel:
    curves = []
    for seed in dict.fromkeys(one.seed for one in answer.trainings):
        own = {one.candidate: one for one in answer.trainings if one.seed == seed}
        spent = 0.0 if answer.base is None else value_of(getattr(answer.base, what))
        end: tuple[float, float] | None = None
        for place in sorted(own):
            curve = _curve(own[place], 0.0 if place == 0 else spent, what)
            if curve is not None:
                curves.append(curve._replace(after=end))
                end = (curve.x[-1], curve.y[-1]) if place > 0 else None
            if place > 0:
                spent = None if spent is None else _sum(spent, value_of(getattr(own[place], what)))
    unit = "s" if what == "wall" else "J"
    kinds = {one.energy.provenance for one in answer.trainings if one.energy is not None}
    said = f", {' and '.join(sorted(kinds))}" if what == "energy" and kinds else ""
    return Panel(title, f"{title.lower()} since the first stage began ({unit}{said})", tuple(curves))


def _curve(trained: Trained, begun: float | None, what: str) -> Curve | None:
    """Return the course of a training; None where its scores or its costs are not known."""
    if begun is None:
        return None
    costs = trained.elapsed_s if what == "wall" else trained.energy_J
    points = {
        epoch: (begun + cost, score)
        for epoch, (cost, score) in enumerate(zip(costs, trained.scores, strict=False), 1)
        if cost is not None and score is not None
    }
    whole = value_of(getattr(trained, what))
    # The last epoch's score may have been found after it alone.
    if trained.epochs not in points and trained.score is not None and whole is not None:
        points[trained.epochs] = (begun + whole, trained.score)
    if not points:
        return None
    xs, ys = zip(*points.values(), strict=True)
    reached = None if trained.target_epoch is None else points.get(trained.target_epoch)
    return Curve(trained.candidate, trained.seed, xs, ys, reached)


def _sum(one: float, other: float | None) -> float | None:
    return None if other is None else one + other
