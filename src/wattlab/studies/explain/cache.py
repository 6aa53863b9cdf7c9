"""What was measured before: kept by machine, versions and question, and not measured again."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, TypeVar

from wattlab import __version__
from wattlab.errors import RunError, StorageError
from wattlab.meter.load import BUSY
from wattlab.records.files import write_atomically
from wattlab.studies.folders import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.explain.ceilings import Ceilings
    from wattlab.studies.explain.part_times import PartsReport

    Kept = Ceilings | PartsReport

__all__ = ["Cache", "cache_folder", "library_versions"]

_LIBRARIES: Final = ("numpy", "torch")
_LAYOUT: Final = "1"
"""To be raised when what is measured changes while the version does not."""
Model = TypeVar("Model", "Ceilings", "PartsReport")


def cache_folder() -> Path:
    """Return where measurements are kept: in wattlab's cache folder."""
    from platformdirs import user_cache_path

    return user_cache_path("wattlab", appauthor=False) / "explain"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries whose speed is measured; without importing them."""
    found = {}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


class Cache:
    """Measurements in a folder, one file each.

    Parameters
    ----------
    folder : Path
        Made when something is kept.
    machine : str
        Its id and what of it may be used: what was measured on another is not found.
    """

    def __init__(self, folder: Path, machine: str) -> None:
        self._folder, self._machine = folder, machine

    def path(self, *question: object) -> Path:
        """Return the file for a question."""
        text = repr((_LAYOUT, __version__, self._machine, library_versions(), question))
        return self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"

    def find(self, path: Path, model: type[Model]) -> Model | None:
        """Return what is kept; None if nothing is, or it is damaged, or it was measured on a busy machine."""
        try:
            found = read_model(path, model)
        except RunError:
            return None
        return found if found.foreign_load <= BUSY else None

    def keep(self, path: Path, found: Kept) -> None:
        """Keep a measurement; where the folder cannot be written, the next question is measured again."""
        with suppress(OSError, StorageError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, found.model_dump_json(indent=1).encode())
