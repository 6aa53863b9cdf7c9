"""Waiting at a terminal for either a key or the time."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import TextIO

__all__ = ["Keyboard"]


class Keyboard:
    """Reads single keys as long as it is entered, where input is a terminal that can do that; Ctrl-C works as ever.

    Parameters
    ----------
    stream : text file, optional
        Standard input if left out.
    wanted : bool, optional
        Whether to read keys at all.

    Attributes
    ----------
    listens : bool
        Whether keys can be read: not from a pipe or a file, and not on Windows.
    """

    def __init__(self, stream: TextIO | None = None, *, wanted: bool = True) -> None:
        self._stream = stream or sys.stdin
        self.listens = wanted and sys.platform != "win32" and self._stream.isatty()
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        """Take single keys, unechoed."""
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._give_back()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Leave the terminal as it was for so long, as for the shell after Ctrl-Z."""
        self._give_back()
        yield
        self._take()

    def _take(self) -> None:
        if sys.platform != "win32" and self.listens:
            import termios
            import tty

            self._before = termios.tcgetattr(self._stream)
            tty.setcbreak(self._stream)

    def _give_back(self) -> None:
        if sys.platform != "win32" and self._before:
            import termios

            termios.tcsetattr(self._stream, termios.TCSADRAIN, self._before)

    @property
    def advice(self) -> str:
        """How to end, in words."""
        return "q or Ctrl-C ends" if self.listens else "Ctrl-C ends"

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until a key is pressed; return whether it was q."""
        if not self.listens:
            time.sleep(seconds)
            return False
        import os
        import select

        ready, _, _ = select.select([self._stream], [], [], seconds)
        if not ready:
            return False
        typed = os.read(self._stream.fileno(), 64)
        # Nothing is the end of input: the terminal is gone, and asking again would answer at once for ever.
        self.listens = bool(typed)
        return b"q" in typed.lower()
