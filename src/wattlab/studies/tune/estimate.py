"""What one trial will take, from some steps of it in a fresh process: so that no budget is spent on nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.cluster.step_report import StepFailure, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.data.batches import batch_bounds
from wattlab.errors import UserError
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


def check_budget(budget_s: float, left_s: float, trial: TrialTime) -> None:
    """Refuse a budget in which not even the cheapest starting point can be trained.

    Raises
    ------
    wattlab.errors.UserError
        Says what one trial is estimated to take, and how the budget is divided.
    """
    if left_s - RESERVED * budget_s >= trial.total_s:
        return
    needed_s = (trial.total_s + budget_s - left_s) / (1 - RESERVED)
    epochs = "1 epoch" if trial.epochs == 1 else f"{trial.epochs} epochs"
    msg = (
        f"--budget {format_seconds(budget_s)} is too small for one trial: the cheapest is estimated to take "
        f"{format_seconds(trial.total_s)} ({format_seconds(trial.start_s)} to start, then {epochs} of "
        f"{format_seconds(trial.epoch_s)}), and {RESERVED:.0%} of the budget are set aside for repetitions; say at "
        f"least --budget {max(1, round(needed_s + 0.5))}s, and a hundred times that for a search"
    )
    raise UserError(msg)
