"""AMD's cards, through the files of the kernel's driver (amdgpu) and, where they compute, of its compute part (kfd).

References
----------
Linux kernel, Documentation/gpu/amdgpu/thermal.rst: ``power1_average`` and ``power1_input`` in µW, "on APUs this
includes the CPU"; ``in1_input``, the voltage of the northbridge, is there on APUs alone. Documentation/hwmon:
``energy1_input`` in µJ. Of a card with two dies (MI250), the second tells no power: the first tells that of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.gpu_state import Gpu, GpuProcess, GpuState, PowerLimits
from wattlab.machine.system_files import read_number, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["AmdCard", "amd_state", "compute_nodes", "find_amd_cards"]

_AMD: Final = "0x1002"
_KFD: Final = "sys/class/kfd/kfd"


@dataclass(frozen=True, slots=True)
class AmdCard:
    """A card that the kernel's driver knows.

    Attributes
    ----------
    gpu : Gpu
        What it is.
    device : Path
        Its folder in sysfs.
    hwmon : Path
        The folder of its sensors; it need not exist.
    root : Path
        Where ``sys`` is found.
    read : callable
        Reads a whole number from a file; raises OSError or ValueError if it cannot.
    """

    gpu: Gpu
    device: Path
    hwmon: Path
    root: Path = Path("/")
    read: Callable[[Path], int] = field(default=read_number, repr=False)

    @property
    def power_file(self) -> Path | None:
        """The file that tells its power; None if there is none."""
        files = (self.hwmon / name for name in ("power1_average", "power1_input"))
        return next((file for file in files if file.exists()), None)

    @property
    def sleeps(self) -> bool:
        """Whether its supply is switched off; what is read of it then wakes it, or fails."""
        return read_text(self.device / "power/runtime_status") == "suspended"

    def power_W(self) -> float:
        """Return what it draws: nothing while it sleeps. Unit: W.

        Raises
        ------
        OSError, ValueError
            It cannot be read.
        """
        if self.sleeps:
            return 0.0
        file = self.power_file
        if file is None:
            msg = "the driver has no file of its power"
            raise OSError(msg)
        return self.read(file) / 1e6

    def limits(self) -> PowerLimits:
        """Return between which powers it holds itself."""
        names = ("power1_cap", "power1_cap_default", "power1_cap_min", "power1_cap_max")
        return PowerLimits(*(_scaled(self.hwmon / name, 1e-6) or None for name in names))


def find_amd_cards(root: Path = Path("/"), read: Callable[[Path], int] = read_number) -> list[AmdCard]:
    """List AMD's cards and the GPUs on its processors, each once.

    Parameters
    ----------
    root : Path, optional
        Where ``sys`` is found.
    read : callable, optional
        Reads a whole number from a file.
    """
    # card0, but not card0-HDMI-A-1, which is a socket of it.
    folders = [path for path in (root / "sys/class/drm").glob("card*") if path.name[4:].isdigit()]
    devices = [path / "device" for path in sorted(folders, key=lambda path: int(path.name[4:]))]
    once = {path.resolve(): path for path in devices if read_text(path / "vendor") == _AMD}
    return [_card(index, path, root, read) for index, path in enumerate(once.values())]


def _card(index: int, device: Path, root: Path, read: Callable[[Path], int]) -> AmdCard:
    hwmon = min(device.glob("hwmon/hwmon*"), default=device / "hwmon")
    pci = device.resolve().name
    gpu = Gpu(
        vendor="amd",
        index=index,
        id=pci,
        name=read_text(device / "product_name") or f"AMD GPU {read_text(device / 'device')}",
        pci=pci,
        driver=read_text(root / "sys/module/amdgpu/version") or None,
        integrated=read_text(hwmon / "in1_label") == "vddnb",
    )
    return AmdCard(gpu, device, hwmon, root, read)


def _scaled(path: Path, factor: float) -> float | None:
    try:
        return read_number(path) * factor
    except (OSError, ValueError):
        return None


def amd_state(card: AmdCard, *, visible: bool = True) -> GpuState:
    """Read everything of a card; a card that sleeps is left asleep.

    Parameters
    ----------
    card : AmdCard
        The card.
    visible : bool, optional
        Whether this process may compute on it.
    """
    if card.sleeps:
        return GpuState(card.gpu, visible, power_W=0.0)
    power_file = card.power_file
    used_B, total_B = (_scaled(card.device / f"mem_info_vram_{name}", 1) for name in ("used", "total"))
    return GpuState(
        gpu=card.gpu,
        visible=visible,
        # A second die that leaves its power to the first says 0.
        power_W=_scaled(power_file, 1e-6) or None if power_file else None,
        limits=card.limits(),
        utilisation=_scaled(card.device / "gpu_busy_percent", 0.01),
        memory_used_B=None if used_B is None else int(used_B),
        memory_total_B=None if total_B is None else int(total_B),
        temperature_C=_scaled(card.hwmon / "temp1_input", 1e-3),
        core_clock_MHz=_scaled(card.hwmon / "freq1_input", 1e-6),
        memory_clock_MHz=_scaled(card.hwmon / "freq2_input", 1e-6),
        processes=_processes(card),
    )


@dataclass(frozen=True, slots=True)
class ComputeNode:
    """A card as ROCm counts it.

    Attributes
    ----------
    pci : str
        PCI address.
    unique : str
        Such as "GPU-deadbeefdeadbeef".
    gpu_id : str
        The number by which the files of processes name it.
    """

    pci: str
    unique: str
    gpu_id: str


def compute_nodes(root: Path = Path("/")) -> list[ComputeNode]:
    """List the cards that ROCm can compute on, in its order.

    Parameters
    ----------
    root : Path, optional
        Where ``sys`` is found.
    """
    folders = (path for path in (root / _KFD / "topology/nodes").glob("*") if path.name.isdigit())
    found = (_node(path) for path in sorted(folders, key=lambda path: int(path.name)))
    return [node for node in found if node]


def _node(folder: Path) -> ComputeNode | None:
    gpu_id = read_text(folder / "gpu_id")
    if gpu_id in {"", "0"}:  # a processor
        return None
    lines = (line.split() for line in read_text(folder / "properties").splitlines())
    # A file that is cut short, or a kernel's new kind of line, says nothing of what it leaves out.
    values = {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}
    if "location_id" not in values:
        return None
    location, domain, unique = (values.get(key, 0) for key in ("location_id", "domain", "unique_id"))
    pci = f"{domain:04x}:{location >> 8 & 0xFF:02x}:{location >> 3 & 0x1F:02x}.{location & 7}"
    return ComputeNode(pci, f"GPU-{unique:016x}", gpu_id)


def _processes(card: AmdCard) -> tuple[GpuProcess, ...] | None:
    """Return who computes on the card; kfd lists every process with the memory it holds on each."""
    node = next((one for one in compute_nodes(card.root) if one.pci == card.gpu.pci), None)
    if node is None:
        return None
    files = (card.root / _KFD / "proc").glob(f"*/vram_{node.gpu_id}")
    used_B: Mapping[int, float | None] = {
        int(file.parent.name): _scaled(file, 1) for file in files if file.parent.name.isdigit()
    }
    # A process with no memory on this card computes on another one.
    return tuple(GpuProcess(pid, int(used)) for pid, used in sorted(used_B.items()) if used)
