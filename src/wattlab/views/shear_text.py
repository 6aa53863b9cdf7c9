"""Sheared figures in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse
from wattlab.insight.geometry.sheared_solids import ShearedCube, ShearedSquare
from wattlab.insight.geometry.stages import MapSteps, ShearSequence
from wattlab.views.shear_lines import ellipse_lines
from wattlab.views.shear_solid_lines import cube_lines, square_lines
from wattlab.views.shear_steps_lines import sequence_lines, steps_lines
from wattlab.views.terminal import write_plain
from wattlab.views.text import print_lines

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.insight.geometry.asked import Sheared

__all__ = ["print_sheared"]

_LINES: Final[dict[type[Any], Any]] = {
    ShearedEllipse: ellipse_lines,
    ShearedSquare: square_lines,
    ShearedCube: cube_lines,
    MapSteps: steps_lines,
    ShearSequence: sequence_lines,
}


def print_sheared(found: Sheared, console: Console | None = None) -> None:
    """Print a shear and what it made of a figure.

    Parameters
    ----------
    found : ShearedEllipse, ShearedSquare, ShearedCube, MapSteps or ShearSequence
        What `wattlab.insight.geometry` computed.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_lines(_LINES[type(found)](found), console=console)
    write_plain("\nAll numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html", console)
