"""Load, clocks and temperature of the processor, and main memory, by psutil and without ever waiting."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.monitor.sample import MemorySample, ProcessorSample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CoreTimes", "MemoryGauge", "ProcessorGauge", "clocks_Hz", "core_times", "hottest_C"]

# Reading these asks every core; they change slowly.
_SLOW_S: Final = 1.0
# Linux's drivers for the temperature of processors, the best first; the last one is the firmware's own idea.
_CHIPS: Final = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "cpu-thermal", "acpitz")


class CoreTimes(NamedTuple):
    """Seconds of one core since the machine started: in which it was busy, and all."""

    busy_s: float
    all_s: float


def core_times() -> list[CoreTimes]:
    """Return what the system has counted for each core."""
    import psutil  # costs milliseconds

    return [_of_core(times._asdict()) for times in psutil.cpu_times(percpu=True)]


def _of_core(times: dict[str, float]) -> CoreTimes:
    # Linux counts a guest's time in user and nice already.
    counted = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    return CoreTimes(counted - times["idle"] - times.get("iowait", 0.0), counted)


def clocks_Hz() -> tuple[float, ...]:
    """Return the clock of each core, or of all together where the system tells no more; empty if it tells none."""
    import psutil

    try:
        found = psutil.cpu_freq(percpu=True) or []
    except (OSError, NotImplementedError, RuntimeError):  # a virtual machine or a container without the files
        return ()
    return tuple(one.current * 1e6 for one in found if one.current > 0)


def hottest_C() -> float | None:
    """Return the highest temperature of the processor's own sensors, or None where there is none."""
    if sys.platform not in {"linux", "freebsd"}:  # psutil has the function on these alone
        return None
    import psutil

    found = psutil.sensors_temperatures()
    chip = next((found[name] for name in _CHIPS if found.get(name)), [])
    return max((one.current for one in chip), default=None)


class ProcessorGauge:
    """The processor's load since the sample before, and its clocks and temperature at most once a second.

    Parameters
    ----------
    times, clocks, temperature : callable, optional
        Where the figures come from.
    """

    def __init__(
        self,
        times: Callable[[], Sequence[CoreTimes]] = core_times,
        clocks: Callable[[], tuple[float, ...]] = clocks_Hz,
        temperature: Callable[[], float | None] = hottest_C,
    ) -> None:
        self._times, self._clocks, self._temperature = times, clocks, temperature
        self._before: Sequence[CoreTimes] = ()
        self._looked_s = -_SLOW_S
        self._slow: tuple[tuple[float, ...], float | None] = ((), None)

    def restart(self) -> None:
        """Forget the sample before: the next is the first, and has no load."""
        self._before = ()

    def read(self, now_s: float) -> ProcessorSample:
        """Return the processor at this moment.

        Parameters
        ----------
        now_s : float
            A clock that only goes forward. Unit: s.
        """
        now = self._times()
        # In the first sample nothing lies between; later a core may have been switched off or on.
        steps = [_step(first, last) for first, last in zip_longest(self._before[: len(now)], now)]
        self._before = now
        if now_s - self._looked_s >= _SLOW_S:
            self._slow, self._looked_s = (self._clocks(), self._temperature()), now_s
        whole = CoreTimes(sum(step.busy_s for step in steps), sum(step.all_s for step in steps))
        return ProcessorSample(_share(whole), tuple(map(_share, steps)), *self._slow)


def _step(first: CoreTimes | None, last: CoreTimes) -> CoreTimes:
    return CoreTimes(last.busy_s - first.busy_s, last.all_s - first.all_s) if first else CoreTimes(0.0, 0.0)


def _share(step: CoreTimes) -> float | None:
    # Clocks step by 10 ms, and the sum of several may go back by one.
    return None if step.all_s <= 0 else min(1.0, max(0.0, step.busy_s / step.all_s))


class MemoryGauge:
    """Main memory and swap."""

    def read(self) -> MemorySample:
        """Return both at this moment."""
        import psutil

        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return MemorySample(memory.total, memory.used, memory.available, swap.total, swap.used)
