"""The meter: what named stretches of a program cost in time, memory and energy."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from wattlab.meter import clock
from wattlab.meter.cost import Cost, net_energy, with_unseen
from wattlab.meter.counters import Counters, Sampler, Snapshot, Tally
from wattlab.meter.memory import peak_memory_B
from wattlab.meter.quantity import Quantity, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.meter.sensors.discover import Sensors
    from wattlab.settings import Settings


class Meter:
    """Measures a program while it runs, and costs it next to nothing.

    Use it as a context manager; open a window around each stretch that has a name.

    Parameters
    ----------
    sensors : Sensors, optional
        What counts energy; by default, what `wattlab.meter.sensors.discover` finds.
    settings : Settings, optional
        The user's figures for the model; by default, those of the settings file. Not used with `sensors`.
    sample_s : float, optional
        Time between two readings in the background, at least 0.05 s. Unit: s.
    baseline_s : float, optional
        If positive and a counter exists, do nothing for this long at the start and measure the idle power;
        else it is modelled. Unit: s.
    wall_s, cpu_s, peak_B, sleep : callable, optional
        The clocks, the memory's peak and the wait.

    Examples
    --------
    >>> with Meter() as meter:
    ...     with meter.window("training"):
    ...         _ = sum(range(1000))
    >>> meter["training"].wall.unit, meter["training"].energy.is_missing
    ('s', False)
    """

    def __init__(
        self,
        sensors: Sensors | None = None,
        settings: Settings | None = None,
        sample_s: float = 0.5,
        baseline_s: float = 0.0,
        *,
        wall_s: Callable[[], float] = clock.wall_s,
        cpu_s: Callable[[], float] = clock.cpu_s,
        peak_B: Callable[[], int] = peak_memory_B,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sensors = sensors or _discovered(settings)
        self._counters = Counters(self.sensors.active, self.sensors.absent)
        self._sampler = Sampler(self._counters, sample_s)
        self._baseline_s, self._sleep = baseline_s, sleep
        self._wall_s, self._cpu_s, self._peak_B = wall_s, cpu_s, peak_B
        self._idle = self.sensors.idle
        self._tallies: dict[str, Tally] = {}
        self._open: set[str] = set()
        self._start: Snapshot | None = None
        self._end: tuple[Snapshot, int] | None = None

    def __enter__(self) -> Self:
        """Measure the idle baseline if asked for, and start."""
        if self._start:
            msg = "a meter runs once; make another one"
            raise RuntimeError(msg)
        if self._baseline_s > 0 and any(facts.provenance == "measured" for facts in self._counters.facts):
            self._idle = self._measured_idle()
        self._sampler.start()
        self._start = self._opening()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; every figure stays readable."""
        self._end = (self._closing(), self._peak_B())
        self._sampler.stop()

    @contextmanager
    def window(self, name: str, synchronize: Callable[[], object] | None = None) -> Iterator[None]:
        """Count what happens inside the ``with`` block under a name.

        Parameters
        ----------
        name : str
            Windows of one name add up; windows of different names may lie inside one another.
        synchronize : callable, optional
            Waits until the device has finished what it was given; called at both edges.

        Raises
        ------
        ValueError
            A window of this name is open already: its time would count twice.
        """
        self._started()
        if name in self._open:
            msg = f"a window {name!r} is open already"
            raise ValueError(msg)
        if synchronize:
            synchronize()
        self._open.add(name)
        first = self._opening()
        try:
            yield
        finally:
            try:
                if synchronize:
                    synchronize()
            finally:
                last = self._closing()
                self._open.discard(name)
                tally = self._tallies.setdefault(name, Tally(len(self._counters.facts)))
                tally.add(first, last, self._peak_B())

    @property
    def windows(self) -> tuple[str, ...]:
        """Names of the windows that have closed, in the order in which they first did."""
        return tuple(self._tallies)

    def cost(self, name: str) -> Cost:
        """Return what the closed windows of one name cost together; raises KeyError if there is none."""
        if name not in self._tallies:
            msg = f"no window {name!r} has closed; there are {', '.join(self._tallies) or 'none'}"
            raise KeyError(msg)
        return self._cost(self._tallies[name])

    def __getitem__(self, name: str) -> Cost:
        return self.cost(name)

    def total(self) -> Cost:
        """Return the cost from the start to now, or to the end if the meter has stopped."""
        end, peak_B = self._end or (self._closing(), self._peak_B())
        return self._cost(self._whole(end, peak_B))

    def energy_since_start(self, unseen_s: float = 0.0) -> Quantity:
        """Return the gross energy from the start to now, for a budget; cheaper than `total`. Unit: J.

        Parameters
        ----------
        unseen_s : float, optional
            Time before the start that counts too, at the mean power. Unit: s.
        """
        whole = self._whole(self._end[0] if self._end else self._closing())
        return with_unseen(self._counters.energy(whole), unseen_s / whole.wall_s if whole.wall_s else 0.0)

    @property
    def started_s(self) -> tuple[float, float]:
        """Wall clock and processor time at the start. Unit: s."""
        start = self._started()
        return start.wall_s, start.cpu_s

    def power_now(self) -> Quantity:
        """Return the latest power, without waiting. Unit: W."""
        return self._sampler.power()

    def _started(self) -> Snapshot:
        if self._start is None:
            msg = "the meter has not started; use it as 'with Meter() as meter:'"
            raise RuntimeError(msg)
        return self._start

    def _opening(self) -> Snapshot:
        # Counters are read first at the first edge and last at the last: the meter's own work stays outside.
        readings = self._counters.read()
        return Snapshot(self._wall_s(), self._cpu_s(), readings)

    def _closing(self) -> Snapshot:
        cpu_s, wall_s = self._cpu_s(), self._wall_s()
        return Snapshot(wall_s, cpu_s, self._counters.read())

    def _whole(self, end: Snapshot, peak_B: int = 0) -> Tally:
        return Tally(len(self._counters.facts)).add(self._started(), end, peak_B)

    def _measured_idle(self) -> Quantity:
        first = self._opening()
        self._sleep(self._baseline_s)
        tally = Tally(len(self._counters.facts)).add(first, self._closing(), 0)
        note = f"idle baseline measured over {tally.wall_s:.3g} s"
        return self._counters.energy(tally).times(1 / tally.wall_s, "W", note)

    def _cost(self, tally: Tally) -> Cost:
        energy = self._counters.energy(tally)
        idle = self._idle.times(tally.wall_s, "J")
        return Cost(
            wall=measured(tally.wall_s, "s", "clock:wall"),
            cpu=measured(tally.cpu_s, "s", "clock:cpu"),
            energy=energy,
            idle=idle,
            net=net_energy(energy, idle),
            peak_memory=measured(float(tally.peak_memory_B), "B", "memory:peak-rss"),
        )


def _discovered(settings: Settings | None) -> Sensors:
    # pydantic and numpy come with these: only who lets the meter look for sensors pays for them.
    from wattlab.meter.sensors.discover import discover
    from wattlab.settings import load_settings

    return discover(settings=settings or load_settings())
