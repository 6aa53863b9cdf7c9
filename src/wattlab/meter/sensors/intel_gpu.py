"""Intel's graphics cards: the energy that their drivers, i915 and xe, count.

The hardware counts in 32 bits; the driver sums up to 64 whenever somebody reads, so the sum never wraps, but misses
a turn of the hardware's counter if nobody reads for long: 4.4 minutes at 1000 W.

References
----------
Linux kernel, Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and sysfs-driver-intel-xe-hwmon;
drivers/gpu/drm/i915/i915_hwmon.c, hwm_energy, for how long a turn takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, sort_out
from wattlab.meter.sensors.counter import EnergyCounter, counter_or_absent, is_given, suspended_s
from wattlab.meter.sensors.hwmon_chip import HWMON, chips

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from wattlab.meter.sensors.base import Sensor
    from wattlab.meter.sensors.hwmon_chip import Chip

# i915 has one more chip for each tile, named "i915_gt0" and so on: their energy is in that of the card.
DRIVERS: Final = ("i915", "xe")
# Intel's own GPU on the processor's chip sits at this address in every machine that has one.
INTEGRATED: Final = "0000:00:02.0"
TURN_J: Final = 2**32 / 2**14
MAX_POWER_W: Final = 1000.0
RESOLUTION_S: Final = 0.01
CHIP_ONLY: Final = "the GPU's chip alone: the driver does not count its card"


def intel_gpu_sensor(
    chip: Chip,
    read_uj: Callable[[Path], int] = read_number,
    wall_s: Callable[[], float] = clock.wall_s,
    asleep_s: Callable[[], float] = suspended_s,
) -> EnergyCounter:
    """Make the sensor of one card; raises OSError or ValueError if its counter cannot be read.

    Parameters
    ----------
    chip : Chip
        The card's entry under hwmon.
    read_uj : callable, optional
        Reads the counter. Unit: µJ.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.
    """
    # xe numbers and labels its channels: 1 is the card, 2 the GPU's package. i915 has one, without a label.
    channel = 2 if _energy(chip, 2).exists() and not _energy(chip, 1).exists() else 1
    limit_W = _limit_W(chip)
    # A card may exceed its rated limit for a moment.
    max_power_W = min(2 * limit_W, MAX_POWER_W) if limit_W else MAX_POWER_W
    facts = Facts(
        name=f"{chip.name}:{chip.device}",
        domain=_domain(chip),
        provenance="measured",
        resolution_s=RESOLUTION_S,
        max_power_W=max_power_W,
        longest_gap_s=TURN_J / max_power_W,
        note=CHIP_ONLY if channel == 2 else "",
        limit_W=limit_W,
    )
    file = _energy(chip, channel)
    return EnergyCounter(facts, lambda: read_uj(file) / 1e6, wall_s=wall_s, asleep_s=asleep_s)


def discover_intel_gpu(root: Path = HWMON, given: Collection[str] = ()) -> tuple[list[Sensor], list[Absent]]:
    """Find Intel's graphics cards.

    Parameters
    ----------
    root : Path, optional
        Where the chips are listed.
    given : collection of str, optional
        Domains that other sensors give, such as "uncore-0".
    """
    return sort_out(
        _open(chip) for chip in chips(root) if chip.name in DRIVERS and not is_given(_domain(chip), given)
    )


def _open(chip: Chip) -> EnergyCounter | Absent:
    name = f"{chip.name}:{chip.device}"
    if not any(_energy(chip, channel).exists() for channel in (1, 2)):
        return Absent(name, "the driver counts no energy on this GPU")
    return counter_or_absent(name, lambda: intel_gpu_sensor(chip))


def _energy(chip: Chip, channel: int) -> Path:
    return chip.folder / f"energy{channel}_input"


def _domain(chip: Chip) -> str:
    return "uncore-0" if chip.device == INTEGRATED else f"gpu-{chip.device}"


def _limit_W(chip: Chip) -> float | None:
    """Return the limit that the card is rated for, or the one that is set; None if it does not tell."""
    for name in ("power1_rated_max", "power2_rated_max", "power1_max", "power2_max"):
        try:
            limit_W = read_number(chip.folder / name) / 1e6
        except (OSError, ValueError):
            continue
        if limit_W > 0:
            return limit_W
    return None
