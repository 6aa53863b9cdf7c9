"""Whether output goes to a terminal, and how it is written where it does not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

__all__ = ["is_terminal", "make_console", "stream_is_terminal", "suited", "tell", "write_line", "write_plain"]

Watcher = TypeVar("Watcher")


def is_terminal(console: Console | None) -> bool:
    """Return whether a console, or standard output where there is none, understands escape codes."""
    if console is not None:
        return console.is_terminal and not console.is_dumb_terminal
    return stream_is_terminal(sys.stdout)


def stream_is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream leads to a terminal that understands escape codes; a closed one, None, does not."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def suited(
    nobody: Callable[[], Watcher], live: Callable[[], Watcher], plain: Callable[[], Watcher], *, quiet: bool
) -> Watcher:
    """Return who shows on standard error what goes on: nobody, a live line in a terminal, or plain lines."""
    if quiet:
        return nobody()
    return live() if stream_is_terminal(sys.stderr) else plain()


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that colours nothing on its own account."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def tell(console: Console, line: str, style: str) -> None:
    """Print a line above what is live; the style is the line's own, or the live part would be drawn in it too."""
    from rich.text import Text

    console.print(Text(line, style), soft_wrap=True)


def write_line(file: TextIO, line: str) -> None:
    """Write a line that is to be seen at once."""
    file.write(f"{line}\n")
    file.flush()


def write_plain(text: str, console: Console | None) -> None:
    """Write text as it is, neither wrapped nor cut, to standard output where there is no console."""
    file = console.file if console is not None else sys.stdout
    file.write(f"{text}\n")
