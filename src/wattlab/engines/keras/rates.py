"""What the schedules give for each step, found inside the compiled step or handed over before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from wattlab.engines.keras.arithmetic import array_of

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

    @abstractmethod
    def weight_decay(self, iterations: Any) -> Any:
        """Return the weight decay of the present step, where a schedule gives one."""

    def at_batch(self, index: int) -> None:  # noqa: B027 (a table on the device looks for itself)
        """Go to a batch of the epoch; called before each."""


class DeviceRates(Rates):
    """A table in variables of the optimizer, looked up by its own count of steps.

    Nothing else serves where Keras runs several batches in one compiled call. A step that is left out, because a
    float16 gradient overflowed, is not counted by the optimizer: the next one gets the same values.

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
        self.decays: Any = None
        self.offset: Any = None

    def track(self, optimizer: Any) -> None:
        """Make the variables; as the optimizer's own they are part of its compiled state."""
        self.rates = optimizer.add_variable((self.n_steps,), dtype=self.dtype, name="rates")
        self.momenta = optimizer.add_variable((self.n_steps,), dtype=self.dtype, name="momenta")
        self.decays = optimizer.add_variable((self.n_steps,), dtype=self.dtype, name="decays")
        self.offset = optimizer.add_variable((), dtype="int32", name="offset")

    def variables(self) -> list[Any]:
        """Return what the optimizer holds for this table alone."""
        return [self.rates, self.momenta, self.decays, self.offset]

    def begin(self, values: StepValues, steps_done: int) -> None:
        """Fill the table; see `Rates.begin`."""
        self._fill(self.rates, values.learning_rate)
        if values.momentum is not None:
            self._fill(self.momenta, values.momentum)
        if values.weight_decay is not None:
            self._fill(self.decays, values.weight_decay)
        self.offset.assign(-steps_done)

    def momentum(self, iterations: Any) -> Any:
        """Look the momentum up; see `Rates.momentum`."""
        return self.look_up(self.momenta, iterations)

    def weight_decay(self, iterations: Any) -> Any:
        """Look the weight decay up; see `Rates.weight_decay`."""
        return self.look_up(self.decays, iterations)

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
    skips : bool
        Whether steps may be left out (float16); then the optimizer is asked before each how many it has taken.
    """

    def __init__(self, momentum_field: str | None, *, skips: bool) -> None:
        self.momentum_field, self.skips = momentum_field, skips
        self.for_optimizer = self._present
        self.optimizer: Any = None
        self.rates: list[float] = [0.0]
        self.momenta: list[float] = []
        self.decays: list[float] = []
        self.index = self.steps_before = 0

    def track(self, optimizer: Any) -> None:
        """See `Rates.track`."""
        self.optimizer = optimizer

    def begin(self, values: StepValues, steps_done: int) -> None:
        """Take the epoch's values; see `Rates.begin`."""
        self.steps_before = steps_done
        self.rates = values.learning_rate.tolist()
        self.momenta = [] if values.momentum is None else values.momentum.tolist()
        self.decays = [] if values.weight_decay is None else values.weight_decay.tolist()

    def at_batch(self, index: int) -> None:
        """Go to a batch; see `Rates.at_batch`."""
        self.index = int(array_of(self.optimizer.iterations)) - self.steps_before if self.skips else index
        if self.momenta and self.momentum_field is not None:
            setattr(self.optimizer, self.momentum_field, self.momenta[self.index])

    def momentum(self, iterations: Any) -> Any:  # noqa: ARG002 (a step is known by its batch)
        """Return the present momentum; see `Rates.momentum`."""
        return self.momenta[self.index]

    def weight_decay(self, iterations: Any) -> Any:  # noqa: ARG002 (as above)
        """Return the present weight decay; see `Rates.weight_decay`."""
        return self.decays[self.index]

    def _present(self) -> float:
        return self.rates[self.index]
