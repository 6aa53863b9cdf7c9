"""Adam at its defaults on the same network: what the winner is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.trainings.censored import censored_median
from wattlab.studies.trainings.once import train_once
from wattlab.studies.tune.answer import Baseline
from wattlab.studies.tune.goals import UNITS, costs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import Goal
    from wattlab.studies.tune.store import TuneFolder

__all__ = ["LABEL", "PATIENCE_S", "adam_recipe", "baseline_of", "cap_of", "repeated_s", "train_baseline"]

_RATE: Final = 0.001
_BATCH: Final = 128
_EPOCHS: Final = 60
_NAME: Final = "adam-at-its-defaults"
LABEL: Final = f"Adam at its defaults: rate {_RATE:g}, batch size {_BATCH}, constant"
_SHARE: Final = 0.1
_MOST: Final = 0.25
_LEAST: Final = 3.0
PATIENCE_S: Final = 1.0
"""How long a repetition waits for a quiet machine."""
_REPEATED: Final = 0.2
"""Share of the budget that repetitions of it may take."""


def adam_recipe(recipe: Recipe) -> Recipe:
    """Return the recipe with Adam as its authors and most libraries set it, and no regularisation.

    For 60 epochs where there is a target, else for as many as the recipe has.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> adam = adam_recipe(Recipe.named("mnist-fast"))
    >>> adam.optimizer.kind, adam.optimizer.learning_rate, adam.schedule.kind
    ('adam', 0.001, 'constant')
    """
    return recipe.with_changes(
        {
            "schedule": {"kind": "constant"},
            "optimizer": {"kind": "adam", "learning_rate": _RATE},
            "regularisation": {},
            "training.batch_size": _BATCH,
            "training.epochs": recipe.training.epochs if recipe.stop.target is None else _EPOCHS,
        }
    )


def cap_of(budget_s: float, trial_s: float) -> float:
    """Return when to end it: a tenth of the budget; up to a quarter, where that is but a few trials' time. Unit: s."""
    return max(_SHARE * budget_s, min(_LEAST * trial_s, _MOST * budget_s))


def repeated_s(trained: Trained | None, seeds: int, budget_s: float) -> float:
    """Return what its repetitions beside the finalists take; 0: there are none. Unit: s.

    There are, if it reached the target and the budget allows it. Where it missed, one training bounds its cost from
    below, and repetitions up to the cap would take most of a budget.
    """
    if trained is None or not trained.reached or trained.wall is None:
        return 0.0
    found_s = seeds * ((trained.wall.value or 0.0) + PATIENCE_S)
    return found_s if found_s <= _REPEATED * budget_s else 0.0


def train_baseline(recipe: Recipe, folder: TuneFolder, capped_s: float) -> Trained:
    """Train it once, with the base's seed, for `capped_s` seconds at most."""
    trained = train_once(adam_recipe(recipe), folder, _NAME, timeout_s=capped_s)
    folder.clear_run(_NAME)
    return trained


def baseline_of(
    trained: Trained,
    capped_s: float,
    goal: Goal,
    winner: float | None,
    repeated: Sequence[Trained] = (),
    compared: CensoredRatio | None = None,
) -> Baseline:
    """Return what it cost, and how many times cheaper the winner is.

    Parameters
    ----------
    trained : Trained
        The one training.
    capped_s : float
        When it would have been ended. Unit: s.
    goal : str
        By which the ratio is.
    winner : float or None
        The winner's median cost by that goal.
    repeated : sequence of Trained, optional
        Its repetitions.
    compared : CensoredRatio, optional
        These against the winner's, by the same seeds.
    """
    costs = {one: [costs_of(each)[one] for each in repeated] for one in UNITS if one != "accuracy"}
    cost = costs_of(trained)
    wall_s = (trained.wall.value if trained.wall is not None else None) or 0.0
    spent = {"time": wall_s, "energy": trained.energy.value if trained.energy is not None else None}
    own = spent.get(goal) if trained.reached is False or trained.failure else cost[goal]
    return Baseline(
        label=LABEL,
        reached=bool(trained.reached),
        cost=cost,
        score=trained.best,
        epochs=trained.epochs,
        wall_s=wall_s,
        energy=trained.energy,
        capped_s=capped_s,
        reason=_reason(trained),
        ratio=own / winner if own and winner else None,
        at_least=trained.reached is False,
        n=len(repeated),
        n_reached=sum(bool(one.reached) for one in repeated),
        spans={
            one: censored_median(found, UNITS[one])
            for one, found in costs.items()
            if any(cost is not None for cost in found)
        },
        compared=compared,
        elapsed_s=trained.elapsed_s,
        scores=trained.scores,
    )


def _reason(trained: Trained) -> str:
    if trained.reached or (trained.target is None and trained.failure is None):
        return ""
    return trained.failure or f"it did not reach the target in {trained.epochs} epochs"
