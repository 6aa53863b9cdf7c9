"""The loss around a run's weights in the terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer
from wattlab.views.terminal import make_console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from wattlab.insight.theory import Landscape

__all__ = ["print_landscape", "telling_points"]

_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"
_ROWS: Final = 9
_ALONG: Final = {
    "random": "two random directions, filter by filter as long as the weights",
    "line": "the line from the initial weights (0) to the last ones (1)",
    "trajectory": "the two main directions of the weights over the epochs",
}


def print_landscape(found: Landscape, console: Console | None = None) -> None:
    """Print losses along the first direction, and where the lowest one is.

    Parameters
    ----------
    found : Landscape
        Of any kind.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (
        f"Loss landscape of run {found.run} along {_ALONG[found.kind]}",
        f"mean loss over {found.n_samples} samples of the {found.part} part, without regularisation",
    )
    print_answer(
        head,
        _columns(found),
        [("shows", Remark("", one)) for one in _told(found)],
        _foot(found),
        console,
        more=_MORE,
    )


def _columns(found: Landscape) -> tuple[Column, ...]:
    places = np.unique(np.linspace(0, len(found.x) - 1, _ROWS).round().astype(int))
    middle = 0 if found.y is None else int(np.abs(found.y).argmin())
    losses, scores = (one if found.y is None else one[middle] for one in (found.losses, found.scores))
    columns = (
        Column("place", tuple(Cell(f"{found.x[place]:.3g}") for place in places), "point"),
        Column("loss", tuple(Cell(_number(losses[place])) for place in places), "right"),
        Column(found.score_name, tuple(Cell(_number(scores[place])) for place in places), "right"),
    )
    if found.y is None:
        return columns
    other = int(np.abs(found.x).argmin())
    rows = np.unique(np.linspace(0, len(found.y) - 1, len(places)).round().astype(int))
    return (
        *columns,
        Column("second place", tuple(Cell(f"{found.y[row]:.3g}") for row in rows), "point"),
        Column("loss there", tuple(Cell(_number(found.losses[row, other])) for row in rows), "right"),
    )


def _foot(found: Landscape) -> tuple[str, ...]:
    """Return through which places the table's two lines lead."""
    if found.y is None:
        return ()
    across, up = (float(axis[np.abs(axis).argmin()]) for axis in (found.x, found.y))
    return (
        f"Loss: along the first direction, at {up:.3g} of the second; loss there: at {across:.3g} of the first.",
    )


def _number(value: float) -> str:
    return ABSENT if np.isnan(value) else f"{value:.4g}"


def _told(found: Landscape) -> list[str]:
    told = [f"With the run's own weights the loss is {found.loss:.4g}, {found.score_name} {found.score:.4g}."]
    lowest = np.unravel_index(np.nanargmin(found.losses), found.losses.shape)
    where = (found.x[lowest[-1]], *(() if found.y is None else (found.y[lowest[0]],)))
    told.append(
        f"The lowest of {found.losses.size} points, {np.nanmin(found.losses):.4g}, lies at {_place(where)}."
    )
    if found.shares:
        first, second = found.shares
        told.append(f"The plane holds {first + second:.1%} of the trajectory's squared distances.")
    return told


def _place(where: tuple[float, ...]) -> str:
    return ", ".join(f"{one:.3g}" for one in where)


@contextmanager
def telling_points() -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told points done and all of them: it moves a bar, where standard error is a terminal."""
    from rich.progress import Progress

    console = make_console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("points", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
