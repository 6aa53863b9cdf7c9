"""What each seed of a study of a target did, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.units import format_quantity, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.columns import Align
    from wattlab.studies.target.answer import Target
    from wattlab.studies.trainings.trained import Trained

__all__ = ["seed_columns"]

_ABSENT: Final = Cell(ABSENT)


def seed_columns(answer: Target) -> tuple[Column, ...]:
    """Return the table of all trainings: a row for each recipe and seed.

    Parameters
    ----------
    answer : Target
        Any, also one that was interrupted.
    """
    trainings, name = answer.trainings, answer.score_name or "score"
    labels = Column("recipe", tuple(Cell(answer.rows[one.candidate].label) for one in trainings))
    seeds = Column("seed", tuple(Cell(str(one.seed)) for one in trainings), "right")
    opened = answer.part == "validation"
    columns = (
        *((labels, seeds) if len(answer.rows) > 1 else (seeds,)),
        _trained(trainings, "ended", _ended),
        _trained(trainings, "epochs", lambda one: Cell(str(one.target_epoch or one.epochs)), "right"),
        _trained(trainings, "time (s)", lambda one: _plain(one.time_to_target), "point"),
        _trained(trainings, "energy (J)", lambda one: _plain(one.energy_to_target), "point"),
        _trained(trainings, f"best {name}", lambda one: _format(one.best), "point"),
        *(
            (_trained(trainings, f"test {name}", lambda one: _format(one.test_score), "point"),)
            if opened
            else ()
        ),
        _trained(trainings, "process", lambda one: _quantity(one.wall), "right")._replace(dispensable=True),
    )
    return tuple(column for column in columns if any(cell != _ABSENT for cell in column.cells))


def _trained(
    trainings: Sequence[Trained], heading: str, cell: Callable[[Trained], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(one) for one in trainings), align)


def _ended(one: Trained) -> Cell:
    if one.failure is not None:
        return Cell(str(one.cause), tone="refused", detail=one.failure)
    if one.reached:
        return Cell("reached", tone="passed")
    own = f" ({one.stop_reason})" if one.stop_reason != "epochs" else ""
    return Cell(f"missed{own}", detail=f"stopped: {one.stop_reason}")


def _plain(quantity: Quantity | None) -> Cell:
    if quantity is None:
        return _ABSENT
    if quantity.value is None:
        return Cell("missing", tone="missing", detail=quantity.note)
    return Cell(significant(quantity.value), detail=str(quantity))


def _quantity(quantity: Quantity | None) -> Cell:
    if quantity is None or quantity.value is None:
        return _ABSENT
    return Cell(format_quantity(quantity.value, quantity.unit), detail=str(quantity))


def _format(score: float | None) -> Cell:
    return _ABSENT if score is None else Cell(format_score(score))
