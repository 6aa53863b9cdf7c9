"""A limit on the time of a process's steps: what it takes to start and to compile is not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s as _wall_s
from wattlab.units import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["START_S", "StepClock", "begun_file"]

START_S: Final = 600.0
"""Longest time before the first step: interpreter, libraries, data, a card's context, compiling. Unit: s."""


def begun_file(report: Path) -> Path:
    """Return the file that a process of `wattlab.cluster.steps` makes just before its first step.

    Parameters
    ----------
    report : Path
        Where it writes its report.
    """
    return report.with_suffix(".begun")


class StepClock:
    """Looks at a process while it runs, and says when its steps have taken too long.

    Parameters
    ----------
    begun : Path
        The file that the process makes just before its first step.
    limit_s : float
        Longest time from there to its end. Unit: s.
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
        begun: Path,
        limit_s: float,
        watch: Callable[[int], str | None],
        clock: Callable[[], float] = _wall_s,
    ) -> None:
        self.over = False
        self._begun, self._limit_s, self._watch, self._clock = begun, limit_s, watch, clock
        self._since_s: float | None = None

    def __call__(self, pid: int) -> str | None:
        """Look once; return why the process of that number must end, in a sentence, or None."""
        return self._watch(pid) or self._late()

    def _late(self) -> str | None:
        if self._since_s is None:
            self._since_s = self._clock() if self._begun.exists() else None
            return None
        self.over = self._clock() - self._since_s > self._limit_s
        limit = format_seconds(self._limit_s)
        return f"its steps and evaluation took longer than {limit}" if self.over else None
