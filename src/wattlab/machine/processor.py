"""The processor's name and cores: from Linux's own files, elsewhere from py-cpuinfo and psutil."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wattlab.machine.system_files import read_text

UNKNOWN: Final = "unknown processor"


@dataclass(frozen=True, slots=True)
class Processor:
    """What the operating system says of the processor.

    Attributes
    ----------
    model : str
        The maker's name of it, spaces made single.
    packages : int
        Sockets.
    physical_cores, logical_cores : int
        Cores, and hardware threads, of all sockets together.
    under_hypervisor : bool
        The processor itself says that a hypervisor is above it.
    """

    model: str
    packages: int
    physical_cores: int
    logical_cores: int
    under_hypervisor: bool


def describe_processor(root: Path = Path("/")) -> Processor:
    """Read the processor's facts.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` is found.
    """
    try:
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _without_proc()
    return from_cpuinfo(text, device_tree_model(root))


def from_cpuinfo(text: str, device_tree: str = "") -> Processor:
    r"""Understand the text of ``/proc/cpuinfo``.

    Parameters
    ----------
    text : str
        The text, of an x86 or ARM machine.
    device_tree : str, optional
        The board's name, used where the processor has none.

    Examples
    --------
    >>> core = "model name: ACME 1\nphysical id: 0\ncore id: {}\nflags: fpu hypervisor"
    >>> text = "\n\n".join(f"processor: {n}\n{core.format(n // 2)}" for n in range(4))
    >>> from_cpuinfo(text)
    Processor(model='ACME 1', packages=1, physical_cores=2, logical_cores=4, under_hypervisor=True)
    """
    blocks = [_fields(block) for block in re.split(r"\n\s*\n", text)]
    cores = [block for block in blocks if "processor" in block]
    first = cores[0] if cores else {}
    seats = {
        (core["physical id"], core["core id"])
        for core in cores
        if "core id" in core and "physical id" in core
    }
    logical = len(cores) or os.cpu_count() or 1
    model = first.get("model name") or first.get("cpu model") or device_tree or UNKNOWN
    return Processor(
        model=" ".join(model.split()),
        packages=len({package for package, _ in seats}) or 1,
        physical_cores=len(seats) or logical,
        logical_cores=logical,
        under_hypervisor="hypervisor" in first.get("flags", "").split(),
    )


def device_tree_model(root: Path) -> str:
    """Return the board's name where a device tree has one (ARM boards), else an empty text."""
    return read_text(root / "proc/device-tree/model").strip("\0\n ")


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _without_proc() -> Processor:
    # py-cpuinfo takes a tenth of a second and may start other programs: only where there is no /proc.
    import cpuinfo
    import psutil

    facts = cpuinfo.get_cpu_info()
    logical = psutil.cpu_count() or 1
    return Processor(
        model=" ".join(str(facts.get("brand_raw") or platform.processor() or UNKNOWN).split()),
        packages=1,
        physical_cores=psutil.cpu_count(logical=False) or logical,
        logical_cores=logical,
        under_hypervisor="hypervisor" in facts.get("flags", ()),
    )
