"""Paths of optimizers on a loss: as a figure, and as the frames of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.units import significant
from wattlab.views.plots.descent_marks import look_of, path_label, path_marks, start_and_minimum
from wattlab.views.plots.divergence import divergence_panel
from wattlab.views.plots.loss_surface import held_sentence, surface_marks
from wattlab.views.plots.marks import Chart, Line, Panel
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.insight.theory.comparison import Descents
    from wattlab.views.plots.marks import Mark, Span
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["descent_frames", "plot_descent"]

_MOST_RISEN: Final = 1e3
_MOST_FALLEN: Final = 1e-12


def plot_descent(found: Descents, *, theme: ThemeName = "light") -> Plot[Descents]:
    """Draw where optimizers went, how the loss fell, and what rates around the stable bound do.

    Parameters
    ----------
    found : Descents
        From `wattlab.insight.theory.compare_descents`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.insight.theory import Formula, compare_descents, make_optimizer
    >>> bowl = Formula.of("x**2 + 4*y**2")
    >>> plot_descent(compare_descents(bowl, [2, 1.5], [make_optimizer("gd", 0.1)], 20))
    Plot('Gradient descent on x**2 + 4*y**2': Descents)
    """
    return make_plot(_chart(found, None), found, theme)


def descent_frames(found: Descents, most: int = 100) -> Iterator[Chart]:
    """Yield charts that show the paths up to a later and later step, for `wattlab.views.plots.film.save_film`.

    Parameters
    ----------
    found : Descents
        As for `plot_descent`.
    most : int
        Frames; more steps than that are shown several at a time.
    """
    steps = max(path.steps for path in found.paths)
    for step in np.unique(np.linspace(0, steps, min(most, steps + 1)).round().astype(int)):
        yield _chart(found, int(step))


def _chart(found: Descents, until: int | None) -> Chart:
    """Return the chart, or that of a film at a step."""
    panels = [_paths(found, until), _losses(found, until)]
    if until is None and found.divergence is not None:
        panels.append(divergence_panel(found.divergence))
    when = "" if until is None else f": step {until}"
    return Chart(f"{_what(found)} on {found.title}{when}", panels, n_columns=len(panels), foot=_foot(found))


def _what(found: Descents) -> str:
    names = list(dict.fromkeys(path.optimizer for path in found.paths))
    return "Gradient descent" if set(names) <= {"gd", "sgd"} else f"Descent by {', '.join(names)}"


def _paths(found: Descents, until: int | None) -> Panel:
    surface = found.surface
    marks: list[Mark] = [*surface_marks(surface)]
    for place in range(len(found.paths)):
        marks += path_marks(found, place, until)
    marks += start_and_minimum(found)
    flat = surface.y is None
    return Panel(
        marks,
        x_label=surface.names[0],
        y_label="loss" if flat else surface.names[1],
        x_span=(float(surface.x[0]), float(surface.x[-1])),
        y_span=_risen(surface.losses) if surface.y is None else (float(surface.y[0]), float(surface.y[-1])),
    )


def _risen(losses: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Span:
    low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _losses(found: Descents, until: int | None) -> Panel:
    lines = []
    for place, path in enumerate(found.paths):
        colour, dash = look_of(place)
        losses = path.losses[: None if until is None else until + 1]
        lines.append(
            Line(
                np.arange(float(len(losses))), losses, colour=colour, dash=dash, name=path_label(found, place)
            )
        )
    span, log = _loss_span(found)
    return Panel(
        lines,
        title="Loss",
        x_label="step",
        y_label="loss",
        x_span=(0.0, float(max(path.steps for path in found.paths))),
        y_span=span,
        y_log=log,
        legend=until is None,
    )


def _loss_span(found: Descents) -> tuple[Span, bool]:
    """Return the ends of the axis of losses, and whether it is logarithmic: not where a loss is negative."""
    every = np.concatenate([path.losses for path in found.paths])
    start = float(every[0])
    if every.min() < 0 or start == 0:
        return _risen(np.minimum(every, every.min() + (2 * (start - every.min()) or 1.0))), False
    low = max(float(every[every > 0].min()), _MOST_FALLEN * start)
    return (low / 2, 2 * min(float(every.max()), _MOST_RISEN * start)), True


def _foot(found: Descents) -> tuple[str, ...]:
    curvature = found.curvature
    where = "everywhere" if curvature.exact else "at the lowest point that was met"
    largest = "not finite" if np.isnan(curvature.largest) else significant(curvature.largest, 4)
    sentences = [f"Largest eigenvalue of the Hessian {where}: λmax = {largest}."]
    if found.divergence is not None and not curvature.exact:
        sentences.append(
            "The bound holds near that point: where the loss bends more, steps can grow below it, too."
        )
    if found.batch_size is not None:
        sentences.append(
            f"Each step takes the gradient of {found.batch_size} samples; the loss is that of all."
        )
    return (*held_sentence(found.surface), *sentences)
