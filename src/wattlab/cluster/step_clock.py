"""A limit on the time of a process's steps: what it takes to start, to compile and to end is not counted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s as _wall_s
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["START_S", "StepClock", "shown_stepping", "stepping_file"]

START_S: Final = 600.0
"""Longest time for all but the steps: interpreter, libraries, data, a card's context, compiling. Unit: s."""


def stepping_file(report: Path) -> Path:
    """Return the file that is there while a process of `wattlab.cluster.steps` steps and evaluates.

    Parameters
    ----------
    report : Path
        Where it writes its report.
    """
    return report.with_suffix(".stepping")


@contextmanager
def shown_stepping(report: Path) -> Iterator[None]:
    """Show by a file that steps are taken, so that what waits for them can tell how long they take.

    Parameters
    ----------
    report : Path
        As for `stepping_file`.
    """
    shown = stepping_file(report)
    shown.touch()
    try:
        yield
    finally:
        shown.unlink(missing_ok=True)


class StepClock:
    """Looks at a process while it runs, and says when its steps have taken too long.

    Parameters
    ----------
    stepping : Path
        The file that is there while the process steps.
    limit_s : float
        How long it may be there. Unit: s.
    watch : callable
        Asked first at every look, with the number of the process; a sentence from it is why to end it.
    clock : callable, optional
        Unit: s.

    Attributes
    ----------
    over : bool
        Whether the process was told to end because of the time.
    """

    def __init__(
        self,
        stepping: Path,
        limit_s: float,
        watch: Callable[[int], str | None],
        clock: Callable[[], float] = _wall_s,
    ) -> None:
        self.over = False
        self._stepping, self._limit_s, self._watch, self._clock = stepping, limit_s, watch, clock
        self._since_s: float | None = None

    def __call__(self, pid: int) -> str | None:
        """Look once; return why the process of that number must end, in a sentence, or None."""
        return self._watch(pid) or self._late()

    def _late(self) -> str | None:
        if not self._stepping.exists():
            self._since_s = None
            return None
        now_s = self._clock()
        self._since_s = now_s if self._since_s is None else self._since_s
        self.over = now_s - self._since_s > self._limit_s
        limit = format_seconds(self._limit_s)
        return f"its steps and evaluation took longer than {limit}" if self.over else None
