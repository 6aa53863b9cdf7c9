"""Whether output goes to a terminal, and how it is written where it does not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["is_terminal", "make_console", "stream_is_terminal", "write_plain"]


def is_terminal(console: Console | None) -> bool:
    """Return whether a console, or standard output where there is none, understands escape codes."""
    if console is not None:
        return console.is_terminal and not console.is_dumb_terminal
    return stream_is_terminal(sys.stdout)


def stream_is_terminal(stream: TextIO) -> bool:
    """Return whether a stream leads to a terminal that understands escape codes."""
    return stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that colours nothing on its own account."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def write_plain(text: str, console: Console | None) -> None:
    """Write text as it is, neither wrapped nor cut, to standard output where there is no console."""
    file = console.file if console is not None else sys.stdout
    file.write(f"{text}\n")
