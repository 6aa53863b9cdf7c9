"""Studies of threads whose processes are made up: what a step takes with each number of threads is known by heart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.cluster.step_report import StepFailure, StepReport
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.threads import ThreadPool
from wattlab.meter import Quantity, measured, modelled
from wattlab.studies.threads import cells, planning, study
from wattlab.studies.threads.rounds import ThreadsRounds
from wattlab.studies.trainings.trained import Trained

from ..sweep.invented import make_report  # noqa: TID252

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from wattlab.cluster.step_report import StepsAsked
    from wattlab.recipe import Recipe

QUAD_CORE = {1: 8.0, 2: 4.4, 4: 3.0, 8: 3.9}
"""Milliseconds of a step on a quad-core with two threads a core: as in the sources, all of them are too many."""
POWER_W = {1: 20.0, 2: 27.0, 4: 45.0, 8: 50.0}


class Steps:
    """Stands for the processes that time steps.

    Parameters
    ----------
    step_ms : dict
        Of a step by number of threads.
    sensor : {"measured", "modelled"}
        Where the energy comes from.
    noise : float
        Standard deviation of a round with more than one thread, as a share.
    """

    def __init__(
        self, step_ms: dict[int, float] | None = None, sensor: str = "modelled", noise: float = 0.0
    ) -> None:
        self.step_ms, self.sensor, self.noise = step_ms or QUAD_CORE, sensor, noise
        self.busy: dict[int, float] = {}
        self.reported: dict[int, int] = {}
        self.fates: dict[int, str] = {}
        self.done: list[tuple[str, int]] = []
        self.interrupt_after: int | None = None

    def __call__(
        self, recipe: Recipe, asked: StepsAsked, folder: Path, name: str, timeout_s: float
    ) -> StepReport | StepFailure:
        if len(self.done) == self.interrupt_after:
            raise KeyboardInterrupt
        count = recipe.engine.threads
        assert count is not None
        self.done.append((recipe.engine.name, count))
        if count in self.fates:
            return StepFailure.model_validate(
                {"cause": self.fates[count], "reason": f"it {self.fates[count]}", "wall_s": 1.0}
            )
        number = int(name[6:9])
        drawn = self.noise * np.random.default_rng([count, number]).normal() if count > 1 else 0.0
        factor = (1 + 0.001 * number) * (1 + drawn)
        return self._report(recipe, count, 1e-3 * self.step_ms[count] * factor, asked)

    def _report(self, recipe: Recipe, count: int, step_s: float, asked: StepsAsked) -> StepReport:
        size = recipe.training.batch_size
        assert size != "all"
        report = make_report(size, step_s, asked)
        wall_s = 50 * step_s
        cost = replace(
            report.cost,
            cpu=measured(self.busy.get(count, 0.95 * count) * wall_s, "s", "clock:cpu"),
            energy=self._energy(POWER_W.get(count, 10.0 * count) * wall_s),
        )
        facts = {**report.facts, "threads": self.reported.get(count, count)}
        if recipe.engine.name == "keras":
            facts["inter_threads"] = recipe.engine.model_dump()["inter_threads"] or 8
        libraries = (ThreadPool("blas", "openblas 0.3", count), ThreadPool("openmp", "openmp", 8))
        return report.model_copy(update={"cost": cost, "facts": facts, "libraries": libraries})

    def _energy(self, joules: float) -> Quantity:
        if self.sensor == "measured":
            return measured(joules, "J", "rapl:package-0", (0.99 * joules, 1.01 * joules))
        return modelled(joules, "J", "model:tdp", (0.5 * joules, 2 * joules))


def train_at_once(recipe: Recipe, folder: object, name: str, **options: Any) -> Trained:
    """Stand for a whole training: as long as 100 steps and a second; accuracy depends on the seed, and on rounding."""
    count, seed = recipe.engine.threads, recipe.seed
    assert count is not None
    wall_s = (1 + 0.1 * QUAD_CORE[count]) * (1 + 0.002 * seed)
    reached = recipe.stop.target is None or recipe.stop.target < 0.9
    return Trained(
        candidate=options["candidate"],
        seed=seed,
        run=name,
        score_name="accuracy",
        target=recipe.stop.target,
        reached=None if recipe.stop.target is None else reached,
        epochs=recipe.training.epochs,
        score=0.9 + 0.01 * seed + 1e-5 * count,
        time_to_target=measured(0.5 * wall_s, "s", "clock:wall") if recipe.stop.target and reached else None,
        wall=measured(wall_s, "s", "clock:wall"),
        cpu=measured(wall_s * count, "s", "clock:cpu"),
        energy=modelled(10 * wall_s, "J", "model:tdp"),
    )


def install(
    monkeypatch: pytest.MonkeyPatch, steps: Steps, usable: int = 8, physical: int = 4, logical: int = 8
) -> None:
    """Let studies of threads ask `steps` on a quiet machine with so many cores."""
    machine = replace(describe_machine(), usable_cores=usable, physical_cores=physical, logical_cores=logical)

    def rounds(*arguments: Any, **options: Any) -> ThreadsRounds:
        fakes = {"measure": steps, "train": train_at_once, "load": lambda _: 0.0}
        return ThreadsRounds(*arguments, **{**fakes, **options})

    monkeypatch.setattr(study, "ThreadsRounds", rounds)
    monkeypatch.setattr(planning, "describe_machine", lambda: machine)
    monkeypatch.setattr(cells, "usable_cores", lambda: usable)
