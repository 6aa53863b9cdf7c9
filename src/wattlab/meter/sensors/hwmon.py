"""All that Linux counts under hwmon: Jetson's rails, Intel's graphics cards, AMD's sockets.

AMD's graphics cards are there too, but are read by their own sensor.

References
----------
Linux kernel, Documentation/hwmon/amd_energy.rst: sums of 64 bits by a kernel thread, so that none wraps; readable
by root alone since CVE-2020-12912. Kernels since 5.13 have powercap in its place.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import sort_out
from wattlab.meter.sensors.counter import EnergyCounter, counter_or_absent, is_given, suspended_s
from wattlab.meter.sensors.hwmon_chip import HWMON, chips
from wattlab.meter.sensors.intel_gpu import discover_intel_gpu
from wattlab.meter.sensors.jetson import discover_jetson
from wattlab.meter.sensors.rapl import rapl_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from wattlab.meter.sensors.base import Absent, Sensor

REMEDY: Final = "open it until the next start with: sudo chmod a+r {file}  (closed since CVE-2020-12912)"


def amd_socket_sensor(
    file: Path,
    socket: str,
    read_uj: Callable[[Path], int] = read_number,
    wall_s: Callable[[], float] = clock.wall_s,
    asleep_s: Callable[[], float] = suspended_s,
) -> EnergyCounter:
    """Make the sensor of one AMD socket; raises OSError or ValueError if its counter cannot be read.

    Parameters
    ----------
    file : Path
        The counter.
    socket : str
        The socket's number.
    read_uj : callable, optional
        Reads the counter. Unit: µJ.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.
    """
    facts = rapl_facts(f"amd_energy:socket-{socket}", f"package-{socket}")
    return EnergyCounter(facts, lambda: read_uj(file) / 1e6, wall_s=wall_s, asleep_s=asleep_s)


def discover_hwmon(
    root: Path = HWMON,
    given: Collection[str] = (),
    read_uj: Callable[[Path], int] = read_number,
) -> tuple[list[Sensor], list[Absent]]:
    """Find every energy sensor under hwmon, but for AMD's graphics cards.

    Parameters
    ----------
    root : Path, optional
        Where the chips are listed.
    given : collection of str, optional
        Domains that powercap or performance events give: they are not asked for again.
    read_uj : callable, optional
        Reads the counter of an AMD socket. Unit: µJ.

    Returns
    -------
    sensors : list of Sensor
        Every readable domain that is not given.
    absent : list of Absent
        What is listed and cannot be read, with what to do.
    """
    found = [discover_jetson(root), discover_intel_gpu(root, given), _amd_sockets(root, given, read_uj)]
    return [one for sensors, _ in found for one in sensors], [one for _, absent in found for one in absent]


def _amd_sockets(
    root: Path, given: Collection[str], read_uj: Callable[[Path], int]
) -> tuple[list[Sensor], list[Absent]]:
    return sort_out(
        counter_or_absent(
            f"amd_energy:socket-{socket}",
            partial(amd_socket_sensor, file, socket, read_uj),
            REMEDY.format(file=file),
        )
        for file, socket in _sockets(root)
        if not is_given(f"package-{socket}", given)
    )


def _sockets(root: Path) -> list[tuple[Path, str]]:
    labelled = [
        (chip.folder / f"energy{number}_input", re.fullmatch(r"Esocket(\d+)", label))
        for chip in chips(root)
        if chip.name == "amd_energy"
        for label, number in chip.labelled("energy").items()
    ]
    return [(file, match[1]) for file, match in labelled if match]
