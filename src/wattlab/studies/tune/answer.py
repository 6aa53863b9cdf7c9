"""The answer of a tuning study: what was tried, which candidates were repeated, and the recipe that won; frozen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.answer_file import read_answer
from wattlab.studies.row import Answer, Frozen
from wattlab.studies.trainings.censored import (  # noqa: TC001 (pydantic reads them)
    CensoredMedian,
    CensoredRatio,
    SuccessRate,
)

__all__ = [
    "ANSWER",
    "Baseline",
    "Finalist",
    "Goal",
    "Opened",
    "Origin",
    "Setting",
    "Spent",
    "Tune",
    "TunedTrial",
    "TunedVerdict",
    "Value",
]

ANSWER = "tune.json"
"""File that holds it, in the study's folder."""

Goal = Literal["time", "energy", "memory", "accuracy"]
"""What is made small, but for accuracy, which is made large."""
Value = str | int | float | bool | None
Origin = Literal["base", "start", "sampled"]
"""base: the base recipe as it is; start: a starting point; sampled: proposed by the sampler."""
TunedState = Literal["reached", "missed", "done", "stopped", "too slow", "refused", "failed"]
"""reached, missed: ended by itself, with a target; done: without one; stopped: ended early, for the reason noted;
too slow: no process was started, as others like it took longer to start than the best took in all; refused: none was,
as the combination cannot run or was tried before; failed: its process did."""
TunedVerdict = Literal["best", "alone", "no difference", "worse", "missed", "unknown", "on the front"]
"""best: distinguishable from all others; alone: there is no other; no difference: not distinguishable from the
candidate that is written; missed: half or more of its trainings missed the target; unknown: too few rounds for a
verdict; on the front: of several goals, none is best."""


class Setting(Frozen):
    """One field that varies: values, or a range."""

    name: str
    """Such as "batch_size"; the parameter's name in Optuna, too."""
    path: str
    """Of the recipe's field, such as "training.batch_size"."""
    values: tuple[Value, ...] = ()
    """All that are tried; empty where it is a range."""
    low: float | None = None
    high: float | None = None
    log: bool = False
    whole: bool = False
    """The range is of whole numbers."""
    source: Literal["default", "asked", "range test"] = "default"
    """Who chose the values: wattlab, the user, or the learning-rate range test."""
    optimizers: tuple[str, ...] = ()
    """Kinds of optimizer that have it, such as ("adam", "adamw"); empty: every trial has it."""

    @property
    def text(self) -> str:
        """Return the values in words, such as "32, 64, 128" or "0.01 … 1 (log)"."""
        if self.low is None or self.high is None:
            return ", ".join(str(one) for one in self.values)
        return f"{self.low:g} … {self.high:g}{' (log)' if self.log else ''}"


class TunedTrial(Frozen):
    """One trial of the search: one training with one combination, in a process of its own."""

    number: int
    """That of the trial in Optuna."""
    values: dict[str, Value]
    """By name of the setting."""
    label: str
    """What differs from the base recipe, in words."""
    state: TunedState
    origin: Origin
    reason: str = ""
    """Why it was stopped, not started or failed, in a sentence."""
    cost: dict[Goal, float | None] = Field(default={})
    """By goal: time to target in s, energy in J, peak memory in B, accuracy (score) on the validation part. None where
    the target was missed or the training did not come to its end. Without a target: of the whole training."""
    score: float | None = None
    """Best on the validation part."""
    epochs: int = 0
    """That were finished."""
    wall_s: float = 0.0
    """Of the whole process. Unit: s."""
    energy: Quantity | None = None
    """Of the whole process. Unit: J."""
    peak_memory: Quantity | None = None
    elapsed_s: tuple[float, ...] = ()
    """Since the process began, at the end of each epoch. Unit: s."""
    scores: tuple[float | None, ...] = ()
    """On the validation part, after each epoch."""
    spent_s: float
    """Of the budget, at its end. Unit: s."""
    foreign_load: float = 0.0
    recipe: str = ""
    """As TOML: what was trained; empty where it was refused."""

    @property
    def began(self) -> bool:
        """Return whether a process was started for it."""
        return self.state not in {"refused", "too slow"}

    @property
    def told_score(self) -> float | None:
        """Return the score by which it is ranked, that of its last weights; of one that has no cost the best."""
        ranked = self.cost.get("accuracy")
        return self.score if ranked is None else ranked


