"""Accuracy in bfloat16 against float32: 784-70-30-10 on MNIST, 10 epochs, five seeds, the same seeds in both formats.

Where the processor has no instructions for bfloat16 the products are emulated: the same numbers, and no statement on
speed.
"""

from __future__ import annotations

import statistics
import tempfile

from _harness import publish, table
from scipy.stats import t

import wattlab

SEEDS = range(5)
CHANGES = {
    "training.epochs": 10,
    "training.batch_size": 500,
    "stop.target": None,
    "evaluation.test_every": 0,
    "engine.arrays": "torch",
}


def accuracy(precision: str, seed: int, folder: str) -> float:
    """Train once and return the test accuracy."""
    emulated = {"engine.emulated": True} if precision == "bfloat16" else {}
    recipe = wattlab.Recipe.named("mnist-fast").with_changes(
        {**CHANGES, **emulated, "engine.precision": precision, "seed": seed}
    )
    return wattlab.train(recipe, runs=folder).record.test_score


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory() as folder:
        found = {
            precision: [accuracy(precision, seed, folder) for seed in SEEDS]
            for precision in ("float32", "bfloat16")
        }
    gaps = [low - full for low, full in zip(found["bfloat16"], found["float32"], strict=True)]
    rows = [
        [
            name,
            *(f"{one:.4f}" for one in scores),
            f"{statistics.mean(scores):.4f}",
            f"{statistics.stdev(scores):.4f}",
        ]
        for name, scores in found.items()
    ]
    header = [
        "test accuracy after 10 epochs",
        *(f"seed {seed}" for seed in SEEDS),
        "mean",
        "standard deviation",
    ]
    middle, half = (
        statistics.mean(gaps),
        float(t.ppf(0.975, len(gaps) - 1)) * statistics.stdev(gaps) / len(gaps) ** 0.5,
    )
    note = (
        f"\n\nbfloat16 less float32, seed by seed: {middle:+.4f} ± {half:.4f} (95 % interval of the mean), so they "
        f"{'agree within noise' if abs(middle) <= half else 'differ'}."
    )
    publish("bfloat16 against float32", "make bench-bfloat16", table(header, rows) + note)


if __name__ == "__main__":
    main()
