"""One cell's steps in a fresh process that is ended before the whole machine runs out of memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from wattlab.cluster.local import run_process
from wattlab.cluster.memory_limit import MemoryLimit, room_B
from wattlab.cluster.step_report import StepFailure, StepReport
from wattlab.cluster.steps import run_steps
from wattlab.machine.memory import free_memory_B

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.cluster.step_report import StepsAsked
    from wattlab.recipe import Recipe

__all__ = ["SeldomWatch", "measure_cell", "memory_limit"]

_EVERY: Final = 4
"""Looks of the process for one at its memory: each takes some time from what is being timed."""


def measure_cell(
    recipe: Recipe, asked: StepsAsked, folder: Path, name: str, timeout_s: float
) -> StepReport | StepFailure:
    """Time the steps of a recipe in a process that may have the memory that is free, but for a reserve.

    Parameters
    ----------
    recipe : Recipe
        The cell's.
    asked : StepsAsked
        How many steps.
    folder : Path
        Gets the files of the process.
    name : str
        Of these files.
    timeout_s : float
        Longest time of the process. Unit: s.
    """
    limit = memory_limit()
    run = partial(run_process, watch=SeldomWatch(limit))
    found = run_steps(recipe, asked, folder, name, timeout_s, run)
    if isinstance(found, StepFailure) and limit.shortage is not None:
        return found.model_copy(update={"cause": "out of memory"})
    return found


def memory_limit() -> MemoryLimit:
    """Return the limit that a process is under: what is free now, less a reserve for the system."""
    return MemoryLimit(room_B(free_memory_B()))


class SeldomWatch:
    """Asks a limit at every fourth look only.

    Parameters
    ----------
    limit : MemoryLimit
    """

    def __init__(self, limit: MemoryLimit) -> None:
        self._limit, self._looks = limit, 0

    def __call__(self, pid: int) -> str | None:
        """Return why the process of that number must end, in a sentence, or None."""
        self._looks += 1
        return self._limit(pid) if self._looks % _EVERY == 1 else None
