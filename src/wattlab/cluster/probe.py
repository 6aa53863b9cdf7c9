"""The first steps of a training in a process of its own: ``python -m wattlab.cluster.probe RECIPE STEPS OUT``.

A process of its own, because one process can have one Keras backend only. The steps are taken twice: batch by
batch, and an epoch's in one call, as a training takes them. OUT is an npz file with the loss of every step and the
weights after the last one, of both ways.
"""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zipfile import BadZipFile

import numpy as np

from wattlab.cluster.ending import exit_code
from wattlab.data.batches import batch_bounds, order
from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import RunError
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import Steps, StepValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import BatchLog, Trainer, Weights

__all__ = ["MODULE", "Batch", "Probe", "first_steps", "main"]

MODULE: Final = "wattlab.cluster.probe"
_ALONE: Final = "alone/"
_AT_ONCE: Final = "at-once/"
_MOST_SKIPS: Final = 40
"""A dynamic loss scale begins at 2^16 and is halved by every step that is left out."""


@dataclass(frozen=True)
class Probe:
    """What the first steps of a training gave.

    Parameters
    ----------
    costs : ndarray of shape (n_steps,), float64
        Loss of each batch before its update, regularisation included.
    weights : dict of arrays
        After the last step, each batch by a call of its own.
    weights_at_once : dict of arrays
        After the same steps, an epoch's batches in one call as in a training. Their losses are left out: scikit-learn
        tells only the mean of a call.
    """

    costs: NDArray[np.float64]
    weights: Weights
    weights_at_once: Weights

    def save(self, path: Path) -> None:
        """Write all of it to an npz file."""
        ways = {_ALONE: self.weights, _AT_ONCE: self.weights_at_once}
        arrays = {f"{way}{name}": array for way, found in ways.items() for name, array in found.items()}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, costs=self.costs, **arrays)

    @classmethod
    def load(cls, path: Path) -> Probe:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            return cls(arrays["costs"], _of_way(arrays, _ALONE), _of_way(arrays, _AT_ONCE))
        except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
            msg = f"{str(path)!r} cannot be read ({error}); run the verification again"
            raise RunError(msg) from error


def _of_way(arrays: Mapping[str, NDArray[Any]], way: str) -> Weights:
    return {name.removeprefix(way): one for name, one in arrays.items() if name.startswith(way)}


class Batch(NamedTuple):
    """A step's rows, and its rates, of shape (1,).

    Parameters
    ----------
    epoch : int
        0-based.
    rows : ndarray of shape (batch_size,), int64
    values : StepValues
    """

    epoch: int
    rows: NDArray[np.int64]
    values: StepValues


def first_steps(recipe: Recipe, n_steps: int) -> Probe:
    """Compute the first steps of a training: same weights, same batches, same rates as in the whole.

    Parameters
    ----------
    recipe : Recipe
        As for a training.
    n_steps : int
        Updates; fewer where the recipe's epochs hold fewer whole batches.

    Returns
    -------
    Probe
        Without dropout and sampling noise, which every library draws in its own way.

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.
    """
    recipe = recipe.model_copy(update={"network": recipe.network.without_noise()})
    engine = get_engine(recipe.engine.name)
    engine.check(recipe)
    silent = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # as in a training
    with engine.threads(recipe), silent:
        dataset = load(recipe.data)
        data = prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))
        weights = initial_weights(recipe.network, Inputs.of(data), data.n_outputs, recipe.seed)
        trainer = engine.start(recipe, data, weights)
        trainer.warm_up()
        batches = list(islice(_batches(recipe, len(data.train.labels)), n_steps))
        start = trainer.state()
        costs = np.array([_step(trainer, batch) for batch in batches])
        trainer.synchronize()
        weights = trainer.weights()
        trainer.restore(start)
        return Probe(costs, weights, _at_once(trainer, batches))


def _batches(recipe: Recipe, n_samples: int) -> Iterator[Batch]:
    """Yield the whole batches, epoch after epoch."""
    training = recipe.training
    bounds = batch_bounds(n_samples, training.batch_size, training.last_batch)
    longest = bounds[0][1]
    for epoch in range(training.epochs):
        rows = order(recipe.seed, epoch, n_samples, shuffle=training.shuffle)
        steps = Steps.of_epoch(epoch, len(bounds), training.epochs)
        values = recipe.schedule_values(steps)
        for index, (start, stop) in enumerate(bounds):
            if stop - start == longest:
                yield Batch(epoch, rows[start:stop], values.part(index, index + 1))


def _at_once(trainer: Trainer, batches: Sequence[Batch]) -> Weights:
    """Take the batches of each epoch in one call; in float16 only those from which on the loss scale fits."""
    start, n_alone, skipped = trainer.state(), 0, True
    while skipped:
        trainer.restore(start)
        for batch in batches[:n_alone]:
            _step(trainer, batch)
        epochs = groupby(batches[n_alone:], key=lambda batch: batch.epoch)
        skipped = sum(_train_joined(trainer, list(group)).n_skipped for _, group in epochs) > 0
        n_alone += 1
    trainer.synchronize()
    return trainer.weights()


def _train_joined(trainer: Trainer, batches: Sequence[Batch]) -> BatchLog:
    """Take the batches of one epoch in one call."""
    return trainer.train(*_joined(batches), epoch=batches[0].epoch)


def _joined(batches: Sequence[Batch]) -> tuple[NDArray[np.int64], StepValues]:
    """Return the rows and values of batches, one after the other."""
    values = StepValues.joined([batch.values for batch in batches])
    return np.concatenate([batch.rows for batch in batches]), values


def _step(trainer: Trainer, batch: Batch) -> float:
    """Apply one update and return the cost before it.

    In float16 the update is left out until the loss scale fits; that changes no weight, so the same batch is
    tried again.
    """
    for _ in range(_MOST_SKIPS):
        log = trainer.train(batch.rows, batch.values, epoch=batch.epoch)
        if not log.n_skipped:
            break
    return float(log.cost[0])


def main(arguments: Sequence[str]) -> int:
    """Compute the first steps of the recipe in a file, write them, and return the exit code."""
    recipe, steps, out = arguments
    return exit_code(lambda: first_steps(Recipe.named(recipe), int(steps)).save(Path(out)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
