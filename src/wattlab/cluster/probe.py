"""The first steps of a training in a process of its own: ``python -m wattlab.cluster.probe RECIPE STEPS OUT``.

A process of its own, because one process can have one Keras backend only. OUT is an npz file with the loss of
every step and the weights after the last one.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile

import numpy as np

from wattlab.data.batches import batch_bounds, order
from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import RunError, UserError
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import Steps, StepValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import Facts, Trainer, Weights

__all__ = ["MODULE", "Probe", "first_steps", "main"]

MODULE: Final = "wattlab.cluster.probe"
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
        After the last step.
    facts : dict
        What the engine really used.
    """

    costs: NDArray[np.float64]
    weights: Weights
    facts: Facts

    def save(self, path: Path) -> None:
        """Write all of it to an npz file."""
        with path.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                costs=self.costs,
                facts=np.array(json.dumps(self.facts)),
                **{f"weights/{name}": array for name, array in self.weights.items()},
            )

    @classmethod
    def load(cls, path: Path) -> Probe:
        """Read it back; `wattlab.errors.RunError` if the file is not there or damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            prefix = "weights/"
            weights = {
                name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)
            }
            return cls(arrays["costs"], weights, json.loads(str(arrays["facts"])))
        except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
            msg = f"{str(path)!r} cannot be read ({error}); run the verification again"
            raise RunError(msg) from error


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

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.
    """
    engine = get_engine(recipe.engine.name)
    engine.check(recipe)
    silent = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # as in a training
    with engine.threads(recipe), silent:
        dataset = load(recipe.data)
        data = prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))
        inputs = Inputs(dataset.n_features, data.transform.kept)
        weights = initial_weights(recipe.network, inputs, data.n_outputs, recipe.seed)
        trainer = engine.start(recipe, data, weights)
        trainer.warm_up()
        batches = _batches(recipe, len(data.train.labels), n_steps)
        costs = [_step(trainer, rows, values) for rows, values in batches]
        trainer.synchronize()
        return Probe(np.array(costs), trainer.weights(), trainer.facts())


def _batches(recipe: Recipe, n_samples: int, n_steps: int) -> Iterator[tuple[NDArray[np.int64], StepValues]]:
    """Yield rows and rates of the first whole batches, epoch after epoch."""
    training, left = recipe.training, n_steps
    bounds = batch_bounds(n_samples, training.batch_size, training.last_batch)
    longest = bounds[0][1]
    for epoch in range(training.epochs):
        rows = order(recipe.seed, epoch, n_samples, shuffle=training.shuffle)
        steps = Steps.of_epoch(epoch, len(bounds), training.epochs)
        values = recipe.schedule.values(recipe.optimizer.learning_rate, steps)
        for index, (start, stop) in enumerate(bounds):
            if left == 0:
                return
            if stop - start == longest:
                yield rows[start:stop], _value(values, index)
                left -= 1


def _value(values: StepValues, index: int) -> StepValues:
    one = slice(index, index + 1)
    return StepValues(values.learning_rate[one], None if values.momentum is None else values.momentum[one])


def _step(trainer: Trainer, rows: NDArray[np.int64], values: StepValues) -> float:
    """Apply one update and return the cost before it.

    In float16 the update is left out until the loss scale fits; that changes no weight, so the same batch is
    tried again.
    """
    for _ in range(_MOST_SKIPS):
        log = trainer.train(rows, values)
        if not log.n_skipped:
            break
    return float(log.cost[0])


def main(arguments: Sequence[str]) -> int:
    """Compute the first steps of the recipe in a file, write them, and return the exit code."""
    recipe, steps, out = arguments
    try:
        first_steps(Recipe.named(recipe), int(steps)).save(Path(out))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 (how a process tells its parent)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
