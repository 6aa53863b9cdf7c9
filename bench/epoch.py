"""One epoch of 784-70-30-10 on MNIST against the GEMM floor.

The floor is the epoch's matrix products alone, same shapes, ``np.matmul`` into ready buffers: what no program
that trains this network on NumPy's BLAS can undercut at the same block size. The epoch is all of a real one: new
order, bytes gathered and scaled, forward, LogLoss, backward, Ridge term, momentum update. The floor has all threads.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from _epochs import epoch_of
from _harness import interleaved, publish, ratio_cells, table

from wattlab.recipe import Recipe

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


def main() -> None:
    """Measure and publish."""
    rows = []
    for batch, goal in GOALS.items():
        recipe = RECIPE.with_changes({"training.batch_size": batch})
        candidates = {
            "GEMM floor": floor(batch, 60_000),
            "NumPy": epoch_of(recipe.with_changes({"engine.compiled": False})),
            "compiled": epoch_of(recipe.with_changes({"engine.compiled": True})),
        }
        seconds = interleaved(candidates, ROUNDS)
        for name, spent in seconds.items():
            wanted = "" if name == "GEMM floor" else f"≤ {goal}"
            cells = ratio_cells(spent, seconds["GEMM floor"])
            rows.append([str(batch), name, f"{np.median(spent):.3f}", *cells, wanted])
    header = ["batch", "who", "s per epoch (median)", "ratio to the floor", "quartiles", "goal"]
    body = table(header, rows)
    publish("One epoch against the GEMM floor", "make bench-epoch", body)


if __name__ == "__main__":
    main()
