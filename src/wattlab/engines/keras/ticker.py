"""What happens between two calls of the compiled step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.keras.rates import Rates

__all__ = ["Ticker"]


class Ticker(keras.callbacks.Callback):
    """Tells the rates which batch comes, and the user which are done; no device has to be waited for.

    Parameters
    ----------
    rates : Rates
    n_batches : int
        Of this epoch.
    tick : callable or None
    """

    def __init__(self, rates: Rates, n_batches: int, tick: Callable[[int], None] | None) -> None:
        super().__init__()
        self.rates, self.n_batches, self.tick = rates, n_batches, tick

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Go to the first batch of a call."""
        self.rates.at_batch(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Tell how many batches are done; Keras counts a last call as if it were full."""
        if self.tick is not None:
            self.tick(min(batch + 1, self.n_batches))
