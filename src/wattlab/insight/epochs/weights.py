"""The weights of a run after its epochs: those it has kept, or those of the same training done again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import RunError
from wattlab.insight.epochs.again import trained_again
from wattlab.records.model import Model
from wattlab.training import Observer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.records.kept_weights import KeptWeights
    from wattlab.records.run import Run

__all__ = ["EpochWeights", "choose_epochs", "epoch_weights"]


@dataclass(frozen=True)
class EpochWeights:
    """The weights of a run after some of its epochs.

    Parameters
    ----------
    run : Run
    epochs : tuple of int
        Ascending; 0 has the initial weights.
    kept : KeptWeights
        All that there are.
    is_again : bool
        The run has kept none, so its training was done again.
    difference : float
        Largest difference between the last weights and those of the run: 0 means that they are equal to the bit.
    """

    run: Run
    epochs: tuple[int, ...]
    kept: KeptWeights
    is_again: bool
    difference: float

    def model_at(self, epoch: int) -> Model:
        """Return the network as it was after so many epochs."""
        facts = self.run.record.dataset
        transform = self.run.model.transform
        return Model(self.run.recipe, transform, self.kept[epoch], facts.classes, facts.image_shape)

    @property
    def note(self) -> str:
        """How they were found, in a sentence without its full stop."""
        if not self.is_again:
            return "weights kept by the run"
        same = "equal to the run's to the bit"
        if self.difference:
            same = f"within {self.difference:.2g} of the run's"
        return (
            f"the run kept no weights by epoch: trained again with its recipe and seed, final weights {same}"
        )


@contextmanager
def epoch_weights(
    run: Run, *, every: int = 1, most: int = 100, observer: Observer | None = None
) -> Iterator[EpochWeights]:
    """Find the weights of a run after its epochs; where it has kept none, train it again in a temporary folder.

    Parameters
    ----------
    run : Run
        It stays as it is.
    every : int, optional
        Only every so many epochs, and the last one.
    most : int, optional
        No more epochs than that, about evenly spread, the first and the last among them.
    observer : Observer, optional
        Told of a training.

    Yields
    ------
    EpochWeights
        Usable inside the block.

    Raises
    ------
    wattlab.errors.RunError
        If the run has no finished epoch, or its training cannot be done again.
    """
    n_epochs = run.record.epochs
    if not n_epochs:
        msg = f"run {run.id!r} has no finished epoch ({run.record.stop_reason}), so nothing of it can be seen forming"
        raise RunError(msg)
    if len(run.weights_by_epoch) > 1:
        kept = run.weights_by_epoch
        yield EpochWeights(run, choose_epochs(kept, every, most), kept, is_again=False, difference=0.0)
        return
    # No more of them on the disk than are asked for.
    step = every * max(1, -(-n_epochs // (every * max(1, most - 1))))
    with trained_again(run, step, observer or Observer()) as kept:
        difference = _difference(run, kept)
        yield EpochWeights(run, choose_epochs(kept, every, most), kept, is_again=True, difference=difference)


def choose_epochs(kept: KeptWeights, every: int, most: int) -> tuple[int, ...]:
    """Return every so many of the epochs that were kept, at most so many, the last one among them.

    Where the run has kept fewer than `every` asks for, they are all there.
    """
    last = max(kept)
    wanted = np.array([epoch for epoch in kept if epoch % every == 0 or epoch == last])
    places = np.linspace(0, len(wanted) - 1, min(most, len(wanted))).round().astype(int)
    return tuple(int(epoch) for epoch in wanted[places])


def _difference(run: Run, kept: KeptWeights) -> float:
    """Return the largest difference between the last weights and those of the run."""
    again, weights = kept[run.record.epochs], run.model.weights()
    return max(
        float(np.abs(again[name].astype(np.float64) - array).max(initial=0.0))
        for name, array in weights.items()
    )
