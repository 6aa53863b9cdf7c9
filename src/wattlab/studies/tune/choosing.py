"""Which trials count, which is the best, which no other beats, and which are repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.tune.answer import Goal, TunedTrial

__all__ = ["best_trial", "finalists", "front", "ordered"]

_COUNTED: Final = {"reached", "done"}


def ordered(trials: Sequence[TunedTrial], goal: Goal) -> list[TunedTrial]:
    """Return the trials that have a cost by a goal, the best first."""
    known = [one for one in trials if one.state in _COUNTED and one.cost.get(goal) is not None]
    return sorted(known, key=lambda one: signed(one, goal))


def best_trial(trials: Sequence[TunedTrial], goal: Goal) -> TunedTrial | None:
    """Return the best trial by a goal; None: none counts."""
    return next(iter(ordered(trials, goal)), None)


def signed(trial: TunedTrial, goal: Goal) -> float:
    """Return what a trial cost by a goal, such that less is better."""
    value = trial.cost[goal]
    assert value is not None
    return -value if goal == "accuracy" else value


def front(trials: Sequence[TunedTrial], goals: Sequence[Goal]) -> list[TunedTrial]:
    """Return the trials that no other beats in every goal, the best by the first goal first."""
    known = [
        one for one in ordered(trials, goals[0]) if all(one.cost.get(goal) is not None for goal in goals)
    ]
    if len(goals) == 1:
        return known[:1]
    points = [tuple(signed(one, goal) for goal in goals) for one in known]
    return [
        one for place, one in enumerate(known) if not any(_beats(other, points[place]) for other in points)
    ]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(own <= its for own, its in zip(one, other, strict=True))


def finalists(trials: Sequence[TunedTrial], goals: Sequence[Goal], count: int) -> list[TunedTrial]:
    """Return the trials to repeat: the best by one goal, or evenly spread ones of the front of several."""
    if len(goals) == 1:
        return ordered(trials, goals[0])[:count]
    found = front(trials, goals)
    if len(found) <= count:
        return found
    places = {round(place * (len(found) - 1) / max(1, count - 1)) for place in range(count)}
    return [found[place] for place in sorted(places)]
