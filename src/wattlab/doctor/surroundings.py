"""All that the doctor looks at, in one place: files, variables, programs, packages. Tests put a made-up one there."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.load import foreign_load
from wattlab.doctor.running import Ran, run_program
from wattlab.errors import SettingsError
from wattlab.machine.gpus import Gpus
from wattlab.machine.system_files import read_text
from wattlab.machine.threads import affinity_cores
from wattlab.meter.sensors.discover import discover
from wattlab.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.doctor.running import Runner
    from wattlab.meter.sensors.discover import Sensors

__all__ = ["Surroundings", "installed_version", "shell_environ"]

_MOST_LINKS: Final = 40
"""As the kernel: a longer chain of links is a loop."""
_QUICK_S: Final = 10.0
# Set by threadpoolctl, scikit-learn, JAX, Lightning and wattlab's own Keras at their import, unless it is set already.
_SET_BY_IMPORTS: Final = {
    "KMP_DUPLICATE_LIB_OK": ("True",),
    "KMP_INIT_AT_FORK": ("FALSE",),
    "KERAS_BACKEND": ("tensorflow", "jax", "torch"),
    "PYTORCH_NVML_BASED_CUDA_CHECK": ("1",),
    "TF_CPP_MIN_LOG_LEVEL": ("1", "2"),
}


def installed_version(distribution: str) -> str | None:
    """Return the version of an installed package by the name it is installed by, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _sensors() -> Sensors:
    """Find the sensors as a training does, the plug of the settings among them."""
    try:
        settings = load_settings()
    except SettingsError:  # a finding of its own
        settings = None
    return discover(settings=settings)


def shell_environ(now: Mapping[str, str], start: Path = Path("/proc/self/environ")) -> dict[str, str]:
    """Return the user's environment: what imports have put into this process since its start is left out.

    Parameters
    ----------
    now : mapping of str
        The environment of this process.
    start : Path, optional
        What it was started with, as the kernel keeps it (proc_pid_environ(5)); where it cannot be read, nothing.
    """
    known = dict(pair.partition("=")[::2] for pair in read_text(start).split("\0"))
    by_imports = {
        name
        for name, values in _SET_BY_IMPORTS.items()
        if now.get(name) in values and now[name] != known.get(name)
    }
    kept = {name: value for name, value in now.items() if name not in by_imports}
    return {**kept, **{name: known[name] for name in by_imports if name in known}}


def _free_B(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _gpu_problems() -> tuple[str, ...]:
    graphics = Gpus()
    graphics.close()
    return graphics.problems


def _nobody(_: str) -> None:
    return


@dataclass(frozen=True)
class Surroundings:
    """What the doctor examines.

    Attributes
    ----------
    root : Path
        Where ``/proc``, ``/sys``, ``/usr`` and so on are found.
    environ : mapping of str
        The environment variables of the shell, without those that imports in this process have set since.
    home, folder : Path
        The user's home and the present folder.
    python, prefix : str, Path
        The interpreter that runs wattlab, and its environment's folder.
    today : date
        For what the table of versions may not know yet.
    run : callable
        Runs a program with an environment and a time limit.
    version_of : callable
        Version of an installed package, or None.
    cores : callable
        Cores that the scheduler may place this process on.
    free_B : callable
        Free space of a folder's file system. Unit: B.
    load : callable
        Share of all cores that others keep busy, from 0 to 1.
    sensors : callable
        The energy sensors.
    gpu_problems : callable
        A sentence for each graphics card, or maker, that does not answer.
    watching : callable
        Told what is examined now.
    """

    root: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: shell_environ(os.environ))
    home: Path = field(default_factory=Path.home)
    folder: Path = field(default_factory=Path.cwd)
    python: str = sys.executable
    prefix: Path = field(default_factory=lambda: Path(sys.prefix))
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    run: Runner = run_program
    version_of: Callable[[str], str | None] = installed_version
    cores: Callable[[], int] = affinity_cores
    free_B: Callable[[Path], int] = _free_B
    load: Callable[[], float] = foreign_load
    sensors: Callable[[], Sensors] = _sensors
    gpu_problems: Callable[[], tuple[str, ...]] = _gpu_problems
    watching: Callable[[str], None] = _nobody

    def at(self, path: str) -> Path:
        """Return where an absolute path of the examined system lies."""
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str:
        """Return a file's text without the space around it; nothing where it cannot be read."""
        return read_text(self.at(path))

    def follow(self, path: str) -> str | None:
        """Return where a path leads to once all links are followed inside `root`; None where that is nowhere."""
        for _ in range(_MOST_LINKS):
            link = self._first_link(path)
            if link is None:
                return path if self.at(path).exists() else None
            head, target, rest = link
            path = os.path.normpath("/".join((target if target[0] == "/" else f"{head}/{target}", *rest)))
        return None

    def _first_link(self, path: str) -> tuple[str, str, list[str]] | None:
        """Return the folder above the first link in a path, where that points to, and what comes behind it."""
        parts = [part for part in path.split("/") if part]
        for place, part in enumerate(parts):
            head = "".join(f"/{above}" for above in parts[:place])
            here = self.at(f"{head}/{part}")
            if here.is_symlink():
                return head, here.readlink().as_posix(), parts[place + 1 :]
        return None

    def is_link_to_nowhere(self, path: str) -> bool:
        """Return whether a path is a link whose end does not exist."""
        return self.at(path).is_symlink() and self.follow(path) is None

    def outside(self, path: Path) -> str:
        """Return a path as the examined system knows it."""
        try:
            return "/" + path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def which(self, program: str) -> str | None:
        """Return the first file of this name on the search path of programs, or None."""
        folders = [folder for folder in self.environ.get("PATH", "").split(os.pathsep) if folder]
        paths = (f"{folder.rstrip('/')}/{program}" for folder in folders)
        return next((path for path in paths if self.at(path).is_file()), None)

    def ask(
        self, command: Sequence[str], timeout_s: float = _QUICK_S, extra: Mapping[str, str] | None = None
    ) -> Ran:
        """Run a program in the user's environment, with some variables added."""
        return self.run(command, {**self.environ, **(extra or {})}, timeout_s)
