"""What the figure of a study of super-convergence shows: scores by epoch, time and energy, and learning rates."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.views.chart import Chart, Curve, Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.studies.superconvergence.answer import Superconvergence
    from wattlab.studies.trainings.trained import Trained

    Values = Callable[[Trained], Iterable[float | None]]

__all__ = ["End", "superconvergence_chart", "superconvergence_ends", "superconvergence_labels"]

_SPAN: Final = 0.05


def superconvergence_labels(answer: Superconvergence) -> tuple[str, ...]:
    """Return the names of what is drawn: the best of each arm."""
    return tuple(answer.rows[place].label for place in answer.shown)


class End(NamedTuple):
    """Where a curve of scores ends.

    Attributes
    ----------
    run : int
        Which arm, from 0.
    x, y : float
        Inside the panel: what ends below it is shown at its lower edge.
    reached : bool
        Whether that is the target.
    """

    run: int
    x: float
    y: float
    reached: bool


def superconvergence_ends(answer: Superconvergence, panel: Panel) -> tuple[End, ...]:
    """Return the end of each curve of a panel of scores; none of the learning rates."""
    low = -inf if panel.low is None else panel.low
    scores = (curve for curve in panel.curves if curve.part == "score")
    return tuple(
        End(curve.run, float(curve.x[-1]), max(low, float(curve.y[-1])), bool(curve.y[-1] >= answer.target))
        for curve in scores
    )


def superconvergence_chart(answer: Superconvergence) -> Chart:
    """Return the figure: a curve for every seed of the best of both arms.

    Parameters
    ----------
    answer : Superconvergence
        Any; one in which nothing was chosen yet gives a chart without panels.
    """
    kinds = dict.fromkeys(one.energy.provenance for one in answer.trainings if one.energy is not None)
    energy = f"energy since the start of the process (J, {' or '.join(kinds) or 'missing'})"
    panels = (
        _scores(answer, "By epoch", "epoch", lambda one: range(1, len(one.scores) + 1)),
        _scores(answer, "By energy", energy, lambda one: one.energy_J),
        _scores(answer, "By time", "time since the start of the process (s)", lambda one: one.elapsed_s),
        _rates(answer),
    )
    drawn = tuple(panel for panel in panels if panel.curves)
    caption = " ".join(answer.verdicts[:1])
    return Chart("superconvergence", answer.title, drawn, caption)


def _scores(answer: Superconvergence, title: str, x_label: str, x: Values) -> Panel:
    name = answer.score_name or "score"
    curves = tuple(
        curve
        for run, place in enumerate(answer.shown)
        for one in answer.of(place)
        if len((curve := _curve(run, x(one), one.scores)).x)
    )
    low = min([answer.target - _SPAN, *(float(np.quantile(curve.y, 0.25)) for curve in curves)])
    high = max([answer.target, *(float(curve.y.max()) for curve in curves)])
    least = min((float(curve.y.min()) for curve in curves), default=0.0)
    clipped = (low, high + _SPAN * (high - low)) if low > least else (None, None)
    return Panel(
        title, x_label, f"{answer.part} {name}", curves, (answer.target,), low=clipped[0], high=clipped[1]
    )


def _curve(run: int, x: Iterable[float | None], y: Iterable[float | None]) -> Curve:
    """Return the points that are known; the score of a part that was not evaluated is not."""
    pairs = [(one, other) for one, other in zip(x, y, strict=False) if one is not None and other is not None]
    known = np.array(pairs, np.float64).reshape(-1, 2)
    return Curve(run, "score", known[:, 0], known[:, 1])


def _rates(answer: Superconvergence) -> Panel:
    """Return the rates over the share of each training: beside a long one a short cycle would be a spike."""
    known = (
        (run, np.array(answer.rows[place].learning_rates, np.float64).T)
        for run, place in enumerate(answer.shown)
    )
    curves = tuple(Curve(run, "rate", 100 * epochs / epochs[-1], rates) for run, (epochs, rates) in known)
    return Panel("Learning rate", "% of each training's epochs", "learning rate", curves)
