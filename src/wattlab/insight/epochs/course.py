"""How loss and score went, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.records.run import Run

__all__ = ["Course", "course_of"]

_SCORES = ("test", "validation", "train")


class Course(NamedTuple):
    """Loss and score by epoch, from a run's history.

    Attributes
    ----------
    epochs : ndarray of shape (n_epochs,), int
        From 1 on.
    loss : ndarray of shape (n_epochs,)
        Mean cost of the epoch's batches.
    score : ndarray of shape (n_epochs,)
        Of the part that `score_name` tells; NaN where it was not asked for.
    score_name : str
        Such as "test accuracy"; empty where no score is known.
    """

    epochs: NDArray[np.int64]
    loss: NDArray[np.float64]
    score: NDArray[np.float64]
    score_name: str

    def title(self, epoch: int) -> str:
        """Return epoch, score and loss in a line; `epoch` 0 is before the first one."""
        head = f"Epoch {epoch} of {len(self.epochs)}"
        if epoch == 0:
            return f"{head}: initial weights"
        score, loss = self.score[epoch - 1], self.loss[epoch - 1]
        told = f"{self.score_name} {score:.4f}, " if np.isfinite(score) else ""
        return f"{head}: {told}loss {loss:.4g}"


def course_of(run: Run) -> Course:
    """Return how loss and score of a run went: its test score, else that of the validation or training part."""
    history, name = run.history, run.record.score_name
    found = next((part for part in _SCORES if np.isfinite(history[f"{part}_score"]).any()), None)
    nothing = np.full(history.n_epochs, np.nan)
    shown = {"train": "training"}.get(found or "", found)
    return Course(
        epochs=np.arange(1, history.n_epochs + 1),
        loss=history["mean_batch_cost"],
        score=nothing if found is None else history[f"{found}_score"],
        score_name="" if found is None else f"{shown} {name}",
    )
