"""A counter of energy that is believed only after it has agreed with power × time.

The energy accumulators of some AMD cards stand still, go back, or count another unit. So for the first seconds both
are read, and power × time is what counts. If they agree, the counter goes on from there; else the power does, and
the sensor's note says so. No time is spent waiting for the verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wattlab.meter.sensors.base import Reading, Sensor, SensorLost

if TYPE_CHECKING:
    from wattlab.meter.sensors.counter import EnergyCounter
    from wattlab.meter.sensors.integrated import IntegratedPower

__all__ = ["CheckedCounter"]

TRIAL_S: Final = 5.0
# Less than this tells nothing: counters step, and power is a mean of the past.
TRIAL_J: Final = 20.0
# The two are means over different times: a third apart is agreement.
FACTOR: Final = 4 / 3


class CheckedCounter(Sensor):
    """A counter with a witness.

    Parameters
    ----------
    counter : EnergyCounter
        Who is to be checked.
    power : IntegratedPower
        The witness, of the same domain and under the same name.

    Attributes
    ----------
    facts : Facts
        The counter's; after a verdict against it, those of the power, with the reason as a note.
    """

    def __init__(self, counter: EnergyCounter, power: IntegratedPower) -> None:
        self._counter, self._power = counter, power
        # The first seconds are the power's, and of the counter no more is known than that it agrees.
        self.facts = replace(
            counter.facts,
            resolution_s=power.facts.resolution_s,
            sample_s=power.facts.sample_s,
            spread=power.facts.spread,
        )
        self._trusted: Sensor | None = None
        self._start: Reading | None = None
        # What counts beside the trusted one: the trial.
        self._before = Reading(0.0, 0.0)

    def read(self) -> Reading:
        """Return the energy counted since the sensor was made."""
        if self._trusted:
            now, before = self._trusted.read(), self._before
            return Reading(
                now.time_s,
                before.energy_J + now.energy_J,
                before.below_J + now.below_J,
                before.above_J + now.above_J,
            )
        witness = self._power.read()
        try:
            self._judge(witness, self._counter.read())
        except SensorLost as lost:
            self._reject(f"its counter of energy failed ({lost})")
        return witness

    def _judge(self, witness: Reading, counted: Reading) -> None:
        start = self._start = self._start or witness
        if witness.time_s - start.time_s < TRIAL_S or witness.energy_J < TRIAL_J:
            return
        ratio = counted.energy_J / witness.energy_J
        if 1 / FACTOR <= ratio <= FACTOR:
            self._trusted = self._counter
            self._before = replace(witness, energy_J=witness.energy_J - counted.energy_J)
        else:
            self._reject(f"its counter of energy says {ratio:.2g} times what its power makes")

    def _reject(self, problem: str) -> None:
        self._trusted = self._power
        note = "; ".join(filter(None, (self._power.facts.note, f"{problem}: not used")))
        self.facts = replace(self._power.facts, note=note)
