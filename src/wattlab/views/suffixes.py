"""Whether a file's suffix is one that something can be written as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import StorageError
from wattlab.records.files import check_writable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["check_suffix"]


def check_suffix(path: Path, suffixes: Collection[str], wanted: str) -> None:
    """Refuse a file before hours are spent on what it shall hold.

    Parameters
    ----------
    path : Path
        Where something shall be written.
    suffixes : collection of str
        Those that are known, in small letters.
    wanted : str
        What would be right, such as "for a film let it end in .gif".

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none of them, or the folder takes no files.
    """
    if path.suffix.lower() not in suffixes:
        found = f"has the suffix {path.suffix!r}" if path.suffix else "has no suffix"
        msg = f"{str(path)!r} {found}; {wanted}"
        raise StorageError(msg)
    check_writable(path)
