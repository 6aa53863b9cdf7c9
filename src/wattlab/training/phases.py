"""Where a training's time goes inside its steps, found on a few of them."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.engines.phases import IDLE, PHASES, PhaseClock, PhaseTimes, Untimed
from wattlab.meter.clock import wall_s
from wattlab.meter.quantity import Quantity, measured, missing, modelled
from wattlab.records.phases import StepPhases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.base import Trainer
    from wattlab.meter.cost import Cost

__all__ = ["PhaseSampling"]

FEWEST, MOST, SPACING = 5, 20, 200
"""Steps to be timed: one in `SPACING`, within bounds. On a GPU each of them waits for the device a few times."""
BUDGET: Final = 0.01
"""Share of the training's time that timing parts apart from it may take."""
BY_TIME: Final = (
    "the training's energy by share of time; the interval is wide because phases may draw different powers: "
    "from idle power in this one to idle power in all others"
)


class PhaseSampling:
    """Chooses a few steps of a session to be timed inside.

    The first epoch's samples are dropped for those of the second, when whatever is slow at first is over. More epochs
    are sampled only where they have few batches.

    Parameters
    ----------
    trainer : Trainer
    n_batches : int
        Batches of full length in an epoch.
    epochs : int
        That this session may have.
    wanted : bool
        If not, no step is timed.
    """

    def __init__(self, trainer: Trainer, n_batches: int, epochs: int, *, wanted: bool = True) -> None:
        self._trainer, self._n_batches, self._wanted = trainer, n_batches, wanted
        self._aim = int(np.clip(n_batches * epochs // SPACING, FEWEST, MOST))
        self._clock = PhaseClock(trainer.synchronize)
        self._epochs, self._excess_s = 0, 0.0

    def clock(self) -> PhaseClock:
        """Return the clock for the next epoch of the session."""
        self._epochs += 1
        if not self._wanted or (self._epochs > 2 and self._clock.n_steps >= self._aim):
            return IDLE
        if self._epochs == 2:
            self._clock.clear()
        self._clock.choose(_spread(self._n_batches, self._aim))
        return self._clock

    def trained(self, step_s: float) -> None:
        """Take note of how long a step of the epoch took in the mean. Unit: s."""
        timed = [sum(one.values()) for one in self._clock.samples]
        if timed:
            self._excess_s = max(0.0, (float(np.mean(timed)) - step_s) * self._clock.n_steps)

    def phases(self, training: Cost, budget_s: float | None = None) -> StepPhases | None:
        """Return the phases' shares, and the time and energy of a training that they stand for; None if not wanted.

        A training that has come to its end is not lost to what goes wrong here: the phases are missing then.

        Parameters
        ----------
        training : Cost
            Of the whole training.
        budget_s : float, optional
            How long timing parts apart may take; left out: `BUDGET` of the training's time. Unit: s.
        """
        if not self._wanted:
            return None
        started_s = wall_s()
        times: PhaseTimes | Untimed
        try:
            times = self._trainer.phase_times(
                self._clock, BUDGET * (training.wall.value or 0.0) if budget_s is None else budget_s
            )
        except Exception as error:  # noqa: BLE001 (whatever a library raises)
            times = Untimed(f"timing the parts of a step failed: {type(error).__name__}: {error}")
        return _phases(times, training, wall_s() - started_s + self._excess_s)


def _spread(n_batches: int, count: int) -> list[int]:
    """Return up to `count` steps, evenly spread over an epoch, the first of which is left out where it can be."""
    places = np.linspace(0, n_batches, min(count, n_batches), endpoint=False) + n_batches / (2 * count)
    return sorted({min(n_batches - 1, int(place)) for place in places})


def _phases(times: PhaseTimes | Untimed, training: Cost, spent_s: float) -> StepPhases:
    spent = measured(
        spent_s, "s", "clock:wall", note="parts timed apart, and what the timed steps took longer"
    )
    if isinstance(times, Untimed):
        unknown = {name: missing("1", times.reason) for name in PHASES if name != "other"}
        return _applied(unknown, training, 0, spent, times.reason)
    shares = {name: _share(times, name) for name in PHASES if name in times.seconds}
    return _applied(shares, training, times.n_steps, spent, times.note)


def _applied(
    shares: dict[str, Quantity], training: Cost, n_steps: int, spent: Quantity, note: str
) -> StepPhases:
    return StepPhases(
        shares=shares,
        wall={name: _part(training.wall, share) for name, share in shares.items()},
        energy={name: _energy_part(training, share) for name, share in shares.items()},
        n_steps=n_steps,
        sampling=spent,
        note=note,
    )


def _share(times: PhaseTimes, name: str) -> Quantity:
    """Return a phase's share of a step: for measured steps with the interval of their median."""
    value, steps = times.shares()[name], f"{times.n_steps} steps"
    if times.how == "modelled":
        return modelled(value, "1", "clock:parts", note=f"of {steps}")
    low, high = _median_interval(times.sampled_shares()[name])
    return measured(value, "1", "clock:steps", (min(low, value), max(high, value)), f"median of {steps}")


def _median_interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return order statistics between which the median lies with about 95 %; the ends where there are few values."""
    ordered, count = np.sort(values), len(values)
    left_out = max(0, int(count / 2 - 0.98 * sqrt(count)))
    return float(ordered[left_out]), float(ordered[count - 1 - left_out])


def _part(whole: Quantity, share: Quantity) -> Quantity:
    """Return a share of a quantity, no better known than either of both."""
    if whole.value is None or share.value is None:
        return missing(whole.unit, whole.note or share.note)
    low, high = whole.interval or (whole.value, whole.value)
    least, most = share.interval or (share.value, share.value)
    make = measured if whole.provenance == share.provenance == "measured" else modelled
    interval = (low * least, high * most) if whole.interval or share.interval else None
    return make(
        whole.value * share.value, whole.unit, share.sensor, interval, "the training's, by share of a step"
    )


def _energy_part(training: Cost, share: Quantity) -> Quantity:
    """Return an energy by share of time, within what other powers in the phases would make of it.

    No sensor counts a phase. The least is idle power as long as the phase lasts, the most is all but idle power as long
    as the others last.
    """
    energy = training.energy
    if energy.value is None or share.value is None:
        return missing(energy.unit, energy.note or share.note)
    low, high = energy.interval or (energy.value, energy.value)
    least, most = share.interval or (share.value, share.value)
    idle = min(max(0.0, low), _least(training.idle))
    value = energy.value * share.value
    # But for rounding, the value lies in between.
    interval = (min(value, idle * least), max(value, high - idle * (1 - most)))
    return modelled(value, energy.unit, "model:time-share", interval, BY_TIME)


def _least(idle: Quantity) -> float:
    """Return what the idle machine would have drawn at least: nothing where nobody knows."""
    low = idle.interval[0] if idle.interval else idle.value or 0.0
    return max(0.0, low)