class Baseline(Frozen):
    """Adam at its defaults on the same network: one training with a cap and, where the budget allows, repetitions."""

    label: str
    """Such as "Adam at its defaults: rate 0.001, batch size 128, constant"."""
    reached: bool
    """False: the target was not reached within the cap, or there is no target."""
    cost: dict[Goal, float | None]
    """As for a trial; None where it was missed."""
    score: float | None
    epochs: int
    wall_s: float
    energy: Quantity | None = None
    capped_s: float
    """When it would have been ended. Unit: s."""
    reason: str = ""
    """Why it did not reach the target, in a sentence."""
    ratio: float | None = None
    """Cost of the one training by the first goal over the winner's median: so many times cheaper is the winner, about.
    Where it missed the target within its cap: a lower bound, and `at_least` is true."""
    at_least: bool = False
    n: int = 0
    """Repetitions in the rounds of the finalists, with the same seeds; 0: there is the one training only."""
    n_reached: int = 0
    """Repetitions that reached the target within the cap."""
    spans: dict[Goal, CensoredMedian] = Field(default={})
    """Of the repetitions, by goal: median and interval; a miss is infinite."""
    compared: CensoredRatio | None = None
    """Cost of the repetitions by the first goal over that of the candidate that is written, paired by seed: above 1
    Adam is dearer. None: fewer than two seeds were trained with both."""
    elapsed_s: tuple[float, ...] = ()
    scores: tuple[float | None, ...] = ()

    @property
    def told_score(self) -> float | None:
        """Return the score, as a trial's is told."""
        ranked = self.cost.get("accuracy")
        return self.score if ranked is None else ranked


class Finalist(Frozen):
    """A candidate that was repeated over seeds."""

    label: str
    values: dict[str, Value]
    trial: int
    """Number of the trial that it comes from."""
    is_base: bool = False
    """It is the base recipe as it is."""
    n: int
    """Trainings, all with different seeds."""
    trained_seeds: tuple[int, ...] = ()
    """Their seeds; the search trained with another one."""
    n_reached: int
    """Those that reached the target; without a target, that came to their end."""
    rate: SuccessRate | None = None
    """Share that reached the target; None without a target."""
    spans: dict[Goal, CensoredMedian]
    """By goal, but for accuracy: median and interval over the seeds; a miss is infinite. Time, energy and memory are
    all there where known, whatever was asked."""
    energy: Quantity | None = None
    """Of the whole training, median over the seeds; says whether it is measured or modelled. Unit: J."""
    score: Estimate | None = None
    """Best score on the validation part, over the seeds."""
    ratio: CensoredRatio | None = None
    """Cost by the first goal over that of the candidate that is written, paired by seed: above 1 is dearer. With the
    goal of accuracy: of their errors, 1 less the score. None for the written one itself, and where none is."""
    verdict: TunedVerdict
    recipe: str
    """As TOML."""
    costs: dict[Goal, tuple[float | None, ...]] = Field(default={})
    """By goal, of every training; None is a miss."""
    failures: tuple[str, ...] = ()


class Opened(Frozen):
    """The test part, opened once: the winner, trained by its recipe."""

    run: str
    """Folder of the run."""
    seed: int | None = None
    """That of the recipe that is written, which the search trained with, too."""
    test_score: float | None
    """None where it failed."""
    score: float | None
    """Best on the validation part."""
    reached: bool | None
    """Whether the test score is at the target; None without a target or a score."""
    time_to_target: Quantity | None = None
    energy_to_target: Quantity | None = None
    wall: Quantity | None = None
    energy: Quantity | None = None
    failure: str | None = None


