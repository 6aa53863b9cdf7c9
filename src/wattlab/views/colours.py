"""Which colour and dash a curve has, the same in every figure; told apart by colour-blind readers too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from wattlab.views.chart import Curve, Panel

__all__ = ["PHASES", "PLAIN", "STEP_PHASES", "Look", "dash_of", "look", "run_colour"]

ORANGE: Final = "#e17c05"
BLUE: Final = "#2a7fbf"
GREEN: Final = "#0f9d77"

# Okabe and Ito's set, darkened or lightened until each reaches 3:1 against white and against near black.
RUNS: Final = (BLUE, ORANGE, GREEN, "#c766a0", "#7f8790", "#d1495b", "#8c6d31", "#6b6ecf")
PARTS: Final = {"training": ORANGE, "test": BLUE, "validation": GREEN}
PHASES: Final = {
    "start-up": "#7f8790",
    "data": GREEN,
    "compile": "#8c6d31",
    "training": ORANGE,
    "evaluation": BLUE,
    "other": "#c3c8d0",
}
STEP_PHASES: Final = {
    "data": GREEN,
    "forward": BLUE,
    "backward": ORANGE,
    "optimizer": "#c766a0",
    "other": "#c3c8d0",
}
PLAIN: Final = "#7f8790"

Dash = Literal["solid", "dash", "dashdot", "dot"]
DASHES: Final[dict[str, Dash]] = {"training": "dash", "test": "solid", "validation": "dashdot"}
_LAYER_DASHES: Final[tuple[Dash, ...]] = ("solid", "dash", "dashdot", "dot")


class Look(NamedTuple):
    """How a curve is drawn.

    Attributes
    ----------
    colour : str
        As ``#rrggbb``.
    dash : {"solid", "dash", "dashdot", "dot"}
    """

    colour: str
    dash: Dash


def run_colour(run: int) -> str:
    """Return the colour of a run, counted from 0."""
    return RUNS[run % len(RUNS)]


def look(panel: Panel, curve: Curve, n_runs: int) -> Look:
    """Return a curve's look: the colour tells runs apart, or the parts where there is one run only."""
    if n_runs == 1:
        return Look(PARTS.get(curve.part) or run_colour(panel.parts.index(curve.part)), "solid")
    return Look(run_colour(curve.run), dash_of(panel, curve.part))


def dash_of(panel: Panel, part: str) -> Dash:
    """Return the dash of a part: solid where a panel has no other."""
    if len(panel.parts) == 1:
        return "solid"
    return DASHES.get(part) or _LAYER_DASHES[panel.parts.index(part) % len(_LAYER_DASHES)]
