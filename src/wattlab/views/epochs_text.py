"""A network by epoch in the terminal."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from wattlab.insight.epochs import BoundaryFilm
from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.insight.epochs import Film, LatentFilm

__all__ = ["print_epochs"]

_MORE: Final = "Film: -o FILE, .gif, .webp or .apng. Some epochs: .png, .svg, .pdf or .html. Numbers: --json"
_MOST_ROWS: Final = 20


def print_epochs(film: Film, console: Console | None = None) -> None:
    """Print loss, score and what changed, a row for an epoch, of twenty at most.

    Parameters
    ----------
    film : BoundaryFilm or LatentFilm
        Any.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    count = len(film.epochs)
    step = -(-count // _MOST_ROWS)
    places = sorted({*range(0, count, step), count - 1})
    seen = _boundary_column(film, places) if isinstance(film, BoundaryFilm) else _latent_column(film, places)
    print_answer(
        (f"run {film.run!r} by epoch", f"{count} epochs looked at"),
        (*_course_columns(film, places), seen),
        [("note", Remark("", f"{note}.")) for note in film.notes],
        (),
        console,
        more=_MORE,
    )


def _course_columns(film: Film, places: list[int]) -> tuple[Column, ...]:
    course, epochs = film.course, [int(film.epochs[place]) for place in places]
    losses = tuple(_number(course.loss[epoch - 1] if epoch else float("nan")) for epoch in epochs)
    columns = [
        Column("epoch", tuple(Cell(str(epoch)) for epoch in epochs), "right"),
        Column("loss", losses, "right"),
    ]
    if course.score_name:
        scores = tuple(_score(course.score[epoch - 1] if epoch else float("nan")) for epoch in epochs)
        columns.append(Column(course.score_name, scores, "right"))
    return tuple(columns)


def _boundary_column(film: BoundaryFilm, places: list[int]) -> Column:
    right = [film.boundaries[place].accuracy for place in places]
    return Column(
        "accuracy on this part", tuple(_score(float("nan") if one is None else one) for one in right), "right"
    )


def _latent_column(film: LatentFilm, places: list[int]) -> Column:
    spreads = [film.codes[place].std(axis=0) for place in places]
    cells = tuple(Cell(" × ".join(significant(float(one)) for one in spread)) for spread in spreads)
    return Column("spread of the codes", cells, "right")


def _number(value: float) -> Cell:
    return Cell(significant(value)) if isfinite(value) else Cell("–")


def _score(value: float) -> Cell:
    return Cell(f"{value:.4f}") if isfinite(value) else Cell("–")
