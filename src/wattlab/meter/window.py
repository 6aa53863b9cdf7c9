"""One named stretch of a program."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from wattlab.meter.cost import unknown_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.cost import Cost
    from wattlab.meter.edges import Edges
    from wattlab.meter.tally import Snapshot, Tally
    from wattlab.meter.windows import Windows

__all__ = ["FORKED", "Window"]

FORKED = "the process was forked from the one that measures"


class Window:
    """What a program does between two moments; use it as a context manager, and read its cost after that.

    One that is never closed counts nothing. In a process that was forked from the meter's own, all is missing.

    Attributes
    ----------
    name : str
        That of the windows whose costs add up.
    """

    def __init__(
        self,
        name: str,
        windows: Windows,
        edges: Edges,
        cost: Callable[[Tally], Cost],
        synchronize: Callable[[], object] | None,
        *,
        numbered: bool,
    ) -> None:
        self.name = name
        self._windows, self._edges, self._cost_of = windows, edges, cost
        self._synchronize, self._numbered = synchronize, numbered
        self._first: Snapshot | None = None
        self._tally: Tally | None = None

    def __enter__(self) -> Self:
        """Begin; ValueError if a window of this name is open, unless it may be numbered."""
        if self._is_foreign():
            return self
        if self._first is not None:
            msg = f"the window {self.name!r} has been used; make another one"
            raise RuntimeError(msg)
        self.name = self._windows.begin(self.name, self, numbered=self._numbered)
        try:
            if self._synchronize:
                self._synchronize()
            self._first = self._edges.opening()
        except BaseException:
            self._windows.cancel(self.name)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever happened inside."""
        if self._is_foreign() or self._first is None:
            return
        try:
            if self._synchronize:
                self._synchronize()
        finally:
            last = self._edges.closing()
            self._tally = self._windows.end(self.name, self._first, last, self._edges.peak_memory_B())

    def _is_foreign(self) -> bool:
        return os.getpid() != self._edges.pid

    @property
    def cost(self) -> Cost:
        """What this one window cost; RuntimeError while it is open."""
        if self._is_foreign():
            return unknown_cost(FORKED)
        if self._tally is None:
            msg = f"the window {self.name!r} is still open; read its cost after the 'with' block"
            raise RuntimeError(msg)
        # Worked out when somebody asks, which is not when it closes.
        return self._cost_of(self._tally)
