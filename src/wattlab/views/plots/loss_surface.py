"""A loss over one or two parameters, as marks that others are drawn upon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.units import significant
from wattlab.views.plots.marks import Contours, Field, Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.theory.surface import LossSurface
    from wattlab.views.plots.marks import Mark

    Floats = NDArray[np.floating[Any]]

__all__ = ["held_sentence", "level_marks", "surface_marks"]


def surface_marks(surface: LossSurface) -> tuple[Mark, ...]:
    """Return a curve for one parameter; for two filled levels with lines between them."""
    if surface.y is None:
        return (Line(surface.x, surface.losses, colour="soft"),)
    return level_marks(surface.x, surface.y, surface.losses, surface.levels)


def level_marks(x: Floats, y: Floats, losses: Floats, levels: Sequence[float]) -> tuple[Mark, ...]:
    """Return filled levels with labelled lines between them; where a loss is the same everywhere, one colour.

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
        return (Field(x, y, losses, bar="loss", alpha=0.4),)
    lines = Contours(x, y, losses, levels[1::2], "soft", width=0.8, labelled=True)
    return (Field(x, y, losses, levels, "viridis", alpha=0.4), lines)


def held_sentence(surface: LossSurface) -> tuple[str, ...]:
    """Return in a sentence which parameters are held still, and where; nothing if none is."""
    if not surface.held:
        return ()
    told = ", ".join(f"{name} = {significant(value, 4)}" for name, value in surface.held.items())
    return (f"The surface is that for {told}.",)
