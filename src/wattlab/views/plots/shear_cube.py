"""A cube before and after a shear, with the ellipsoid inside, and what one rotation and one scaling make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.geometry.solids import CUBE_FACES
from wattlab.views.plots.marks import Chart, Faces, Panel
from wattlab.views.plots.shear_frame import AFTER, BEFORE, END, OTHER, dots, path
from wattlab.views.shear_numbers import amount_text, numbers_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.sheared_solids import ShearedCube
    from wattlab.views.plots.marks import Mark, Span

    Floats = NDArray[np.float64]

__all__ = ["cube_chart", "cube_panel", "cube_span"]

_VIEW: Final = (22.0, -68.0)
_TURN: Final = np.linspace(0.0, 2.0 * np.pi, 121)


def cube_chart(found: ShearedCube) -> Chart:
    """Return the cube before and after, with sphere and ellipsoid, and beside the box of one rotation."""
    span = cube_span(found.before, found.after, found.scaled_then_rotated)
    names = "xy, xz, yz" if found.axis == "x" else "yx, zx, zy"
    compared = "One rotation is not enough" if any(found.amounts) else "Nothing moves"
    sphere = np.eye(3) * float(found.before.max())
    box = Faces(
        found.scaled_then_rotated[np.array(CUBE_FACES)],
        OTHER,
        alpha=0.12,
        edge=OTHER,
        name="scaled, rotated once",
    )
    return Chart(
        f"A sheared cube: {amount_text(found.amounts)} ({names})",
        (
            cube_panel(found.before, "Before", span, BEFORE, _rings(sphere, "sphere")),
            cube_panel(found.after, "After", span, AFTER, _rings(found.sphere.axes, "ellipsoid")),
            cube_panel(found.after, compared, span, AFTER, (box,)),
        ),
        n_columns=3,
        panel_in=(4.6, 4.4),
        foot=(
            f"The sphere inside becomes an ellipsoid with the semi-axes {numbers_text(found.sphere.semi_axes)}.",
            "Scale and rotate once: gives the same ellipsoid, but of the cube a box.",
        ),
    )


def cube_panel(
    corners: Floats, title: str, span: Span, colour: str = AFTER, others: tuple[Mark, ...] = ()
) -> Panel:
    """Return a cube, or what became of one, by its 8 corners and 6 faces; the first corner is marked."""
    marks = (
        Faces(corners[np.array(CUBE_FACES)], colour, alpha=0.18),
        dots(corners, "ink", size=3.5),
        dots(corners[:1], END, shape="diamond", size=7.0),
        *others,
    )
    return Panel(
        marks,
        title,
        "x",
        "y",
        "z",
        equal=True,
        x_span=span,
        y_span=span,
        z_span=span,
        legend=bool(others),
        view=_VIEW,
    )


def cube_span(*corners: Floats) -> Span:
    """Return one span for x, y and z in which all corners can be seen."""
    reach = 1.05 * max(float(np.abs(one).max()) for one in corners)
    return -reach, reach


def _rings(axes: Floats, name: str) -> tuple[Mark, ...]:
    """Return an ellipsoid as the three ellipses through its main axes, which are drawn straight."""
    circles = np.cos(_TURN)[:, np.newaxis], np.sin(_TURN)[:, np.newaxis]
    pairs = ((0, 1), (1, 2), (2, 0))
    rings = [circles[0] * axes[first] + circles[1] * axes[second] for first, second in pairs]
    lines = [path(ring, END, width=1.2, name="" if place else name) for place, ring in enumerate(rings)]
    return (*lines, *(path(np.array([-axis, axis]), END, width=0.9, dash="dot") for axis in axes))
