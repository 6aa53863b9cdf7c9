"""NVIDIA's management library (NVML): opened when asked for, each call able to say that it is not supported.

References
----------
NVML API reference, docs.nvidia.com/deploy/nvml-api. Its Python binding is the package nvidia-ml-py, imported as
``pynvml``; the package named pynvml is deprecated, and its releases before 12 hide the binding.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import warnings
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.gpu_state import Gpu
from wattlab.machine.graphics import NVML_LIBRARY

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Nvml", "NvmlDevice", "NvmlRefusedError", "NvmlUnavailable", "find_devices", "open_nvml"]

_INSTALL: Final = "pip install 'wattlab[nvidia]'"
_REINSTALL: Final = f"pip uninstall --yes pynvml nvidia-ml-py && {_INSTALL}"
_REMEDIES: Final = {
    "NVML_ERROR_DRIVER_NOT_LOADED": "load it with: sudo modprobe nvidia  (and see what nvidia-smi says)",
    "NVML_ERROR_LIB_RM_VERSION_MISMATCH": "the driver was updated while it ran: restart the machine",
    "NVML_ERROR_NO_PERMISSION": "this user may not open /dev/nvidiactl: see ls -l /dev/nvidia*, "
    "and in a container ask for the cards (docker run --gpus all)",
}


class NvmlRefusedError(OSError):
    """NVML did not answer a call; the message is its reason."""


@dataclass(frozen=True, slots=True)
class NvmlUnavailable:
    """Why NVML cannot be used.

    Attributes
    ----------
    reason, remedy : str
        What is wrong, and what mends it; the remedy is empty if nothing does.
    """

    reason: str
    remedy: str = ""


class Nvml:
    """NVML, initialised. NVML counts who uses it: it ends when the last user is gone.

    Parameters
    ----------
    library : module
        ``pynvml``, or what answers like it.

    Raises
    ------
    Exception
        ``library.NVMLError``: there is no driver to talk to. Anything else: library and driver do not fit together.
    """

    def __init__(self, library: Any) -> None:
        library.nvmlInit()
        self.library = library
        # Old bindings do not know the second.
        self._refusals = library.NVMLError, getattr(library, "NVMLLibraryMismatchError", library.NVMLError)
        self._pid = os.getpid()
        self._end = weakref.finalize(self, _shut_down, library, self._pid)

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of NVML.

        Raises
        ------
        NvmlRefusedError
            The driver does not support it, does not allow it, or has lost the card; or the binding is too old for it.
        """
        if os.getpid() != self._pid:
            msg = f"NVML was opened by process {self._pid}, of which this one is a copy; open it here"
            raise NvmlRefusedError(msg)
        if not self._end.alive:
            raise NvmlRefusedError("NVML is closed")
        ask = getattr(self.library, function, None)
        if ask is None:
            raise NvmlRefusedError(f"this nvidia-ml-py has no {function}")
        try:
            return ask(*arguments)
        except self._refusals as error:
            raise NvmlRefusedError(f"NVML says: {error}") from error

    def probe(self, function: str, *arguments: Any) -> Any:
        """Call a function of NVML; None where it does not answer."""
        try:
            return self.call(function, *arguments)
        except NvmlRefusedError:
            return None

    def close(self) -> None:
        """Let go of NVML; a second time does nothing, and so does a copy of the process that opened it."""
        self._end()


def _shut_down(library: Any, pid: int) -> None:
    # A forked child shares the parent's connection to the driver: ending it there would end it for both.
    if os.getpid() == pid:
        try:
            library.nvmlShutdown()
        except library.NVMLError:  # the driver went away first
            return


@dataclass(frozen=True, slots=True)
class NvmlDevice:
    """A card that NVML knows.

    Attributes
    ----------
    gpu : Gpu
        What it is.
    nvml : Nvml
        Who to ask.
    handle : object
        NVML's name for it.
    """

    gpu: Gpu
    nvml: Nvml
    handle: Any

    def call(self, function: str, *arguments: Any) -> Any:
        """Call ``nvmlDeviceGet`` + `function` for this card; raises `NvmlRefusedError`."""
        return self.nvml.call(f"nvmlDeviceGet{function}", self.handle, *arguments)

    def probe(self, function: str, *arguments: Any) -> Any:
        """Call ``nvmlDeviceGet`` + `function` for this card; None where it does not answer."""
        return self.nvml.probe(f"nvmlDeviceGet{function}", self.handle, *arguments)

    @property
    def is_divided(self) -> bool | None:
        """Whether it is divided into instances (MIG); None where it cannot be."""
        modes = self.probe("MigMode")
        return None if modes is None else bool(modes[0] == self.nvml.library.NVML_DEVICE_MIG_ENABLE)


