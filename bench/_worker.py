"""One peer of ``engines.py`` in a process of its own: sets up, then trains an epoch whenever it is told to.

Speaks JSON, one object a line: first what it is and how its first steps came out, then the seconds of each epoch.
Between two of them it sleeps, so that peers can take turns on the same cores.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from wattlab.data import load
from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from wattlab.data.preparation import Prepared

STEPS = 5
EPOCHS = 1000
ENGINELESS = ("jax:", "keras-fit:")
"""Programs of their own, without an engine of wattlab."""

RECIPE = Recipe.named("mnist-fast").with_changes(
    {
        "network.layers[0].activation": "sigmoid",
        "network.layers[1].activation": "sigmoid",
        "network.initial_weights.kind": "glorot-uniform",
        "loss.label_smoothing": 0.0,
        "optimizer.learning_rate": 0.1,
        "optimizer.momentum": 0.9,
        "schedule.kind": "constant",
        "training.epochs": EPOCHS,
    }
)
"""784-70-30-10 with sigmoid, cross-entropy and Nesterov momentum: what every peer can do."""


def as_floats(data: Prepared) -> Prepared:
    """Return the same data with pixels as float32."""
    pixels = data.train.features.astype(np.float32) * np.float32(data.byte_scale or 1)
    return replace(data, train=replace(data.train, features=pixels), byte_scale=None)


class Turns:
    """When to train an epoch: at each line of the input; the seconds from it to `done` are what is measured.

    Parameters
    ----------
    answers : file
        Where results go.
    """

    def __init__(self, answers: IO[str]) -> None:
        self.answers, self.started = answers, 0.0

    def wait(self) -> bool:
        """Sleep until the next turn; return False if there is none."""
        line = sys.stdin.readline()
        self.started = time.perf_counter()
        return bool(line)

    def done(self, cost: float) -> None:
        """Tell how long the turn took, and the mean cost of its batches."""
        seconds = time.perf_counter() - self.started
        print(json.dumps({"s": seconds, "cost": cost}), file=self.answers)


class Peer:
    """A trainer of one engine, or a program without one, on MNIST.

    Parameters
    ----------
    spec : dict
        ``engine`` (as of ``wattlab compare``; or "jax:" and the steps unrolled, or "keras-fit:" and a backend),
        ``batch``, ``threads``, ``changes`` to the recipe, and ``floats``: whether pixels are converted once, before
        all, instead of being kept as bytes.
    stack : ExitStack
        Closes what limits the threads.
    """

    def __init__(self, spec: dict[str, Any], stack: ExitStack) -> None:
        engine = "native" if spec["engine"].startswith(ENGINELESS) else spec["engine"]
        changes = {"training.batch_size": spec["batch"], **engine_changes(engine), **spec["changes"]}
        self.recipe = Recipe.from_toml(RECIPE.to_toml()).with_changes(changes)
        dataset = load(self.recipe.data)
        data = prepare(dataset, self.recipe.preparation, np.dtype(self.recipe.engine.array_dtype))
        self.data = as_floats(data) if spec["floats"] else data
        weights = initial_weights(self.recipe.network, Inputs(dataset.n_features), self.data.n_outputs, 0)
        self.loops = spec["engine"].startswith("keras-fit:")
        self.trainer = self._trainer(spec, weights, stack)
        self.n_samples = len(self.data.train.labels)

    def _trainer(self, spec: dict[str, Any], weights: Any, stack: ExitStack) -> Any:
        name, _, variant = spec["engine"].partition(":")
        if name == "jax":
            from _jax_peer import JaxTrainer

            return JaxTrainer(self.recipe, self.data, weights, spec["threads"], int(variant))
        if self.loops:
            from _keras_peer import KerasFit

            return KerasFit(self.recipe, self.data, weights, variant, spec["threads"])
        engine = get_engine(self.recipe.engine.name)
        engine.check(self.recipe)
        if engine.preferred_threads(self.recipe) is None:
            self.recipe = self.recipe.with_changes({"engine.threads": spec["threads"]})
        stack.enter_context(engine.threads(self.recipe))
        return engine.start(self.recipe, self.data, weights)

    def train(self, epoch: int, batches: int | None = None) -> Any:
        """Train an epoch, or its first batches."""
        rows = order(self.recipe.seed, epoch, self.n_samples)
        size: Any = self.recipe.training.batch_size
        rows = rows if batches is None else rows[: batches * size]
        steps = Steps.of_epoch(epoch, len(batch_bounds(len(rows), size, "drop")), EPOCHS)
        values = self.recipe.schedule.values(self.recipe.optimizer.learning_rate, steps)
        log = self.trainer.train(rows, values)
        return getattr(log, "cost", log)

    def proof(self, path: str) -> list[float]:
        """Take the first steps, one a call; keep the weights in a file."""
        rows = order(self.recipe.seed, 0, self.n_samples)
        size: Any = self.recipe.training.batch_size
        values = self.recipe.schedule.values(
            self.recipe.optimizer.learning_rate, Steps.of_epoch(0, 1, EPOCHS)
        )
        costs = []
        for step in range(min(STEPS, self.n_samples // size)):
            log = self.trainer.train(rows[step * size : (step + 1) * size], values)
            costs.append(float(getattr(log, "cost", log)[0]))
        np.savez(path, **self.trainer.weights())
        return costs

    def serve(self, turns: Turns) -> None:
        """Train an epoch at each turn; who loops over epochs by itself is handed the turns."""
        if self.loops:
            self.trainer.serve(turns)
            return
        epoch = 0
        while turns.wait():
            epoch += 1
            turns.done(float(np.mean(self.train(epoch))))


def main() -> None:
    """Serve one peer until the input ends."""
    spec = json.loads(sys.argv[1])
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    with ExitStack() as stack:
        peer = Peer(spec, stack)
        costs = peer.proof(spec["weights"])
        print(json.dumps({"costs": costs, "facts": peer.trainer.facts()}), file=answers)
        peer.serve(Turns(answers))


if __name__ == "__main__":
    main()
