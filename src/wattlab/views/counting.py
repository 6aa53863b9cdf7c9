"""How far something countable has come, on standard error: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s
from wattlab.views.terminal import make_console, stream_is_terminal, write_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    Tell = Callable[[int, int], None]

__all__ = ["PlainCount", "counting"]

_PLAIN_S: Final = 2.0


class PlainCount:
    """Prints a line at most every two seconds; nothing of what is over sooner.

    Parameters
    ----------
    noun : str
        What is counted, such as "points".
    file : text file, optional
        Standard error if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, noun: str, file: TextIO | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._noun = noun
        self._file = file or sys.stderr
        self._clock = clock
        self._told_s = clock()

    def __call__(self, done: int, total: int) -> None:
        """Print how many of them are done, if it is time."""
        now_s = self._clock()
        if now_s - self._told_s >= _PLAIN_S:
            self._told_s = now_s
            write_line(self._file, f"{done:,} of {total:,} {self._noun}")


@contextmanager
def counting(noun: str) -> Iterator[Tell]:
    """Give a function that is told how many are done, and how many there are.

    Parameters
    ----------
    noun : str
        What is counted, such as "points".
    """
    if not stream_is_terminal(sys.stderr):
        yield PlainCount(noun)
        return
    from rich.progress import Progress

    with Progress(console=make_console(stderr=True), transient=True) as progress:
        task = progress.add_task(noun, total=None, visible=False)
        yield lambda done, total: progress.update(task, completed=done, total=total, visible=True)
