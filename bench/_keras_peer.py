"""784-70-30-10 in Keras as its own guide writes it: ``compile``, then one ``fit`` on NumPy arrays, all else by default.

A benchmark's peer, no engine of wattlab. The whole series of epochs is one call of ``fit``, so that what it sets up is
set up once; a callback waits for the peer's turn between two epochs, and takes their time. Keras shuffles by itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.engines.keras.threads import set_threads, threads_in_use

if TYPE_CHECKING:
    from _worker import Turns
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["KerasFit"]


class KerasFit:
    """Keras' own loop over epochs, on full batches only.

    Parameters
    ----------
    recipe : Recipe
        Nesterov momentum at a constant rate, sigmoid, softmax with cross-entropy.
    data : Prepared
        Features as float32.
    weights : dict of arrays
        Where to begin.
    backend : str
        Of Keras.
    threads : int
        How many the backend gets.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights, backend: str, threads: int) -> None:
        os.environ["KERAS_BACKEND"] = backend
        import keras

        set_threads(backend, threads)  # type: ignore[arg-type]  # the name of one of its backends
        self.backend, self.names, optimizer = backend, list(weights), recipe.optimizer
        self.features, self.labels = data.train.features, data.train.labels
        self.size: Any = recipe.training.batch_size
        layers: Any = keras.layers
        self.model: Any = keras.Sequential(
            [
                keras.Input((784,)),
                layers.Dense(70, "sigmoid"),
                layers.Dense(30, "sigmoid"),
                layers.Dense(10, "softmax"),
            ]
        )
        self.model.set_weights(list(weights.values()))
        momentum: Any = optimizer
        sgd = keras.optimizers.SGD(optimizer.learning_rate, momentum=momentum.momentum, nesterov=True)
        self.model.compile(sgd, "sparse_categorical_crossentropy")

    def train(self, order: NDArray[np.int64], values: StepValues) -> NDArray[np.floating]:  # noqa: ARG002 (constant rate)
        """Train on a batch for the proof of equal work; return its cost."""
        x, y = self.features[order], self.labels[order]
        found = self.model.fit(x, y, batch_size=self.size, shuffle=False, verbose=0)
        return np.array(found.history["loss"])

    def serve(self, turns: Turns) -> None:
        """Train an epoch at each turn, within one call of ``fit``."""
        import keras

        class TakesTurns(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002 (Keras calls it so)
                turns.done(float(logs["loss"]))
                self.model.stop_training = not turns.wait()

        whole = len(self.labels) // self.size * self.size
        x, y = self.features[:whole], self.labels[:whole]
        if turns.wait():  # the first turn has the set-up of `fit` in it: a warm-up, which is not counted
            self.model.fit(x, y, batch_size=self.size, epochs=10**6, verbose=0, callbacks=[TakesTurns()])

    def weights(self) -> Weights:
        """Return the weights by wattlab's names."""
        return dict(zip(self.names, self.model.get_weights(), strict=True))

    def facts(self) -> dict[str, str | int]:
        """Return version, backend and threads."""
        import keras

        threads = threads_in_use(self.backend)  # type: ignore[arg-type]  # as above
        return {"keras": keras.__version__, "backend": self.backend, "threads": threads}
