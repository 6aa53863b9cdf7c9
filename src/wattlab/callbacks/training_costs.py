"""What one training after another costs, as the callbacks of its framework tell of epochs and evaluations."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING

from wattlab.meter.cost import unknown_cost
from wattlab.meter.devices import synchronize_devices
from wattlab.meter.ongoing import Stretch
from wattlab.meter.ranks import why_not_measuring
from wattlab.meter.summary import brief, cost_line, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.cost import Cost
    from wattlab.meter.meter import Meter

__all__ = ["CostsOfTraining", "TrainingCosts", "as_logs"]


class Parts:
    """The sum of stretches with breaks between them.

    Parameters
    ----------
    begin : callable
        Opens a stretch.
    """

    def __init__(self, begin: Callable[[], Stretch]) -> None:
        self._begin = begin
        self._open: Stretch | None = None
        self._closed: Cost | None = None

    @property
    def is_open(self) -> bool:
        """Whether a stretch is open."""
        return self._open is not None

    def go_on(self) -> None:
        """Open a stretch."""
        if self._open is None:
            self._open = self._begin()

    def pause(self) -> None:
        """Close the stretch that is open."""
        if self._open is not None:
            cost, self._open = self._open.close(), None
            self._closed = cost if self._closed is None else self._closed + cost

    def take(self) -> Cost | None:
        """Close, and return the sum since the last call; None if nothing was open."""
        self.pause()
        cost, self._closed = self._closed, None
        return cost


class TrainingCosts:
    """Keeps what epochs and evaluations cost; each moment of a training belongs to one of them at most.

    Parameters
    ----------
    meter : Meter or None
        A meter that runs; None for the process's own.
    synchronize : callable or None
        Waits for the device at every edge.
    verbose : int
        0: print nothing; 1: a summary at the end; 2: a line for each epoch too.
    """

    def __init__(
        self,
        meter: Meter | None = None,
        synchronize: Callable[[], object] | None = synchronize_devices,
        verbose: int = 1,
    ) -> None:
        self._verbose = verbose
        stretch = partial(Stretch, synchronize=synchronize, meter=meter)
        self._whole, self._epoch, self._since_log = (
            Parts(partial(stretch, name))
            for name in ("whole training", "training", "training since the last log")
        )
        self._evaluation = Parts(partial(stretch, "evaluation"))
        self._late = ""
        self.epochs: tuple[Cost, ...] = ()
        self.evaluations: tuple[Cost, ...] = ()
        self._cost: Cost | None = None

    def begin(self) -> None:
        """Begin a training; what an earlier one cost, or left open when it failed, is forgotten."""
        for parts in (self._whole, self._epoch, self._since_log, self._evaluation):
            parts.take()
        self.epochs, self.evaluations, self._cost = (), (), None
        self._whole.go_on()

    def go_on(self) -> None:
        """Begin an epoch, or go on with it after an evaluation or a log; else do nothing.

        To be called before a step, rather than after an evaluation: if no step follows, the stretch between an
        evaluation and the epoch's end would be too short for any sensor.
        """
        self._epoch.go_on()
        self._since_log.go_on()

    def end_epoch(self) -> Cost:
        """End an epoch, and return what it cost without its evaluations."""
        cost = self._epoch.take() or unknown_cost("no epoch had begun")
        self._since_log.pause()
        self.epochs += (cost,)
        self._say(cost_line(f"epoch {len(self.epochs)}", cost), level=2)
        return cost

    def since_log(self) -> Cost | None:
        """Return what training cost since the last call or the training's begin; None if there was none."""
        return self._since_log.take()

    def begin_evaluation(self, late: str = "") -> None:
        """Begin an evaluation; training waits until it is told to go on.

        Parameters
        ----------
        late : str, optional
            What the evaluation has done already, as a note.
        """
        if not self._evaluation.is_open:
            self._epoch.pause()
            self._since_log.pause()
            self._evaluation.go_on()
            self._late = late

    def end_evaluation(self) -> Cost | None:
        """End an evaluation, and return what it cost; None if none had begun."""
        cost = self._evaluation.take()
        if cost is None:
            return None
        if self._late:
            cost = replace(
                cost, wall=cost.wall.with_note(self._late), energy=cost.energy.with_note(self._late)
            )
        self.evaluations += (cost,)
        if not self._whole.is_open:
            self._say(cost_line("evaluation", cost), level=1)
        return cost

    def end(self) -> None:
        """End the training, finished or not, and say what it cost; nothing if none had begun."""
        for parts in (self._epoch, self._since_log, self._evaluation):
            parts.take()
        if self._whole.is_open:
            self._cost = self._whole.take()
            for line in self.lines():
                self._say(line, level=1)

    @property
    def training(self) -> Cost:
        """What all epochs cost, evaluations apart."""
        return _sum(self.epochs, "no epoch has ended")

    @property
    def evaluation(self) -> Cost:
        """What all evaluations cost."""
        return _sum(self.evaluations, "no evaluation has ended")

    @property
    def cost(self) -> Cost:
        """What the training cost from its begin to its end, or its epochs and evaluations until it has ended."""
        return self._cost or _sum((*self.epochs, *self.evaluations), "no epoch has ended")

    def lines(self) -> list[str]:
        """Return the summary."""
        count = len(self.epochs)
        lines = [cost_line("training", self.cost)]
        if count:
            each = self.training.energy.times(1 / count, "J")
            lines.append(
                f"  {count} epoch{'s' * (count > 1)}: {_time_and_energy(self.training)}, each {brief(each)}"
            )
        if self.evaluations:
            lines.append(f"  evaluation: {_time_and_energy(self.evaluation)}")
        return lines

    def _say(self, line: str, level: int) -> None:
        if self._verbose >= level and not why_not_measuring():
            tell(f"wattlab: {line}")


class CostsOfTraining:
    """What every callback has: the costs of the latest training."""

    _costs: TrainingCosts

    @property
    def cost(self) -> Cost:
        """What the training cost from its begin to its end; until then, its finished epochs and evaluations."""
        return self._costs.cost

    @property
    def epochs(self) -> tuple[Cost, ...]:
        """What each epoch cost, evaluations apart."""
        return self._costs.epochs

    @property
    def training(self) -> Cost:
        """What all epochs cost together, evaluations apart."""
        return self._costs.training

    @property
    def evaluation(self) -> Cost:
        """What all evaluations cost together."""
        return self._costs.evaluation


def as_logs(cost: Cost, prefix: str = "") -> dict[str, float]:
    """Return a cost's energy as numbers for a framework's log.

    Parameters
    ----------
    cost : Cost
        Of an epoch, or of an evaluation.
    prefix : str, optional
        Put before each name, such as "val_".

    Returns
    -------
    dict of float
        ``energy_J`` and the ends of its interval, ``energy_low_J`` and ``energy_high_J``; NaN if it is missing.

    Examples
    --------
    >>> from wattlab.meter.cost import unknown_cost
    >>> as_logs(unknown_cost("another rank measures"), "val_")
    {'val_energy_J': nan, 'val_energy_low_J': nan, 'val_energy_high_J': nan}
    """
    value = math.nan if cost.energy.value is None else cost.energy.value
    low, high = cost.energy.interval or (value, value)
    return {f"{prefix}energy_J": value, f"{prefix}energy_low_J": low, f"{prefix}energy_high_J": high}


def _sum(costs: Sequence[Cost], reason: str) -> Cost:
    return reduce(add, costs) if costs else unknown_cost(reason)


def _time_and_energy(cost: Cost) -> str:
    return f"{brief(cost.wall)}, {brief(cost.energy)}"
