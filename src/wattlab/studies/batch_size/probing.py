"""The probes of a search: each in a fresh process under a limit of memory and time, kept as soon as it is over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from wattlab.cluster.load import quiet_load
from wattlab.cluster.local import run_process
from wattlab.cluster.memory_limit import MemoryLimit
from wattlab.cluster.step_clock import START_S, StepClock, stepping_file
from wattlab.cluster.step_report import StepFailure, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.errors import UnsupportedError
from wattlab.meter.clock import wall_s
from wattlab.studies.batch_size.probe import Probe, Seen, judge
from wattlab.studies.batch_size.store import name_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.step_report import StepReport
    from wattlab.recipe import Recipe
    from wattlab.studies.batch_size.observer import SearchObserver
    from wattlab.studies.batch_size.plan import BatchSizePlan
    from wattlab.studies.batch_size.store import BatchSizeFolder

    Run = Callable[[Recipe, StepsAsked, Path, str, float, MemoryLimit], StepReport | StepFailure]

__all__ = ["Prober", "in_a_process"]

_WARM_UP: Final = 5
_SHARE: Final = 0.25
"""Share of the limit for the timed steps; the rest is for warming up and evaluating."""
_AT_LEAST_S: Final = 2.0
"""Time steps for so long, if the limit leaves room for it: sensors are slow. Unit: s."""


def in_a_process(
    recipe: Recipe, asked: StepsAsked, folder: Path, name: str, limit_s: float, limit: MemoryLimit
) -> StepReport | StepFailure:
    """Time steps in a fresh process that is ended when it holds more memory than it may, or its steps take too long."""
    clock = StepClock(stepping_file(folder / f"{name}.json"), limit_s, limit)
    found = run_steps(recipe, asked, folder, name, START_S + limit_s, partial(run_process, watch=clock))
    if isinstance(found, StepFailure) and clock.over:
        return found.model_copy(update={"cause": "timed out"})
    return found


class Prober:
    """Tries sizes; what an interrupted search has tried already is not tried again.

    Parameters
    ----------
    folder : BatchSizeFolder
    plan : BatchSizePlan
    observer : SearchObserver
    run : callable, optional
        Times steps in a process of its own.
    quiet : callable, optional
        Waits some seconds for a quiet machine; it is told whom to call if it has to wait.
    """

    def __init__(
        self,
        folder: BatchSizeFolder,
        plan: BatchSizePlan,
        observer: SearchObserver,
        run: Run = in_a_process,
        quiet: Callable[[Callable[[], None]], object] = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._run, self._quiet = run, quiet
        self.probes = folder.probes()

    def __call__(self, size: int, attempt: int) -> Probe:
        """Return what came of a size; it is tried if that is not known.

        Raises
        ------
        wattlab.errors.UnsupportedError
            If engine, data or recipe refuse for a reason that no other size mends.
        """
        if (size, attempt) not in self.probes:
            self._quiet(partial(self.observer.waiting, size))
            self.observer.probing(size, attempt)
            probe = self._try(size, attempt, self.plan.host_limit_B)
            self.folder.save_probe(probe)
            self.probes[size, attempt] = probe
            self.observer.probed(probe)
        return self.probes[size, attempt]

    def needed_B(self, size: int, room_B: int) -> float | None:
        """Return how much a size holds where it may hold more; None if that does not fit, either. Unit: B."""
        self.observer.probing(size, 2)
        probe = self._try(size, 2, room_B)
        return probe.memory.value if probe.step is not None else None

    def _try(self, size: int, attempt: int, host_limit_B: int) -> Probe:
        plan, limit = self.plan, MemoryLimit(host_limit_B)
        timed_s = plan.limit_s * _SHARE
        asked = StepsAsked(
            warm_up=_WARM_UP,
            steps=plan.steps,
            at_least_s=min(_AT_LEAST_S, timed_s / 2),
            limit_s=timed_s,
            evaluate=True,
            card_limit_B=plan.card_limit_B,
        )
        started_s = wall_s()
        found = self._run(
            plan.recipe_of(size), asked, self.folder.steps, name_of(size, attempt), plan.limit_s, limit
        )
        if isinstance(found, StepFailure) and found.refused:
            raise UnsupportedError(found.reason)
        return judge(
            size,
            attempt,
            found,
            Seen(limit.peak_B, limit.files_B, limit.shortage, wall_s() - started_s),
            plan.memory_B if plan.on_card else host_limit_B,
            on_card=plan.on_card,
        )
