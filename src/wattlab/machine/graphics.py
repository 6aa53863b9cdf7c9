"""The graphics processors that can train: by name, from the drivers' own files, without a library of theirs."""

from __future__ import annotations

import ctypes
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from wattlab.machine.system_files import read_text

_AMD: Final = "0x1002"
NVML_LIBRARY: Final = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_LONGEST_NAME: Final = 96
_UNNAMED: Final = "NVIDIA GPU without a name"


def describe_gpus(root: Path = Path("/")) -> str | None:
    """Name the GPUs of NVIDIA and AMD, or None where there is none.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    Returns
    -------
    str or None
        Such as "2 × NVIDIA GeForce RTX 4090", in the order of the alphabet: which slot they sit in does not count.
    """
    names = Counter([*(_by_nvidia_driver(root) or _by_nvml()), *_by_amd_driver(root)])
    counted = [f"{count} × {name}" if count > 1 else name for name, count in sorted(names.items())]
    return ", ".join(counted) or None


def _by_nvidia_driver(root: Path) -> list[str]:
    files = (root / "proc/driver/nvidia/gpus").glob("*/information")
    found = [re.search(r"^Model:\s*(.+?)\s*$", read_text(file), re.MULTILINE) for file in files]
    return [match[1] for match in found if match]


def _by_nvml() -> list[str]:
    """Ask NVIDIA's own library: Windows, WSL and some containers have no files of the driver."""
    try:
        library = ctypes.CDLL(NVML_LIBRARY)
    except OSError:
        return []
    if library.nvmlInit_v2() != 0:
        return []
    try:
        count = ctypes.c_uint(0)
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
        return [_nvml_name(library, index) for index in range(count.value)]
    finally:
        library.nvmlShutdown()


def _nvml_name(library: Any, index: int) -> str:
    handle, name = ctypes.c_void_p(), ctypes.create_string_buffer(_LONGEST_NAME)
    failed = library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle))
    failed = failed or library.nvmlDeviceGetName(handle, name, ctypes.c_uint(_LONGEST_NAME))
    return _UNNAMED if failed else name.value.decode(errors="replace")


def _by_amd_driver(root: Path) -> list[str]:
    # card0, but not card0-HDMI-A-1, which is a socket of it.
    cards = [path / "device" for path in (root / "sys/class/drm").glob("card*") if path.name[4:].isdigit()]
    return [
        read_text(card / "product_name") or f"AMD GPU {read_text(card / 'device')}"
        for card in cards
        if read_text(card / "vendor") == _AMD
    ]
