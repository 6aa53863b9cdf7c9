"""784-70-30-10 in JAX as its documentation advises: one jitted ``lax.scan`` over an epoch, data on the device.

A benchmark's peer, no engine of wattlab: it knows one recipe only, that of ``engines.py``. Pixels lie on the device as
float32, or as bytes, which are converted when a batch is gathered: a quarter of the memory traffic. Two steps unrolled
are quicker at small batches; four are not (tried at 32, 128 and 500), nor is gathering the whole epoch before the loop.

Its threads: JAX 0.10 has no setting for them. XLA takes the size of its pool from the variable NPROC when its CPU
client starts, else from the process's affinity mask; ``set_threads`` does the first, then counts the pool's threads.
``--xla_cpu_multi_thread_eigen=false`` leaves the pool as it is (tried with jaxlib 0.10.2).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from wattlab.engines.keras.threads import set_threads, threads_in_use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["JaxTrainer"]

Tree = list[jax.Array]


def _loss(parameters: Tree, features: jax.Array, labels: jax.Array) -> jax.Array:
    """Return the mean cross-entropy of a batch; sigmoid in the hidden layers, softmax behind the last."""
    values = features
    for index in range(0, len(parameters) - 2, 2):
        values = jax.nn.sigmoid(values @ parameters[index] + parameters[index + 1])
    logits = values @ parameters[-2] + parameters[-1]
    targets = jax.nn.one_hot(labels, logits.shape[1])
    return -jnp.sum(targets * jax.nn.log_softmax(logits)) / len(features)


@partial(jax.jit, donate_argnums=(0, 1), static_argnames="unroll")
def _epoch(
    parameters: Tree,
    velocity: Tree,
    features: jax.Array,
    labels: jax.Array,
    steps: tuple[jax.Array, ...],
    momentum: float,
    byte_scale: float,
    unroll: int,
) -> tuple[Tree, Tree, jax.Array]:
    def step(carry: tuple[Tree, Tree], given: tuple[jax.Array, ...]) -> tuple[tuple[Tree, Tree], jax.Array]:
        parameters, velocity = carry
        rows, rate = given
        batch = features.at[rows].get(mode="promise_in_bounds")
        if batch.dtype == jnp.uint8:  # known when it is compiled
            batch = batch.astype(jnp.float32) * byte_scale
        chosen = labels.at[rows].get(mode="promise_in_bounds")
        cost, gradient = jax.value_and_grad(_loss)(parameters, batch, chosen)
        change = [rate * one for one in gradient]
        velocity = [momentum * v + one for v, one in zip(velocity, change, strict=True)]
        parameters = [w - momentum * v - one for w, v, one in zip(parameters, velocity, change, strict=True)]
        return (parameters, velocity), cost

    (parameters, velocity), costs = jax.lax.scan(step, (parameters, velocity), steps, unroll=unroll)
    return parameters, velocity, costs


class JaxTrainer:
    """Trains as a wattlab trainer does, on full batches only.

    Parameters
    ----------
    recipe : Recipe
        Nesterov momentum, sigmoid, softmax with cross-entropy.
    data : Prepared
        Features as float32 or as bytes.
    weights : dict of arrays
        Where to begin.
    threads : int
        Size of XLA's pool.
    unroll : int
        Steps in one turn of the compiled loop.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights, threads: int, unroll: int) -> None:
        set_threads("jax", threads)
        self.unroll = unroll
        self.recipe, self.names, self.byte_scale = recipe, list(weights), data.byte_scale or 1.0
        self.parameters = [jnp.asarray(array, jnp.float32) for array in weights.values()]
        self.velocity = [jnp.zeros_like(one) for one in self.parameters]
        self.features = jnp.asarray(data.train.features)
        self.labels = jnp.asarray(data.train.labels, jnp.int32)

    def train(self, order: NDArray[np.int64], values: StepValues) -> NDArray[np.floating]:
        """Train on the batches of `order`; return the cost of each."""
        size: Any = self.recipe.training.batch_size
        rows = jnp.asarray(order[: len(order) // size * size].reshape(-1, size), jnp.int32)
        rates = jnp.asarray(values.learning_rate, jnp.float32)
        momentum: Any = self.recipe.optimizer
        self.parameters, self.velocity, costs = _epoch(
            self.parameters,
            self.velocity,
            self.features,
            self.labels,
            (rows, rates),
            momentum.momentum,
            self.byte_scale,
            self.unroll,
        )
        return np.asarray(costs)

    def weights(self) -> Weights:
        """Return the weights by wattlab's names."""
        return {name: np.asarray(one) for name, one in zip(self.names, self.parameters, strict=True)}

    def facts(self) -> dict[str, str | int]:
        """Return version and threads."""
        return {"jax": jax.__version__, "threads": threads_in_use("jax"), "pixels": str(self.features.dtype)}
