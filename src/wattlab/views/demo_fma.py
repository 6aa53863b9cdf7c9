"""The demonstration of fused multiply-add: its table and its figure, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.colours import BLUE, ORANGE
from wattlab.views.demo_chart import Band, DemoPanel, series

if TYPE_CHECKING:
    from wattlab.demonstrations.multiply_add import Errors, MultiplyAdd, Roundings
    from wattlab.views.colours import Dash

__all__ = ["fma_columns", "fma_panels"]

_PURPLE: Final = "#c766a0"


def fma_columns(found: MultiplyAdd) -> tuple[Column, ...]:
    """Return a row for each format and way to compute.

    Parameters
    ----------
    found : MultiplyAdd
        What `wattlab.demonstrations.multiply_add` found.
    """
    rows = [(one.name, how) for one in found.formats for how in (one.twice, one.once, one.product)]
    return (
        Column("format", tuple(Cell(name) for name, _ in rows)),
        Column("a·b + c by", tuple(Cell(how.how) for _, how in rows)),
        Column("not nearest", tuple(_share(how) for _, how in rows), "right"),
        Column("largest error in ulp", tuple(Cell(significant(how.largest_ulp)) for _, how in rows), "point"),
    )


def _share(how: Errors) -> Cell:
    return Cell(f"{how.share_not_nearest:.1%}", detail=f"{how.n_not_nearest} of {how.n}")


def fma_panels(found: MultiplyAdd) -> tuple[DemoPanel, ...]:
    """Return for each format which share of the results is off by more than so many units in the last place.

    Parameters
    ----------
    found : MultiplyAdd
        What `wattlab.demonstrations.multiply_add` found.
    """
    return tuple(_panel(one) for one in found.formats)


def _panel(one: Roundings) -> DemoPanel:
    looks: tuple[tuple[Errors, str, Dash, str], ...] = (
        (one.twice, ORANGE, "solid", "rounded twice"),
        (one.once, BLUE, "solid", "rounded once"),
        (one.product, _PURPLE, "dash", one.product.how),
    )
    drawn = tuple(
        series(
            label,
            colour,
            how.bounds_ulp,
            np.where(how.share_above > 0, how.share_above, np.nan),
            "line",
            dash,
        )
        for how, colour, dash, label in looks
    )
    ends = (float(one.once.bounds_ulp[0]), float(one.once.bounds_ulp[-1]))
    return DemoPanel(
        one.name,
        "error in units in the last place (logarithmic)",
        "share of results with a larger error",
        drawn,
        log_x=True,
        log_y=True,
        x_ends=ends,
        y_ends=(0.5 / one.twice.n, 6.0),
        bands=(Band(ends[0], 0.5, "as near as can be", BLUE),),
    )
