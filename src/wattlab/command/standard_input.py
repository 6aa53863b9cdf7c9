"""What a command that runs several times reads: a file anew each time, a pipe where the run before had stopped."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Final

__all__ = ["READ_ON", "STDIN", "is_pipe", "place_in_file"]

STDIN: Final = 0
READ_ON: Final = (
    "Standard input is a pipe: each run read on where the one before had stopped; give a file (< FILE), "
    "which each run reads from the same place."
)


def place_in_file() -> int | None:
    """Return where standard input stands, if that is a file; a terminal or a pipe cannot be read twice."""
    with suppress(OSError):
        if stat.S_ISREG(os.fstat(STDIN).st_mode):
            return os.lseek(STDIN, 0, os.SEEK_CUR)
    return None


def is_pipe() -> bool:
    """Return whether standard input is a pipe or a socket."""
    try:
        mode = os.fstat(STDIN).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
