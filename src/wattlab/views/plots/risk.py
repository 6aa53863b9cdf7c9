"""Empirical risk, or any loss, over one or two parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views.plots.loss_surface import held_sentence, surface_marks
from wattlab.views.plots.marks import Chart, Panel, Surface
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.theory.surface import LossSurface
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_risk"]


def plot_risk(found: LossSurface, *, theme: ThemeName = "light") -> Plot[LossSurface]:
    """Draw a loss as a curve, or as levels with the surface in three dimensions beside them.

    Parameters
    ----------
    found : LossSurface
        From `wattlab.insight.theory.risk_surface` or `wattlab.insight.theory.loss_surface`.
    theme : {"light", "dark"}
        Of paper and text.

    Examples
    --------
    >>> import numpy as np
    >>> from wattlab.insight.theory import risk_surface
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> plot_risk(risk_surface(lambda w, x: w[0] * x, x, 2 * x, {"w": (0, 4)}))
    Plot('Empirical risk: squared cost, mean over 3 samples': LossSurface)
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: LossSurface) -> Chart:
    flat = Panel(
        surface_marks(found),
        x_label=found.names[0],
        y_label=found.names[1] if found.y is not None else "loss",
    )
    panels = (flat,) if found.y is None else (flat, _solid(found))
    return Chart(found.title, panels, n_columns=2, foot=held_sentence(found))


def _solid(found: LossSurface) -> Panel:
    assert found.y is not None
    surface = Surface(found.x, found.y, found.losses, bar="loss")
    return Panel((surface,), x_label=found.names[0], y_label=found.names[1], z_label="loss")
