"""Colour maps by matplotlib's names, for both renderers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from wattlab.errors import ParameterError
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.colors import Colormap

__all__ = ["colour_scale", "get_colour_map", "stepped_scale"]

_N_STOPS: Final = 33
Scale = list[list[float | str]]


def get_colour_map(name: str) -> Colormap:
    """Return a colour map of matplotlib; ``_r`` at the end of its name reverses it.

    Raises
    ------
    wattlab.errors.ParameterError
        If there is none of that name.

    Examples
    --------
    >>> get_colour_map("plasma_r").name
    'plasma_r'
    """
    from matplotlib import colormaps

    if name not in colormaps:
        msg = f"there is no colour map {name!r}{nearest(name, list(colormaps))}; see matplotlib's, such as viridis"
        raise ParameterError(msg)
    return colormaps[name]


def colour_scale(name: str) -> Scale:
    """Return a colour map as plotly has them: places from 0 to 1, each with its colour."""
    from matplotlib.colors import to_hex

    found = get_colour_map(name)
    stops = [step / (_N_STOPS - 1) for step in range(_N_STOPS)]
    return [[stop, to_hex(found(stop))] for stop in stops]


def stepped_scale(name: str, levels: Sequence[float], span: tuple[float, float]) -> Scale:
    """Return one colour between each two levels, over `span`, as matplotlib fills contours."""
    from matplotlib.colors import to_hex

    found = get_colour_map(name)
    low, high = span
    places = [min(1.0, max(0.0, (level - low) / (high - low))) for level in levels]
    scale: Scale = []
    for start, end in pairwise(places):
        colour = to_hex(found((start + end) / 2))
        scale += [[start, colour], [end, colour]]
    return [[0.0, scale[0][1]], *scale, [1.0, scale[-1][1]]]
