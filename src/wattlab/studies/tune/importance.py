"""Which settings decide whether a trial is among the best, by Optuna's own estimate; computed once, for all views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wattlab.studies.tune.distributions import distribution
from wattlab.studies.tune.storage import quiet_optuna

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optuna.trial import FrozenTrial

    from wattlab.studies.tune.answer import Goal, Setting, TunedTrial, Value

__all__ = ["Importance", "importance_of"]

LEAST_TRIALS: Final = 10
"""Trainings that must have begun before anything is estimated."""
LEAST_KNOWN: Final = 3
"""Trials with a cost that must be among them."""
_BEST: Final = 5
"""Optuna advises to compare at least so many of the best with all."""
_FIRM: Final = 30
"""With fewer trials that have a result the shares are called rough."""
_SHARE: Final = 0.1
"""Of all trials, those that count as the best where they are more."""


class Importance(NamedTuple):
    """What was estimated.

    Attributes
    ----------
    shares : dict
        By name of the setting, the largest first; they add up to 1. Empty: it cannot be told.
    note : str
        How it was estimated, or why it was not, in a sentence.
    """

    shares: dict[str, float]
    note: str


def importance_of(trials: Sequence[TunedTrial], settings: Sequence[Setting], goal: Goal) -> Importance:
    """Return how much each setting decides whether a trial is among the best.

    PED-ANOVA compares how the values of the best trials are distributed with how those of all are. It needs the
    order of the trials alone, so one that missed the target, failed or was ended early stands behind all others
    instead of being left out. It needs neither scikit-learn nor torch, and knows settings that only some trials have;
    fANOVA would leave those out.

    Parameters
    ----------
    trials : sequence of TunedTrial
        All of the search. Those that never began tell nothing.
    settings : sequence of Setting
        What was varied.
    goal : {"time", "energy", "memory", "accuracy"}
        By which the best are the best.

    References
    ----------
    S. Watanabe, A. Bansal, F. Hutter, "PED-ANOVA: Efficiently quantifying hyperparameter importance in arbitrary
    subspaces", IJCAI 2023; the conditional form: https://arxiv.org/abs/2601.20800.
    """
    several = [one for one in settings if _varies(one)]
    begun = [one for one in trials if one.began and _fits(one, several)]
    known = sum(one.cost.get(goal) is not None for one in begun)
    if len(several) < 2:
        return Importance({}, "Importance compares settings, and fewer than two vary.")
    if len(begun) < LEAST_TRIALS or known < LEAST_KNOWN:
        return Importance(
            {},
            f"Too few trials to tell which settings matter: {known} of {len(begun)} trainings have a result; it takes "
            f"{LEAST_KNOWN} of {LEAST_TRIALS}.",
        )
    n_best = min(known, max(_BEST, round(_SHARE * len(begun))))
    shares = _estimated(begun, several, goal, n_best / len(begun))
    if len(set(shares.values())) < 2:
        return Importance({}, f"No setting tells the best {n_best} of {len(begun)} trials from the others.")
    rough = ": it is rough" if known < _FIRM else ""
    return Importance(
        shares,
        f"Importance: how much a setting decides whether a trial is among the best {n_best} of {len(begun)}, "
        f"those that missed or were ended early among them, by Optuna's PED-ANOVA. It rests on {known} trials with a "
        f"result{rough}.{''.join(_conditions(begun, several))}",
    )


def _conditions(trials: Sequence[TunedTrial], settings: Sequence[Setting]) -> Iterator[str]:
    """Yield which settings only some trials have, in sentences."""
    for one in settings:
        own = [trial for trial in trials if one.name in trial.values]
        if one.optimizers and len(own) < len(trials):
            kinds = sorted({str(kind) for trial in own if (kind := trial.values.get("optimizer"))})
            yield f" {one.name} is there only with {' or '.join(kinds or one.optimizers)} ({len(own)} trials)."


def _varies(setting: Setting) -> bool:
    if setting.low is None or setting.high is None:
        return len(setting.values) > 1
    return setting.low < setting.high


def _fits(trial: TunedTrial, settings: Sequence[Setting]) -> bool:
    """Return whether all values of a trial are among those that are tried: the base recipe's own need not be."""
    return all(_is_among(trial.values[one.name], one) for one in settings if one.name in trial.values)


def _is_among(value: Value, setting: Setting) -> bool:
    if setting.low is None or setting.high is None:
        return value in setting.values
    return isinstance(value, (int, float)) and setting.low <= value <= setting.high


def _estimated(
    trials: Sequence[TunedTrial], settings: Sequence[Setting], goal: Goal, share: float
) -> dict[str, float]:
    from optuna import create_study
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    with quiet_optuna():
        study = create_study()
        study.add_trials(_ranked(trials, settings, goal))
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=share))
    return {name: float(value) for name, value in found.items()}


def _ranked(trials: Sequence[TunedTrial], settings: Sequence[Setting], goal: Goal) -> list[FrozenTrial]:
    """Return the trials as Optuna knows them, with their places in place of their costs."""
    from optuna.trial import create_trial

    sign = -1.0 if goal == "accuracy" else 1.0
    costs = {one.number: one.cost.get(goal) for one in trials}
    order = sorted({sign * cost for cost in costs.values() if cost is not None})
    places = {
        number: len(order) if cost is None else order.index(sign * cost) for number, cost in costs.items()
    }
    distributions = {one.name: distribution(one) for one in settings}
    known: list[dict[str, Any]] = [
        {name: one.values[name] for name in distributions if name in one.values} for one in trials
    ]
    return [
        create_trial(
            params=params,
            distributions={name: distributions[name] for name in params},
            value=float(places[one.number]),
        )
        for one, params in zip(trials, known, strict=True)
    ]
