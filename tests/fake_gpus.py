"""Made-up graphics cards: a driver of NVIDIA's behind the real binding's errors and constants, and AMD's files.

NVML API reference, docs.nvidia.com/deploy/nvml-api: what each function returns and which errors it may give. Linux
kernel, Documentation/gpu/amdgpu/thermal.rst: AMD's files; drivers/gpu/drm/amd/amdkfd/kfd_topology.c: its compute nodes.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.sensors.base import Absent, Sensor

pynvml = importlib.import_module("pynvml")

UUIDS = ("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "GPU-8944aaaa-0000-1111-2222-333344445555")
MIG = "MIG-5c89852c-d268-c3f3-1b07-005d5ae1dc3f"


class Discovered:
    """What was found where exactly one card is, and either works or is absent."""

    sensors: list[Sensor]
    absent: list[Absent]

    @property
    def sensor(self) -> Sensor:
        (sensor,) = self.sensors
        return sensor

    @property
    def why(self) -> Absent:
        (absent,) = self.absent
        return absent


@dataclass
class FakeCard:
    """A card; what is None is not supported."""

    uuid: str | None = UUIDS[0]
    name: str = "NVIDIA A100-SXM4-80GB"
    bus: str = "00000000:07:00.0"
    capability: tuple[int, int] | None = (8, 0)
    energy_mJ: float | None = 1_234_567
    power_mW: float | None = 61_500
    instant_mW: int | None = 63_000
    limits_mW: tuple[int, int, int, int] | None = (400_000, 400_000, 100_000, 500_000)
    mig: int | None = 0
    computing: list[tuple[int, int | None]] | None = field(default_factory=list)
    drawing: list[tuple[int, int | None]] | None = field(default_factory=list)
    reasons: int | None = 0
    error: Exception | None = None


class FakeNvml:
    """Answers as ``pynvml`` does on a machine with some cards."""

    def __init__(self, *cards: FakeCard, refuses: Exception | None = None) -> None:
        self.cards, self.refuses = cards, refuses
        self.users = 0
        self.refused: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        """Take constants and errors from the real binding; a function that is not faked is not supported."""
        real = getattr(pynvml, name)
        return self._not_supported if name.startswith(("nvmlDevice", "nvmlSystem")) else real

    def _not_supported(self, *_: Any) -> Any:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    def nvmlInit(self) -> None:
        if self.refuses:
            raise self.refuses
        self.users += 1

    def nvmlShutdown(self) -> None:
        if not self.users:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_UNINITIALIZED)
        self.users -= 1

    def nvmlSystemGetDriverVersion(self) -> str:
        return "570.86.15"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return 12080

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeCard:
        card = self.cards[index]
        if card.error and index in self.lost_from_the_start:
            raise card.error
        return card

    lost_from_the_start: tuple[int, ...] = ()

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Any:
        if uuid != MIG:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return "an instance of the last card"

    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, instance: str) -> FakeCard:
        return self.cards[-1]

    def _of(self, card: FakeCard, value: Any) -> Any:
        if not self.users:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_UNINITIALIZED)
        if card.error:
            raise card.error
        return self._not_supported() if value is None else value

    def nvmlDeviceGetUUID(self, card: FakeCard) -> str:
        return str(self._of(card, card.uuid))

    def nvmlDeviceGetName(self, card: FakeCard) -> str:
        return str(self._of(card, card.name))

    def nvmlDeviceGetPciInfo(self, card: FakeCard) -> Any:
        return self._of(card, SimpleNamespace(busId=card.bus.encode()))

    def nvmlDeviceGetCudaComputeCapability(self, card: FakeCard) -> Any:
        return self._of(card, card.capability)

    def nvmlDeviceGetTotalEnergyConsumption(self, card: FakeCard) -> Any:
        return self._of(card, card.energy_mJ)

    def nvmlDeviceGetPowerUsage(self, card: FakeCard) -> Any:
        return self._of(card, card.power_mW)

    def nvmlDeviceGetFieldValues(self, card: FakeCard, fields: list[int]) -> Any:
        assert fields == [pynvml.NVML_FI_DEV_POWER_INSTANT]
        known = self._of(card, [card.instant_mW])[0]
        code = pynvml.NVML_ERROR_NOT_SUPPORTED if known is None else pynvml.NVML_SUCCESS
        return [SimpleNamespace(nvmlReturn=code, value=SimpleNamespace(uiVal=known or 0))]

    def nvmlDeviceGetEnforcedPowerLimit(self, card: FakeCard) -> Any:
        return self._of(card, card.limits_mW)[0]

    def nvmlDeviceGetPowerManagementDefaultLimit(self, card: FakeCard) -> Any:
        return self._of(card, card.limits_mW)[1]

    def nvmlDeviceGetPowerManagementLimitConstraints(self, card: FakeCard) -> Any:
        return list(self._of(card, card.limits_mW)[2:])

    def nvmlDeviceGetMigMode(self, card: FakeCard) -> Any:
        return [self._of(card, card.mig), card.mig]

    def nvmlDeviceGetUtilizationRates(self, card: FakeCard) -> Any:
        return self._of(card, SimpleNamespace(gpu=37, memory=12))

    def nvmlDeviceGetMemoryInfo(self, card: FakeCard) -> Any:
        return self._of(card, SimpleNamespace(used=3 * 2**30, total=80 * 2**30, free=77 * 2**30))

    def nvmlDeviceGetTemperature(self, card: FakeCard, sensor: int) -> Any:
        return self._of(card, {pynvml.NVML_TEMPERATURE_GPU: 41}[sensor])

    def nvmlDeviceGetClockInfo(self, card: FakeCard, clock: int) -> Any:
        return self._of(card, {pynvml.NVML_CLOCK_SM: 1410, pynvml.NVML_CLOCK_MEM: 1512}[clock])

    def nvmlDeviceGetCurrentClocksEventReasons(self, card: FakeCard) -> Any:
        if "nvmlDeviceGetCurrentClocksEventReasons" in self.refused:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND)
        return self._of(card, card.reasons)

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, card: FakeCard) -> Any:
        return self._of(card, card.reasons)

    def nvmlDeviceGetPersistenceMode(self, card: FakeCard) -> Any:
        return self._of(card, 1)

    def nvmlDeviceGetComputeRunningProcesses(self, card: FakeCard) -> Any:
        return _processes(self._of(card, card.computing))

    def nvmlDeviceGetGraphicsRunningProcesses(self, card: FakeCard) -> Any:
        return _processes(self._of(card, card.drawing))


def _processes(found: list[tuple[int, int | None]]) -> list[Any]:
    return [SimpleNamespace(pid=pid, usedGpuMemory=used_B) for pid, used_B in found]


def amd_card(root: Path, index: int = 0, pci: str = "0000:03:00.0", **files: object) -> Path:
    """Write the files of a card of AMD's; a double underscore in a name is a slash. Returns the folder of its sensors.

    By default a discrete card of 300 W at most, drawing 42 W.
    """
    device = root / "sys/devices/pci0000:00" / pci
    drm = root / f"sys/class/drm/card{index}"
    drm.mkdir(parents=True)
    hwmon = device / "hwmon/hwmon3"
    hwmon.mkdir(parents=True)
    (device / "power").mkdir()
    (drm / "device").symlink_to(device)
    defaults: dict[str, object] = {
        "vendor": "0x1002",
        "device": "0x744c",
        "power__runtime_status": "active",
        "gpu_busy_percent": 63,
        "mem_info_vram_used": 2 * 2**30,
        "mem_info_vram_total": 24 * 2**30,
        "hwmon__hwmon3__name": "amdgpu",
        "hwmon__hwmon3__power1_average": 42_000_000,
        "hwmon__hwmon3__power1_cap": 300_000_000,
        "hwmon__hwmon3__temp1_input": 51_000,
        "hwmon__hwmon3__freq1_input": 2_400_000_000,
        "hwmon__hwmon3__freq2_input": 1_249_000_000,
    }
    for name, content in {**defaults, **files}.items():
        if content is not None:
            (device / name.replace("__", "/")).write_text(f"{content}\n")
    return hwmon


def amd_node(root: Path, node: int, pci: str | None, unique: int = 0xDEADBEEF, gpu_id: int = 5000) -> None:
    """Write a node of AMD's compute driver; one without an address is a processor."""
    folder = root / f"sys/class/kfd/kfd/topology/nodes/{node}"
    folder.mkdir(parents=True)
    (folder / "gpu_id").write_text(f"{gpu_id if pci else 0}\n")
    if pci is None:
        (folder / "properties").write_text("cpu_cores_count 16\nsimd_count 0\n")
        return
    domain, bus, slot = pci.split(":")
    device, function = slot.split(".")
    location = int(bus, 16) << 8 | int(device, 16) << 3 | int(function)
    lines = {"simd_count": 240, "location_id": location, "domain": int(domain, 16), "unique_id": unique}
    (folder / "properties").write_text("".join(f"{name} {value}\n" for name, value in lines.items()))


class FakeAmdSmi:
    """Answers as ``amdsmi`` does."""

    class AmdSmiException(Exception):  # noqa: N818 (its name there)
        """As of the library."""

    def __init__(self, *pcis: str, key: str = "energy_accumulator") -> None:
        self.pcis, self.key = pcis, key
        self.energy_J = 1000.0
        self.error: Exception | None = None

    def amdsmi_init(self) -> None:
        if self.error:
            raise self.error

    def amdsmi_get_processor_handles(self) -> list[int]:
        return list(range(len(self.pcis)))

    def amdsmi_get_gpu_device_bdf(self, handle: int) -> str:
        return self.pcis[handle]

    def amdsmi_get_energy_count(self, handle: int) -> dict[str, object]:
        if self.error:
            raise self.error
        # Units of 15.259 µJ, which is 2^-16 J.
        return {self.key: round(self.energy_J * 2**16), "counter_resolution": 1e6 / 2**16, "timestamp": 1}
