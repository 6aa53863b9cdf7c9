"""The transformers Trainer: energy among the logs that it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from transformers import TrainerCallback

from wattlab.callbacks.training_costs import CostsOfTraining, TrainingCosts, as_logs
from wattlab.meter.devices import synchronize_devices

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from wattlab.meter.meter import Meter

__all__ = ["CostCallback"]

_LATE: Final = (
    "without its first batch: the Trainer does not say when an evaluation outside of a training begins"
)


class CostCallback(CostsOfTraining, TrainerCallback):
    """Measure what a training by the transformers ``Trainer`` costs.

    ``trainer.state.log_history`` gets ``energy_J`` of the training since the entry before, with the ends of its
    interval, ``eval_energy_J`` of each evaluation, and ``train_energy_J`` of all epochs at the end.

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
        Of each epoch, evaluations apart.
    training, evaluation : Cost
        Of all epochs, and of all evaluations.

    Examples
    --------
    >>> trainer = Trainer(..., callbacks=[wattlab.transformers.CostCallback()])  # doctest: +SKIP
    >>> trainer.train()  # doctest: +SKIP
    >>> trainer.state.log_history[0]  # doctest: +SKIP
    {'loss': 0.42, 'learning_rate': 5e-05, 'epoch': 0.5, 'energy_J': 240.1, 'energy_low_J': 236.9, ...}
    """

    def __init__(
        self,
        verbose: int = 1,
        *,
        meter: Meter | None = None,
        synchronize: Callable[[], object] | None = synchronize_devices,
    ) -> None:
        self._costs = TrainingCosts(meter, synchronize, verbose)

    def on_train_begin(self, args: TrainingArguments, *_args: Any, **_kwargs: Any) -> None:
        """Begin."""
        self._costs.begin()
        if args.eval_on_start:
            self._costs.begin_evaluation()

    def on_epoch_begin(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin an epoch."""
        self._costs.go_on()

    def on_step_begin(self, *_args: Any, **_kwargs: Any) -> None:
        """Go on with the epoch if an evaluation or a log has interrupted it."""
        self._costs.go_on()

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002 (the library's signature)
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,
        **_kwargs: Any,
    ) -> None:
        """Begin the evaluation that follows this step, if one does."""
        if control.should_evaluate:
            self._costs.begin_evaluation()

    def on_epoch_end(
        self,
        args: TrainingArguments,  # noqa: ARG002 (the library's signature)
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,
        **_kwargs: Any,
    ) -> None:
        """End an epoch, and begin the evaluation that follows it, if one does."""
        self._costs.end_epoch()
        if control.should_evaluate:
            self._costs.begin_evaluation()

    def on_prediction_step(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin an evaluation that nothing has announced."""
        self._costs.begin_evaluation(_LATE)

    def on_evaluate(self, *_args: Any, **_kwargs: Any) -> None:
        """End an evaluation."""
        self._costs.end_evaluation()

    def on_predict(self, *_args: Any, **_kwargs: Any) -> None:
        """End a prediction."""
        self._costs.end_evaluation()

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: dict[str, float] | None = None,
        **_kwargs: Any,
    ) -> None:
        """Add energies to what the Trainer has just put into its history, and to what later callbacks get."""
        if logs is not None:
            found = self._energies(logs)
            logs.update(found)
            state.log_history[-1].update(found)

    def _energies(self, logs: dict[str, float]) -> dict[str, float]:
        """Return what belongs to an entry: of a training's steps, of the whole training, or of an evaluation."""
        if "loss" in logs:
            cost = self._costs.since_log()
            return as_logs(cost) if cost else {}
        if "train_loss" in logs:
            return as_logs(self._costs.training, "train_")
        prefixes = [name.removesuffix("runtime") for name in logs if name.endswith("_runtime")]
        cost = self._costs.end_evaluation() if prefixes else None
        return as_logs(cost, prefixes[0]) if cost else {}

    def on_train_end(self, *_args: Any, **_kwargs: Any) -> None:
        """End, and print the summary."""
        self._costs.end()
