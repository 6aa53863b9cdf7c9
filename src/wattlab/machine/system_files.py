"""The small files in which a system tells about itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# More than any number of 64 bits takes.
_NUMBER_B: Final = 64


def read_text(path: Path) -> str:
    """Return a file's text without the space around it; nothing where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def read_number(path: Path) -> int:
    """Return the whole number that a file holds; raises OSError or ValueError if there is none."""
    # Read many times a second: without the layers of text files, which take four times as long.
    file = os.open(path, os.O_RDONLY)
    try:
        return int(os.read(file, _NUMBER_B))
    finally:
        os.close(file)
