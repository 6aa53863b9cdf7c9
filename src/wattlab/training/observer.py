"""What a training tells whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe

__all__ = ["EpochReport", "Observer", "Plan"]


@dataclass(frozen=True)
class Plan:
    """What lies ahead when a training starts or is resumed.

    Parameters
    ----------
    recipe : Recipe
    run_id : str
    first_epoch : int
        0-based; more than 0 if resumed.
    n_batches : int
        Batches in an epoch.
    n_samples : int
        Samples in an epoch.
    n_parameters : int
    """

    recipe: Recipe
    run_id: str
    first_epoch: int
    n_batches: int
    n_samples: int
    n_parameters: int


@dataclass(frozen=True)
class EpochReport:
    """A finished epoch; scores are None where they were not asked for.

    Parameters
    ----------
    epoch : int
        1-based.
    epochs : int
        Epochs of the recipe.
    loss : float
        Mean cost of the epoch's batches.
    train_score, validation_score, test_score : float or None
        Accuracy, or R² for regression.
    samples_per_s : float
        Training samples per second of this epoch, evaluation excluded.
    power : Quantity
        Present power, in W.
    elapsed_s : float
        Since the start.
    judged_score : float or None
        Score on the part on which target and patience are judged.
    energy : Quantity
        Gross energy since the start. Unit: J.
    """

    epoch: int
    epochs: int
    loss: float
    train_score: float | None
    validation_score: float | None
    test_score: float | None
    samples_per_s: float
    power: Quantity
    elapsed_s: float
    judged_score: float | None
    energy: Quantity


class Observer:
    """Watches a training; every method may be overridden, none has to be."""

    def started(self, plan: Plan) -> None:
        """Training is about to begin."""

    def batches(self, epoch: int, done: int) -> None:
        """`done` batches of the 1-based `epoch` are finished; called several times a second at most."""

    def epoch(self, report: EpochReport) -> None:
        """Take note that an epoch and its evaluations are finished."""

    def warning(self, message: str) -> None:
        """Take note of something that went wrong, but does not end the training; `message` is a sentence."""

    def ended(self) -> None:
        """Nothing more will come, whether the training finished, failed or was interrupted."""
