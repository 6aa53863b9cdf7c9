"""Loss against step for learning rates below, at and above the stable bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.units import significant
from wattlab.views.plots.descent_marks import look_of
from wattlab.views.plots.marks import Chart, Line, Panel
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.theory.divergence import Divergence
    from wattlab.views.plots.marks import Span
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["divergence_panel", "plot_divergence"]

_MOST_RISEN: Final = 1e4
_MOST_FALLEN: Final = 1e-8


def plot_divergence(found: Divergence, *, theme: ThemeName = "light") -> Plot[Divergence]:
    """Draw how the loss goes with learning rates below, at and above the stable bound.

    Parameters
    ----------
    found : Divergence
        From `wattlab.insight.theory.around_bound`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> from wattlab.insight.theory import Formula, around_bound, make_optimizer
    >>> plot_divergence(around_bound(Formula.of("x**2 + 4*y**2"), [2, 1.5], make_optimizer("gd", 0.1), 50))
    Plot('Stable learning rate on x**2 + 4*y**2': Divergence)
    """
    at = ", ".join(significant(place) for place in found.curvature.at.tolist())
    where = "everywhere" if found.curvature.exact else f"at ({at})"
    foot = (f"Largest eigenvalue of the Hessian {where}: λmax = {significant(found.curvature.largest, 4)}.",)
    chart = Chart(f"Stable learning rate on {found.title}", (divergence_panel(found),), foot=foot)
    return make_plot(chart, found, theme)


def divergence_panel(found: Divergence) -> Panel:
    """Return the panel of loss against step, a line for each rate."""
    assert found.bound.rate is not None
    lines = []
    for place, (factor, path) in enumerate(zip(found.factors, found.paths, strict=True)):
        colour, dash = look_of(place)
        name = f"{factor:g} × bound: {path.rate:.3g}"
        lines.append(
            Line(np.arange(float(len(path.losses))), path.losses, colour=colour, dash=dash, name=name)
        )
    span, log = _span(found)
    momentum = f", γ = {found.momentum:g}" if found.momentum else ""
    return Panel(
        lines,
        title=f"{found.optimizer}{momentum}: {found.bound.formula} = {significant(found.bound.rate)}",
        x_label="step",
        y_label="loss",
        y_span=span,
        y_log=log,
    )


def _span(found: Divergence) -> tuple[Span | None, bool]:
    every = np.concatenate([path.losses for path in found.paths])
    start = float(every[0])
    if every.min() < 0 or start <= 0:
        return None, False
    low = max(float(every[every > 0].min()), _MOST_FALLEN * start)
    return (low / 2, 2 * min(float(every.max()), _MOST_RISEN * start)), True
