"""One cell's steps in a fresh process that is ended before the whole machine runs out of memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wattlab.cluster.local import run_process
from wattlab.cluster.memory_limit import SeldomWatch, memory_limit
from wattlab.cluster.step_report import StepFailure, StepReport
from wattlab.cluster.steps import run_steps

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.cluster.step_report import StepsAsked
    from wattlab.recipe import Recipe

__all__ = ["measure_cell"]


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
