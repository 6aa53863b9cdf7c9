"""Learning rate and momentum of each step, found inside the compiled step or handed over before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from wattlab.recipe.schedule import StepValues

__all__ = ["DeviceRates", "HostRates", "Rates"]


class Rates(ABC):
    """What an optimizer gets from outside for each step of an epoch."""

    for_optimizer: Any
    """What Keras takes as ``learning_rate``."""

    @abstractmethod
    def track(self, optimizer: Any) -> None:
        """Belong to an optimizer that was made with `for_optimizer`."""

    @abstractmethod
    def begin(self, values: StepValues, steps_done: int) -> None:
        """Take the values of the steps that follow the first `steps_done` of the training."""

    @abstractmethod
    def momentum(self, iterations: Any) -> Any:
        """Return the momentum of the present step, where the schedule gives one."""

    def at_batch(self, index: int) -> None:  # noqa: B027 (a table on the device looks for itself)
        """Go to a batch of the epoch; called before each."""


class DeviceRates(Rates):
    """A table in variables of the optimizer, looked up by its own count of steps.

    Nothing else serves where Keras runs several batches in one compiled call. A step that is left out, because a
    float16 gradient overflowed, is not counted by the optimizer; `offset` makes up for it.

    Parameters
    ----------
    n_steps : int
        Most steps of an epoch.
    dtype : str
        float32 or float64.
    """

    def __init__(self, n_steps: int, dtype: str) -> None:
        self.n_steps, self.dtype = n_steps, dtype
        self.for_optimizer = _Table(self)
        self.rates: Any = None
        self.momenta: Any = None
        self.offset: Any = None

    def track(self, optimizer: Any) -> None:
        """Make the variables; as the optimizer's own they are part of its compiled state."""
        self.rates = optimizer.add_variable((self.n_steps,), dtype=self.dtype, name="rates")
        self.momenta = optimizer.add_variable((self.n_steps,), dtype=self.dtype, name="momenta")
        self.offset = optimizer.add_variable((), dtype="int32", name="offset")

    def variables(self) -> list[Any]:
        """Return what the optimizer holds for this table alone."""
        return [self.rates, self.momenta, self.offset]

    def begin(self, values: StepValues, steps_done: int) -> None:
        """Fill the table; see `Rates.begin`."""
        self._fill(self.rates, values.learning_rate)
        if values.momentum is not None:
            self._fill(self.momenta, values.momentum)
        self.offset.assign(-steps_done)

    def momentum(self, iterations: Any) -> Any:
        """Look the momentum up; see `Rates.momentum`."""
        return self.look_up(self.momenta, iterations)

    def look_up(self, table: Any, iterations: Any) -> Any:
        """Return a table's value for the optimizer's present step, on the device."""
        return ops.take(table, ops.cast(iterations, "int32") + self.offset)

    def _fill(self, table: Any, values: Any) -> None:
        filled = np.zeros(self.n_steps, self.dtype)
        filled[: len(values)] = values
        table.assign(filled)


class _Table(keras.optimizers.schedules.LearningRateSchedule):
    """What Keras asks for the learning rate of a step."""

    def __init__(self, rates: DeviceRates) -> None:
        self.of = rates

    def __call__(self, step: Any) -> Any:
        return self.of.look_up(self.of.rates, step)


class HostRates(Rates):
    """Plain numbers, set before each batch: quickest where every batch is a call of its own anyway.

    Keras' optimizers for torch pass the rate to fused kernels, which want a number; a tensor would make the device
    wait for the host in each step.

    Parameters
    ----------
    momentum_field : str or None
        Keras' name of the optimizer's momentum, where a schedule cycles it.
    """

    def __init__(self, momentum_field: str | None) -> None:
        self.momentum_field = momentum_field
        self.for_optimizer = self._present
        self.optimizer: Any = None
        self.rates: list[float] = [0.0]
        self.momenta: list[float] = []
        self.index = 0

    def track(self, optimizer: Any) -> None:
        """See `Rates.track`."""
        self.optimizer = optimizer

    def begin(self, values: StepValues, steps_done: int) -> None:  # noqa: ARG002 (batches are counted, not steps)
        """Take the epoch's values; see `Rates.begin`."""
        self.rates = values.learning_rate.tolist()
        self.momenta = [] if values.momentum is None else values.momentum.tolist()

    def at_batch(self, index: int) -> None:
        """Go to a batch; see `Rates.at_batch`."""
        self.index = index
        if self.momenta and self.momentum_field is not None:
            setattr(self.optimizer, self.momentum_field, self.momenta[index])

    def momentum(self, iterations: Any) -> Any:  # noqa: ARG002 (as for `begin`)
        """Return the present momentum; see `Rates.momentum`."""
        return self.momenta[self.index]

    def _present(self) -> float:
        return self.rates[self.index]