class Spent(Frozen):
    """Where the budget went. Unit: s."""

    budget_s: float
    reserved_s: float
    """Set aside for repetitions and the test, when the search ended."""
    preparing_s: float
    """Baseline and learning-rate range tests."""
    search_s: float
    finals_s: float
    """Repetitions over seeds."""
    opening_s: float
    """The last training, of which the test part was opened."""

    @property
    def total_s(self) -> float:
        """Return all that was spent. Unit: s."""
        return self.preparing_s + self.search_s + self.finals_s + self.opening_s


class Tune(Answer):
    """The cheapest recipe for this machine, as far as the budget went."""

    listed: ClassVar[str] = "trials"
    question: Literal["tune"] = "tune"
    base: str
    """Name of the base recipe."""
    base_recipe: str
    """As TOML, as it is searched around."""
    dataset: str
    n_train: int
    """Samples that were learned from."""
    n_validation: int
    """Samples on which was decided."""
    n_test: int
    """Samples of the test part, which was closed until the winner was named."""
    target: float | None
    score_name: Literal["accuracy", "R²"] | None
    goals: tuple[Goal, ...]
    """By what is really ranked; the first decides."""
    asked_goals: tuple[Goal, ...]
    """As they were asked: energy is not among `goals` where no sensor measures it."""
    seeds: int
    """Repetitions of each final candidate that were planned."""
    settings: tuple[Setting, ...]
    fixed: dict[str, Value] = Field(default={})
    """What the user fixed."""
    baseline: Baseline | None
    trials: tuple[TunedTrial, ...]
    finalists: tuple[Finalist, ...]
    """In order: the one that is written first."""
    front: tuple[int, ...] = ()
    """Numbers of the trials that no other beats in every goal; with one goal: the best alone."""
    importance: dict[str, float] = Field(default={})
    """By setting, the largest first: its share in what decides whether a trial is among the best by the first goal, as
    Optuna's PED-ANOVA estimates; they add up to 1. Empty: it cannot be told."""
    importance_note: str = ""
    """How it was estimated, or why it cannot be told, in a sentence."""
    winner: int | None = None
    """Index in `finalists` of the recipe that is written; None where there is none, or several goals."""
    distinguishable: bool = False
    """Whether the winner is better than every other finalist, and not only by chance."""
    recipe: str | None = None
    """The winning recipe as TOML, without comments on evidence."""
    opened: Opened | None = None
    spent: Spent
    complete: bool
    """Whether search, repetitions and test came to their end."""
    storage: str
    """Where Optuna keeps its study: an URL, without a password."""
    dashboard: str
    """Command that opens it in Optuna's own dashboard."""
    sampler: str
    """In words, such as "TPE (multivariate, group), seed 0"."""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> TunedTrial | None:
        """Return the best trial of the search by the first goal; None where none counts."""
        goal, sign = self.goals[0], -1 if self.goals[0] == "accuracy" else 1
        known = [(one.cost[goal], one) for one in self.trials if one.cost.get(goal) is not None]
        return min(known, key=lambda pair: sign * (pair[0] or 0.0))[1] if known else None

    @property
    def written(self) -> Finalist | None:
        """Return the finalist whose recipe is written; None where there is none."""
        return None if self.winner is None else self.finalists[self.winner]

    def to_json(self) -> str:
        """Return one JSON object."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def load(cls, folder: Path | str) -> Tune:
        """Read an answer from the study's folder.

        Raises
        ------
        wattlab.errors.RunError
            If it is not there, damaged, or of a schema version that this wattlab does not know.
        """
        return read_answer(Path(folder) / ANSWER, cls, "tuning study", "wattlab tune")
