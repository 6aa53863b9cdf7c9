"""The table of a search's trials: all of them, or the few that came nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tune.wording import cost_text, goal_text
from wattlab.units import format_seconds
from wattlab.views.study_cells import ABSENT_CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.tune.answer import Goal, Tune, TunedTrial

__all__ = ["nearest_columns", "trial_columns"]

_STATES: Final = {
    "reached": "passed",
    "done": "passed",
    "refused": "refused",
    "too slow": "refused",
    "failed": "failed",
}
_FEW: Final = 5


def trial_columns(answer: Tune) -> tuple[Column, ...]:
    """Return a row for each trial of the search."""
    return _trials(answer.trials, answer)


def nearest_columns(answer: Tune) -> tuple[Column, ...]:
    """Return the few trials that came nearest, for a study that has no candidates."""
    goal = answer.goals[0]
    known = [one for one in answer.trials if one.score is not None]
    sign = -1.0 if goal == "accuracy" else 1.0

    def order(one: TunedTrial) -> tuple[bool, float, float]:
        cost = one.cost.get(goal)
        return cost is None, sign * (cost or 0.0), -(one.score or 0.0)

    return _trials(sorted(known, key=order)[:_FEW], answer)


def _trials(rows: Sequence[TunedTrial], answer: Tune) -> tuple[Column, ...]:
    if not rows:
        return ()
    goals = [goal for goal in answer.goals if goal != "accuracy"]
    columns = (
        Column("trial", tuple(Cell(str(one.number), detail=one.origin) for one in rows), "right"),
        Column("outcome", tuple(_outcome(one, answer) for one in rows)),
        *(
            Column(goal_text(goal, answer), tuple(_cost(one, goal) for one in rows), "right")
            for goal in goals
        ),
        Column(answer.score_name or "score", tuple(_trial_score(one) for one in rows), "point"),
        Column("epochs", tuple(Cell(str(one.epochs)) for one in rows), "right"),
        Column(
            "process",
            tuple(Cell(format_seconds(one.wall_s)) if one.wall_s else ABSENT_CELL for one in rows),
            "right",
        ),
        Column("what differs from the base recipe", tuple(Cell(one.label) for one in rows)),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _outcome(trial: TunedTrial, answer: Tune) -> Cell:
    front = ", on the front" if trial.number in answer.front and len(answer.goals) > 1 else ""
    return Cell(f"{trial.state}{front}", tone=_STATES.get(trial.state, ""), detail=trial.reason)


def _cost(trial: TunedTrial, goal: Goal) -> Cell:
    cost = trial.cost.get(goal)
    return ABSENT_CELL if cost is None else Cell(cost_text(goal, cost))


def _trial_score(trial: TunedTrial) -> Cell:
    return ABSENT_CELL if trial.told_score is None else Cell(format_score(trial.told_score))
