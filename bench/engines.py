"""One epoch of 784-70-30-10 on MNIST: our engine against its peers, at four batch sizes.

Every peer lives in a process of its own, with two threads, from the same weights and on the same batches. Before
anything is timed its first steps are held against native float64: who differs is not timed. Then they take turns, round
after round in random order, each for one epoch at steady state: drawing the order, gathering, training.
JAX is a program of its own (``_jax_peer.py``); all others are wattlab's engines with their best settings.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _harness import plain_environment, publish, ratio, table

from wattlab.machine.number_formats import number_formats

BATCHES = (32, 128, 500, 10_000)
ROUNDS = 11
PAUSE_S = 0.3
THREADS = 2
TOLERANCE = 1e-4
LOW_TOLERANCE = 2e-2
BFLOAT_GOALS = {128: 1.0, 500: 0.6, 10_000: 0.4}


class Candidate(NamedTuple):
    """Who takes part, and how it differs from the recipe."""

    name: str
    engine: str
    changes: dict[str, Any]
    floats: bool = False
    tolerance: float = TOLERANCE


def candidates(batch: int) -> list[Candidate]:
    """Return all who take part; bfloat16 only where the processor has instructions for it."""
    whole = {"engine.steps_per_execution": 60_000 // batch, "engine.jit_compile": False}
    found = [
        Candidate("native (compiled)", "native:compiled", {}),
        Candidate("native (NumPy)", "native", {}),
        Candidate("native (torch tensors)", "native:torch", {}),
        Candidate("torch eager", "torch", {}),
        Candidate("torch.compile", "torch:compiled", {}),
        Candidate("JAX scan", "jax", {}, floats=True),
        Candidate("Keras, TensorFlow, an epoch in one call", "keras:tensorflow", whole, floats=True),
        Candidate(
            "Keras, TensorFlow, XLA", "keras:tensorflow", {"engine.steps_per_execution": 32}, floats=True
        ),
        Candidate("Keras, JAX", "keras:jax", {}, floats=True),
        Candidate("Keras, torch", "keras:torch", {}, floats=True),
        Candidate("scikit-learn", "sklearn", {}, floats=True),
    ]
    if "bfloat16" in number_formats() and batch in BFLOAT_GOALS:
        found.append(
            Candidate("native bfloat16", "native", {"engine.precision": "bfloat16"}, tolerance=LOW_TOLERANCE)
        )
    return found


class Worker:
    """A peer's process."""

    def __init__(self, candidate: Candidate, batch: int, folder: str) -> None:
        self.candidate = candidate
        self.weights = Path(folder) / f"{candidate.name.replace(' ', '-')}-{batch}.npz"
        spec = {
            "engine": candidate.engine,
            "changes": candidate.changes,
            "batch": batch,
            "floats": candidate.floats,
            "threads": THREADS,
            "weights": str(self.weights),
        }
        self.log = Path(folder) / f"{self.weights.stem}.log"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("_worker.py")), json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            env=plain_environment(),
        )
        self.first = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
            return {"failure": " ".join(last) or "ended without a word"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def epoch_s(self) -> float:
        """Train an epoch and return its seconds, NaN if the process is gone."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return float("nan")
        return float(self._answer().get("s", "nan"))

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def deviation(worker: Worker, reference: Worker) -> float:
    """Return how far the first steps are from the reference's: losses, and weights by the largest of their layer."""
    pairs = zip(worker.first["costs"], reference.first["costs"], strict=True)
    losses = [abs(one - other) / abs(other) for one, other in pairs]
    with np.load(worker.weights) as found, np.load(reference.weights) as wanted:
        weights = [np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted]
    return float(max(*losses, *weights))


def measure(batch: int) -> list[list[str]]:
    """Return the rows of one batch size."""
    with tempfile.TemporaryDirectory() as folder:
        reference = Worker(Candidate("reference", "native", {"engine.precision": "float64"}), batch, folder)
        reference.close()
        workers = [Worker(candidate, batch, folder) for candidate in candidates(batch)]
        refused, taking_part = {}, []
        for worker in workers:
            why = worker.first.get("failure")
            off = 0.0 if why else deviation(worker, reference)
            if why or not off <= worker.candidate.tolerance:
                refused[worker.candidate.name] = why or f"differs by {off:.1e}: not equal work"
            else:
                taking_part.append(worker)
                print(f"{batch}: {worker.candidate.name} agrees to {off:.0e}", file=sys.stderr)
        seconds = take_turns(taking_part)
        for worker in workers:
            worker.close()
    return rows(batch, seconds, refused)


def take_turns(workers: list[Worker]) -> dict[str, list[float]]:
    """Return the seconds of each worker's epochs; entries of the same place belong to the same round."""
    seconds: dict[str, list[float]] = {worker.candidate.name: [] for worker in workers}
    shuffled = random.Random(0)  # noqa: S311 (the order of a benchmark is no secret)
    for number in range(ROUNDS + 2):
        for worker in shuffled.sample(workers, len(workers)):
            time.sleep(PAUSE_S)
            spent_s = worker.epoch_s()
            if number > 1:
                seconds[worker.candidate.name].append(spent_s)
    return seconds


def rows(batch: int, seconds: dict[str, list[float]], refused: dict[str, str]) -> list[list[str]]:
    """Return name, median, ratio to the fastest peer and goal of all candidates."""
    peers = {name: np.median(found) for name, found in seconds.items() if not name.startswith("native")}
    fastest = min(peers, key=lambda name: peers[name])
    lines = []
    for name, found in sorted(seconds.items(), key=lambda item: float(np.median(item[1]))):
        middle, low, high = ratio(found, seconds[fastest])
        goal = "≤ 1.0" if name == "native (compiled)" else ""
        if name == "native bfloat16":
            goal = f"≤ {BFLOAT_GOALS[batch]}"
        numbers = [f"{np.median(found):.3f}", f"{middle:.2f}", f"{low:.2f}–{high:.2f}", goal]
        lines.append([str(batch), f"**{name}**" if name.startswith("native") else name, *numbers])
    lines += [[str(batch), name, "–", "–", why[:100], ""] for name, why in refused.items()]
    return lines


def main() -> None:
    """Measure and publish."""
    chosen = [int(text) for text in sys.argv[1:] if text.isdigit()] or BATCHES
    header = ["batch", "who", "s per epoch (median)", "ratio to the fastest peer", "quartiles", "goal"]
    body = table(header, [row for batch in chosen for row in measure(batch)])
    if "bfloat16" not in number_formats():
        body += "\n\nNative bfloat16 was not measured: this processor has no instructions for it."
    publish("Engines side by side", "make bench-engines", body)


if __name__ == "__main__":
    main()
