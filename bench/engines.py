"""One epoch of 784-70-30-10 on MNIST: our engine against its peers, at four batch sizes.

Every peer lives in a process of its own, with two threads, from the same weights and on the same batches. Before
anything is timed its first steps are held against native float64: who differs is not timed. Then they take turns, round
after round in random order, each for one epoch at steady state: drawing the order, gathering, training. The first
steps are one a call, the timed ones an epoch's in one: that those are equal work, too, the engines' contract tests.
JAX is a program of its own (``_jax_peer.py``), and so is Keras by a plain ``fit`` (``_keras_peer.py``); all others are
wattlab's engines with their best settings. Who fails is told in the table with the reason, and the others go on.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import ExitStack

import numpy as np
from _harness import publish, ratio_cells, table
from _turns import Candidate, Worker, started

from wattlab.machine.number_formats import number_formats

BATCHES = (32, 128, 500, 10_000)
ROUNDS = 11
PAUSE_S = 0.3
LOW_TOLERANCE = 2e-2
BFLOAT_GOALS = {128: 1.0, 500: 0.6, 10_000: 0.4}


REFERENCE = Candidate("reference", "native", {"engine.precision": "float64"})


def candidates(batch: int) -> list[Candidate]:
    """Return all who take part; bfloat16 only where the processor has instructions for it."""
    # On a CPU alone Keras leaves XLA out unless it is asked for.
    whole = {"engine.steps_per_execution": 60_000 // batch, "engine.jit_compile": False}
    xla = {"engine.steps_per_execution": 32, "engine.jit_compile": True}
    found = [
        Candidate("native (compiled)", "native:compiled", {}),
        Candidate("native (NumPy)", "native", {}),
        Candidate("native (torch tensors)", "native:torch", {}),
        Candidate("torch eager", "torch", {}),
        Candidate("torch.compile", "torch:compiled", {}),
        Candidate("JAX scan", "jax:1", {}, floats=True),
        Candidate("JAX scan, pixels as bytes", "jax:1", {}),
        Candidate("JAX scan, pixels as bytes, two steps unrolled", "jax:2", {}),
        Candidate("Keras fit, TensorFlow", "keras-fit:tensorflow", {}, floats=True),
        Candidate("Keras fit, JAX", "keras-fit:jax", {}, floats=True),
        Candidate("Keras, TensorFlow, an epoch in one call", "keras:tensorflow", whole, floats=True),
        Candidate("Keras, TensorFlow, XLA", "keras:tensorflow", xla, floats=True),
        Candidate("Keras, JAX", "keras:jax", {}, floats=True),
        Candidate("Keras, torch", "keras:torch", {}, floats=True),
        Candidate("scikit-learn", "sklearn", {}, floats=True),
    ]
    if "bfloat16" in number_formats() and batch in BFLOAT_GOALS:
        found.append(
            Candidate("native bfloat16", "native", {"engine.precision": "bfloat16"}, tolerance=LOW_TOLERANCE)
        )
    return found


def deviation(worker: Worker, reference: Worker) -> float:
    """Return how far the first steps are from the reference's: losses, and weights by the largest of their layer."""
    pairs = zip(worker.first["costs"], reference.first["costs"], strict=True)
    losses = [abs(one - other) / abs(other) for one, other in pairs]
    with np.load(worker.weights) as found, np.load(reference.weights) as wanted:
        weights = [np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted]
    return float(max(*losses, *weights))


def measure(batch: int) -> list[list[str]]:
    """Return the rows of one batch size."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        with started(REFERENCE, batch, folder) as reference:
            if reference.failure:
                msg = f"the reference, native float64, failed at batch {batch}: {reference.failure}"
                raise SystemExit(msg)
        workers = [stack.enter_context(started(one, batch, folder)) for one in candidates(batch)]
        for worker in workers:
            check(worker, reference)
        seconds = take_turns([worker for worker in workers if not worker.failure])
        why = {worker.candidate.name: worker.failure for worker in workers if worker.failure}
    return rows(batch, seconds, why)


def check(worker: Worker, reference: Worker) -> None:
    """Say how far a worker's first steps are from the reference's; too far is a failure."""
    name = worker.candidate.name
    if not worker.failure:
        off = deviation(worker, reference)
        print(f"{name} is off by {off:.0e}; {worker.first['facts']}", file=sys.stderr)
        if not off <= worker.candidate.tolerance:
            worker.failure = f"differs by {off:.1e}: not equal work"


def take_turns(workers: list[Worker]) -> dict[str, list[float]]:
    """Return the seconds of each worker's epochs; entries of the same place belong to the same round.

    A worker that fails is left out from there on, and of the result.
    """
    seconds: dict[str, list[float]] = {worker.candidate.name: [] for worker in workers}
    shuffled = random.Random(0)  # noqa: S311 (the order of a benchmark is no secret)
    for number in range(ROUNDS + 2):
        for worker in shuffled.sample(workers, len(workers)):
            if worker.failure:
                continue
            time.sleep(PAUSE_S)
            spent_s = worker.epoch_s()
            if number > 1 and spent_s is not None:
                seconds[worker.candidate.name].append(spent_s)
    return {worker.candidate.name: seconds[worker.candidate.name] for worker in workers if not worker.failure}


def rows(batch: int, seconds: dict[str, list[float]], failed: dict[str, str]) -> list[list[str]]:
    """Return name, median, ratio to the fastest peer and goal of all candidates."""
    medians = {name: float(np.median(found)) for name, found in seconds.items()}
    peers = [name for name in medians if not name.startswith("native")]
    fastest = min(peers, key=lambda name: medians[name], default=None)
    lines = []
    for name in sorted(medians, key=lambda name: medians[name]):
        goal = "≤ 1.0" if name == "native (compiled)" else ""
        if name == "native bfloat16":
            goal = f"≤ {BFLOAT_GOALS[batch]}"
        cells = ratio_cells(seconds[name], seconds[fastest]) if fastest else ["–", "–"]
        bold = f"**{name}**" if name.startswith("native") else name
        lines.append([str(batch), bold, f"{medians[name]:.3f}", *cells, goal])
    lines += [[str(batch), name, "–", "–", f"failed: {why[:100]}", ""] for name, why in failed.items()]
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
