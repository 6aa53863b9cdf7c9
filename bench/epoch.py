"""One epoch of 784-70-30-10 on MNIST against the GEMM floor.

The floor is the epoch's matrix products alone, same shapes, ``np.matmul`` into ready buffers: what no program
that trains this network on NumPy's BLAS can undercut at the same block size. The epoch is all of a real one: new
order, bytes gathered and scaled, forward, LogLoss, backward, Ridge term, momentum update. The floor has all threads.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from _harness import interleaved, publish, ratio, table

from wattlab.data import load
from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (784, 70, 30, 10)
GOALS = {32: 1.6, 500: 1.25, 10_000: 1.2}
ROUNDS = 15
RECIPE = Recipe.named("mnist-blog").with_changes({"preparation.after": "bytes", "evaluation.train": "none"})


def floor(batch: int, n_samples: int) -> Callable[[], None]:
    """Return a function that does an epoch's matrix products."""
    rng = np.random.default_rng(0)
    values = [rng.random((batch, units), dtype=np.float32) * 0.01 for units in SIZES]
    deltas = [rng.random((batch, units), dtype=np.float32) * 0.01 for units in SIZES]
    weights = [rng.random(shape, dtype=np.float32) * 0.01 for shape in pairwise(SIZES)]
    gradients = [np.empty_like(one) for one in weights]

    def epoch() -> None:
        for _ in range(n_samples // batch):
            for layer in range(3):
                np.matmul(values[layer], weights[layer], out=values[layer + 1])
            for layer in (2, 1, 0):
                np.matmul(values[layer].T, deltas[layer + 1], out=gradients[layer])
                if layer:
                    np.matmul(deltas[layer + 1], weights[layer].T, out=deltas[layer])

    return epoch


def trainer(batch: int, *, compiled: bool) -> Callable[[], None]:
    """Return a function that trains one epoch."""
    recipe = RECIPE.with_changes({"training.batch_size": batch, "engine.compiled": compiled})
    dataset = load(recipe.data)
    data = prepare(dataset, recipe.preparation, np.float32)
    weights = initial_weights(recipe.network, Inputs(dataset.n_features), data.n_outputs, recipe.seed)
    engine = get_engine("native").start(recipe, data, weights)
    n_samples = len(data.train.labels)
    n_batches = len(batch_bounds(n_samples, batch))
    epochs = iter(range(10**6))

    def epoch() -> None:
        number = next(epochs)
        rows = order(recipe.seed, number, n_samples)
        steps = Steps.of_epoch(number, n_batches, 10**6)
        engine.train(rows, recipe.schedule.values(recipe.optimizer.learning_rate, steps))

    return epoch


def threads(batch: int, epoch: Callable[[], None], *, compiled: bool) -> Callable[[], None]:
    """Return `epoch` with as many threads as a training of that batch size gets."""
    recipe = RECIPE.with_changes({"training.batch_size": batch, "engine.compiled": compiled})
    engine = get_engine("native")

    def limited() -> None:
        with engine.threads(recipe):
            epoch()

    return limited


def main() -> None:
    """Measure and publish."""
    rows = []
    for batch, goal in GOALS.items():
        candidates = {
            "GEMM floor": floor(batch, 60_000),
            "NumPy": threads(batch, trainer(batch, compiled=False), compiled=False),
            "compiled": threads(batch, trainer(batch, compiled=True), compiled=True),
        }
        seconds = interleaved(candidates, ROUNDS)
        for name in candidates:
            middle, low, high = ratio(seconds[name], seconds["GEMM floor"])
            wanted = "" if name == "GEMM floor" else f"≤ {goal}"
            rows.append(
                [
                    str(batch),
                    name,
                    f"{np.median(seconds[name]):.3f}",
                    f"{middle:.2f}",
                    f"{low:.2f}–{high:.2f}",
                    wanted,
                ]
            )
    header = ["batch", "who", "s per epoch (median)", "ratio to the floor", "quartiles", "goal"]
    body = table(header, rows)
    publish("One epoch against the GEMM floor", "make bench-epoch", body)


if __name__ == "__main__":
    main()
