"""A decomposition step by step, and shears one after the other: circle and square, or a cube."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.marks import Chart, Line, Points
from wattlab.views.plots.shear_cube import cube_panel, cube_span
from wattlab.views.plots.shear_frame import AFTER, BEFORE, END, EXTREME, OTHER, dots, filled, panel, spans
from wattlab.views.shear_numbers import amount_text, matrix_text, number_text, step_name
from wattlab.views.shear_steps_lines import KINDS, shear_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.stages import MapSteps, ShearSequence, Stage
    from wattlab.views.plots.marks import Mark, Panel, Span

    Floats = NDArray[np.float64]

__all__ = ["sequence_chart", "steps_chart"]

_COLUMNS: Final = 4
_WAYS: Final = {"svd": "Singular value decomposition", "polar": "Polar decomposition"}
_FOOT: Final = (
    "Marked: where the circle's rightmost point and the square's first corner go. The first rotation leaves the circle "
    "as it was, so that it needs one rotation only; the square needs both."
)


def steps_chart(found: MapSteps) -> Chart:
    """Return a row of panels for the circle and one for the square, or one for the cube; a panel a step."""
    titles = [step_name(step, found.decomposition) for step in found.steps]
    title = f"{_WAYS[found.way]} of {matrix_text(found.decomposition.matrix)}"
    corners = [stage.corners for stage in found.stages]
    if corners[0].shape[1] == 3:
        span = cube_span(*corners)
        solid = [cube_panel(one, text, span) for one, text in zip(corners, titles, strict=True)]
        return Chart(
            title, solid, n_columns=2, panel_in=(4.6, 4.2), foot=("Marked: where the first corner goes.",)
        )
    within = spans(*corners)
    circles = [_circle(stage, text, within) for stage, text in zip(found.stages, titles, strict=True)]
    squares = [_square(one, "", within) for one in corners]
    is_scaled = bool(np.ptp(found.decomposition.factors))
    foot = (_FOOT,) if found.way == "svd" and is_scaled else ()
    return Chart(title, [*circles, *squares], n_columns=len(circles), panel_in=(3.6, 3.1), foot=foot)


def sequence_chart(found: ShearSequence) -> Chart:
    """Return circle and square at the start, after each shear, and after all in the opposite order."""
    product = found.found
    stages = [*found.stages, found.reversed_end]
    within = spans(*(stage.corners for stage in stages))
    moves = [f"along {axis}, {amount_text([amount])}" for amount, axis in product.shears]
    titles = ["start", moves[0], *(f"then {move}" for move in moves[1:]), "the other order"]
    panels = [_both(stage, text, within) for stage, text in zip(stages, titles, strict=True)]
    kind = KINDS[product.kind]
    return Chart(
        f"Shears: {shear_names(product)}",
        panels,
        n_columns=min(len(panels), _COLUMNS),
        panel_in=(3.8, 3.6),
        foot=(
            f"Product {matrix_text(product.product)}, trace {number_text(product.trace)}: {kind}.",
            f"The other order: {matrix_text(product.reversed_product)}.",
        ),
    )


def _circle(stage: Stage, title: str, within: tuple[Span, Span]) -> Panel:
    return panel((*filled(stage.circle, AFTER), *_start(stage.circle)), title, within)


def _square(corners: Floats, title: str, within: tuple[Span, Span]) -> Panel:
    first = dots(corners[:1], END, shape="diamond", size=8.0)
    return panel((*filled(corners, OTHER), first), title, within)


def _both(stage: Stage, title: str, within: tuple[Span, Span]) -> Panel:
    marks: tuple[Mark, ...] = (
        *filled(stage.corners, BEFORE),
        *filled(stage.circle, AFTER),
        *_start(stage.circle),
        dots(stage.corners[:1], END, shape="diamond", size=8.0),
    )
    return panel(marks, title, within)


def _start(circle: Floats) -> tuple[Mark, ...]:
    """Return the way from the centre to where the rightmost point of the circle went."""
    x, y = circle[0]
    line = Line(np.array([0.0, x]), np.array([0.0, y]), colour=EXTREME, width=1.2)
    return line, Points(np.array([x]), np.array([y]), colour=EXTREME, shape="triangle", size=8.0)
