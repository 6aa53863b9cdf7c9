"""What a watch saw from its first sample to its last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wattlab.meter import clock
from wattlab.meter.quantity import missing, total
from wattlab.meter.sensors.base import no_sensor, quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.counters import Counters
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.sensors.base import Absent
    from wattlab.monitor.sample import Sample

__all__ = ["Summary", "Tracker"]


@dataclass(frozen=True, slots=True)
class Summary:
    """A watch as a whole.

    Attributes
    ----------
    duration_s : float
        From the first sample to the last. Unit: s.
    samples : int
        How many there were.
    missed : int
        Deadlines that passed without one: the machine was too busy or asleep, or the watch stopped.
    energy : Quantity
        All that may be added up. Unit: J.
    mean_power : Quantity
        The same by the time. Unit: W.
    peak_power_W : float or None
        The highest of all samples; None if none was known. Unit: W.
    domains : dict of str to Quantity
        What each sensor counted, by its name; that of a lost one is missing, with the reason. Unit: J.
    own_load : float
        Processor time of the watch itself, by time: 0.01 is one hundredth of a core.
    """

    duration_s: float
    samples: int
    missed: int
    energy: Quantity
    mean_power: Quantity
    peak_power_W: float | None
    domains: dict[str, Quantity]
    own_load: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON knows them."""
        return {
            "duration_s": self.duration_s,
            "samples": self.samples,
            "missed": self.missed,
            "energy": self.energy.to_dict(),
            "mean_power": self.mean_power.to_dict(),
            "peak_power_W": self.peak_power_W,
            "domains": {name: energy.to_dict() for name, energy in self.domains.items()},
            "own_load": self.own_load,
        }


class Tracker:
    """Keeps what a summary needs: the first sample, the last, and the peak.

    Parameters
    ----------
    counters : Counters
        The sensors.
    absent : sequence of Absent
        Why there are no more; told where there is none.
    interval_s : float
        Time between two samples. Unit: s.
    cpu_s : callable, optional
        Processor time of this process. Unit: s.
    """

    def __init__(
        self,
        counters: Counters,
        absent: Sequence[Absent],
        interval_s: float,
        cpu_s: Callable[[], float] = clock.cpu_s,
    ) -> None:
        self._counters, self._absent = counters, tuple(absent)
        self._interval_s, self._cpu_s = interval_s, cpu_s
        self._began_cpu_s = cpu_s()
        self._first: Sample | None = None
        self._last: Sample | None = None
        self._samples = 0
        self._peak_W: float | None = None

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        self._first, self._last = self._first or sample, sample
        self._samples += 1
        power_W = sample.power.value
        if power_W is not None:
            self._peak_W = power_W if self._peak_W is None else max(self._peak_W, power_W)

    def summary(self) -> Summary:
        """Return what was seen so far."""
        if self._first is None or self._last is None:
            return Summary(0.0, 0, 0, missing("J", "no sample"), missing("W", "no sample"), None, {}, 0.0)
        duration_s = self._last.elapsed_s - self._first.elapsed_s
        domains = dict(self._domains(self._first, self._last, duration_s))
        energy = self._added(domains)
        mean = energy.times(1 / duration_s, "W") if duration_s > 0 else missing("W", "only one sample")
        return Summary(
            duration_s=duration_s,
            samples=self._samples,
            missed=max(0, round(duration_s / self._interval_s) + 1 - self._samples),
            energy=energy,
            mean_power=mean,
            peak_power_W=self._peak_W,
            domains=domains,
            own_load=(self._cpu_s() - self._began_cpu_s) / duration_s if duration_s > 0 else 0.0,
        )

    def _domains(self, first: Sample, last: Sample, duration_s: float) -> list[tuple[str, Quantity]]:
        found = []
        for facts, before, after in zip(self._counters.facts, first.domains, last.domains, strict=True):
            if before.energy_J is None or after.energy_J is None:
                energy = missing("J", after.power.note)
            else:
                energy = quantity(facts, after.energy_J - before.energy_J, duration_s)
            found.append((facts.name, energy))
        return found

    def _added(self, domains: dict[str, Quantity]) -> Quantity:
        added = list(domains.values())[: self._counters.added]
        return total(added, "J") if added else no_sensor(self._absent)
