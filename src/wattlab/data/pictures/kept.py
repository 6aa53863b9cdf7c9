"""Decoded samples on disk: written once, whole or not at all, and mapped into memory ever after."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data import download
from wattlab.errors import StorageError
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "KeptFacts",
    "check_room",
    "kept",
    "key_of",
    "open_part",
    "read_facts",
    "write_facts",
    "write_part",
]

_FACTS: Final = "facts.json"


@dataclass(frozen=True)
class KeptFacts:
    """What is known about samples besides themselves.

    Parameters
    ----------
    image_shape : (int, int, int)
        Rows, columns, channels.
    class_names : tuple of str, or None
        Names of the labels 0, 1, ….
    parts : tuple of str
        "training", "test" and perhaps "validation".
    left_out : tuple of str
        Pictures that could not be decoded, with the reason.
    """

    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...] | None
    parts: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def key_of(facts: Any) -> str:
    """Return a name for what JSON can say; the same facts have the same name."""
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def kept(name: str, key: str, write: Callable[[Path], None]) -> Path:
    """Return the folder of decoded samples, having it written if it is not there.

    Of several processes that need it at the same time one writes it, and the others wait.

    Parameters
    ----------
    name : str
        Of the data set.
    key : str
        From `key_of`.
    write : callable
        Fills a new folder, given its path.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written or the disk is full; nothing half-written is left.
    """
    place = download.cache_folder() / "decoded" / f"{name}-{key}"
    partial = place.with_name(f"{place.name}.partial")
    with download.alone(place.with_name(f"{place.name}.lock"), _storage_error):
        if not _is_sound(place):
            for stale in (place, partial):  # what a process left that was killed, and what was damaged later
                shutil.rmtree(stale, ignore_errors=True)
            try:
                partial.mkdir(parents=True)
                write(partial)
                partial.rename(place)
            except OSError as error:
                raise _storage_error(place, error) from error
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return place


def check_room(folder: Path, needed_B: int, count: int) -> None:
    """Refuse to begin what the disk has no room for.

    Raises
    ------
    wattlab.errors.StorageError
        Naming what is needed and what is free.
    """
    free_B = shutil.disk_usage(folder).free
    if needed_B > free_B:
        raise StorageError(
            f"the disk of {str(folder.parent)!r} is too full for {count:,} decoded pictures: they take "
            f"{format_bytes(needed_B)}, and {format_bytes(free_B)} are free; make room, set a smaller size, or set "
            'the data\'s option cache = "memory"'
        )


def write_part(
    folder: Path,
    role: str,
    count: int,
    n_features: int,
    blocks: Iterable[tuple[NDArray[Any], NDArray[np.uint8]]],
) -> None:
    """Write the samples of a part, block after block, as two NumPy files.

    Parameters
    ----------
    folder : Path
        Of the samples.
    role : str
        "training", "validation" or "test".
    count : int
        How many samples come at most.
    n_features : int
        Bytes of each.
    blocks : iterable of (labels, pixels)
        Of at most `count` samples together.
    """
    labels = []
    with _file(folder, role, "pixels").open("wb") as file:
        # Written, not mapped: a full disk is then an error, and no signal that ends the process.
        file.write(_header((count, n_features)))
        for block_labels, pixels in blocks:
            labels.append(block_labels)
            file.write(pixels.data)
        file.seek(0)
        file.write(_header((sum(map(len, labels)), n_features)))
        file.flush()
        os.fsync(file.fileno())
    np.save(_file(folder, role, "labels"), np.concatenate(labels), allow_pickle=False)


def write_facts(folder: Path, facts: KeptFacts) -> None:
    """Write what is known besides the samples."""
    (folder / _FACTS).write_text(json.dumps(asdict(facts), ensure_ascii=False), encoding="utf-8")


def read_facts(folder: Path) -> KeptFacts:
    """Return what `write_facts` was given."""
    found = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    rows, columns, channels = found["image_shape"]
    names = found["class_names"]
    return KeptFacts(
        (rows, columns, channels),
        None if names is None else tuple(names),
        tuple(found["parts"]),
        tuple(found["left_out"]),
    )


def open_part(folder: Path, role: str) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Return the pixels of a part, mapped from the file, and its labels."""
    pixels = np.load(_file(folder, role, "pixels"), mmap_mode="r", allow_pickle=False)
    labels = np.load(_file(folder, role, "labels"), allow_pickle=False)
    return np.asarray(pixels), labels


def _is_sound(folder: Path) -> bool:
    try:
        parts = {role: open_part(folder, role) for role in read_facts(folder).parts}
    except (OSError, ValueError, KeyError, EOFError):
        return False
    return all(len(pixels) == len(labels) for pixels, labels in parts.values())


def _file(folder: Path, role: str, what: str) -> Path:
    return folder / f"{role}-{what}.npy"


def _header(shape: tuple[int, int]) -> bytes:
    """Return the head of a NumPy file; NumPy leaves room in it for a first number of any length."""
    buffer = BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _storage_error(place: Path, error: OSError) -> StorageError:
    return StorageError(
        f"decoded pictures cannot be kept in {str(place.parent)!r}: {error.strerror or error}; make it writable, make "
        'room, or set the data\'s option cache = "memory"'
    )
