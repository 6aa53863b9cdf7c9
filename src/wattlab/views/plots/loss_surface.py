"""A loss over one or two parameters, as marks that others are drawn upon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.units import significant
from wattlab.views.plots.marks import Contours, Field, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from wattlab.insight.theory.surface import LossSurface
    from wattlab.views.plots.marks import Mark

    Floats = NDArray[np.floating[Any]]

__all__ = ["held_sentence", "level_marks", "surface_marks"]

_FAINT: Final = 0.4


def surface_marks(surface: LossSurface) -> tuple[Mark, ...]:
    """Return a curve for one parameter; for two filled levels with lines between them."""
    if surface.y is None:
        return (Line(surface.x, surface.losses, colour="soft"),)
    return level_marks(surface.x, surface.y, surface.losses, surface.levels)


def level_marks(x: Floats, y: Floats, losses: Floats, levels: Sequence[float]) -> tuple[Mark, ...]:
    """Return colours that change evenly from level to level, and every second level as a line.

    Parameters
    ----------
    x, y : ndarray of shape (n_columns,), (n_rows,)
        Along both parameters.
    losses : ndarray of shape (n_rows, n_columns)
        NaN: nothing is drawn there.
    levels : sequence of float
        Ascending.
    """
    if len(levels) < 2:
        return (Field(x, y, losses, bar="loss", alpha=_FAINT),)
    lines = Contours(x, y, losses, levels[1::2], "soft", width=0.8, labelled=True)
    ranks = np.where(np.isnan(losses), np.nan, np.interp(losses, levels, np.arange(float(len(levels)))))
    return (Field(x, y, ranks, colour_map="viridis", alpha=_FAINT), lines)


def held_sentence(surface: LossSurface) -> tuple[str, ...]:
    """Return in a sentence which parameters are held still, and where; nothing if none is."""
    if not surface.held:
        return ()
    told = ", ".join(f"{name} = {significant(value, 4)}" for name, value in surface.held.items())
    return (f"The surface is that for {told}.",)
