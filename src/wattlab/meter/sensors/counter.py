"""A counter of energy in the machine: forward only, and told from a wrap, a reset, a suspend and a silence.

What a counter's steps can mean, and what is done about each: a step back by a whole range is a wrap, and corrected;
any other step back, or one that nothing can draw, is a reset (of the hardware, or of a driver loaded anew); time asleep
may have reset or wrapped it unseen; so may a silence longer than the counter's range lasts. A read error is
a lost sensor, never a zero. What cannot be told apart is lost rather than guessed: no energy is ever negative.
"""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, Reading, Sensor, SensorLost

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["EnergyCounter", "counter_or_absent", "is_given", "suspended_s"]

# Two clocks are read one after the other; less than this is not a suspend.
_ASLEEP_S: Final = 0.5


def suspended_s() -> float:
    """Return how long this machine has been suspended since it started, as far as its system tells. Unit: s."""
    if sys.platform != "linux":
        return 0.0
    # Of the two clocks only the first goes on while the machine sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def is_given(domain: str, given: Collection[str]) -> bool:
    """Return whether a domain, or its dies, or the whole of which it is a die, are among those another sensor gives.

    Examples
    --------
    >>> is_given("package-0", {"package-0-die-0"}), is_given("package-0-die-0", {"package-0"})
    (True, True)
    >>> is_given("package-1", {"package-10"})
    False
    """
    return any(f"{one}-".startswith(f"{domain}-") or f"{domain}-".startswith(f"{one}-") for one in given)


class EnergyCounter(Sensor):
    """One counter of energy.

    Parameters
    ----------
    facts : Facts
        What it is.
    read_J : callable
        Reads the counter; raises OSError or ValueError if it cannot. Unit: J.
    range_J : float, optional
        Where the counter starts again; by default, never. Unit: J.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.
    release : callable, optional
        Lets go of what `read_J` reads from.

    Raises
    ------
    OSError, ValueError
        The counter cannot be read at all.
    """

    def __init__(
        self,
        facts: Facts,
        read_J: Callable[[], float],
        range_J: float = math.inf,
        *,
        wall_s: Callable[[], float] = clock.wall_s,
        asleep_s: Callable[[], float] = suspended_s,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self.facts = facts
        self._read_J, self._range_J = read_J, range_J
        self._wall_s, self._asleep_s, self._release = wall_s, asleep_s, release
        self._last_J, self._last_s, self._slept_s = read_J(), wall_s(), asleep_s()
        self._counted_J = 0.0
        self._lost = ""

    def read(self) -> Reading:
        """Return the energy counted since the sensor was made."""
        if self._lost:
            raise SensorLost(self._lost)
        try:
            now_J, now_s = self._read_J(), self._wall_s()
        except (OSError, ValueError) as error:
            raise self._gone(f"can no longer be read ({error})") from error
        self._counted_J += self._step_J(now_J, now_s)
        self._last_J, self._last_s = now_J, now_s
        return Reading(now_s, self._counted_J)

    def close(self) -> None:
        """Let go of the counter."""
        self._lost = f"{self.facts.name} is closed"
        release, self._release = self._release, lambda: None
        release()

    def _step_J(self, now_J: float, now_s: float) -> float:
        self._check_awake()
        gap_s = now_s - self._last_s
        if gap_s > self.facts.longest_gap_s:
            raise self._gone(f"was not read for {gap_s:.0f} s and may have wrapped unseen")
        step_J = now_J - self._last_J
        if step_J < 0 and math.isfinite(self._range_J):
            step_J += self._range_J
        # One step of the counter may still belong to the time before.
        if not 0 <= step_J <= self.facts.max_power_W * (gap_s + self.facts.resolution_s):
            jump = f"from {self._last_J:.0f} J to {now_J:.0f} J in {gap_s:.3g} s"
            raise self._gone(f"jumped {jump}: it was reset, or its driver was loaded anew")
        return step_J

    def _check_awake(self) -> None:
        slept_s = self._asleep_s() - self._slept_s
        if slept_s > _ASLEEP_S:
            raise self._gone(f"may have been reset while the machine was suspended for {slept_s:.0f} s")

    def _gone(self, problem: str) -> SensorLost:
        self._lost = f"{self.facts.name} {problem}"
        return SensorLost(self._lost)


def counter_or_absent(
    name: str, make: Callable[[], EnergyCounter | Absent], remedy: str = ""
) -> EnergyCounter | Absent:
    """Make a sensor, or say why its counter cannot be read.

    Parameters
    ----------
    name : str
        The sensor's.
    make : callable
        Makes it; raises OSError or ValueError if the counter cannot be read.
    remedy : str, optional
        What opens a counter that is closed to all but root.
    """
    try:
        return make()
    except PermissionError:
        return Absent(name, "the counter is readable by root alone", remedy, closed=True)
    except (OSError, ValueError) as error:
        return Absent(name, f"the counter cannot be read ({error})")
