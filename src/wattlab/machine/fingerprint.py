"""The machine a figure was measured on, in a few facts: figures of different machines do not compare."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from wattlab.machine.graphics import describe_gpus
from wattlab.machine.processor import describe_processor
from wattlab.machine.system_files import read_text
from wattlab.machine.threads import blas_pools, usable_cores
from wattlab.machine.virtual import container, hypervisor


@dataclass(frozen=True, slots=True)
class Machine:
    """What a training ran on.

    Attributes
    ----------
    cpu_model : str
        The maker's name of the processor.
    packages, physical_cores, logical_cores : int
        Sockets, cores and hardware threads that the system shows.
    usable_cores : int
        Logical cores that this process may keep busy (affinity and container quota).
    memory_B : int
        Main memory. Unit: B.
    architecture, os, kernel, python, numpy : str
        Names and versions.
    blas : str
        The linear algebra library behind NumPy, with its version.
    blas_threads : int or None
        How many threads that library would use; None if it does not tell.
    hypervisor, container : str or None
        What is between this process and the hardware; None is nothing.
    gpus : str or None
        The GPUs that can train, by name and number; None is none.
    """

    cpu_model: str
    packages: int
    physical_cores: int
    logical_cores: int
    usable_cores: int
    memory_B: int
    architecture: str
    os: str
    kernel: str
    python: str
    numpy: str
    blas: str
    blas_threads: int | None
    hypervisor: str | None
    container: str | None
    gpus: str | None = None

    @property
    def id(self) -> str:
        """Eight hexadecimal digits of the hardware alone: new software on the same machine keeps them."""
        # The kernel keeps a little memory for itself, and not always the same: whole GiB are stable.
        memory_GiB = round(self.memory_B / 2**30)
        facts = (self.cpu_model, self.packages, self.physical_cores, self.logical_cores, memory_GiB)
        text = repr((*facts, self.architecture, self.hypervisor, *([self.gpus] if self.gpus else [])))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def virtual(self) -> bool:
        """Whether a hypervisor or a container is between this process and the hardware."""
        return self.hypervisor is not None or self.container is not None

    def one_line(self) -> str:
        """Return the machine in one line, for a cost card or a table's caption."""
        cores = f"{self.physical_cores} cores" if self.physical_cores > 1 else "1 core"
        if self.logical_cores != self.physical_cores:
            cores += f" / {self.logical_cores} threads"
        if self.usable_cores != self.logical_cores:
            cores += f" ({self.usable_cores} usable)"
        between = ", ".join(name for name in (self.hypervisor, self.container) if name)
        memory = f"{self.memory_B / 2**30:.0f} GiB"
        parts = [self.cpu_model, cores, memory, self.gpus, self.os, between, f"id {self.id}"]
        return " · ".join(part for part in parts if part)

    def to_dict(self) -> dict[str, str | int | bool | None]:
        """Return every fact, the id included, for a run's record."""
        return {**asdict(self), "id": self.id, "virtual": self.virtual}

    def __str__(self) -> str:
        return self.one_line()


def describe_machine(root: Path = Path("/")) -> Machine:
    """Find out what this process runs on, in some milliseconds.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    Examples
    --------
    >>> describe_machine().id == describe_machine().id
    True
    """
    import numpy as np  # whoever describes a machine has numpy loaded; whoever imports this may not

    processor = describe_processor(root)
    blas, threads = next(iter(blas_pools()), ("unknown", None))
    return Machine(
        cpu_model=processor.model,
        packages=processor.packages,
        physical_cores=processor.physical_cores,
        logical_cores=processor.logical_cores,
        usable_cores=usable_cores(root),
        memory_B=_memory_B(root),
        architecture=platform.machine(),
        os=_os_name(root),
        kernel=platform.release(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        numpy=np.__version__,
        blas=blas,
        blas_threads=threads,
        hypervisor=hypervisor(
            under_hypervisor=processor.under_hypervisor, kernel=platform.release(), root=root
        ),
        container=container(os.environ, root),
        gpus=describe_gpus(root),
    )


def _memory_B(root: Path) -> int:
    found = re.search(r"MemTotal:\s*(\d+) kB", read_text(root / "proc/meminfo"))
    if found:
        return int(found[1]) * 1024
    import psutil  # only where there is no /proc

    return int(psutil.virtual_memory().total)


def _os_name(root: Path) -> str:
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', read_text(root / "etc/os-release"), re.MULTILINE)
    return found[1] if found else f"{platform.system()} {platform.version()}"
