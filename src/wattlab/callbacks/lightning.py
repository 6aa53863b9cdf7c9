"""Lightning: energy per epoch among the logged metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightning.pytorch import Callback

from wattlab.callbacks.training_costs import CostsOfTraining, TrainingCosts, as_logs
from wattlab.meter.devices import synchronize_devices

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightning.pytorch import LightningModule, Trainer

    from wattlab.meter.meter import Meter

__all__ = ["CostCallback"]


class CostCallback(CostsOfTraining, Callback):
    """Measure what a training by Lightning's ``Trainer`` costs.

    Logs ``energy_J`` of each epoch, with the ends of its interval, and ``val_energy_J`` of each validation. What
    ``trainer.validate`` and ``trainer.test`` cost alone is measured too. Of several processes on a node, that of local
    rank 0 measures.

    Parameters
    ----------
    verbose : int, optional
        0: print nothing; 1: a summary on standard error at the end; 2: a line for each epoch too.
    meter : Meter, optional
        A meter that runs; by default, one that the whole process shares.
    synchronize : callable or None, optional
        Waits for the device at every edge; by default, for all that torch computes with. None: no waiting.

    Attributes
    ----------
    cost : Cost
        Of the latest training, from its begin to its end; until then, of its finished epochs and evaluations.
    epochs : tuple of Cost
        Of each epoch, validation apart.
    training, evaluation : Cost
        Of all epochs, and of all validations and tests.

    Examples
    --------
    >>> callback = wattlab.lightning.CostCallback()  # doctest: +SKIP
    >>> Trainer(max_epochs=3, callbacks=[callback]).fit(model, loader)  # doctest: +SKIP
    wattlab: training: 1 min 03 s, 3.78 kJ [3.70-3.86 kJ] measured, net of idle 3.15 kJ
    """

    def __init__(
        self,
        verbose: int = 1,
        *,
        meter: Meter | None = None,
        synchronize: Callable[[], object] | None = synchronize_devices,
    ) -> None:
        super().__init__()
        self._costs = TrainingCosts(meter, synchronize, verbose)

    def on_train_start(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin."""
        self._costs.begin()

    def on_train_epoch_start(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin an epoch."""
        self._costs.go_on()

    def on_train_batch_start(self, *_args: Any, **_kwargs: Any) -> None:
        """Go on with the epoch if a validation has interrupted it."""
        self._costs.go_on()

    def on_validation_start(self, trainer: Trainer, *_args: Any, **_kwargs: Any) -> None:
        """Begin a validation; the first batches that Lightning tries before the training are none."""
        if not trainer.sanity_checking:
            self._costs.begin_evaluation()

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End a validation, and log its energy."""
        cost = None if trainer.sanity_checking else self._costs.end_evaluation()
        if cost is not None:
            pl_module.log_dict(as_logs(cost, "val_"), rank_zero_only=True, batch_size=1)

    def on_test_start(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin a test."""
        self._costs.begin_evaluation()

    def on_test_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """End a test, and log its energy."""
        cost = self._costs.end_evaluation()
        if cost is not None:
            pl_module.log_dict(as_logs(cost, "test_"), rank_zero_only=True, batch_size=1)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """End an epoch, and log its energy."""
        pl_module.log_dict(as_logs(self._costs.end_epoch()), rank_zero_only=True, batch_size=1)

    def on_train_end(self, *_args: Any, **_kwargs: Any) -> None:
        """End, and print the summary."""
        self._costs.end()

    def on_exception(self, *_args: Any, **_kwargs: Any) -> None:
        """End a training that failed or was interrupted, and print what it cost."""
        self._costs.end()
