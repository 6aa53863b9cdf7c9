"""Power from whatever answers slowly: asked in a thread of its own, so that reading never waits.

Between two answers the power is integrated by trapezoids; since the last one it is taken to have stayed. Where more
than one answer is missing, it may have been anything that the device believes: the readings say how much less and more
that could be. Where the device also counts energy, coarsely and late, its count bounds the integral in the long run; a
count that leaps further than anything can draw says nothing. Who has not answered for several times is a lost sensor.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Facts, Reading, Sensor, SensorLost

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Polled", "Sample", "TotalFacts"]

STALE_POLLS: Final = 6
TOLERATED_POLLS: Final = 2.5
"""One answer may be missing; beyond so many times the wanted time between two, something was missed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer.

    Attributes
    ----------
    power_W : float
        The power of this moment. Unit: W.
    total_J : float or None
        What the device itself has counted since whenever. Unit: J.
    """

    power_W: float
    total_J: float | None = None


@dataclass(frozen=True, slots=True)
class TotalFacts:
    """How coarse the device's own count of energy is.

    Attributes
    ----------
    step_J : float
        Its smallest step. Unit: J.
    late_s : float
        How long it may lag behind. Unit: s.
    """

    step_J: float = float("inf")
    late_s: float = 0.0


class Polled(Sensor):
    """A counter made of a device's answers.

    Parameters
    ----------
    facts : Facts
        What it is.
    poll : callable
        Asks once; returns a `Sample`. Raises SensorLost if there can be no more answers; whatever else it raises is
        why there is none this time.
    period_s : float
        Time between two questions. Unit: s.
    total : TotalFacts, optional
        How coarse the totals are, if there are any.
    wall_s : callable, optional
        The clock.
    """

    def __init__(
        self,
        facts: Facts,
        poll: Callable[[], Sample],
        period_s: float,
        total: TotalFacts | None = None,
        wall_s: Callable[[], float] = clock.wall_s,
    ) -> None:
        self.facts = facts
        self._poll, self._period_s, self._wall_s = poll, period_s, wall_s
        self._total = _Total(total or TotalFacts(), period_s, facts.max_power_W)
        self._lock = threading.Lock()
        self._last: tuple[float, Sample] | None = None
        self._counted_J = self._below_J = self._above_J = 0.0
        self._told = Reading(0.0, 0.0)
        self._error: Exception = TimeoutError("no answer yet")
        self._lost = ""
        self._answered, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"wattlab-{facts.name}", daemon=True)

    def start(self, wait_s: float) -> Sample:
        """Begin to ask in the background; return the first answer, or raise what stands in its way.

        Parameters
        ----------
        wait_s : float
            How long to wait for it. Unit: s.
        """
        self._thread.start()
        if not self._answered.wait(wait_s):
            self._error = TimeoutError(f"no answer within {wait_s:g} s")
        with self._lock:
            if self._last:
                return self._last[1]
        self.close()
        raise self._error

    def read(self) -> Reading:
        """Return the energy since the first answer; the power is taken to be what the last answer said."""
        with self._lock:
            if self._lost:
                raise SensorLost(self._lost)
            now_s = self._wall_s()
            if self._last is None:
                raise self._gone(f"has not answered ({self._error})")
            age_s = now_s - self._last[0]
            if age_s > STALE_POLLS * self._period_s:
                raise self._gone(f"has not answered for {age_s:.0f} s ({self._error})")
            self._told = self._forward(now_s, self._last[1].power_W * age_s, age_s)
            return self._told

    def close(self) -> None:
        """Ask no more; a question on its way ends by itself."""
        self._stop.set()

    def tick(self) -> None:
        """Ask once."""
        asked_s = self._wall_s()
        try:
            sample = self._checked(self._poll())
        except SensorLost as lost:
            with self._lock:
                self._lost, self._error = f"{self.facts.name}: {lost}", lost
            self._stop.set()
        except (OSError, ValueError) as error:
            with self._lock:
                self._error = error
        except Exception as error:  # noqa: BLE001 (whatever a device makes of its answer, the next one may be good)
            with self._lock:
                self._error = ValueError(f"{type(error).__name__}: {error}")
        else:
            with self._lock:
                self._note((asked_s + self._wall_s()) / 2, sample)
        self._answered.set()

    def _note(self, now_s: float, sample: Sample) -> None:
        if self._last is not None:
            last_s, last = self._last
            step_J = (last.power_W + sample.power_W) / 2 * (now_s - last_s)
            below_J, above_J = self._doubt_J(step_J, now_s - last_s)
            self._counted_J += step_J
            self._below_J += below_J
            self._above_J += above_J
        self._counted_J = self._total.bound(self._counted_J, sample, now_s)
        self._last = (now_s, sample)

    def _forward(self, now_s: float, since_J: float, age_s: float) -> Reading:
        """Return what is counted and what has come since; nothing that was told before is taken back."""
        below_J, above_J = self._doubt_J(since_J, age_s)
        return Reading(
            now_s,
            max(self._told.energy_J, self._counted_J + since_J),
            max(self._told.below_J, self._below_J + below_J),
            max(self._told.above_J, self._above_J + above_J),
        )

    def _doubt_J(self, step_J: float, gap_s: float) -> tuple[float, float]:
        """Return by how much less and more a time without an answer may have taken."""
        if gap_s <= TOLERATED_POLLS * self._period_s:
            return 0.0, 0.0
        return step_J, self.facts.max_power_W * gap_s - step_J

    def _checked(self, sample: Sample) -> Sample:
        if not isfinite(sample.power_W) or not 0 <= sample.power_W <= self.facts.max_power_W:
            msg = f"it says {sample.power_W:g} W, where 0 to {self.facts.max_power_W:g} W are possible"
            raise ValueError(msg)
        return sample

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stop.wait(wait_s):
            began_s = clock.wall_s()
            self.tick()
            wait_s = max(0.0, began_s + self._period_s - clock.wall_s())

    def _gone(self, problem: str) -> SensorLost:
        self._lost = f"{self.facts.name} {problem}"
        self._stop.set()
        return SensorLost(self._lost)


class _Total:
    """The device's own count of energy: coarse and late, but it misses nothing between two answers."""

    def __init__(self, facts: TotalFacts, period_s: float, max_power_W: float) -> None:
        self._facts, self._period_s, self._max_power_W = facts, period_s, max_power_W
        self._seen: tuple[float, float] | None = None
        self._start: tuple[float, float] | None = None
        self._peak_W = 0.0

    def bound(self, counted_J: float, sample: Sample, now_s: float) -> float:
        """Return the integral, brought between the bounds that the total sets."""
        total_J = sample.total_J
        if total_J is None:
            return counted_J
        self._follow(total_J, counted_J, now_s)
        self._peak_W = max(self._peak_W, sample.power_W)
        if self._start is None:
            return counted_J
        first_J, base_J = self._start
        low_J = base_J + total_J - first_J - self._facts.step_J - self._peak_W * self._period_s
        high_J = (
            low_J
            + 2 * (self._facts.step_J + self._peak_W * self._period_s)
            + self._peak_W * self._facts.late_s
        )
        return min(max(counted_J, low_J), high_J)

    def _follow(self, total_J: float, counted_J: float, now_s: float) -> None:
        seen, self._seen = self._seen, (total_J, now_s)
        if seen is None or not 0 <= total_J - seen[0] <= self._most_J(now_s - seen[1]):
            # The first one, or the device was reset, or it talks nonsense: start anew, at the next step.
            self._start = None
        elif self._start is None and total_J > seen[0]:
            # Where it has just stepped, it is not late.
            self._start, self._peak_W = (total_J, counted_J), 0.0

    def _most_J(self, gap_s: float) -> float:
        """Return how far the total can step: what it is late with may come at once."""
        return self._max_power_W * (gap_s + self._facts.late_s) + self._facts.step_J
