"""Importance against Optuna's own estimate on a study that Optuna itself made."""

from __future__ import annotations

import warnings
from math import log10
from typing import TYPE_CHECKING, Any

import optuna
import pytest

from wattlab.studies.tune.answer import Setting, TunedTrial
from wattlab.studies.tune.importance import LEAST_TRIALS, importance_of

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = (
    Setting(name="optimizer", path="optimizer.kind", values=("adam", "sgd")),
    Setting(name="rate", path="optimizer.learning_rate", low=1e-3, high=1.0, log=True),
    Setting(name="units", path="network.layers[0].units", low=1, high=100, whole=True),
    Setting(name="beta", path="optimizer.beta1", low=0.0, high=1.0, optimizers=("adam",)),
)


@pytest.fixture(scope="module")
def study() -> optuna.Study:
    """Return a study in which the learning rate decides, and a setting is known to one optimizer only."""

    def cost(trial: optuna.Trial) -> float:
        kind = trial.suggest_categorical("optimizer", ["adam", "sgd"])
        rate = trial.suggest_float("rate", 1e-3, 1.0, log=True)
        trial.suggest_int("units", 1, 100)
        if kind == "adam":
            trial.suggest_float("beta", 0.0, 1.0)
        return abs(log10(rate) + 1) + 0.05 * (kind == "adam")

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(cost, n_trials=40)
    return study


def trials_of(
    study: optuna.Study, cost: Callable[[float], float | None] = lambda value: value
) -> list[TunedTrial]:
    return [
        TunedTrial(
            number=one.number,
            values=one.params,
            label="",
            state="missed" if cost(one.values[0]) is None else "reached",
            origin="sampled",
            cost={"time": cost(one.values[0]), "accuracy": -one.values[0]},
            spent_s=0.0,
        )
        for one in study.trials
    ]


def own_estimate(study: optuna.Study, share: float) -> dict[str, float]:
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=share)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optuna.importance.get_param_importances(study, evaluator=evaluator)


def test_it_is_what_optuna_estimates(study: optuna.Study) -> None:
    found = importance_of(trials_of(study), SETTINGS, "time")
    assert found.shares == pytest.approx(own_estimate(study, 5 / 40))
    assert next(iter(found.shares)) == "rate"
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert "the best 5 of 40" in found.note
    assert "It rests on 40 trials with a result. beta is there only with adam" in found.note


def test_a_miss_stands_behind_all_others_instead_of_being_left_out(study: optuna.Study) -> None:
    """Who is among the best does not change where the worst are not known at all."""
    costs = sorted(one.values[0] for one in study.trials)
    missed = trials_of(study, lambda value: None if value > costs[9] else value)
    assert importance_of(missed, SETTINGS, "time").shares == pytest.approx(own_estimate(study, 5 / 40))


def test_more_accuracy_is_better(study: optuna.Study) -> None:
    found = importance_of(trials_of(study), SETTINGS, "accuracy")
    assert found.shares == pytest.approx(own_estimate(study, 5 / 40))


def test_few_reached_are_the_best(study: optuna.Study) -> None:
    costs = sorted(one.values[0] for one in study.trials)
    few = trials_of(study, lambda value: None if value > costs[3] else value)
    note = importance_of(few, SETTINGS, "time").note
    assert "the best 4 of 40" in note
    assert "4 trials with a result: it is rough" in note


@pytest.mark.parametrize(
    ("count", "settings", "state", "said"),
    [
        (LEAST_TRIALS - 1, SETTINGS, "reached", "9 of 9 trainings have a result"),
        (40, SETTINGS, "missed", "0 of 40 trainings have a result"),
        (40, SETTINGS, "refused", "0 of 0 trainings have a result"),
        (40, SETTINGS[:1], "reached", "fewer than two vary"),
        (40, (SETTINGS[0], Setting(name="rate", path="", values=(0.1,))), "reached", "fewer than two vary"),
    ],
)
def test_why_it_cannot_be_told(study: optuna.Study, count: int, settings: Any, state: str, said: str) -> None:
    known = state == "reached"
    trials = [
        one.model_copy(update={"state": state, "cost": one.cost if known else {}})
        for one in trials_of(study)[:count]
    ]
    found = importance_of(trials, settings, "time")
    assert found.shares == {}
    assert said in found.note


def test_the_base_recipes_own_value_need_not_be_among_those_that_are_tried(study: optuna.Study) -> None:
    base, *others = trials_of(study)
    outside = base.model_copy(update={"values": base.values | {"rate": 5.0}})
    assert "of 39" in importance_of([outside, *others], SETTINGS, "time").note


def test_optuna_is_left_as_loud_as_it_was(study: optuna.Study) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        importance_of(trials_of(study), SETTINGS, "time")
        assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    finally:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
