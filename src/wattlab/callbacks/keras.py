"""Keras 3: energy per epoch in the logs, on any of its backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from wattlab.callbacks.training_costs import CostsOfTraining, TrainingCosts, as_logs
from wattlab.meter.devices import synchronize_devices

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.meter import Meter

__all__ = ["CostCallback"]


def wait_for_keras() -> None:
    """Wait until the device that Keras computes with has finished."""
    synchronize_devices()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # loaded by Keras already

        tf.test.experimental.sync_devices()


class CostCallback(CostsOfTraining, keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Measure what a training by Keras' ``fit`` costs.

    ``history.history`` and the progress bar get ``energy_J`` of each epoch, with the ends of its interval, and
    ``val_energy_J`` of its validation. What ``evaluate`` costs alone is measured too.

    Parameters
    ----------
    verbose : int, optional
        0: print nothing; 1: a summary on standard error at the end; 2: a line for each epoch too.
    meter : Meter, optional
        A meter that runs; by default, one that the whole process shares.
    synchronize : callable or None, optional
        Waits for the device at every edge; by default, for the backend's. None: no waiting.

    Attributes
    ----------
    cost : Cost
        Of the latest training, from its begin to its end; until then, of its finished epochs and evaluations.
    epochs : tuple of Cost
        Of each epoch, validation apart.
    training, evaluation : Cost
        Of all epochs, and of all evaluations.

    Examples
    --------
    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> callback = CostCallback(verbose=0)
    >>> history = model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=2, verbose=0, callbacks=[callback])
    >>> sorted(history.history), len(callback.epochs)
    (['energy_J', 'energy_high_J', 'energy_low_J', 'loss'], 2)
    """

    def __init__(
        self,
        verbose: int = 1,
        *,
        meter: Meter | None = None,
        synchronize: Callable[[], object] | None = wait_for_keras,
    ) -> None:
        super().__init__()
        self._costs = TrainingCosts(meter, synchronize, verbose)
        self._validated = 0

    def on_train_begin(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin."""
        self._costs.begin()

    def on_epoch_begin(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin an epoch."""
        self._validated = len(self._costs.evaluations)
        self._costs.go_on()

    def on_test_begin(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin an evaluation."""
        self._costs.begin_evaluation()

    def on_test_end(self, *_args: Any, **_kwargs: Any) -> None:
        """End an evaluation."""
        self._costs.end_evaluation()

    def on_epoch_end(self, _epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the epoch's energy into its logs."""
        cost = self._costs.end_epoch()
        if logs is not None:
            logs.update(as_logs(cost))
            for validation in self._costs.evaluations[self._validated :]:
                logs.update(as_logs(validation, "val_"))

    def on_train_end(self, *_args: Any, **_kwargs: Any) -> None:
        """End, and print the summary."""
        self._costs.end()
