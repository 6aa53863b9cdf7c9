"""Pictures as they lie in files, still encoded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Album", "Encoded", "FileFacts", "Found", "file_facts"]

Encoded = Path | bytes | NDArray[np.uint8] | None
"""A file, its content, pixels as they are, or nothing where a table has a gap."""
FileFacts = tuple[str, int, int]
"""Path, size in bytes, and when it was changed in nanoseconds: enough to see that a file is another one."""


class Album(ABC):
    """Encoded pictures in an order, with their labels."""

    @property
    @abstractmethod
    def labels(self) -> NDArray[Any]:
        """One label a picture, of shape (n_pictures,)."""

    @abstractmethod
    def blocks(self, rows: NDArray[np.int64], size: int) -> Iterator[tuple[NDArray[np.int64], list[Encoded]]]:
        """Yield the pictures of some rows, in increasing order, at most `size` at a time, with their rows."""

    @abstractmethod
    def where(self, row: int) -> str:
        """Return what messages call a picture."""


@dataclass(frozen=True)
class Found:
    """A source of pictures.

    Parameters
    ----------
    name : str
        Of the data set.
    source : str
        Where it lies.
    albums : mapping of str to Album
        "training", and "validation" and "test" where the source has such parts.
    class_names : tuple of str, or None
        Names of the labels 0, 1, …, where the source has names.
    files : tuple of (path, size, time)
        Of all that was found.
    """

    name: str
    source: str
    albums: Mapping[str, Album]
    class_names: tuple[str, ...] | None
    files: tuple[FileFacts, ...]


def file_facts(paths: Iterable[Path]) -> tuple[FileFacts, ...]:
    """Return what tells a file from a changed one, for each path."""
    found = ((path.absolute(), path.stat()) for path in paths)
    return tuple((str(path), facts.st_size, facts.st_mtime_ns) for path, facts in found)
