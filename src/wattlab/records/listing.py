"""The list of all runs, which shows itself as a table."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from math import inf, isnan
from typing import TYPE_CHECKING, Any, overload

from wattlab.errors import RunError
from wattlab.records.card import format_score
from wattlab.records.run import Run
from wattlab.records.store import DEFAULT_FOLDER, RunStore
from wattlab.units import format_quantity

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.quantity import Quantity
    from wattlab.records.record import RunRecord

__all__ = ["COLUMNS", "RunList", "row", "runs", "select"]

COLUMNS = ("run", "recipe", "epochs", "score", "target", "time", "energy", "data")
"""Headings of the table of runs."""


def runs(folder: Path | str = DEFAULT_FOLDER) -> RunList:
    """Return all finished runs, oldest first.

    Parameters
    ----------
    folder : path, optional
        Folder of all runs; one that does not exist has none.

    Returns
    -------
    RunList
        A sequence of `Run`; damaged folders are left out.
    """
    finished, _, _ = RunStore(folder).list()
    return RunList(finished)


class RunList(Sequence[Run]):
    """Runs in a row.

    Parameters
    ----------
    items : list of Run
    """

    def __init__(self, items: Sequence[Run]) -> None:
        self._items = list(items)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> RunList: ...
    def __getitem__(self, index: int | slice) -> Run | RunList:
        return RunList(self._items[index]) if isinstance(index, slice) else self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        table = [COLUMNS, *(row(run.record) for run in self)]
        widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table
        )

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row(run.record)) + "</tr>"
            for run in self
        )
        return f"<table><tr>{head}</tr>{body}</table>"


def row(record: RunRecord) -> tuple[str, ...]:
    """Return a run's line in the table, one text for each of `COLUMNS`."""
    target = {None: "", True: "reached", False: "missed"}[record.reached_target]
    return (
        record.id,
        record.recipe_name,
        str(record.epochs),
        "closed" if record.test_closed else format_score(record.test_score),
        f"{record.target:g} {target}" if record.target is not None else "",
        _text(record.cost.total.wall),
        f"{_text(record.cost.total.energy)} {record.cost.total.energy.provenance}",
        record.dataset.name,
    )


def _text(quantity: Quantity) -> str:
    return "missing" if quantity.value is None else format_quantity(quantity.value, quantity.unit)


_SORT_KEYS: dict[str, Callable[[RunRecord], Any]] = {
    "created": lambda record: record.created_utc,
    "name": lambda record: record.id,
    "recipe": lambda record: record.recipe_name,
    "score": lambda record: -inf if isnan(record.test_score) else record.test_score,
    "epochs": lambda record: record.epochs,
    "time": lambda record: record.cost.total.wall.value,
    "energy": lambda record: record.cost.total.energy.value,
}
"""What a run is sorted by; None is unknown, which is neither little nor much."""


def select(
    items: Sequence[Run], *, words: Sequence[str] = (), sort: str = "created", reached: bool = False
) -> RunList:
    """Return the runs that match, in order.

    Parameters
    ----------
    items : sequence of Run
        In the order in which they were made.
    words : sequence of str
        Each must stand in the run's name, its recipe's or its data set's.
    sort : str
        One of created, name, recipe, score, epochs, time, energy; with a leading "-" the largest comes first.
        Runs of which it is missing come last either way.
    reached : bool
        Only runs that reached their target.

    Raises
    ------
    wattlab.errors.RunError
        If `sort` is none of these.
    """
    key = _SORT_KEYS.get(sort.removeprefix("-"))
    if key is None:
        msg = (
            f"runs cannot be sorted by {sort!r}; choose one of {', '.join(_SORT_KEYS)}, with - for descending"
        )
        raise RunError(msg)
    chosen = [
        run
        for run in items
        if all(word in f"{run.id} {run.record.recipe_name} {run.record.dataset.name}" for word in words)
        and (run.record.reached_target or not reached)
    ]
    known = [run for run in chosen if key(run.record) is not None]
    unknown = [run for run in chosen if key(run.record) is None]
    return RunList([*sorted(known, key=lambda run: key(run.record), reverse=sort.startswith("-")), *unknown])
