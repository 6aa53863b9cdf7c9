"""A thread that reads the sensors in the background: before one can wrap unseen, and for the power of this moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import Quantity, missing
from wattlab.meter.watch import Watch

if TYPE_CHECKING:
    from wattlab.meter.counters import Counters
    from wattlab.meter.tally import Readings

__all__ = ["SHORTEST_SAMPLE_S", "Sampler", "check_sample"]

SHORTEST_SAMPLE_S: Final = 0.05
"""Reading more often would disturb what is measured."""


def check_sample(sample_s: float) -> None:
    """Raise ValueError for a time between two readings that is too short. Unit: s."""
    if not sample_s >= SHORTEST_SAMPLE_S:
        msg = f"sample_s is {sample_s:g} s; expected at least {SHORTEST_SAMPLE_S} s"
        raise ValueError(msg)


class Sampler:
    """Reads the counters in the background.

    Parameters
    ----------
    counters : Counters
        What to read.
    sample_s : float
        Time between two readings, at least 0.05 s; less than asked for where a sensor needs it. Unit: s.
    watch : Watch, optional
        Looks at what goes on beside the sensors.

    Raises
    ------
    ValueError
        `sample_s` is shorter than that: reading so often would disturb what is measured.
    """

    def __init__(self, counters: Counters, sample_s: float, watch: Watch | None = None) -> None:
        check_sample(sample_s)
        needed = [min(facts.sample_s, facts.longest_gap_s / 4) for facts in counters.facts]
        self.period_s = max(SHORTEST_SAMPLE_S, min([sample_s, *needed]))
        self.cpu_s = 0.0
        self._counters, self._watch = counters, watch or Watch()
        self._two: tuple[Readings, Readings] | None = None
        self._last: Readings | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wattlab-meter", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self.tick()
        self._thread.start()

    def stop(self) -> None:
        """End at once; the last power stays."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.period_s):
            self.tick()
            self.cpu_s = time.thread_time()

    def tick(self) -> None:
        """Read once."""
        readings = self._counters.read()
        self._watch.look()
        if self._last is not None:
            self._two = (self._last, readings)
        self._last = readings

    def power(self) -> Quantity:
        """Return the mean power between the last two readings. Unit: W."""
        if self._two is None:
            return self._counters.power((), ()) if not self._counters.added else missing("W", "no sample yet")
        return self._counters.power(*self._two)
