"""The tables of a tuning study: candidates, settings with their importance, the winner's changes, all trials."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT, interval_text
from wattlab.studies.tune.wording import candidate, goal_text
from wattlab.units import significant
from wattlab.views.differences import recipe_differences
from wattlab.views.monitor_rows import bar
from wattlab.views.study_cells import ABSENT_CELL, basis, shared_provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.columns import Align
    from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio
    from wattlab.studies.tune.answer import Baseline, Finalist, Goal, Tune, Value

__all__ = [
    "candidate_columns",
    "change_columns",
    "cost_unit",
    "setting_columns",
    "value_text",
]

_TONES: Final = {"best": "better", "no difference": "unknown", "worse": "worse", "missed": "refused"}
_COSTS: Final[tuple[Goal, ...]] = ("time", "energy", "memory")
_ADAM: Final = "Adam's defaults"
_INFINITE: Final = "∞"
_BAR: Final = 8
_LONG: Final = 14
_KILO: Final = 1e4
_MIB: Final = 2.0**20
_OPENED: Final = {"evaluation.test", "evaluation.test_every"}
"""Fields that no search decides: the recipe that is written opens the test part."""


def cost_unit(goal: Goal, most: float) -> tuple[str, float]:
    """Return the unit of a column or an axis, and how many of it one s, J or B is."""
    if goal == "energy":
        return ("kJ", 1e-3) if most >= _KILO else ("J", 1.0)
    return {"time": ("s", 1.0), "memory": ("MiB", 1 / _MIB), "accuracy": ("", 1.0)}[goal]


def candidate_columns(answer: Tune) -> tuple[Column, ...]:
    """Return a row for each candidate that was repeated over seeds, and one for Adam at its defaults.

    Empty where no candidate was.
    """
    rows = answer.finalists
    if not rows:
        return ()
    adam = answer.baseline
    names = [*map(candidate, rows), *([_ADAM] if adam else [])]
    goals = [goal for goal in _COSTS if any(goal in one.spans for one in rows)]
    columns = (
        Column("candidate", tuple(map(Cell, names))),
        _column("reached", rows, _reached, _adam_reached(adam, answer), "right"),
        *(_costs(goal, answer) for goal in sorted(goals, key=lambda one: one not in answer.goals)),
        _column("ratio", rows, _ratio_to(answer), _ratio(adam.compared if adam else None), "point"),
        _column("verdict", rows, _verdict, ABSENT_CELL),
        _column(answer.score_name or "score", rows, _score, _adam_score(adam), "point"),
    )
    count = len(names)
    cut = (column._replace(cells=column.cells[:count]) for column in columns)
    return tuple(column for column in cut if any(cell != ABSENT_CELL for cell in column.cells))


def _column(
    heading: str,
    rows: Sequence[Finalist],
    cell: Callable[[Finalist], Cell],
    adam: Cell,
    align: Align = "left",
) -> Column:
    return Column(heading, (*map(cell, rows), adam), align)


def _reached(row: Finalist) -> Cell:
    if row.rate is None:
        return ABSENT_CELL
    detail = f"{row.rate.level:.0%} interval of the share: {row.rate.low:.0%} to {row.rate.high:.0%}"
    return Cell(f"{row.n_reached}/{row.n}", detail="; ".join((detail, *row.failures)))


def _adam_reached(adam: Baseline | None, answer: Tune) -> Cell:
    if adam is None or answer.target is None:
        return ABSENT_CELL
    if adam.n:
        return Cell(f"{adam.n_reached}/{adam.n}")
    return Cell("1/1" if adam.reached else "0/1", detail=adam.reason)


def _costs(goal: Goal, answer: Tune) -> Column:
    """Return the costs of a goal; that they are to the target is said once for all, below the table."""
    rows = answer.finalists
    spans = [row.spans.get(goal) for row in rows]
    most = max((span.median for span in spans if span is not None and span.median is not None), default=0.0)
    unit, factor = cost_unit(goal, most)
    kind = shared_provenance(row.energy for row in rows) if goal == "energy" else ""
    heading = f"{goal_text(goal, answer)} ({', '.join(filter(None, (unit, kind)))})"
    cells = (*(_span(span, factor) for span in spans), _adam_cost(goal, answer.baseline, factor))
    return Column(heading, cells, "point")


def _span(span: CensoredMedian | None, factor: float) -> Cell:
    if span is None:
        return ABSENT_CELL
    if span.median is None:
        return Cell(_INFINITE, _ends(span.low, span.high, factor), "refused", "most seeds missed the target")
    aside = _ends(span.low, span.high, factor) if span.level else ""
    detail = f"median of {span.n} seeds, a miss being infinite; {span.level:.0%} interval by bootstrap"
    return Cell(
        significant(span.median * factor), aside, "", detail if span.level else "one training, no interval"
    )


def _ends(low: float | None, high: float | None, factor: float = 1.0) -> str:
    """Return both ends of an interval, infinite ones as a sign; nothing where they say nothing."""
    if low is None or (low == 0 and high is None):
        return ""
    first, last = significant(low * factor), _INFINITE if high is None else significant(high * factor)
    return "" if first == last else f"{first}-{last}"


def _adam_cost(goal: Goal, adam: Baseline | None, factor: float) -> Cell:
    if adam is not None and goal in adam.spans:
        return _span(adam.spans[goal], factor)
    cost = None if adam is None else adam.cost.get(goal)
    if cost is not None:
        return Cell(significant(cost * factor), detail="one training, no interval")
    if adam is None or adam.reached or goal != "time":
        return ABSENT_CELL
    return Cell(
        f">{significant(adam.wall_s * factor)}", detail=adam.reason or "ended before it reached the target"
    )


def _ratio_to(answer: Tune) -> Callable[[Finalist], Cell]:
    def ratio(row: Finalist) -> Cell:
        return Cell("1") if row is answer.written else _ratio(row.ratio)

    return ratio


def _ratio(ratio: CensoredRatio | None) -> Cell:
    if ratio is None:
        return ABSENT_CELL
    text = _INFINITE if ratio.ratio is None else significant(ratio.ratio)
    detail = f"to the candidate that is written, paired by {ratio.n} seeds; {ratio.level:.0%} interval"
    return Cell(text, _ends(ratio.low, ratio.high), "", detail)


def _verdict(row: Finalist) -> Cell:
    return Cell(row.verdict, tone=_TONES.get(row.verdict, ""), detail="; ".join(row.failures))


def _score(row: Finalist) -> Cell:
    if row.score is None:
        return ABSENT_CELL
    return Cell(format_score(row.score.median), detail=f"{interval_text(row.score)}; {basis(row.score)}")


def _adam_score(adam: Baseline | None) -> Cell:
    return ABSENT_CELL if adam is None or adam.told_score is None else Cell(format_score(adam.told_score))


def setting_columns(answer: Tune, *, tried: bool = False) -> tuple[Column, ...]:
    """Return a row for each setting, the most important first: its importance, and the candidates' values.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    tried : bool, optional
        With all that was tried.
    """
    place = {name: number for number, name in enumerate(answer.importance)}
    rows = sorted(answer.settings, key=lambda one: place.get(one.name, len(place)))
    if not rows:
        return ()
    columns = (
        Column("setting", tuple(Cell(one.name, detail=f"{one.path}: {one.text}") for one in rows)),
        Column("importance", tuple(_importance(answer.importance.get(one.name)) for one in rows), "right"),
        *(
            Column(candidate(finalist), tuple(_value(finalist.values, one.name) for one in rows))
            for finalist in answer.finalists
        ),
        *([Column("tried", tuple(Cell(one.text) for one in rows))] if tried else []),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _importance(share: float | None) -> Cell:
    return ABSENT_CELL if share is None else Cell(f"{share:.0%}", bar(share, _BAR))


def _value(values: dict[str, Value], name: str) -> Cell:
    return Cell(value_text(values[name])) if name in values else ABSENT_CELL


def value_text(value: Value) -> str:
    """Return a setting's value in short.

    Examples
    --------
    >>> value_text(0.0123456), value_text("one-cycle"), value_text(None), value_text(64)
    ('0.0123', 'one-cycle', 'own', '64')
    """
    if value is None:
        return "own"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def change_columns(answer: Tune) -> tuple[Column, ...]:
    """Return the fields in which the recipe that is written differs from the base; empty where there is none."""
    if answer.recipe is None:
        return ()
    found = recipe_differences([tomllib.loads(answer.base_recipe), tomllib.loads(answer.recipe)])
    rows = {path: texts for path, texts in found.items() if path not in _OPENED and not _is_gone(path, found)}
    if not rows:
        return ()
    return (
        Column("field", tuple(map(Cell, rows))),
        Column(answer.base, tuple(Cell(_short(before)) for before, _ in rows.values())),
        Column("winner", tuple(Cell(_short(after)) for _, after in rows.values())),
    )


def _is_gone(path: str, found: dict[str, tuple[str, ...]]) -> bool:
    """Return whether a field has no meaning any more, as its table is of another kind now."""
    table = path.rpartition(".")[0]
    return found[path][1] == ABSENT and any(f"{table}.{name}" in found for name in ("kind", "name"))


def _short(text: str) -> str:
    """Return a number without the digits that a sampler draws; the recipe has all of them."""
    try:
        return f"{float(text):.4g}" if len(text) > _LONG - 6 else text
    except ValueError:
        return text
