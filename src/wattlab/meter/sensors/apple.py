"""Apple silicon, through the package ``zeus-apple-silicon``.

Chosen among what there is because it counts energy (the others tell power only), needs no root (asitop and
powermetrics do), runs inside this process, and is maintained by a project that measures energy itself.

References
----------
zeus-apple-silicon 1.1, README: ``AppleEnergyMonitor().get_cumulative_energy()`` returns an ``AppleEnergyMetrics`` in
mJ, with None for what the processor does not tell.
"""

from __future__ import annotations

import platform
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, sort_out
from wattlab.meter.sensors.counter import EnergyCounter, counter_or_absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.meter.sensors.base import Sensor

PACKAGE: Final = "zeus_apple_silicon"
INSTALL: Final = "pip install zeus-apple-silicon"
# What each domain consists of. One chip holds them all.
DOMAINS: Final = {
    "package-0": ("cpu_total_mj", "gpu_mj", "gpu_sram_mj", "ane_mj"),
    "dram-0": ("dram_mj",),
    "core-0": ("cpu_total_mj",),
    "uncore-0": ("gpu_mj", "gpu_sram_mj"),
}
# More than an Ultra draws.
MAX_POWER_W: Final = 400.0
RESOLUTION_S: Final = 0.1
# Domains read one right after the other share one reading.
_SAME_S: Final = 0.005


class AppleEnergy:
    """The library's counters, read once for all domains that are asked for at the same moment.

    Parameters
    ----------
    monitor : AppleEnergyMonitor
        The library's.
    wall_s : callable, optional
        The clock.
    """

    def __init__(self, monitor: Any, wall_s: Callable[[], float] = clock.wall_s) -> None:
        self._monitor, self._wall_s = monitor, wall_s
        self._read_s = -_SAME_S
        self._metrics: Any = None

    def joules(self, fields: Iterable[str]) -> float:
        """Return the sum of some counters; raises OSError if they cannot be read, ValueError if none is told.

        Parameters
        ----------
        fields : iterable of str
            Attributes of the library's AppleEnergyMetrics.
        """
        now_s = self._wall_s()
        if now_s - self._read_s >= _SAME_S:
            try:
                self._metrics, self._read_s = self._monitor.get_cumulative_energy(), now_s
            except RuntimeError as error:
                raise OSError(str(error)) from error
        told = [value for name in fields if (value := getattr(self._metrics, name)) is not None]
        if not told:
            msg = "this processor does not tell it"
            raise ValueError(msg)
        return float(sum(told)) / 1000


def apple_sensor(
    domain: str, energy: AppleEnergy, wall_s: Callable[[], float] = clock.wall_s
) -> EnergyCounter:
    """Make the sensor of one domain; raises OSError or ValueError if it cannot be read.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    energy : AppleEnergy
        The library's counters.
    wall_s : callable, optional
        The clock.
    """
    facts = Facts(f"apple:{domain}", domain, "measured", RESOLUTION_S, MAX_POWER_W)
    return EnergyCounter(facts, lambda: energy.joules(DOMAINS[domain]), wall_s=wall_s)


def discover_apple(
    system: str = sys.platform,
    architecture: str = "",
    load: Callable[[str], Any] = import_module,
) -> tuple[list[Sensor], list[Absent]]:
    """Find the counters of an Apple chip.

    Parameters
    ----------
    system, architecture : str, optional
        What this machine is, as ``sys.platform`` and ``platform.machine()`` say.
    load : callable, optional
        Imports the library.

    Returns
    -------
    sensors : list of Sensor
        Package and memory, and within the package the cores and the GPU.
    absent : list of Absent
        What cannot be read, with what to do; on other systems nothing is missing.
    """
    if system != "darwin":
        return [], []
    if (architecture or platform.machine()) != "arm64":
        return [], [Absent("apple", "a Mac with an Intel processor gives its counters to root alone")]
    try:
        energy = AppleEnergy(load(PACKAGE).AppleEnergyMonitor())
    except ImportError:
        return [], [
            Absent(
                "apple",
                "the package zeus-apple-silicon is not installed",
                f"install it: {INSTALL}",
                closed=True,
            )
        ]
    except RuntimeError as error:
        return [], [Absent("apple", f"the counters cannot be opened ({error})")]
    return sort_out(
        counter_or_absent(f"apple:{domain}", partial(apple_sensor, domain, energy)) for domain in DOMAINS
    )
