"""Where a measurement goes as JSON: a file, whole or not at all; or a pipe that the caller holds."""

from __future__ import annotations

import errno
import os
import tempfile
from typing import TYPE_CHECKING, Final

from wattlab.errors import StorageError
from wattlab.records.files import check_folder, storage_errors, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.command.measurement import Measurement

__all__ = ["check_destination", "save"]

_OF_THE_SYSTEM: Final = ("/dev/", "/proc/")


def check_destination(path: Path) -> None:
    """Refuse a file that `save` could not write, before the command is run.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder is not there or cannot be written, or if it is a folder itself.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_destination(Path("no-such-folder/cost.json"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'no-such-folder/cost.json' cannot be written: there is no folder 'no-such-folder'; ...
    """
    if str(path) == "-":
        msg = "standard output is the command's own; name a file for the JSON, such as cost.json"
        raise StorageError(msg)
    if path.is_dir():
        msg = f"{str(path)!r} cannot be written: it is a folder; name a file in it, such as {path / 'cost.json'}"
        raise StorageError(msg)
    check_folder(path)
    with storage_errors(path):
        if _is_written_directly(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        else:
            tempfile.TemporaryFile(dir=path.resolve().parent).close()


def save(measurement: Measurement, path: Path) -> None:
    """Write a measurement as JSON.

    Raises
    ------
    wattlab.errors.StorageError
        If the disk is full or the folder cannot be written; an older file stays as it was.
    """
    content = f"{measurement.to_json()}\n".encode()
    if not _is_written_directly(path):
        write_atomically(path.resolve(), content)
        return
    with storage_errors(path), path.open("wb") as file:
        file.write(content)


def _is_written_directly(path: Path) -> bool:
    """Return whether it is a pipe or a device, which no file can be renamed to."""
    return (path.exists() and not path.is_file()) or str(path.absolute()).startswith(_OF_THE_SYSTEM)