def open_nvml(
    library: Any = None,
    load: Callable[[str], Any] = importlib.import_module,
    driver_here: Callable[[], bool] | None = None,
) -> Nvml | NvmlUnavailable:
    """Open NVML, or say why not.

    Parameters
    ----------
    library : module, optional
        ``pynvml``, or what answers like it; by default it is imported, where there is a driver.
    load : callable, optional
        Imports a module by its name.
    driver_here : callable, optional
        Whether NVIDIA's driver is installed.
    """
    if library is None:
        # A machine without the driver's library does not pay for importing its binding.
        if not (driver_here or _driver_here)():
            return NvmlUnavailable("no NVIDIA driver on this machine")
        found = _binding(load)
        if isinstance(found, NvmlUnavailable):
            return found
        library = found
    try:
        return Nvml(library)
    except Exception as error:  # noqa: BLE001 (a binding and a driver of different ages fail in many ways)
        return _why_not(library, error)


def _driver_here() -> bool:
    try:
        ctypes.CDLL(NVML_LIBRARY)
    except OSError:
        return False
    return True


def _binding(load: Callable[[str], Any]) -> Any:
    try:
        # The deprecated package of the same name warns on import, whoever asks.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            library = load("pynvml")
    except ImportError:
        return NvmlUnavailable("an NVIDIA driver, but not the package nvidia-ml-py that asks it", _INSTALL)
    except Exception as error:  # noqa: BLE001 (it runs as it is imported)
        reason = f"the package nvidia-ml-py cannot be imported ({type(error).__name__}: {error})"
        return NvmlUnavailable(reason, _REINSTALL)
    # The binding is one file; the deprecated package is a folder, which Python prefers.
    if library.__spec__.submodule_search_locations is not None:
        return NvmlUnavailable("the deprecated package pynvml hides nvidia-ml-py", _REINSTALL)
    return library


def _why_not(library: Any, error: Exception) -> NvmlUnavailable:
    if not isinstance(error, library.NVMLError):
        return NvmlUnavailable(f"NVML cannot be opened ({type(error).__name__}: {error})", _REINSTALL)
    known = {getattr(library, name): remedy for name, remedy in _REMEDIES.items()}
    return NvmlUnavailable(f"NVML says: {error}", known.get(getattr(error, "value", None), ""))


def find_devices(nvml: Nvml) -> tuple[list[NvmlDevice], list[str]]:
    """List the cards, each once, and say of those that do not answer why.

    Returns
    -------
    devices : list of NvmlDevice
        Physical cards, in the order of their PCI addresses; the instances of a divided card are not listed. Two GPUs
        on one board are two: NVML tells the power of each with its own memory.
    problems : list of str
        One sentence for each card that cannot be asked.
    """
    devices: list[NvmlDevice] = []
    problems: list[str] = []
    for index in range(nvml.probe("nvmlDeviceGetCount") or 0):
        try:
            device = _device(nvml, index, nvml.call("nvmlDeviceGetHandleByIndex", index))
        except NvmlRefusedError as error:
            problems.append(f"GPU {index} does not answer ({error})")
            continue
        if not any(_same(device.gpu, other.gpu) for other in devices):
            devices.append(device)
    return devices, problems


def _device(nvml: Nvml, index: int, handle: Any) -> NvmlDevice:
    pci = nvml.probe("nvmlDeviceGetPciInfo", handle)
    address = _address(pci.busId) if pci else ""
    capability = nvml.probe("nvmlDeviceGetCudaComputeCapability", handle)
    version = nvml.probe("nvmlSystemGetCudaDriverVersion_v2")
    gpu = Gpu(
        vendor="nvidia",
        index=index,
        id=nvml.probe("nvmlDeviceGetUUID", handle) or address or str(index),
        name=nvml.probe("nvmlDeviceGetName", handle) or "NVIDIA GPU without a name",
        pci=address,
        capability=(capability[0], capability[1]) if capability else None,
        driver=nvml.probe("nvmlSystemGetDriverVersion"),
        cuda=f"{version // 1000}.{version % 1000 // 10}" if version else None,
    )
    return NvmlDevice(gpu, nvml, handle)


def _address(bus: str | bytes) -> str:
    """Return a PCI address as Linux writes it: NVML's domain has eight digits, and its letters are large."""
    domain, rest = (bus.decode() if isinstance(bus, bytes) else bus).lower().split(":", 1)
    return f"{int(domain, 16):04x}:{rest}"


def _same(one: Gpu, other: Gpu) -> bool:
    return one.id == other.id or (bool(one.pci) and one.pci == other.pci)
