"""Studies of threads whose processes are made up: what a step takes with each number of threads is known by heart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.cluster.step_report import StepFailure, StepReport
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.threads import ThreadPool
from wattlab.meter import Quantity, measured, modelled
from wattlab.studies.sweep.step_rounds import StepRounds
from wattlab.studies.threads import cells, study

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


def install(
    monkeypatch: pytest.MonkeyPatch, steps: Steps, usable: int = 8, physical: int = 4, logical: int = 8
) -> None:
    """Let studies of threads ask `steps` on a quiet machine with so many cores."""
    machine = replace(describe_machine(), usable_cores=usable, physical_cores=physical, logical_cores=logical)

    def rounds(*arguments: Any, **options: Any) -> StepRounds:
        return StepRounds(*arguments, **{"measure": steps, "load": lambda _: 0.0, **options})

    monkeypatch.setattr(study, "StepRounds", rounds)
    monkeypatch.setattr(study, "describe_machine", lambda: machine)
    monkeypatch.setattr(cells, "usable_cores", lambda: usable)
