"""The demonstration of SIMD lanes: its table and its figure, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT, interval_text
from wattlab.units import format_count, significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.demo_chart import DemoPanel, Series, series

if TYPE_CHECKING:
    from wattlab.demonstrations.lanes import Lanes, Throughput

__all__ = ["lanes_columns", "lanes_panels"]

_DRAWN: Final = ("float64", "float32", "float16", "int8")
_SHORT: Final = {"multiply-add": "multiply-add", "matrix product": "product"}
_COLOURS: Final = {"NumPy": BLUE, "torch": ORANGE}


def lanes_columns(found: Lanes) -> tuple[Column, ...]:
    """Return a row for each operation and type.

    Parameters
    ----------
    found : Lanes
        What `wattlab.demonstrations.lanes` found.
    """
    widths = {one.name: "/".join(map(str, one.lanes)) for one in found.widths}
    heading = "lanes in " + "/".join(str(one.bits) for one in found.registers) + " bits"
    rows = found.rows
    lanes = tuple(Cell(ABSENT if one.promised is None else widths[one.name]) for one in rows)
    return (
        Column("operation, type", tuple(Cell(_label(one)) for one in rows)),
        Column("by", tuple(_by(one) for one in rows)),
        *([Column(heading, lanes, "right", dispensable=True)] if found.registers else []),
        Column("per second", tuple(Cell(format_count(one.rate.median)) for one in rows), "right"),
        Column("ratio to float64", tuple(_ratio(one) for one in rows), "point"),
        Column("by lanes", tuple(_promise(one) for one in rows), "right"),
    )


def _label(row: Throughput) -> str:
    return f"{_SHORT[row.operation]} {row.name}"


def _by(row: Throughput) -> Cell:
    emulated = row.note.startswith("emulated")
    return Cell(f"{row.where}, emulated" if emulated else row.where, detail=row.note)


def _promise(row: Throughput) -> Cell:
    return Cell(ABSENT if row.promised is None else f"{row.promised:g}")


def _ratio(row: Throughput) -> Cell:
    return Cell(significant(row.ratio.median), interval_text(row.ratio))


def lanes_panels(found: Lanes) -> tuple[DemoPanel, ...]:
    """Return the registers, cell by cell, and the ratios beside what the lanes promise.

    Parameters
    ----------
    found : Lanes
        What `wattlab.demonstrations.lanes` found.
    """
    return (*_registers(found), _ratios(found))


def _registers(found: Lanes) -> tuple[DemoPanel, ...]:
    if not found.registers:
        return ()
    widest = found.registers[-1]
    widths = [one for one in found.widths if one.name in _DRAWN]
    cells = []
    for place, one in enumerate(widths):
        edges = np.arange(0, widest.bits, one.bits, dtype=np.float64)
        row = np.full(len(edges), float(place))
        drawn = series("", BLUE, edges, row, "cells")
        cells.append(drawn._replace(low=edges, high=edges + one.bits))
    ends = [
        series(
            f"{one.name}: {one.bits} bits", colour, [one.bits] * 2, [-0.5, len(widths) - 0.5], "line", "dash"
        )
        for one, colour in zip(found.registers, (PLAIN, ORANGE, GREEN), strict=False)
    ]
    return (
        DemoPanel(
            "Numbers side by side in a register",
            "bits",
            "",
            (*cells, *ends),
            x_ends=(0.0, widest.bits * 1.01),
            rows=tuple(f"{one.name}: {' / '.join(map(str, one.lanes))}" for one in widths),
        ),
    )


def _ratios(found: Lanes) -> DemoPanel:
    places = {id(row): float(place) for place, row in enumerate(found.rows)}
    measured = []
    for where in dict.fromkeys(row.where for row in found.rows):
        rows = [row for row in found.rows if row.where == where]
        measured.append(
            Series(
                where,
                _COLOURS.get(where, GREEN),
                np.array([row.ratio.median for row in rows]),
                np.array([places[id(row)] for row in rows]),
                "points",
                low=np.array([row.ratio.low for row in rows]),
                high=np.array([row.ratio.high for row in rows]),
                texts=tuple(significant(row.ratio.median) for row in rows),
            )
        )
    told = [(row.promised, places[id(row)]) for row in found.rows if row.promised is not None]
    promised = series("by lanes", PLAIN, [one for one, _ in told], [place for _, place in told], "diamonds")
    return DemoPanel(
        "Speed against float64",
        "ratio to float64 by the same operation (logarithmic)",
        "",
        (promised, *measured),
        log_x=True,
        rows=tuple(_label(row) for row in found.rows),
    )
