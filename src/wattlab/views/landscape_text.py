"""The loss around a run's weights in the terminal."""

from __future__ import annotations

from itertools import zip_longest
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

    from wattlab.insight.theory import Landscape
    from wattlab.studies.columns import Align

__all__ = ["print_landscape"]

_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"
_MOST_ROWS: Final = 13
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
    across = _listed(found.x)
    losses, scores = (
        one if found.y is None else one[_nearest_to_0(found.y)] for one in (found.losses, found.scores)
    )
    columns: list[tuple[str, list[str], Align]] = [
        ("place", [f"{found.x[place]:.3g}" for place in across], "point"),
        ("loss", [_number(losses[place]) for place in across], "right"),
        (found.score_name, [_number(scores[place]) for place in across], "right"),
    ]
    if found.y is not None:
        up, other = _listed(found.y), _nearest_to_0(found.x)
        columns += [
            ("second place", [f"{found.y[row]:.3g}" for row in up], "point"),
            ("loss there", [_number(found.losses[row, other]) for row in up], "right"),
        ]
    rows = zip_longest(*(texts for _, texts, _ in columns), fillvalue="")
    cells = zip(*rows, strict=True)
    return tuple(
        Column(name, tuple(map(Cell, texts)), align)
        for (name, _, align), texts in zip(columns, cells, strict=True)
    )


def _step(axis: NDArray[np.float64]) -> int:
    """Return 1 if every place is listed, 2 if every second is, and so on."""
    return ceil(len(axis) / _MOST_ROWS)


def _listed(axis: NDArray[np.float64]) -> range:
    """Return which places are listed, that of the table's other line among them."""
    return range(_nearest_to_0(axis) % _step(axis), len(axis), _step(axis))


def _nearest_to_0(axis: NDArray[np.float64]) -> int:
    return int(np.abs(axis).argmin())


def _foot(found: Landscape) -> tuple[str, ...]:
    """Return through which places the table's two lines lead, and whether it leaves any out."""
    step, where = _step(found.x), "the line" if found.y is None else "each direction"
    left_out = f"Listed is 1 place in {step} of the {len(found.x)} along {where}." if step > 1 else ""
    if found.y is None:
        return (left_out,) if left_out else ()
    across, up = (float(axis[_nearest_to_0(axis)]) for axis in (found.x, found.y))
    lines = f"Loss: along the first direction, at {up:.3g} of the second; loss there: at {across:.3g} of the first."
    return (lines, left_out) if left_out else (lines,)


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
