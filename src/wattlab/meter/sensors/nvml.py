"""NVIDIA's cards: their counters of energy, or samples of their power where they have none.

The traps, and what is done about them: any call may say that it is not supported (the next best is taken); the counter
starts anew with the driver, or stands still (a lost sensor, never a zero); power is the mean of a second on most cards
(the resolution says so); a card divided by MIG counts as a whole (the note says so); cards that the process may not use
are not its own (absent, with the reason).

References
----------
NVML API reference: ``nvmlDeviceGetTotalEnergyConsumption`` in mJ since the driver was loaded, from Volta on;
``nvmlDeviceGetPowerUsage`` in mW, within 5 %, the mean of 1 s from Ampere on except GA100.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.gpus import nvidia_visible
from wattlab.machine.nvml import NvmlRefusedError, NvmlUnavailable, find_devices, open_nvml
from wattlab.machine.nvml_state import averages_power, power_limits, power_W
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, sort_out
from wattlab.meter.sensors.counter import EnergyCounter
from wattlab.meter.sensors.integrated import IntegratedPower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wattlab.machine.nvml import NvmlDevice
    from wattlab.machine.visible_gpus import Visible
    from wattlab.meter.sensors.base import Sensor

__all__ = ["counter_sensor", "discover_nvml", "power_sensor"]

# The counter steps about every 100 ms.
COUNTER_RESOLUTION_S: Final = 0.1
AVERAGE_S: Final = 1.0
SAMPLE_S: Final = 0.1
LONGEST_GAP_S: Final = 30.0
# What NVIDIA states for the power that its cards tell.
POWER_SPREAD: Final = (0.05, 0.05)
# A card passes its limit for milliseconds; more than this times the limit it does not draw over 100 ms.
HEADROOM: Final = 1.5
# More than any card draws, for those that do not tell their limit.
MAX_POWER_W: Final = 2000.0
# An idle card draws some watts: a counter of mJ that is the same for so long has stopped.
STILL_S: Final = 10.0


def discover_nvml(
    library: Any = None,
    environ: Mapping[str, str] = os.environ,
    wall_s: Callable[[], float] = clock.wall_s,
) -> tuple[list[Sensor], list[Absent]]:
    """Find the sensors of NVIDIA's cards.

    Parameters
    ----------
    library : module, optional
        ``pynvml``, or what answers like it.
    environ : mapping, optional
        Says which cards this process may compute on.
    wall_s : callable, optional
        The clock.

    Returns
    -------
    sensors : list of Sensor
        One for each card that this process may compute on and that tells energy or power.
    absent : list of Absent
        The others, and what is missing.
    """
    nvml = open_nvml(library)
    if isinstance(nvml, NvmlUnavailable):
        return [], [Absent("nvml", nvml.reason, nvml.remedy, closed=bool(nvml.remedy))]
    devices, problems = find_devices(nvml)
    visible = nvidia_visible(nvml, devices, environ)
    if not devices and not problems:
        problems = ["the NVIDIA driver knows no card"]
    found = (_sensor(device, visible, wall_s) for device in devices)
    return sort_out([*(Absent("nvml", problem) for problem in problems), *found])


def _sensor(device: NvmlDevice, visible: Visible, wall_s: Callable[[], float]) -> Sensor | Absent:
    if device.gpu.id not in visible.ids:
        reason = f"{device.gpu.name}: {visible.variable} leaves it out, so it is not this program's"
        return Absent(_name(device), reason)
    try:
        return counter_sensor(device, visible.doubt, wall_s)
    except (OSError, ValueError) as no_counter:
        try:
            return power_sensor(device, visible.doubt, wall_s)
        except (OSError, ValueError) as no_power:
            reason = f"{device.gpu.name} tells neither energy ({no_counter}) nor power ({no_power})"
            return Absent(_name(device), reason)


def counter_sensor(
    device: NvmlDevice, doubt: str = "", wall_s: Callable[[], float] = clock.wall_s
) -> EnergyCounter:
    """Make the sensor that reads a card's own counter of energy.

    Parameters
    ----------
    device : NvmlDevice
        The card.
    doubt : str, optional
        What to note: why it may be another program's card.
    wall_s : callable, optional
        The clock.

    Raises
    ------
    OSError, ValueError
        The card has no such counter, or one that never counted.
    """
    facts = replace(_facts(device, doubt), resolution_s=COUNTER_RESOLUTION_S)
    return EnergyCounter(facts, _Moving(device, wall_s).read_J, wall_s=wall_s)


def power_sensor(
    device: NvmlDevice, doubt: str = "", wall_s: Callable[[], float] = clock.wall_s
) -> IntegratedPower:
    """Make the sensor that adds up a card's power; parameters as `counter_sensor`.

    Raises
    ------
    OSError, ValueError
        The card does not tell its power.
    """
    facts = replace(
        _facts(device, doubt, "samples of power, added up"),
        resolution_s=AVERAGE_S if averages_power(device) else SAMPLE_S,
        source="integrated",
        spread=POWER_SPREAD,
        sample_s=SAMPLE_S,
        longest_gap_s=LONGEST_GAP_S,
    )
    return IntegratedPower(facts, lambda: power_W(device), wall_s)


def _facts(device: NvmlDevice, *notes: str) -> Facts:
    ceiling_W = power_limits(device).ceiling_W()
    divided = "the whole card, of which this program may have an instance (MIG)" if device.is_divided else ""
    return Facts(
        name=_name(device),
        domain=f"gpu-{device.gpu.id}",
        provenance="measured",
        resolution_s=AVERAGE_S,
        max_power_W=HEADROOM * ceiling_W if ceiling_W else MAX_POWER_W,
        limit_W=ceiling_W,
        note="; ".join(filter(None, (divided, *notes))),
    )


def _name(device: NvmlDevice) -> str:
    # As much of the UUID as tells cards apart, and as CUDA_VISIBLE_DEVICES takes.
    identity = device.gpu.id
    return f"nvml:{identity[:12] if identity.startswith('GPU-') else identity}"


class _Moving:
    """A counter that must move."""

    def __init__(self, device: NvmlDevice, wall_s: Callable[[], float]) -> None:
        self._device, self._wall_s = device, wall_s
        self._last_mJ, self._moved_s = 0.0, wall_s()

    def read_J(self) -> float:
        now_mJ = float(self._device.call("TotalEnergyConsumption"))
        now_s = self._wall_s()
        if now_mJ != self._last_mJ:
            self._last_mJ, self._moved_s = now_mJ, now_s
        if now_mJ == 0 or now_s - self._moved_s > STILL_S:
            raise NvmlRefusedError(f"its counter of energy stands still at {now_mJ / 1000:g} J")
        return now_mJ / 1000
