"""How an NVIDIA card is at one moment: everything NVML tells, and None for what it does not.

References
----------
NVML API reference, "Device Queries", "Field Value Queries" and "Clocks Event Reasons".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.gpu_state import GpuProcess, GpuState, PowerLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.machine.nvml import NvmlDevice

__all__ = ["averages_power", "nvml_state", "power_W", "power_limits"]

# Constants of NVML, by their names there, in words.
_REASONS: Final = {
    "nvmlClocksEventReasonApplicationsClocksSetting": "clocks set by the user",
    "nvmlClocksEventReasonSwPowerCap": "power limit",
    "nvmlClocksThrottleReasonHwSlowdown": "hardware slowdown",
    "nvmlClocksEventReasonSyncBoost": "in step with another card",
    "nvmlClocksEventReasonSwThermalSlowdown": "temperature limit",
    "nvmlClocksThrottleReasonHwThermalSlowdown": "too hot",
    "nvmlClocksThrottleReasonHwPowerBrakeSlowdown": "the power supply asks for less",
    "nvmlClocksEventReasonDisplayClockSetting": "display clocks",
}


def nvml_state(device: NvmlDevice, *, visible: bool = True) -> GpuState:
    """Ask a card for everything.

    Parameters
    ----------
    device : NvmlDevice
        The card.
    visible : bool, optional
        Whether this process may compute on it.
    """
    library = device.nvml.library
    memory = device.probe("MemoryInfo")
    persistence = device.probe("PersistenceMode")
    return GpuState(
        gpu=device.gpu,
        visible=visible,
        power_W=_instant_power_W(device),
        limits=power_limits(device),
        utilisation=_share(device.probe("UtilizationRates")),
        memory_used_B=memory.used if memory else None,
        memory_total_B=memory.total if memory else None,
        temperature_C=_temperature_C(device),
        core_clock_MHz=device.probe("ClockInfo", library.NVML_CLOCK_SM),
        memory_clock_MHz=device.probe("ClockInfo", library.NVML_CLOCK_MEM),
        throttle=_reasons(device),
        processes=_processes(device),
        persistence=None if persistence is None else bool(persistence),
        mig=device.is_divided,
    )


def power_W(device: NvmlDevice) -> float:
    """Return the power that the driver tells; see `averages_power`. Unit: W.

    Raises
    ------
    NvmlRefusedError
        The card does not tell it.
    """
    return float(device.call("PowerUsage")) / 1000


def averages_power(device: NvmlDevice) -> bool:
    """Return whether the power is the mean of the last second, not that of this moment.

    It is on Ampere and newer, except GA100 (A100 and A30, of compute capability 8.0). A card that does not tell what
    it is, is taken for a new one.
    """
    capability = device.gpu.capability
    return capability is None or (capability >= (8, 0) and capability != (8, 0))


def power_limits(device: NvmlDevice) -> PowerLimits:
    """Return between which powers the card holds itself."""
    low_mW, high_mW = device.probe("PowerManagementLimitConstraints") or (None, None)
    return PowerLimits(
        enforced_W=_watts(device.probe("EnforcedPowerLimit")),
        default_W=_watts(device.probe("PowerManagementDefaultLimit")),
        min_W=_watts(low_mW),
        max_W=_watts(high_mW),
    )


def _watts(power_mW: int | None) -> float | None:
    return None if power_mW is None else power_mW / 1000


def _instant_power_W(device: NvmlDevice) -> float | None:
    library = device.nvml.library
    field = (device.probe("FieldValues", [library.NVML_FI_DEV_POWER_INSTANT]) or [None])[0]
    if field is not None and field.nvmlReturn == library.NVML_SUCCESS and field.value.uiVal:
        return float(field.value.uiVal) / 1000
    return _watts(device.probe("PowerUsage"))


def _share(rates: Any) -> float | None:
    return None if rates is None else rates.gpu / 100


def _temperature_C(device: NvmlDevice) -> float | None:
    found = device.probe("Temperature", device.nvml.library.NVML_TEMPERATURE_GPU)
    return None if found is None else float(found)


def _reasons(device: NvmlDevice) -> tuple[str, ...] | None:
    bits = device.probe("CurrentClocksEventReasons")
    if bits is None:  # a driver older than the name
        bits = device.probe("CurrentClocksThrottleReasons")
    if bits is None:
        return None
    library = device.nvml.library
    return tuple(words for name, words in _REASONS.items() if bits & getattr(library, name))


def _processes(device: NvmlDevice) -> tuple[GpuProcess, ...] | None:
    computing = device.probe("ComputeRunningProcesses")
    drawing = device.probe("GraphicsRunningProcesses")
    if computing is None and drawing is None:
        return None
    computes, draws = _by_pid(computing), _by_pid(drawing)
    used_B = {**draws, **computes}
    return tuple(GpuProcess(pid, used_B[pid], pid in computes, pid in draws) for pid in sorted(used_B))


def _by_pid(found: Any) -> Mapping[int, int | None]:
    # A process in several instances of a divided card is listed once for each.
    used_B: dict[int, int | None] = {}
    for one in found or ():
        before_B = used_B.get(one.pid)
        known = [part for part in (before_B, one.usedGpuMemory) if part is not None]
        used_B[one.pid] = sum(known) if known else None
    return used_B
