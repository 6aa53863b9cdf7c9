"""The blog's own comparison: its program and its Keras model, 35 epochs of MNIST in batches of 500.

mnist-blog on our engine, training accuracy from the batches, beside mnist-keras-blog on Keras with TensorFlow: the
blog's own two programs, which are not equal work (another loss and another optimizer). Each trial is a fresh process.
Compared are the seconds of all epochs; compiling is told apart. The blog, on its author's machine in 2020: 11.33 s
for its own program, 11.06 s for Keras (reference data).
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from typing import Any

from _harness import PAUSE_S, WATTLAB, output_of, publish, ratio_cells, rotated, table

ROUNDS = 3
GOAL = 0.45
COMMANDS = {
    "Keras on TensorFlow": ["mnist-keras-blog", "--engine", "keras:tensorflow"],
    "Keras on TensorFlow, 120 steps in one call": [
        "mnist-keras-blog",
        "--engine",
        "keras:tensorflow",
        "--set",
        "engine.steps_per_execution=120",
    ],
    "native, NumPy": ["mnist-blog", "--set", "evaluation.train=batches"],
    "native, compiled": ["mnist-blog", "--set", "evaluation.train=batches", "--engine", "native:compiled"],
}


def trial(name: str, folder: str) -> dict[str, Any]:
    """Run one training in a fresh process and return its record; if it fails, the benchmark ends and says why."""
    time.sleep(PAUSE_S)
    more = ["--set", "evaluation.test_every=0", "--json", "--quiet", "--runs", folder]
    record: dict[str, Any] = json.loads(output_of([WATTLAB, "train", *COMMANDS[name], *more]))
    print(f"{name}: {record['cost']['training']['wall']['value']:.1f} s", file=sys.stderr)
    return record


def seconds(record: dict[str, Any], phase: str) -> float:
    """Return the wall seconds of a phase, 0 where there was none."""
    cost = record["cost"][phase]
    return float(cost["wall"]["value"]) if cost else 0.0


def main() -> None:
    """Measure and publish."""
    records: dict[str, list[dict[str, Any]]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            for name in rotated(list(COMMANDS), number):
                records[name].append(trial(name, folder))
    keras = [seconds(record, "training") for record in records["Keras on TensorFlow"]]
    rows = []
    for name, found in records.items():
        spent = [seconds(record, "training") for record in found]
        compiling = statistics.median(seconds(record, "compile") for record in found)
        whole = statistics.median(seconds(record, "total") for record in found)
        accuracy = f"{found[0]['train_score']:.4f} / {found[0]['test_score']:.4f}"
        goal = f"≤ {GOAL}" if name.startswith("native") else ""
        numbers = [f"{statistics.median(spent):.2f}", *ratio_cells(spent, keras), goal]
        rows.append([name, *numbers, f"{compiling:.1f}", f"{whole:.1f}", accuracy])
    header = [
        "who", "35 epochs, s", "ratio to Keras", "quartiles", "goal", "compiling, s", "whole process, s",
        "accuracy, training / test",
    ]  # fmt: skip
    note = "\n\nThe blog's figures (2020, its author's machine; reference data): own program 11.33 s, Keras 11.06 s."
    publish("The blog's own comparison", "make bench-blog-keras", table(header, rows) + note)


if __name__ == "__main__":
    main()
