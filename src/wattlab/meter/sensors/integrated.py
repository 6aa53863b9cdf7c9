"""Energy from power: for hardware that tells watts and counts no joules."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Facts, Reading, Sensor, SensorLost

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TOLERATED", "IntegratedPower"]

TOLERATED: Final = 5
"""So many times the wanted time between two samples is a hiccup; beyond, something was missed."""


class IntegratedPower(Sensor):
    """A counter made of samples of power, by trapezoids between them.

    Between two samples that lie further apart than a few of the wanted ones, the power may have been anything that the
    hardware can draw: its readings say how much less and more that could be.

    Parameters
    ----------
    facts : Facts
        With ``source`` "integrated" (or "battery"), ``sample_s``, and a ``longest_gap_s`` beyond which two samples say
        nothing about what lies between.
    power_W : callable
        Returns the power of this moment; raises OSError or ValueError if it cannot. Unit: W.
    wall_s : callable, optional
        The clock.

    Raises
    ------
    OSError, ValueError
        The power cannot be read at all.
    """

    def __init__(
        self, facts: Facts, power_W: Callable[[], float], wall_s: Callable[[], float] = clock.wall_s
    ) -> None:
        self.facts = facts
        self._power_W, self._wall_s = power_W, wall_s
        self._last_W, self._last_s = self._checked(power_W()), wall_s()
        self._counted_J = self._below_J = self._above_J = 0.0
        self._lost = ""

    def read(self) -> Reading:
        """Sample the power, and return the energy since the sensor was made."""
        if self._lost:
            raise SensorLost(self._lost)
        try:
            now_W, now_s = self._checked(self._power_W()), self._wall_s()
        except (OSError, ValueError) as error:
            raise self._gone(f"can no longer be read ({error})") from error
        gap_s = now_s - self._last_s
        if gap_s > self.facts.longest_gap_s:
            raise self._gone(f"was not read for {gap_s:.0f} s")
        step_J = (self._last_W + now_W) / 2 * gap_s
        if gap_s > TOLERATED * max(self.facts.sample_s, self.facts.resolution_s):
            self._below_J += step_J
            self._above_J += self.facts.max_power_W * gap_s - step_J
        self._counted_J += step_J
        self._last_W, self._last_s = now_W, now_s
        return Reading(now_s, self._counted_J, self._below_J, self._above_J)

    def _checked(self, power_W: float) -> float:
        if not isfinite(power_W) or not 0 <= power_W <= self.facts.max_power_W:
            msg = f"it says {power_W:g} W, where 0 to {self.facts.max_power_W:g} W are possible"
            raise ValueError(msg)
        return power_W

    def _gone(self, problem: str) -> SensorLost:
        self._lost = f"{self.facts.name} {problem}"
        return SensorLost(self._lost)
