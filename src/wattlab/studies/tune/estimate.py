"""What one trial will take, from some steps of it in a fresh process: so that no budget is spent on nothing."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.cluster.step_report import StepFailure, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.data.batches import batch_bounds
from wattlab.errors import UserError
from wattlab.studies.tune.baseline import cap_of
from wattlab.studies.tune.budget import RESERVED
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

__all__ = ["TrialTime", "check_budget", "estimate_trial"]

_ASKED: Final = StepsAsked(warm_up=10, steps=40, at_least_s=0.2, limit_s=2.0)
_LONGEST_S: Final = 600.0


class TrialTime(NamedTuple):
    """How long a trial takes.

    Attributes
    ----------
    start_s : float
        Until its first step: interpreter, data, reduction, compiling. Unit: s.
    epoch_s : float
        Of each epoch, without evaluation. Unit: s.
    epochs : int
    """

    start_s: float
    epoch_s: float
    epochs: int

    @property
    def total_s(self) -> float:
        """All of it. Unit: s."""
        return self.start_s + self.epochs * self.epoch_s


def estimate_trial(recipe: Recipe, n_train: int, folder: Path) -> TrialTime:
    """Time some steps of a recipe, and return what its whole training would take.

    Parameters
    ----------
    recipe : Recipe
        Of the cheapest starting point.
    n_train : int
        Samples of the training part.
    folder : Path
        Gets the files of the process.

    Raises
    ------
    wattlab.errors.UserError
        If it cannot be trained at all, with the reason.
    """
    found = run_steps(recipe, _ASKED, folder, "estimate", _LONGEST_S)
    if isinstance(found, StepFailure):
        msg = f"recipe {recipe.name!r} cannot be trained here, so there is nothing to search: {found.reason}"
        raise UserError(msg)
    training = recipe.training
    n_steps = len(batch_bounds(n_train, training.batch_size, training.last_batch))
    before = (found.start_up, found.loading, found.compiling)
    step_s = min(found.step_times_s)  # what other programs add is none of its own
    return TrialTime(sum(one.value or 0.0 for one in before), n_steps * step_s, training.epochs)


def check_budget(budget_s: float, left_s: float, trial: TrialTime, *, baseline: bool = False) -> None:
    """Refuse a budget in which not even the cheapest starting point can be trained.

    Parameters
    ----------
    budget_s, left_s : float
        The whole, and what the estimate has left of it. Unit: s.
    trial : TrialTime
        Of the cheapest starting point.
    baseline : bool, optional
        Whether Adam at its defaults is trained, too.

    Raises
    ------
    wattlab.errors.UserError
        Says what one trial is estimated to take, and how the budget is divided.
    """
    spent_s = budget_s - left_s
    if _needed_s(budget_s, spent_s, trial, baseline=baseline) <= budget_s:
        return
    least_s = max(1, ceil(budget_s))
    while _needed_s(least_s, spent_s, trial, baseline=baseline) > least_s:
        least_s += 1
    adam_s = cap_of(least_s, trial.total_s) if baseline else 0.0
    adam = f" + {format_seconds(adam_s)} at most for Adam at its defaults (--no-baseline)" if baseline else ""
    epochs = "1 epoch" if trial.epochs == 1 else f"{trial.epochs} epochs"
    msg = (
        f"--budget {format_seconds(budget_s)} is too small for one trial. The least is --budget {least_s}s: "
        f"{format_seconds(spent_s)} for this estimate{adam} + {format_seconds(trial.total_s)} for the cheapest trial "
        f"({format_seconds(trial.start_s)} to start, then {epochs} of {format_seconds(trial.epoch_s)}) + "
        f"{format_seconds(RESERVED * least_s)} ({RESERVED:.0%}) set aside for repetitions = "
        f"{format_seconds(_needed_s(least_s, spent_s, trial, baseline=baseline))}. A search takes a hundred times that"
    )
    raise UserError(msg)


def _needed_s(budget_s: float, spent_s: float, trial: TrialTime, *, baseline: bool) -> float:
    """Return what one trial and all around it take of a budget. Unit: s."""
    adam_s = cap_of(budget_s, trial.total_s) if baseline else 0.0
    return spent_s + adam_s + trial.total_s + RESERVED * budget_s
