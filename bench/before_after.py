"""The blog's before/after table on this machine, and how time falls with the batch size.

Step I of the blog sped its own program up by float32 and by no longer carrying the delta to the input layer.
The same steps here, one after the other, and then what this engine adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

ROUNDS = 9
BATCHES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
STEPS: dict[str, dict[str, Any]] = {
    "float64, delta carried to the input (unoptimised)": {},
    "float32": {"engine.precision": "float32"},
    "float32, no delta to the input": {"engine.precision": "float32", "engine.input_delta": False},
    "… and pixels as bytes": {
        "engine.precision": "float32",
        "engine.input_delta": False,
        "preparation.after": "bytes",
    },
    "… and a compiled pass": {
        "engine.precision": "float32",
        "engine.input_delta": False,
        "preparation.after": "bytes",
        "engine.compiled": True,
    },
}


def epoch_of(recipe: Recipe) -> Callable[[], None]:
    """Return a function that trains one epoch and finds the accuracy on the training part, as the blog did.

    It has as many threads as a training by that recipe gets.
    """
    dataset = load(recipe.data)
    data = prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))
    weights = initial_weights(recipe.network, Inputs(dataset.n_features), data.n_outputs, recipe.seed)
    trainer = get_engine("native").start(recipe, data, weights)
    n_samples = len(data.train.labels)
    n_batches = len(batch_bounds(n_samples, recipe.training.batch_size))
    epochs = iter(range(10**6))
    engine = get_engine("native")

    def epoch() -> None:
        number = next(epochs)
        steps = Steps.of_epoch(number, n_batches, 10**6)
        values = recipe.schedule.values(recipe.optimizer.learning_rate, steps)
        with engine.threads(recipe):
            trainer.train(order(recipe.seed, number, n_samples), values)
            trainer.evaluate(data.train)

    return epoch


def before_after() -> None:
    """Measure the steps of the optimisation."""
    base = Recipe.named("mnist-blog-unoptimised")
    candidates = {name: epoch_of(base.with_changes(changes)) for name, changes in STEPS.items()}
    seconds = interleaved(candidates, ROUNDS)
    first = next(iter(candidates))
    rows = []
    for name in candidates:
        middle, low, high = ratio(seconds[first], seconds[name])
        rows.append([name, f"{np.median(seconds[name]):.3f}", f"{middle:.2f}×", f"{low:.2f}–{high:.2f}"])
    body = table(
        [
            "784-70-30-10, batch 500, one epoch and a full accuracy pass",
            "s (median)",
            "faster by",
            "quartiles",
        ],
        rows,
    )
    body += (
        "\n\nThe blog's figures for its own program (2020, four OpenBLAS threads, 35 epochs; reference data, not "
        "measured here): 60 s unoptimised with the accuracy pass, 19.05 s after float32 and without the input delta."
    )
    publish("Before and after", "make bench-before-after", body)


def batch_sizes() -> None:
    """Measure an epoch at each batch size."""
    base = Recipe.named("mnist-blog").with_changes({"preparation.after": "bytes", "evaluation.train": "none"})
    candidates = {
        f"{batch}": epoch_of(base.with_changes({"training.batch_size": batch})) for batch in BATCHES
    }
    seconds = interleaved(candidates, 5)
    rows = []
    for name in candidates:
        middle, low, high = ratio(seconds["500"], seconds[name])
        rows.append([name, f"{np.median(seconds[name]):.3f}", f"{middle:.2f}×", f"{low:.2f}–{high:.2f}"])
    body = table(
        ["batch size", "s per epoch with accuracy pass (median)", "faster than batch 500 by", "quartiles"],
        rows,
    )
    body += "\n\nThe blog saw no gain above batches of 1000 (reference data, not measured here)."
    publish("Time and batch size", "make bench-before-after", body)


def main() -> None:
    """Measure and publish both tables."""
    before_after()
    batch_sizes()


if __name__ == "__main__":
    main()
