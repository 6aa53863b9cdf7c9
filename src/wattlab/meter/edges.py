"""The edges of windows: what is read there, and in which order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wattlab.meter.tally import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.counters import Counters
    from wattlab.meter.watch import Watch

__all__ = ["Edges"]


class Edges:
    """Reads clocks and counters. Counters are first at the first edge and last at the last: the rest stays outside.

    Parameters
    ----------
    counters : Counters
        All sensors.
    watch : Watch
        What was seen beside them.
    wall_s, cpu_s : callable
        The clocks. Unit: s.
    peak_B : callable
        Largest resident set of this process. Unit: B.

    Attributes
    ----------
    pid : int
        The process that measures.
    """

    def __init__(
        self,
        counters: Counters,
        watch: Watch,
        wall_s: Callable[[], float],
        cpu_s: Callable[[], float],
        peak_B: Callable[[], int],
    ) -> None:
        self.counters, self.watch, self.pid = counters, watch, os.getpid()
        self._wall_s, self._cpu_s, self._peak_B = wall_s, cpu_s, peak_B

    def opening(self) -> Snapshot:
        """Return the first edge of a window that begins now."""
        readings = self.counters.read()
        return Snapshot(self._wall_s(), self._cpu_s(), readings, self.watch.load, self.watch.strangers)

    def closing(self) -> Snapshot:
        """Return the last edge of a window that ends now."""
        cpu_s, wall_s = self._cpu_s(), self._wall_s()
        return Snapshot(wall_s, cpu_s, self.counters.read(), self.watch.load, self.watch.strangers)

    def peak_memory_B(self) -> int:
        """Return the largest resident set so far, of this process and its children. Unit: B."""
        return max(self._peak_B(), self.watch.tree_peak_B, self.watch.ended_peak_B())
