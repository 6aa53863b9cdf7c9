"""784-70-30-10 in JAX as its documentation advises: one jitted ``lax.scan`` over an epoch, data on the device.

A benchmark's peer, no engine of wattlab: it knows one recipe only, that of ``engines.py``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["JaxTrainer"]

Tree = list[jax.Array]


def _loss(parameters: Tree, features: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the mean cross-entropy of a batch; sigmoid in the hidden layers, softmax behind the last."""
    values = features
    for index in range(0, len(parameters) - 2, 2):
        values = jax.nn.sigmoid(values @ parameters[index] + parameters[index + 1])
    logits = values @ parameters[-2] + parameters[-1]
    return -jnp.sum(targets * jax.nn.log_softmax(logits)) / len(features)


@partial(jax.jit, donate_argnums=(0, 1))
def _epoch(
    parameters: Tree,
    velocity: Tree,
    features: jax.Array,
    targets: jax.Array,
    steps: tuple[jax.Array, ...],
    momentum: float,
) -> tuple[Tree, Tree, jax.Array]:
    def step(carry: tuple[Tree, Tree], given: tuple[jax.Array, ...]) -> tuple[tuple[Tree, Tree], jax.Array]:
        parameters, velocity = carry
        rows, rate = given
        batch = (
            features.at[rows].get(mode="promise_in_bounds"),
            targets.at[rows].get(mode="promise_in_bounds"),
        )
        cost, gradient = jax.value_and_grad(_loss)(parameters, *batch)
        change = [rate * one for one in gradient]
        velocity = [momentum * v + one for v, one in zip(velocity, change, strict=True)]
        parameters = [w - momentum * v - one for w, v, one in zip(parameters, velocity, change, strict=True)]
        return (parameters, velocity), cost

    (parameters, velocity), costs = jax.lax.scan(step, (parameters, velocity), steps)
    return parameters, velocity, costs


class JaxTrainer:
    """Trains as a wattlab trainer does, on full batches only.

    Parameters
    ----------
    recipe : Recipe
        Nesterov momentum, sigmoid, softmax with cross-entropy.
    data : Prepared
        Features as floating-point numbers.
    weights : dict of arrays
        Where to begin.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights) -> None:
        self.recipe, self.names = recipe, list(weights)
        self.parameters = [jnp.asarray(array, jnp.float32) for array in weights.values()]
        self.velocity = [jnp.zeros_like(one) for one in self.parameters]
        self.features = jnp.asarray(data.train.features)
        self.targets = jax.nn.one_hot(data.train.labels, data.n_outputs)

    def train(self, order: NDArray[np.int64], values: StepValues) -> NDArray[np.floating]:
        """Train on the batches of `order`; return the cost of each."""
        size: Any = self.recipe.training.batch_size
        rows = jnp.asarray(order[: len(order) // size * size].reshape(-1, size), jnp.int32)
        rates = jnp.asarray(values.learning_rate, jnp.float32)
        momentum: Any = self.recipe.optimizer
        self.parameters, self.velocity, costs = _epoch(
            self.parameters, self.velocity, self.features, self.targets, (rows, rates), momentum.momentum
        )
        return np.asarray(costs)

    def weights(self) -> Weights:
        """Return the weights by wattlab's names."""
        return {name: np.asarray(one) for name, one in zip(self.names, self.parameters, strict=True)}

    def facts(self) -> dict[str, str]:
        """Return the version."""
        return {"jax": jax.__version__}
