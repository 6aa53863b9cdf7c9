"""Whole process to 97.8 % on the MNIST test set: mnist-fast on our engine and on its peers, and peers by default.

Each trial is one fresh process, timed from outside, for five seeds in turn. "By default" is what ``_default_peer.py``
says: Adam, batches of 128, 60 epochs at most. Who does not reach the target has missed: its time counts as infinite.
A trial is stopped after 30 s, ten times what ours takes, and counts as a miss, too; one that fails as well, and
the table tells how many those are.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _harness import PAUSE_S, WATTLAB, CommandError, output_of, publish, table

SEEDS = range(5)
OURS = "native, mnist-fast"
RECIPES = {
    OURS: "native",
    "torch, mnist-fast": "torch",
    "Keras on TensorFlow, mnist-fast": "keras:tensorflow",
    "Keras on JAX, mnist-fast": "keras:jax",
}
DEFAULTS = {
    "torch, by default": "torch",
    "Keras on TensorFlow, by default": "keras:tensorflow",
    "Keras on JAX, by default": "keras:jax",
    "scikit-learn, by default": "sklearn",
}
MOST_S = 30.0
GOALS = dict.fromkeys(DEFAULTS, "≥ 5") | {name: "> 1" for name in RECIPES if name != OURS}


def command(name: str, seed: int, folder: str) -> list[str]:
    """Return the command of one trial."""
    if name in DEFAULTS:
        return [sys.executable, str(Path(__file__).with_name("_default_peer.py")), DEFAULTS[name], str(seed)]
    wattlab = [WATTLAB, "train", "mnist-fast", "--engine", RECIPES[name]]
    return [*wattlab, "--seed", str(seed), "--json", "--quiet", "--runs", folder]


def trial(name: str, seed: int, folder: str) -> dict[str, Any]:
    """Run one trial; its seconds are infinite if it missed the target."""
    time.sleep(PAUSE_S)
    started = time.perf_counter()
    try:
        printed = output_of(command(name, seed, folder), MOST_S)
    except CommandError as error:
        print(f"seed {seed}: {name}: {error}", file=sys.stderr)
        return {"s": float("inf"), "epochs": float("nan"), "reached": False, "ended": error.how}
    wall_s = time.perf_counter() - started
    said = json.loads(printed.splitlines()[-1] if name in DEFAULTS else printed)
    reached = said["reached"] if name in DEFAULTS else said["reached_target"]
    print(f"seed {seed}: {name}: {wall_s:.1f} s, {said['epochs']} epochs, {reached}", file=sys.stderr)
    return {
        "s": wall_s if reached else float("inf"), "epochs": said["epochs"], "reached": reached, "ended": "by itself"
    }  # fmt: skip


def main() -> None:
    """Measure and publish."""
    names = [*RECIPES, *DEFAULTS]
    shuffled = random.Random(0)  # noqa: S311 (the order of a benchmark is no secret)
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            trial(name, 99, folder)  # warms the file cache; not counted
        for seed in SEEDS:
            for name in shuffled.sample(names, len(names)):
                results[name].append(trial(name, seed, folder))
    rows = [row(name, results[name], results[OURS]) for name in names]
    header = [
        "who", "reached", "s to 97.8 % (median)", "range", "epochs (median)", "times ours (median)", "goal",
    ]  # fmt: skip
    publish("Whole process to 97.8 %", "make bench-target", table(header, rows))


def row(name: str, found: list[dict[str, Any]], ours: list[dict[str, Any]]) -> list[str]:
    """Return a line of the table; a missed target is ∞, and there is no ratio where ours missed."""
    seconds = [one["s"] for one in found]
    pairs = zip(found, ours, strict=True)
    ratios = [one["s"] / other["s"] for one, other in pairs if other["reached"]]
    epochs = [one["epochs"] for one in found if one["reached"]]
    reached = f"{sum(one['reached'] for one in found)} of {len(found)}"
    for how in ("stopped", "failed"):
        count = sum(one["ended"] == how for one in found)
        reached += f", {count} {how}" if count else ""
    return [
        name,
        reached,
        number(statistics.median(seconds)),
        f"{number(min(seconds))}–{number(max(seconds))}",
        f"{statistics.median(epochs):g}" if epochs else "–",
        number(statistics.median(ratios)) if ratios else "–",
        GOALS.get(name, ""),
    ]


def number(value: float) -> str:
    """Return a number with one digit after the point, or ∞."""
    return f"{value:.1f}" if value < float("inf") else "∞"


if __name__ == "__main__":
    main()
