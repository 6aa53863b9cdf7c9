"""The blog's before/after table on this machine, and how time falls with the batch size.

Step I of the blog sped its own program up by float32 and by no longer carrying the delta to the input layer.
The same steps here, one after the other, and then what this engine adds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from _epochs import epoch_of
from _harness import interleaved, publish, ratio_cells, table

from wattlab.recipe import Recipe

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


def before_after() -> None:
    """Measure the steps of the optimisation."""
    base = Recipe.named("mnist-blog-unoptimised")
    candidates = {name: epoch_of(base.with_changes(changes), scored=True) for name, changes in STEPS.items()}
    seconds = interleaved(candidates, ROUNDS)
    first = next(iter(candidates))
    rows = [
        [name, f"{np.median(spent):.3f}", *ratio_cells(seconds[first], spent, "×")]
        for name, spent in seconds.items()
    ]
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
        f"{batch}": epoch_of(base.with_changes({"training.batch_size": batch}), scored=True)
        for batch in BATCHES
    }
    seconds = interleaved(candidates, 5)
    rows = [
        [name, f"{np.median(spent):.3f}", *ratio_cells(seconds["500"], spent, "×")]
        for name, spent in seconds.items()
    ]
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
