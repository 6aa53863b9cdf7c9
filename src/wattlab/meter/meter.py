"""The meter: what named stretches of a program cost in time, memory and energy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from wattlab.meter import clock
from wattlab.meter.cards import CardWatch
from wattlab.meter.cost import Cost, median_cost, net_energy, with_unseen
from wattlab.meter.counters import Counters
from wattlab.meter.edges import Edges
from wattlab.meter.load import BUSY
from wattlab.meter.memory import peak_memory_B
from wattlab.meter.quantity import Quantity, measured, missing
from wattlab.meter.sampler import Sampler, check_sample
from wattlab.meter.tally import Snapshot, Tally
from wattlab.meter.watch import Watch
from wattlab.meter.window import Window
from wattlab.meter.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.device_memory import DeviceMemory
    from wattlab.meter.sensors.discover import Sensors
    from wattlab.settings import Settings

__all__ = ["NO_BASELINE", "SAMPLE_S", "Meter"]

SAMPLE_S: Final = 1.0
"""Time between two readings in the background, where no sensor needs more. Each wakes a thread beside the training.
Unit: s.
"""

NO_BASELINE: Final = "no sensor measures here, so the idle baseline that was asked for is not measured either"


class Meter:
    """Measures a program while it runs, and costs it next to nothing.

    Use it as a context manager; open a window around each stretch that has a name. Any thread may open windows; the
    energy of a window is the machine's in its time, whichever thread was at work.

    Parameters
    ----------
    sensors : Sensors, optional
        What counts energy; by default, what `wattlab.meter.sensors.discover` finds.
    settings : Settings, optional
        The user's figures for the model and plug; by default, those of the settings file. Not used with `sensors`.
    sample_s : float, optional
        Time between two readings in the background, at least 0.05 s; some sensors need shorter ones. Unit: s.
    baseline_s : float, optional
        If positive and a counter exists, do nothing for this long at the start and measure the idle power;
        else it is modelled. Unit: s.
    wall_s, cpu_s, peak_B, sleep : callable, optional
        The clocks, the memory's peak and the wait.
    watch : Watch, optional
        Looks at what others do on the machine.

    Attributes
    ----------
    sensors : Sensors
        What counts energy, once it has started.
    baseline_wall_s : float
        How long the measuring of the idle power took; 0 where it is modelled. Unit: s.

    Examples
    --------
    >>> with Meter() as meter:
    ...     with meter.window("training") as window:
    ...         _ = sum(range(1000))
    >>> meter["training"].wall.unit, meter["training"].energy.is_missing
    ('s', False)
    >>> window.cost.wall == meter["training"].wall
    True
    """

    def __init__(  # noqa: PLR0913 (the clocks are there to be replaced in tests)
        self,
        sensors: Sensors | None = None,
        settings: Settings | None = None,
        sample_s: float = SAMPLE_S,
        baseline_s: float = 0.0,
        *,
        wall_s: Callable[[], float] = clock.wall_s,
        cpu_s: Callable[[], float] | None = None,
        peak_B: Callable[[], int] = peak_memory_B,
        sleep: Callable[[float], None] = time.sleep,
        watch: Watch | None = None,
    ) -> None:
        check_sample(sample_s)
        if not baseline_s >= 0:
            msg = f"baseline_s is {baseline_s:g} s; expected 0 (no baseline) or more"
            raise ValueError(msg)
        self._given, self._settings, self._watch_given = sensors, settings, watch
        self._sample_s, self._baseline_s, self._sleep = sample_s, baseline_s, sleep
        self._clocks = wall_s, cpu_s or clock.ProcessTree().cpu_s, peak_B
        self._start: Snapshot | None = None
        self._end: tuple[Snapshot, int] | None = None
        self._device_memory: DeviceMemory | None = None
        self.baseline_wall_s = 0.0

    def __enter__(self) -> Self:
        """Look for the sensors, measure the idle baseline if asked for, and start."""
        if self._start:
            msg = "a meter runs once; make another one"
            raise RuntimeError(msg)
        self.sensors = self._given or _discovered(self._settings)
        self._counters = Counters(self.sensors.active, self.sensors.absent, self.sensors.parts)
        self._watch = self._watch_given or Watch(cards=None if self._given else CardWatch.of_this_machine())
        self._sampler = Sampler(self._counters, self._sample_s, self._watch)
        self._edges = Edges(self._counters, self._watch, *self._clocks)
        self._windows = Windows(len(self._counters.facts))
        self._idle = self.sensors.idle
        try:
            self._sampler.start()
            if self._baseline_s > 0:
                self._idle = self._idle_at_rest()
            self._start = self._edges.opening()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; every figure stays readable."""
        try:
            self._watch.look(at_once=True)
            self._end = self._edges.closing(), self._edges.peak_memory_B()
            self._device_memory = self._watch.device_memory()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        self._sampler.stop()
        if not self._given:
            self._counters.close()
            self._watch.close()

    def window(
        self, name: str, synchronize: Callable[[], object] | None = None, *, numbered: bool = False
    ) -> Window:
        """Return a context manager that counts what happens inside the ``with`` block under a name.

        Parameters
        ----------
        name : str
            Windows of one name add up; windows of different names may lie inside one another.
        synchronize : callable, optional
            Waits until the device has finished what it was given; called at both edges.
        numbered : bool, optional
            Where a window of this name is open already, add a number to the name instead of refusing.

        Returns
        -------
        Window
            Its ``cost`` is that of this one window, once it has closed. Entering it raises ValueError if a window of
            this name is open, in whichever thread: its time would count twice.
        """
        self._started()
        return Window(name, self._windows, self._edges, self._cost, synchronize, numbered=numbered)

    @property
    def windows(self) -> tuple[str, ...]:
        """Names of the windows that have closed, in the order in which they first did."""
        return self._windows.names

    def cost(self, name: str) -> Cost:
        """Return what the closed windows of one name cost together; raises KeyError if there is none."""
        return self._cost(self._windows.sum(name))

    def __getitem__(self, name: str) -> Cost:
        return self.cost(name)

    def each(self, name: str) -> tuple[Cost, ...]:
        """Return what each window of a name cost, the newest last: the latest thousand; KeyError if there is none."""
        return tuple(map(self._cost, self._windows.each(name)))

    def median(self, name: str) -> Cost:
        """Return the median cost of a window of a name.

        Its intervals hold both what a sensor may be off by and how the windows differ; see
        `wattlab.meter.statistics.median_quantity`.
        """
        return median_cost(self.each(name))

    def total(self) -> Cost:
        """Return the cost from the start to now, or to the end if the meter has stopped."""
        self._started()
        end, peak_B = self._end or (self._edges.closing(), self._edges.peak_memory_B())
        return self._cost(self._whole(end, peak_B))

    def energy_since_start(self, unseen_s: float = 0.0) -> Quantity:
        """Return the gross energy from the start to now, for a budget; cheaper than `total`. Unit: J.

        Parameters
        ----------
        unseen_s : float, optional
            Time before the start that counts too, at the mean power. Unit: s.
        """
        self._started()
        whole = self._whole(self._end[0] if self._end else self._edges.closing())
        return with_unseen(self._counters.energy(whole), unseen_s / whole.wall_s if whole.wall_s else 0.0)

    @property
    def started_s(self) -> tuple[float, float]:
        """Wall clock and processor time at the start. Unit: s."""
        start = self._started()
        return start.wall_s, start.cpu_s

    def power_now(self) -> Quantity:
        """Return the latest power, without waiting. Unit: W."""
        return self._sampler.power()

    @property
    def advice(self) -> tuple[str, ...]:
        """What would make the figures better, a line each: closed sensors, a baseline that was not measured."""
        self._started()
        closed = tuple(f"not measured by {one}" for one in self.sensors.advice)
        return (*closed, NO_BASELINE) if self._baseline_s > 0 and not self.baseline_wall_s else closed

    @property
    def overhead(self) -> Quantity:
        """Processor time that the meter itself used in the background. Unit: s."""
        return measured(self._sampler.cpu_s, "s", "clock:thread")

    def _started(self) -> Snapshot:
        if self._start is None:
            msg = "the meter has not started; use it as 'with Meter() as meter:'"
            raise RuntimeError(msg)
        return self._start

    def _whole(self, end: Snapshot, peak_B: int = 0) -> Tally:
        return self._between(self._started(), end, peak_B)

    def _between(self, first: Snapshot, last: Snapshot, peak_B: int = 0) -> Tally:
        return Tally(len(self._counters.facts)).add(first, last, peak_B)

    def _idle_at_rest(self) -> Quantity:
        if not any(facts.provenance == "measured" for facts in self._counters.facts):
            return self._idle.with_note(NO_BASELINE)
        first = self._edges.opening()
        self._sleep(self._baseline_s)
        self._watch.look(at_once=True)
        tally = self._between(first, self._edges.closing())
        self.baseline_wall_s = tally.wall_s
        note = f"idle baseline measured over {tally.wall_s:.3g} s"
        busy = _foreign(tally)
        if busy.value is not None and busy.value >= BUSY:
            note += f", while other processes kept {busy.value:.0%} of the cores busy"
        return self._counters.energy(tally).times(1 / tally.wall_s, "W", note)

    def _cost(self, tally: Tally) -> Cost:
        energy = self._counters.energy(tally)
        idle = self._idle.times(tally.wall_s, "J")
        foreign = _foreign(tally)
        device = self._device_memory or self._watch.device_memory()
        tree = "-tree" if self._watch.tree_peak_B or self._watch.ended_peak_B() else ""
        return Cost(
            wall=measured(tally.wall_s, "s", "clock:wall"),
            cpu=measured(tally.cpu_s, "s", "clock:cpu"),
            energy=energy,
            idle=idle,
            net=net_energy(energy, idle),
            peak_memory=measured(float(tally.peak_memory_B), "B", f"memory:peak-rss{tree}"),
            domains=self._counters.domains(tally),
            foreign=foreign,
            shared="; ".join(filter(None, (_busy(foreign, energy), tally.on_cards))),
            device_memory=device.allocated,
            device_reserved=device.reserved,
        )


def _foreign(tally: Tally) -> Quantity:
    if tally.watched_s <= 0:
        return missing("1", "shorter than the time between two looks at the machine")
    return measured(tally.foreign_s / tally.watched_s, "1", "clock:machine")


def _busy(foreign: Quantity, energy: Quantity) -> str:
    if foreign.value is None or foreign.value < BUSY:
        return ""
    sentence = f"other processes kept {foreign.value:.0%} of the cores busy"
    # The model counts this program's processor time alone.
    return f"{sentence}, and what they drew is in the energy" if energy.provenance == "measured" else sentence


def _discovered(settings: Settings | None) -> Sensors:
    # pydantic and numpy come with these: only who lets the meter look for sensors pays for them.
    from wattlab.meter.sensors.discover import discover
    from wattlab.settings import load_settings

    return discover(settings=settings or load_settings())
