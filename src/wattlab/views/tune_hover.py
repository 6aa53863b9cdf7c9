"""What is told of a trial on demand, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.tune.wording import cost_text
from wattlab.units import format_seconds
from wattlab.views.tune_tables import value_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.studies.tune.answer import Baseline, Goal, TunedTrial

__all__ = ["adam_hover", "trial_hover"]

_ORIGINS: Final = {"base": ", the base recipe", "start": ", a starting point", "sampled": ""}


def trial_hover(trial: TunedTrial) -> tuple[str, ...]:
    """Return a trial's outcome, its costs and all its values."""
    head = f"trial {trial.number}{_ORIGINS[trial.origin]}: {trial.state}"
    figures = _figures(trial.cost, trial.told_score, trial.epochs, trial.wall_s)
    values = (f"{name}: {value_text(value)}" for name, value in trial.values.items())
    return (head, figures, *([trial.reason] if trial.reason else []), *values)


def adam_hover(adam: Baseline) -> tuple[str, ...]:
    """Return what Adam at its defaults cost, and what these are."""
    return (
        adam.label,
        _figures(adam.cost, adam.told_score, adam.epochs, adam.wall_s),
        *([adam.reason] if adam.reason else []),
    )


def _figures(cost: Mapping[Goal, float | None], score: float | None, epochs: int, wall_s: float) -> str:
    costs = [
        f"{goal} {cost_text(goal, value)}"
        for goal, value in cost.items()
        if value is not None and goal != "accuracy"
    ]
    scores = [] if score is None else [f"score {format_score(score)}"]
    spent = f"{epochs} epoch{'' if epochs == 1 else 's'} in {format_seconds(wall_s)}"
    return ", ".join((*costs, *scores, spent))
