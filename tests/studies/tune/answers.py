"""Answers of tuning studies that nobody made, of every kind that a reader can meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattlab.meter import measured, modelled
from wattlab.meter.statistics import estimate
from wattlab.recipe import Recipe
from wattlab.studies.trainings.censored import censored_median, censored_ratio, success_rate
from wattlab.studies.tune.answer import (
    Baseline,
    Finalist,
    Goal,
    Opened,
    Setting,
    Spent,
    Tune,
    TunedTrial,
    TunedVerdict,
)
from wattlab.studies.tune.importance import importance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.tune.answer import Value

MACHINE = {
    "id": "82e2265b",
    "line": "AMD EPYC · 2 cores · 24 GiB · Debian GNU/Linux 12 (bookworm) · id 82e2265b",
    "python": "CPython 3.11.7",
    "numpy": "2.4.6",
    "blas": "openblas 0.3.31",
}
SETTINGS = (
    Setting(name="optimizer", path="optimizer.kind", values=("nesterov", "adam", "adamw")),
    Setting(name="schedule", path="schedule.kind", values=("one-cycle", "cosine", "constant")),
    Setting(
        name="learning_rate",
        path="optimizer.learning_rate",
        low=0.01,
        high=1.0,
        log=True,
        source="range test",
    ),
    Setting(name="batch_size", path="training.batch_size", values=(32, 64, 128, 256)),
    Setting(name="width", path="network.layers", values=(0.5, 1.0, 2.0)),
    Setting(name="reduction", path="preparation.reduction", values=("none", "drop-constant", "pca-32")),
    Setting(name="threads", path="engine.threads", values=(1, 2)),
    Setting(name="label_smoothing", path="loss.label_smoothing", low=0.0, high=0.1),
)
WIDTHS = {0.5: 32, 1.0: 64, 2.0: 128}
DIGITS = Recipe.named("digits").with_changes(
    {
        "data.validation_fraction": 0.17,
        "stop.target": 0.95,
        "stop.part": "validation",
        "evaluation.test": False,
    }
)
TARGET = 0.95


def recipe_of(values: dict[str, Value]) -> str:
    """Return the recipe of some values, with its test part open, as TOML."""
    changes: dict[str, Any] = {
        "name": "digits-tuned",
        "evaluation.test": True,
        "evaluation.test_every": 0,
        "training.batch_size": values["batch_size"],
        "network.layers[0].units": WIDTHS[float(values["width"] or 1)],
        "engine.threads": values["threads"],
        "loss.label_smoothing": values["label_smoothing"],
    }
    optimizer = {"kind": values["optimizer"], "learning_rate": values["learning_rate"]}
    changes |= {"optimizer": optimizer, "schedule": {"kind": values["schedule"]}}
    return DIGITS.with_changes(changes).to_toml()


def values_of(number: int) -> dict[str, Value]:
    """Return a combination of values for a trial's number, the same at every call."""
    return {
        "optimizer": ("nesterov", "nesterov", "adam", "adamw")[number % 4],
        "schedule": ("one-cycle", "cosine", "one-cycle", "constant", "cosine")[number % 5],
        "learning_rate": 0.01 * 100.0 ** ((number * 0.37) % 1.0),
        "batch_size": (64, 32, 128, 256, 64, 32, 64)[number % 7],
        "width": (1.0, 0.5, 2.0)[number % 3],
        "reduction": ("none", "none", "drop-constant", "pca-32")[(number // 2) % 4],
        "threads": (2, 1, 2)[number % 3],
        "label_smoothing": round((number * 0.013) % 0.1, 3),
    }


def label_of(values: dict[str, Value]) -> str:
    """Return what differs, in words."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
    )


def trial(number: int, state: Any = "reached", *, target: float | None = TARGET, **facts: Any) -> TunedTrial:
    """Return a trial; a quick one has nesterov's momentum and a learning rate near 0.1."""
    values = values_of(number)
    rate = float(values["learning_rate"] or 0.0)
    time_s = round(1.4 + 2.0 * abs(rate - 0.12) + (1.2 if values["optimizer"] != "nesterov" else 0.0), 3)
    known = state in {"reached", "done"}
    epochs = {"refused": 0, "failed": 1, "stopped": 3}.get(state, 8)
    top = 0.951 if known and target else 0.93
    if state == "done":
        top = round(0.90 + 0.02 * time_s, 4)
    scores = tuple(round(top - 0.5 * 0.45**epoch, 4) for epoch in range(1, epochs)) + (
        (top,) if epochs else ()
    )
    return TunedTrial(
        **{
            "number": number,
            "values": values,
            "label": label_of(values),
            "state": state,
            "origin": "base" if number == 0 else "start" if number < 4 else "sampled",
            "reason": {
                "stopped": "it would not have reached 0.95 before the best did",
                "refused": "reduction 'pca-32' leaves no pixels for a convolution",
                "failed": "the training diverged in epoch 2; a smaller learning rate may help",
            }.get(state, ""),
            "cost": {
                "time": time_s if known else None,
                "memory": 9e7 + 2e7 * float(values["width"] or 1) if known else None,
                "accuracy": top if known else None,
            },
            "score": top if epochs else None,
            "epochs": epochs,
            "wall_s": 0.0 if state == "refused" else time_s + 0.4,
            "energy": None if state == "refused" else modelled(12 * time_s, "J", "model:tdp"),
            "peak_memory": None
            if state == "refused"
            else measured(9e7 + 2e7 * float(values["width"] or 1), "B", "rss"),
            "elapsed_s": tuple(
                round(0.9 + (time_s - 0.9) * (place + 1) / max(epochs, 1), 3) for place in range(epochs)
            ),
            "scores": scores,
            "spent_s": 12.0 + 4.0 * number,
            "recipe": "" if state == "refused" else recipe_of(values),
            **facts,
        }
    )


def search(*, target: float | None = TARGET, count: int = 26) -> tuple[TunedTrial, ...]:
    """Return a search of every state."""
    kinds = [
        "reached",
        "missed",
        "reached",
        "stopped",
        "reached",
        "stopped",
        "reached",
        "refused",
        "stopped",
        "failed",
    ]
    if target is None:
        kinds = ["done" if one in {"reached", "missed"} else one for one in kinds]
    return tuple(trial(number, kinds[number % len(kinds)], target=target) for number in range(count))


BEST_TRIALS = tuple(
    one.number
    for one in sorted(
        (one for one in search() if one.state == "reached"), key=lambda one: one.cost["time"] or 0.0
    )
)[:2]


def finalist(
    number: int, times: Sequence[float | None], verdict: TunedVerdict = "best", **facts: Any
) -> Finalist:
    """Return a candidate whose trainings took these times, as much memory, and ten watts."""
    n_reached = sum(one is not None for one in times)
    joules = [None if one is None else 12.0 * one for one in times]
    middle = sorted(one for one in joules if one is not None)
    return Finalist(
        **{
            "label": label_of(values_of(number)),
            "values": values_of(number),
            "trial": number,
            "n": len(times),
            "trained_seeds": tuple(range(1, len(times) + 1)),
            "n_reached": n_reached,
            "rate": success_rate(n_reached, len(times)),
            "spans": {
                "time": censored_median(times, "s"),
                "energy": censored_median(joules, "J"),
                "memory": censored_median([1.1e8 + number * 1e5] * len(times), "B"),
            },
            "energy": modelled(middle[len(middle) // 2] if middle else 30.0, "J", "model:tdp"),
            "score": estimate([0.951 + 0.001 * place for place in range(len(times))], ""),
            "verdict": verdict,
            "recipe": recipe_of(values_of(number)),
            "costs": {"time": tuple(times)},
            **facts,
        }
    )


BEST = (1.41, 1.38, 1.45, 1.43, 1.40)
CLOSE = (1.44, 1.39, 1.52, 1.41, 1.43)
SLOW = (2.31, 2.28, None, 2.44, 2.39)
ADAM = Baseline(
    label="Adam at its defaults: rate 0.001, batch size 128, constant",
    reached=True,
    cost={"time": 5.92, "energy": 71.0, "memory": 1.1e8},
    score=0.9514,
    epochs=21,
    wall_s=6.1,
    capped_s=60.0,
    ratio=5.92 / 1.41,
    elapsed_s=(1.0, 3.0, 5.92),
    scores=(0.8, 0.93, 0.9514),
)
OPENED = Opened(
    run="digits-tuned-20261127-190000",
    test_score=0.9556,
    score=0.9542,
    reached=True,
    time_to_target=measured(1.44, "s", "clock:wall"),
    wall=measured(1.52, "s", "clock:wall"),
    energy=modelled(18.0, "J", "model:tdp"),
)


def answer(**facts: Any) -> Tune:
    """Return a study whose winner cannot be told from another candidate; `facts` are fields that are otherwise."""
    trials = facts.get("trials", search())
    goals: tuple[Goal, ...] = facts.get("goals", ("time",))
    importance = importance_of(trials, SETTINGS, goals[0])
    first, second = BEST_TRIALS
    finalists = (
        finalist(first, BEST, "no difference"),
        finalist(second, CLOSE, "no difference", ratio=censored_ratio(CLOSE, BEST)),
        finalist(0, SLOW, "worse", is_base=True, ratio=censored_ratio(SLOW, BEST)),
    )
    return Tune(
        **{
            "wattlab_version": "0.1.0",
            "id": "tune-digits-20261127-185500",
            "title": "tune digits to 0.95",
            "created_utc": "2026-11-27T18:55:00+00:00",
            "machine": MACHINE,
            "base": "digits",
            "base_recipe": DIGITS.to_toml(),
            "dataset": "digits",
            "n_train": 1193,
            "n_validation": 244,
            "n_test": 360,
            "target": TARGET,
            "score_name": "accuracy",
            "goals": goals,
            "asked_goals": ("energy",) if goals == ("time",) else goals,
            "seeds": 5,
            "settings": SETTINGS,
            "baseline": ADAM,
            "trials": trials,
            "finalists": finalists,
            "front": (first,),
            "importance": importance.shares,
            "importance_note": importance.note,
            "winner": 0,
            "distinguishable": False,
            "recipe": finalists[0].recipe,
            "opened": OPENED,
            "spent": Spent(
                budget_s=180.0, reserved_s=40.0, preparing_s=9.5, search_s=108.0, finals_s=31.0, opening_s=1.6
            ),
            "complete": True,
            "storage": "sqlite:///wattlab-studies/tune-digits-20261127-185500/optuna.db",
            "dashboard": "optuna-dashboard sqlite:///wattlab-studies/tune-digits-20261127-185500/optuna.db",
            "sampler": "TPE (multivariate, group), seed 0",
            **facts,
        }
    )


def clear_answer() -> Tune:
    """Return a study with a winner that is better than the others; Adam missed the target."""
    missed = ADAM.model_copy(
        update={
            "reached": False,
            "cost": {"time": None, "energy": None, "memory": 1.1e8},
            "score": 0.9467,
            "epochs": 60,
            "wall_s": 18.3,
            "reason": "the best of 60 epochs is below the target",
            "ratio": 18.3 / 1.41,
            "at_least": True,
        }
    )
    others = (2.3, 2.2, 2.5, 2.4, 2.6)
    finalists = (
        finalist(BEST_TRIALS[0], BEST),
        finalist(BEST_TRIALS[1], others, "worse", ratio=censored_ratio(others, BEST)),
        finalist(0, (None, None, 4.1, None, 4.4), "missed", is_base=True),
    )
    return answer(baseline=missed, finalists=finalists, recipe=finalists[0].recipe, distinguishable=True)


def nothing_reached() -> Tune:
    """Return a study in which no trial reached the target."""
    trials = tuple(trial(number, ("missed", "stopped", "refused")[number % 3]) for number in range(7))
    note = importance_of(trials, SETTINGS, "time").note
    missed = ADAM.model_copy(
        update={"reached": False, "cost": {"time": None}, "ratio": None, "score": 0.93, "epochs": 60}
    )
    return answer(
        trials=trials,
        finalists=(),
        front=(),
        winner=None,
        recipe=None,
        opened=None,
        baseline=missed,
        importance={},
        importance_note=note,
    )


def one_candidate() -> Tune:
    """Return a study with a single candidate, of two seeds, whose winner misses the target on the test part."""
    few = tuple(trial(number) for number in range(4))
    only = finalist(2, BEST[:2])
    below = OPENED.model_copy(update={"test_score": 0.9444, "reached": False})
    note = importance_of(few, SETTINGS, "time")
    return answer(
        trials=few,
        finalists=(only,),
        recipe=only.recipe,
        opened=below,
        baseline=None,
        importance=note.shares,
        importance_note=note.note,
    )


def several_goals() -> Tune:
    """Return a study of time and accuracy, without a target."""
    trials = search(target=None, count=34)
    goals: tuple[Goal, ...] = ("time", "accuracy")
    front: list[int] = []
    best = 0.0
    for one in sorted(trials, key=lambda one: one.cost["time"] or 1e9):
        if (one.cost["accuracy"] or 0.0) > best:
            best = one.cost["accuracy"] or 0.0
            front.append(one.number)
    chosen = [front[0], front[len(front) // 2], front[-1]]
    finalists = tuple(
        finalist(
            number,
            tuple(round((trials[number].cost["time"] or 1.0) * one, 3) for one in (1.0, 1.02, 0.97)),
            "on the front",
            rate=None,
            score=estimate([(trials[number].score or 0.0) + one for one in (0.0, 0.001, -0.002)], ""),
        )
        for number in chosen
    )
    return answer(
        title="tune digits",
        target=None,
        goals=goals,
        asked_goals=goals,
        trials=trials,
        front=tuple(front),
        finalists=finalists,
        winner=None,
        recipe=None,
        opened=None,
        baseline=ADAM.model_copy(update={"reached": False, "ratio": None}),
        base_recipe=DIGITS.with_changes({"stop.target": None}).to_toml(),
    )


KINDS = {
    "no difference": answer,
    "a clear winner": clear_answer,
    "nothing reached": nothing_reached,
    "one candidate": one_candidate,
    "several goals": several_goals,
}
