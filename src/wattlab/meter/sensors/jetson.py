"""Jetson boards: the supply rails that power monitors on the module and its carrier watch.

A rail is either the input of the whole module, or feeds a part of it. Small modules have a monitor in their input.
Large ones have none, but monitors in all rails that leave it: their sum is what the module takes. A reading goes over
a slow bus: about half a millisecond of waiting for each of current and voltage, hardly any of it processor time.

References
----------
Linux kernel, Documentation/hwmon/ina3221.rst (currents and voltages, no power) and ina238.rst. NVIDIA Jetson Linux
Developer Guide, "Platform Power and Performance", power monitors of each module. That the input is the total, and which
rails add up to it: jetson_stats issues 51 and 344 and pull request 900 (Thor's VIN); Jetson AGX Xavier Series Design
Guide, sections 5.2 and 5.6.2. On AGX Orin VDDQ_VDD2_1V8AO is fed from VIN_SYS_5V0, so it is not added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts
from wattlab.meter.sensors.hwmon_chip import HWMON, chips
from wattlab.meter.sensors.integrated import IntegratedPower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wattlab.meter.sensors.base import Sensor
    from wattlab.meter.sensors.hwmon_chip import Chip

MONITORS: Final = ("ina3221", "ina238")
# What adds up to the whole: the first line of which a board has every rail.
TOTALS: Final = (
    ("VDD_IN",),  # TX2, Xavier NX, Orin Nano, Orin NX
    ("POM_5V_IN",),  # Nano
    ("VIN",),  # AGX Thor's carrier
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),  # AGX Orin
    ("GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V"),  # AGX Xavier
    ("VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"),  # AGX Thor's module
)
# The largest module takes 130 W, and its carrier's input is good for 240 W.
MAX_POWER_W: Final = 300.0
SAMPLE_S: Final = 0.1
# Beyond this, two samples say nothing about what lies between them.
LONGEST_GAP_S: Final = 5.0
# The monitor's shunt and converter, and power that changes between two samples.
SPREAD: Final = (0.03, 0.03)


def discover_jetson(
    root: Path = HWMON,
    read: Callable[[Path], int] = read_number,
    wall_s: Callable[[], float] = clock.wall_s,
) -> tuple[list[Sensor], list[Absent]]:
    """Find the supply rails of a Jetson board.

    Parameters
    ----------
    root : Path, optional
        Where the chips are listed.
    read : callable, optional
        Reads one number of a chip.
    wall_s : callable, optional
        The clock.

    Returns
    -------
    sensors : list of Sensor
        The whole board, if its rails are known, and each rail.
    absent : list of Absent
        What is listed and cannot be read.
    """
    rails = {
        label: power for chip in chips(root) if chip.name in MONITORS for label, power in _rails(chip, read)
    }
    total = next((names for names in TOTALS if rails.keys() >= set(names)), ())
    board = [("board", "+".join(total), _sum([rails[name] for name in total]))] if total else []
    parts = [(f"rail-{name}", name, power) for name, power in rails.items() if (name,) != total]
    sensors: list[Sensor] = []
    absent: list[Absent] = []
    for domain, rail, power in [*board, *parts]:
        try:
            sensors.append(IntegratedPower(_facts(domain, rail), power, wall_s))
        except (OSError, ValueError) as error:
            absent.append(Absent(f"jetson:{rail}", f"the power monitor cannot be read ({error})"))
    if rails and not total:
        absent.append(
            Absent("jetson:board", f"it is not known which of {', '.join(rails)} feed the whole board")
        )
    return sensors, absent


def _facts(domain: str, rail: str) -> Facts:
    return Facts(
        name=f"jetson:{rail}",
        domain=domain,
        provenance="measured",
        resolution_s=SAMPLE_S,
        max_power_W=MAX_POWER_W,
        spread=SPREAD,
        longest_gap_s=LONGEST_GAP_S,
        source="integrated",
        sample_s=SAMPLE_S,
    )


def _rails(chip: Chip, read: Callable[[Path], int]) -> Iterator[tuple[str, Callable[[], float]]]:
    for label, number in chip.labelled("in").items():
        # Unconnected inputs are called NC; the seventh voltage is the sum over all shunts.
        if label and label != "NC" and number <= 3:
            yield label, _power(chip.folder, number, read)


def _power(folder: Path, number: int, read: Callable[[Path], int]) -> Callable[[], float]:
    direct = folder / f"power{number}_input"
    current, voltage = folder / f"curr{number}_input", folder / f"in{number}_input"
    if direct.exists():
        return lambda: _not_negative(read(direct) / 1e6)
    return lambda: _not_negative(read(current) * read(voltage) / 1e6)


def _not_negative(power_W: float) -> float:
    # An idle rail reads a few milliampere below zero: the monitor's offset.
    return 0.0 if -1.0 < power_W < 0 else power_W


def _sum(powers: list[Callable[[], float]]) -> Callable[[], float]:
    return lambda: sum(power() for power in powers)
