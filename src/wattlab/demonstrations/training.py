"""A short real training, its losses, and the gradients met on the way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.data.batches import batch_bounds, order
from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.native.engine import NativeEngine
from wattlab.engines.native.passes import DensePass
from wattlab.recipe import Recipe
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import BatchLog
    from wattlab.engines.native.trainer import NativeTrainer

    Vector = NDArray[np.float64]

__all__ = ["BATCHES", "RECIPE", "Gradients", "Trained", "collect_gradients", "train_briefly"]

RECIPE: Final = "digits"
BATCHES: Final = 8


@dataclass(frozen=True)
class Trained:
    """How a training ended.

    Attributes
    ----------
    loss : float
        Mean loss of the batches of the last epoch.
    accuracy : float
        On the test part.
    n_skipped, n_steps : int
        Steps left out since the gradient had overflowed, and all steps.
    """

    loss: float
    accuracy: float
    n_skipped: int
    n_steps: int


class Gradients(NamedTuple):
    """Magnitudes of the gradients of the loss that are not exactly zero.

    Attributes
    ----------
    activations : ndarray of shape (n,)
        By the inputs of the activation functions: what is propagated back from layer to layer.
    weights : ndarray of shape (m,)
        By weights and biases.
    """

    activations: Vector
    weights: Vector


def train_briefly(epochs: int, changes: Mapping[str, Any]) -> Trained:
    """Train the recipe `RECIPE` on the native engine.

    Parameters
    ----------
    epochs : int
        How long.
    changes : mapping
        What else than the recipe says, such as ``{"engine.precision": "float64"}``.

    Examples
    --------
    >>> train_briefly(2, {}).n_steps
    90
    """
    recipe = Recipe.named(RECIPE).with_changes({"training.epochs": epochs, **changes})
    with _training(recipe) as (data, trainer):
        logs = list(_epochs(recipe, data, trainer))
        accuracy = trainer.evaluate(data.test).score
    skipped = sum(log.n_skipped for log in logs)
    return Trained(float(logs[-1].cost.mean()), accuracy, skipped, epochs * len(logs[-1].cost))


def collect_gradients(epochs: int) -> Gradients:
    """Train the recipe `RECIPE` in float64, and keep the gradients of some batches after every epoch.

    Parameters
    ----------
    epochs : int
        How long.
    """
    recipe = Recipe.named(RECIPE).with_changes({"training.epochs": epochs, "engine.precision": "float64"})
    activations, weights = [], []
    with _training(recipe) as (data, trainer):
        for _ in _epochs(recipe, data, trainer):
            for deltas, gradient in _backward(trainer):
                activations += deltas
                weights.append(gradient)
    return Gradients(_magnitudes(activations), _magnitudes(weights))


@contextmanager
def _training(recipe: Recipe) -> Iterator[tuple[Prepared, NativeTrainer]]:
    engine = NativeEngine()
    engine.check(recipe)
    data = prepare(load(recipe.data), recipe.preparation, recipe.engine.array_dtype)
    inputs = Inputs(data.train.features.shape[1])
    weights = initial_weights(recipe.network, inputs, data.n_outputs, recipe.seed)
    with engine.threads(recipe):
        yield data, engine.start(recipe, data, weights)


def _epochs(recipe: Recipe, data: Prepared, trainer: NativeTrainer) -> Iterator[BatchLog]:
    """Train epoch after epoch; what happened in each comes out once it is over."""
    training, n_samples = recipe.training, len(data.train.labels)
    n_batches = len(batch_bounds(n_samples, training.batch_size, training.last_batch))
    for epoch in range(training.epochs):
        steps = Steps.of_epoch(epoch, n_batches, training.epochs)
        values = recipe.schedule_values(steps)
        yield trainer.train(order(recipe.seed, epoch, n_samples), values)


def _backward(trainer: NativeTrainer) -> Iterator[tuple[list[Vector], Vector]]:
    """Yield the gradients by activations, layer by layer, and by weights, of some batches; nothing is updated."""
    setup = trainer.setup
    rows, gradients = setup.batch_rows, setup.gradients
    compute = DensePass(setup.network, setup.samples, rows, count=False, times=None)
    for batch in range(BATCHES):
        buffers = compute.gather(np.arange(batch * rows, (batch + 1) * rows))
        compute.forward(buffers)
        compute.backward(buffers, gradients, 1.0 / rows)
        deltas = [one.ravel().copy() for one in buffers.deltas[1:]]
        yield deltas, gradients.flat.copy()


def _magnitudes(parts: Sequence[Vector]) -> Vector:
    sizes = np.abs(np.concatenate(parts))
    return sizes[sizes > 0.0]
