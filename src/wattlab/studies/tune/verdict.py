"""Who won: candidates by the median of their repetitions, held against the cheapest one, seed by seed."""

from __future__ import annotations

from math import inf
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from wattlab.meter.statistics import estimate, median_quantity
from wattlab.studies.trainings.censored import censored_median, censored_ratio, success_rate
from wattlab.studies.tune.answer import Finalist
from wattlab.studies.tune.goals import ALL_GOALS, UNITS, costs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import Goal, TunedTrial, TunedVerdict

__all__ = ["Verdict", "judge"]


class Verdict(NamedTuple):
    """What the repetitions say.

    Attributes
    ----------
    finalists : tuple of Finalist
        The best first.
    winner : int or None
        Index of the one that is written; None: several goals, or none reached the target often enough.
    distinguishable : bool
        Whether it is better than every other one, and not only by chance.
    baseline : sequence of Trained
        Repetitions of Adam at its defaults.
    against_baseline : CensoredRatio or None
        These over the winner's, paired by seed; None: fewer than two seeds were trained with both.
    """

    finalists: tuple[Finalist, ...]
    winner: int | None
    distinguishable: bool
    baseline: tuple[Trained, ...] = ()
    against_baseline: CensoredRatio | None = None


def judge(
    candidates: Sequence[tuple[TunedTrial, Sequence[Trained]]],
    goals: Sequence[Goal],
    target: float | None,
    baseline: Sequence[Trained] = (),
) -> Verdict:
    """Rank candidates by the median cost of their repetitions, a miss being infinite, and say what is chance.

    Parameters
    ----------
    candidates : sequence of (TunedTrial, sequence of Trained)
        Each with its repetitions; those without any are left out. One that the budget left with less than half of the
        repetitions of others cannot win by a few lucky ones: it stands behind them.
    goals : sequence of str
        The first decides.
    target : float or None
        Score to reach.
    baseline : sequence of Trained, optional
        Repetitions of Adam at its defaults; it is no candidate.
    """
    known = [(trial, tuple(own)) for trial, own in candidates if own]
    if len(goals) > 1:
        known.sort(key=lambda one: _median(one[1], goals[0]))
        found = [_finalist(trial, own, target, None, "on the front") for trial, own in known]
        return Verdict(tuple(found), None, distinguishable=False)
    most = max((len(own) for _, own in known), default=0)
    known.sort(key=lambda one: _place(one[0], one[1], goals[0], most))
    if not known or _median(known[0][1], goals[0]) == inf:
        return Verdict(
            tuple(_finalist(trial, own, target, None, "missed") for trial, own in known),
            None,
            distinguishable=False,
        )
    best = known[0][1]
    ratios = [_ratio(own, best, goals[0]) for _, own in known[1:]]
    distinguishable = bool(ratios) and all(one is not None and one.verdict == "worse" for one in ratios)
    own_verdict: TunedVerdict = "best" if distinguishable else "no difference" if ratios else "alone"
    first = _finalist(*known[0], target, None, own_verdict)
    others = [
        _finalist(trial, own, target, ratio, _verdict(own, ratio, goals[0]))
        for (trial, own), ratio in zip(known[1:], ratios, strict=True)
    ]
    against = _ratio(baseline, best, goals[0])
    enough = against is not None and against.n > 1
    return Verdict((first, *others), 0, distinguishable, tuple(baseline), against if enough else None)


def _place(
    trial: TunedTrial, own: Sequence[Trained], goal: Goal, most: int
) -> tuple[bool, bool, float, float]:
    """Return by what candidates are ordered: those that miss last, and before them those of few repetitions."""
    cost = _median(own, goal)
    return cost == inf, 2 * len(own) < most, cost, trial.wall_s


def _verdict(own: Sequence[Trained], ratio: CensoredRatio | None, goal: Goal) -> TunedVerdict:
    if ratio is None or ratio.n < 2:
        return "unknown"
    if _median(own, goal) == inf:
        return "missed"
    return "worse" if ratio.verdict == "worse" else "no difference"


def _costs(trained: Sequence[Trained], goal: Goal) -> list[float | None]:
    """Return what each training cost by a goal; of accuracy, the error."""
    found = [costs_of(one)[goal] for one in trained]
    return [None if cost is None else 1 - cost for cost in found] if goal == "accuracy" else found


def _median(trained: Sequence[Trained], goal: Goal) -> float:
    return median([inf if cost is None else cost for cost in _costs(trained, goal)])


def _ratio(own: Sequence[Trained], best: Sequence[Trained], goal: Goal) -> CensoredRatio | None:
    """Return the ratio to the best by the seeds that both were trained with; None: there are none."""
    seeds = {one.seed for one in own} & {one.seed for one in best}
    if not seeds:
        return None
    first, second = ([one for one in each if one.seed in seeds] for each in (own, best))
    return censored_ratio(_costs(first, goal), _costs(second, goal))


def _finalist(
    trial: TunedTrial,
    own: Sequence[Trained],
    target: float | None,
    ratio: CensoredRatio | None,
    verdict: TunedVerdict,
) -> Finalist:
    good = [one for one in own if one.failure is None and one.reached is not False]
    costs = {goal: tuple(costs_of(one)[goal] for one in own) for goal in ALL_GOALS}
    known = [goal for goal in ALL_GOALS if any(cost is not None for cost in costs[goal])]
    energies = [one.energy for one in own if one.energy is not None]
    return Finalist(
        label=trial.label,
        values=trial.values,
        trial=trial.number,
        is_base=trial.origin == "base",
        n=len(own),
        trained_seeds=tuple(one.seed for one in own),
        n_reached=len(good),
        rate=None if target is None else success_rate(len(good), len(own)),
        spans={goal: censored_median(costs[goal], UNITS[goal]) for goal in known if goal != "accuracy"},
        energy=median_quantity(energies, "J") if energies else None,
        score=estimate([one.best if target is not None else one.score for one in own], ""),
        ratio=ratio,
        verdict=verdict,
        recipe=trial.recipe,
        costs={goal: costs[goal] for goal in known},
        failures=tuple(one.failure for one in own if one.failure is not None),
    )
