"""The variables that a command gets: those that this process got, without what imports have added since."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SET_BY_IMPORTS", "inherited", "present"]

SET_BY_IMPORTS: Final = {
    "KMP_DUPLICATE_LIB_OK": "True",  # threadpoolctl, and scikit-learn
    "KMP_INIT_AT_FORK": "FALSE",  # scikit-learn
}
"""What libraries that wattlab always brings set for their whole process, with the value that they set."""
_BLOCK: Final = Path("/proc/self/environ")
# This module is imported before any library that sets variables.
_AT_IMPORT: Final = dict(os.environ)


def inherited(block: Path = _BLOCK) -> dict[str, str]:
    """Return the variables that this process got from the one that started it.

    Parameters
    ----------
    block : Path, optional
        Where Linux keeps them as they were; elsewhere, those of the time when this module was imported. Python may
        have added LC_CTYPE by then, see PEP 538.
    """
    try:
        entries = block.read_bytes().split(b"\0")
    except OSError:
        return dict(_AT_IMPORT)
    pairs = (entry.partition(b"=") for entry in entries if b"=" in entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def present(environ: Mapping[str, str] = os.environ, got: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables that this process has now, but for those that imports have set.

    Parameters
    ----------
    environ : mapping, optional
        What it has now.
    got : mapping, optional
        What it began with; left out: see `inherited`.

    Examples
    --------
    >>> present({"HOME": "/root", "KMP_DUPLICATE_LIB_OK": "True"}, got={"HOME": "/"})
    {'HOME': '/root'}
    """
    got = inherited() if got is None else got
    return {
        name: value for name, value in environ.items() if name in got or SET_BY_IMPORTS.get(name) != value
    }
