"""Writing files so that they are there whole or not at all."""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "check_folder",
    "check_writable",
    "packed",
    "storage_errors",
    "sync_folder",
    "write_atomically",
    "write_with_folder",
]


def check_folder(path: Path) -> None:
    """Refuse a file whose folder is not there.

    Raises
    ------
    wattlab.errors.StorageError
        With the command that makes the folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_folder(Path("no-such-folder/power.csv"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'no-such-folder/power.csv' cannot be written: there is no folder 'no-such-folder'; ...
    """
    if not path.parent.is_dir():
        folder = str(path.parent)
        msg = (
            f"{str(path)!r} cannot be written: there is no folder {folder!r}; "
            f"make it with: mkdir -p {shlex.quote(folder)}"
        )
        raise StorageError(msg)


def check_writable(path: Path) -> None:
    """Refuse a file that `write_with_folder` could not write, before hours are spent on what is to stand in it.

    Raises
    ------
    wattlab.errors.StorageError
        If it is a folder, or the nearest folder that is there takes no files.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_writable(Path("/proc/study.html"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: '/proc/study.html' cannot be written: folder '/proc' takes no files (...
    """
    if path.is_dir():
        msg = f"{str(path)!r} cannot be written: it is a folder; name a file in it"
        raise StorageError(msg)
    folder = path.absolute().parent
    try:
        while not folder.exists():
            folder = folder.parent
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        msg = (
            f"{str(path)!r} cannot be written: folder {str(folder)!r} takes no files "
            f"({error.strerror or error}); choose another"
        )
        raise StorageError(msg) from error


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a path into a `StorageError` that names it."""
    try:
        yield
    except OSError as error:
        msg = f"{str(path)!r} cannot be written: {error.strerror or error}; free some space or choose another folder"
        raise StorageError(msg) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to the disk, and rename it.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written or the disk is full; an older file stays as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    with storage_errors(path):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_with_folder(path: Path, content: bytes) -> None:
    """Do what `write_atomically` does, in a folder that is made if it does not exist."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)


def sync_folder(path: Path) -> None:
    """Flush a folder's own entries to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def packed(arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str]) -> bytes:
    """Return arrays and metadata in the safetensors format, each array as it reads, however it lies in memory."""
    from safetensors.numpy import save

    # safetensors takes the bytes of an array as they lie, and those of a transposed one lie in another order.
    return save({name: np.asarray(array, order="C") for name, array in arrays.items()}, dict(metadata))
