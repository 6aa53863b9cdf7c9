"""What goes on beside the sensors: how busy others keep the machine, and the memory of our children."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.cost import NO_DEVICE
from wattlab.meter.device_memory import DeviceMemory
from wattlab.meter.load import Load, machine_s
from wattlab.meter.memory import current_memory_B, ended_peak_B
from wattlab.meter.quantity import missing
from wattlab.meter.tally import NOBODY, Strangers

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.cards import CardWatch

__all__ = ["PERIOD_S", "Watch"]

PERIOD_S: Final = 0.5
"""Time between two looks: short enough to notice who comes and goes, long enough to cost nothing."""


class Watch:
    """Looks at the machine now and then, from the meter's background thread and at its first and last edge.

    Parameters
    ----------
    tree : ProcessTree, optional
        This process and its children.
    machine : callable, optional
        Busy and all processor seconds of the machine; raises OSError or ValueError if it cannot tell.
    wall_s : callable, optional
        The clock.
    cards : CardWatch, optional
        Looks at the graphics cards; None where there are none.

    Attributes
    ----------
    load : Load or None
        As of the last look; None if the machine does not tell.
    tree_peak_B : int
        Largest sum of resident sets of this process and its children, 0 if there were none. Unit: B.
    """

    def __init__(
        self,
        tree: clock.ProcessTree | None = None,
        machine: Callable[[], tuple[float, float]] = machine_s,
        wall_s: Callable[[], float] = clock.wall_s,
        cards: CardWatch | None = None,
    ) -> None:
        self._cards = cards
        self._tree, self._machine, self._wall_s = tree or clock.ProcessTree(), machine, wall_s
        self._looked_s = -PERIOD_S
        self._ended_before_B = ended_peak_B()
        self.load: Load | None = None
        self.tree_peak_B = 0

    def look(self, *, at_once: bool = False) -> None:
        """Look, unless the last look was a moment ago.

        Parameters
        ----------
        at_once : bool, optional
            Look in any case, at the cards too: the meter starts or ends.
        """
        now_s = self._wall_s()
        if now_s - self._looked_s < PERIOD_S and not at_once:
            return
        self._looked_s = now_s
        try:
            self._look(at_once=at_once)
        except Exception:  # noqa: BLE001 (what a driver or a sandbox does must not end what is measured)
            self.load = None

    def _look(self, *, at_once: bool) -> None:
        self.load = Load(*self._machine(), self._tree.cpu_s())
        children = self._tree.children()
        if children.names:
            self.tree_peak_B = max(self.tree_peak_B, current_memory_B() + children.resident_B)
        if self._cards:
            self._cards.look((os.getpid(), *children.names), at_once=at_once)

    @property
    def strangers(self) -> Strangers:
        """Who else has computed on the cards so far."""
        return self._cards.strangers if self._cards else NOBODY

    def ended_peak_B(self) -> int:
        """Return the largest resident set of a child that has ended since the watch began; 0 if none was larger."""
        now_B = ended_peak_B()
        return now_B if now_B > self._ended_before_B else 0

    def device_memory(self) -> DeviceMemory:
        """Return the most memory of a card that this program had in use."""
        if self._cards:
            return self._cards.memory()
        return DeviceMemory(missing("B", NO_DEVICE), missing("B", NO_DEVICE))

    def close(self) -> None:
        """Let go of the cards."""
        if self._cards:
            self._cards.close()
