"""Seconds of an epoch in steady state, from the history of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.batches import batch_bounds

if TYPE_CHECKING:
    from wattlab.records.run import Run

__all__ = ["epoch_s", "samples_per_epoch"]


def epoch_s(run: Run) -> float | None:
    """Return the median seconds of an epoch's training, shuffling included; None if no epoch was finished.

    The first epoch is left out where there are others: caches fill in it, and what was not compiled before
    it is compiled in it. Evaluations are not in it.
    """
    seconds = run.history["shuffle_s"] + run.history["batches_s"]
    steady = seconds[1:] if len(seconds) > 1 else seconds
    return float(np.median(steady)) if len(steady) else None


def samples_per_epoch(run: Run) -> int:
    """Return how many training samples an epoch goes through; a short last batch may be dropped."""
    training = run.recipe.training
    return batch_bounds(run.record.dataset.n_train, training.batch_size, training.last_batch)[-1][1]
