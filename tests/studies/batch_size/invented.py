"""A machine that is made up: its memory, speed and faults are known by heart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.cluster.step_report import DataUsed, StepFailure, StepReport, StepsAsked
from wattlab.machine.fingerprint import describe_machine
from wattlab.meter import Cost, measured, missing
from wattlab.studies.batch_size.plan import BatchSizePlan

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.cluster.memory_limit import MemoryLimit
    from wattlab.recipe import Recipe

MiB = 2**20
BASE_B, SAMPLE_B = 100 * MiB, MiB
MACHINE = {**describe_machine().to_dict(), "line": "a machine"}


def report(
    size: int,
    step_s: float = 0.01,
    memory_B: float = 200 * MiB,
    blocks: int = 10,
    retries: int | None = None,
    faults: int | None = 0,
    evaluation_B: float = 0.0,
) -> StepReport:
    """Return what a process says that did not fail; its blocks are of one step, 1 % apart."""
    times = tuple(step_s * (1 + 0.01 * (place - blocks // 2)) for place in range(blocks))
    second = measured(1.0, "s", "clock:wall")
    unknown = missing("1", "made up")

    def cost(peak_B: float) -> Cost:
        energy = measured(0.002 * size * blocks, "J", "rapl:package-0")
        return Cost(second, second, energy, energy, energy, measured(peak_B, "B", "memory:peak"))

    return StepReport(
        wattlab_version=__version__,
        machine=describe_machine().to_dict(),
        data=DataUsed(name="made-up", synthetic=False, n_train=10_000, n_features=4),
        batch_size=size,
        asked=StepsAsked(),
        block_steps=(1,) * blocks,
        block_s=times,
        warm_up_steps=5,
        cost=cost(memory_B),
        start_up=second,
        loading=second,
        compiling=second,
        warming_up=second,
        evaluation=cost(evaluation_B) if evaluation_B else None,
        processor_use=measured(0.5, "1", "clock:cpu"),
        card_use=unknown,
        memory_before=measured(1.0, "B", "memory:rss"),
        memory_above=measured(1.0, "B", "memory:rss"),
        skipped_steps=0,
        allocation_retries=retries,
        major_faults=faults,
        facts={},
    )


def failure(cause: str, reason: str = "it failed") -> StepFailure:
    return StepFailure.model_validate({"cause": cause, "reason": reason, "wall_s": 1.0})


@dataclass
class Machine:
    """Takes 100 MiB and one more for each sample; a step takes 1 ms and 10 µs for each sample."""

    causes: dict[int, str] = field(default_factory=dict)
    """What a size fails of, whatever its memory."""
    interrupt_at: int | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(
        self,
        recipe: Recipe,
        asked: StepsAsked,
        folder: Path,
        name: str,
        timeout_s: float,
        limit: MemoryLimit,
    ) -> StepReport | StepFailure:
        size = recipe.training.batch_size
        assert size != "all"
        self.asked.append(name)
        if len(self.asked) == self.interrupt_at:
            raise KeyboardInterrupt
        if size in self.causes:
            return failure(self.causes[size])
        limit.peak_B = BASE_B + size * SAMPLE_B
        if limit.peak_B > limit.limit_B:
            limit.shortage = "over"
            return failure("crashed", "it held too much and was ended")
        return report(size, 0.001 + size * 1e-5, limit.peak_B)


def make_plan(recipe: Recipe, limit_B: int = 500 * MiB, **changes: object) -> BatchSizePlan:
    facts: dict[str, object] = {
        "wattlab_version": __version__,
        "id": "invented",
        "title": "invented by native on cpu, float32",
        "created_utc": "2026-01-02T03:04:05",
        "machine": MACHINE,
        "recipe": recipe.to_toml(),
        "own_size": recipe.training.batch_size,
        "least": None,
        "most": 10_000,
        "n_train": 10_000,
        "steps": 10,
        "limit_s": 60.0,
        "host_limit_B": limit_B,
        "memory_B": limit_B,
        "memory_source": "--memory-limit",
        **changes,
    }
    return BatchSizePlan.model_validate(facts)
