"""Step reports that nobody measured, with numbers known by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattlab import __version__
from wattlab.cluster.step_report import DataUsed, StepFailure, StepReport, StepsAsked
from wattlab.machine.fingerprint import describe_machine
from wattlab.meter import Cost, measured, missing, modelled
from wattlab.studies.sweep import study as study_module
from wattlab.studies.sweep.asked import SweepAsked
from wattlab.studies.sweep.rounds import SweepRounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pytest

    from wattlab.recipe import Recipe

BLOCKS = (0.99, 1.0, 1.01, 1.0, 1.0)
SPEED = {"float64": 2.0, "float32": 1.0, "bfloat16": 0.4, "tf32": 0.8, "float16": 0.5}


def make_report(batch_size: int, step_s: float, asked: StepsAsked | None = None, **facts: Any) -> StepReport:
    """Return a report of 50 steps in five blocks, which together take 50 times `step_s`."""
    seconds = 50 * step_s
    energy = modelled(10.0 * seconds, "J", "model:tdp", (5.0 * seconds, 20.0 * seconds))
    cost = Cost(
        wall=measured(seconds, "s", "clock:wall"),
        cpu=measured(seconds, "s", "clock:cpu"),
        energy=energy,
        idle=energy,
        net=energy,
        peak_memory=measured(2.0**30, "B", "memory:peak-rss"),
    )
    told = {
        "wattlab_version": __version__,
        "machine": describe_machine().to_dict(),
        "data": DataUsed(name="blobs", synthetic=False, n_train=96, n_features=2),
        "batch_size": batch_size,
        "asked": asked or StepsAsked(),
        "block_steps": (10,) * 5,
        "block_s": tuple(10 * step_s * one for one in BLOCKS),
        "warm_up_steps": 10,
        "cost": cost,
        "start_up": measured(1.0, "s", "clock:wall"),
        "loading": measured(0.1, "s", "clock:wall"),
        "compiling": measured(0.0, "s", "clock:wall"),
        "warming_up": measured(0.1, "s", "clock:wall"),
        "processor_use": measured(0.5, "1", "clock:cpu"),
        "card_use": missing("1", "the training runs on the processor"),
        "memory_before": measured(2.0**28, "B", "memory:rss"),
        "memory_above": measured(3 * 2.0**28, "B", "memory:peak-rss"),
        "skipped_steps": 0,
        "allocation_retries": None,
        "major_faults": 0,
        "facts": {"device": "cpu", "threads": 2, "precision": "float32"},
    }
    return StepReport.model_validate({**told, **facts})


class Steps:
    """Stands for the processes that time steps; a step takes 0.1 ms a sample, times a factor by number format.

    Parameters
    ----------
    fates : dict
        By a part of the recipe's TOML: the cause of a failure.
    """

    def __init__(self, fates: dict[str, str] | None = None) -> None:
        self.fates = fates or {}
        self.done: list[tuple[str, Any]] = []
        self.interrupt_after: int | None = None

    def __call__(
        self, recipe: Recipe, asked: StepsAsked, folder: Path, name: str, timeout_s: float
    ) -> StepReport | StepFailure:
        assert folder.is_dir()
        assert timeout_s > 0
        if len(self.done) == self.interrupt_after:
            raise KeyboardInterrupt
        precision, size = recipe.engine.precision, recipe.training.batch_size
        self.done.append((precision, size))
        cause = next((cause for part, cause in self.fates.items() if part in recipe.to_toml()), None)
        if cause is not None:
            return StepFailure.model_validate({"cause": cause, "reason": f"it {cause}", "wall_s": 1.0})
        assert size != "all"
        # Rounds differ by a thousandth, as machines do.
        drift = 1 + 0.001 * int(name[6:9])
        return make_report(size, 1e-4 * size * SPEED[precision] * drift, asked)


def install(monkeypatch: pytest.MonkeyPatch, steps: Steps, **more: Callable[..., Any]) -> None:
    """Let sweeps ask `steps` on a machine that is always quiet."""

    def rounds(*arguments: Any, **options: Any) -> SweepRounds:
        return SweepRounds(*arguments, **{"measure": steps, "load": lambda _: 0.0, **more, **options})

    monkeypatch.setattr(study_module, "SweepRounds", rounds)


def asked_for(
    recipe: Recipe | str, vary: Mapping[str, Sequence[Any]] | None = None, **options: Any
) -> SweepAsked:
    """Return a question about two number formats at two batch sizes."""
    default: Mapping[str, Sequence[Any]] = {"precision": ["float32", "float64"], "batch_size": [16, 32]}
    return SweepAsked(recipe, vary or default, **options)
