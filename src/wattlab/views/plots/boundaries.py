"""Boundaries of several models side by side, with accuracy, time and energy of each."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.units import format_quantity
from wattlab.views.colours import BLUE
from wattlab.views.plots.boundary import boundary_panel, legend_place, sample_marks
from wattlab.views.plots.boundary_surface import surface_panel
from wattlab.views.plots.marks import Bars, Chart, Note, Panel
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.insight.boundary.compare import Boundaries, Contender
    from wattlab.meter.quantity import Quantity
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["cost_text", "plot_boundaries"]

_BREADTH: Final = 0.4
_ABOVE: Final = 0.36
_MANY: Final = 2
"""From so many models on there are panels of the samples alone, and of the costs."""


def plot_boundaries(
    found: Boundaries, *, surface: bool = False, theme: ThemeName = "light"
) -> Plot[Boundaries]:
    """Draw the boundaries of several models of one data set.

    Parameters
    ----------
    found : Boundaries
        From `wattlab.insight.boundary.boundaries` or `run_boundary`.
    surface : bool, optional
        Draw probabilities or decisions as surfaces instead.
    theme : {"light", "dark"}
        Of paper and text.

    Raises
    ------
    wattlab.errors.ParameterError
        If surfaces are asked for, and a model gives labels alone.
    """
    many = len(found.contenders) >= _MANY
    panels = [_contender_panel(one, surface=surface, many=many) for one in found.contenders]
    if many:
        panels = [_samples_panel(found), *panels, _cost_panel(found)]
    size = ((5.0, 4.4) if surface else (4.4, 3.9)) if many else (7.0, 5.6)
    columns = min(4, len(panels)) if len(panels) % 4 in {0, 3} or len(panels) > 9 else min(3, len(panels))
    chart = Chart(_title(found), panels, columns, size, tuple(_foot(found, surface=surface, many=many)))
    return make_plot(chart, found, theme)


def cost_text(quantity: Quantity) -> str:
    """Return a quantity in short: "≈" before what is modelled, "missing" for what is not known."""
    if quantity.value is None:
        return "missing"
    return "≈ " * (quantity.provenance == "modelled") + format_quantity(quantity.value, quantity.unit)


def _title(found: Boundaries) -> str:
    counts = f"{found.n_train} training and {found.n_test} test samples"
    if len(found.contenders) >= _MANY:
        return f"Boundaries on data '{found.data}', {counts}"
    return f"Boundary of {found.contenders[0].name} on data '{found.data}'"


def _contender_panel(one: Contender, *, surface: bool, many: bool) -> Panel:
    right = "" if one.test_accuracy is None else f"test accuracy {one.test_accuracy:.4f}"
    cost = f"{cost_text(one.wall)} · {cost_text(one.energy)}"
    lines = [f"{one.name}: {right}" if many else right, cost]
    panel = surface_panel if surface else boundary_panel
    return panel(one.boundary, "\n".join(filter(None, lines)), legend=not many)


def _samples_panel(found: Boundaries) -> Panel:
    first = found.contenders[0].boundary
    marks = list(sample_marks(first.samples, first.class_names, wrong=False))
    ends = [(float(axis[0]), float(axis[-1])) for axis in (first.x, first.y)]
    return Panel(
        marks,
        f"the samples, {found.part} part",
        *first.plane.labels,
        x_span=ends[0],
        y_span=ends[1],
        legend_at=legend_place(first.class_names),
    )


def _cost_panel(found: Boundaries) -> Panel:
    """Return the times as bars over a logarithmic axis, which begins below the least."""
    ones = found.contenders[::-1]
    times_s = np.array([one.wall.value or np.nan for one in ones])
    least, most = float(np.nanmin(times_s)), float(np.nanmax(times_s))
    start = 10.0 ** floor(log10(least) - 0.3)
    places = np.arange(len(ones), dtype=float)
    texts = [f"{cost_text(one.wall)}, {cost_text(one.energy)}" for one in ones]
    bars = Bars(
        places, times_s - start, np.full(len(ones), start), _BREADTH, across=True, colour=BLUE, texts=texts
    )
    # Above their bars: beside the axis, long names would push the panels of its column aside.
    names = [Note(start, place + _ABOVE, f" {one.name}") for place, one in enumerate(ones)]
    span = (start, most * (most / start) ** 0.9)
    return Panel(
        [bars, *names],
        f"time of {found.cost_of}",
        "s",
        y_ticks=(),
        x_log=True,
        x_span=span,
        y_span=(-0.5, len(ones) - 0.3),
    )


def _foot(found: Boundaries, *, surface: bool, many: bool) -> Iterator[str]:
    yield f"samples of the {found.part} part; time and energy of {found.cost_of}"
    energies = [one.energy for one in found.contenders]
    if any(one.provenance == "modelled" for one in energies):
        yield "≈ modelled: no sensor counts energy here"
    yield from dict.fromkeys(f"energy is missing: {one.note}" for one in energies if one.is_missing)
    if many and not surface:
        yield (
            "line: boundary; dashed: margins, decision ±1; rings: support vectors, of the training part; "
            "crosses: misclassified"
        )
    elif not surface and found.contenders[0].boundary.support is not None:
        yield "support vectors are samples of the training part"
    yield from found.notes
