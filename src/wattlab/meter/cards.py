"""What goes on on the graphics cards: the memory that we hold there, and who else computes on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from wattlab.machine.gpus import Gpus
from wattlab.meter.device_memory import DeviceMemoryWatch
from wattlab.meter.device_users import other_users
from wattlab.meter.tally import NOBODY, Strangers

if TYPE_CHECKING:
    from wattlab.meter.device_memory import DeviceMemory
    from wattlab.meter.device_users import DeviceUsers

__all__ = ["CardWatch"]

_EVERY: Final = 4
"""Looks at the machine for one at the cards: asking a driver for its processes takes milliseconds."""


class CardWatch:
    """Looks at the cards, from the meter's background thread.

    Parameters
    ----------
    gpus : Gpus
        The cards of this machine.
    """

    def __init__(self, gpus: Gpus) -> None:
        self._gpus, self._asked = gpus, 0
        self._pids: tuple[int, ...] = ()
        self._memory = DeviceMemoryWatch(gpus.states, lambda: self._pids)
        self.strangers = NOBODY

    @classmethod
    def of_this_machine(cls) -> Self | None:
        """Return a watch over the cards, or None where there is none that answers."""
        gpus = Gpus()
        if gpus.states():
            return cls(gpus)
        gpus.close()
        return None

    def look(self, pids: tuple[int, ...], *, at_once: bool = False) -> None:
        """Look, every few calls.

        Parameters
        ----------
        pids : tuple of int
            This process and its children.
        at_once : bool, optional
            Look at this call, whatever its turn.
        """
        self._asked += 1
        if self._asked % _EVERY != 1 and not at_once:
            return
        self._pids = pids
        states = self._gpus.states()
        self._memory.sample(states)
        self._note(other_users(states, pids))

    def _note(self, users: DeviceUsers) -> None:
        there = bool(users.pids)
        sentence = users.sentence or self.strangers.sentence
        self.strangers = Strangers(self.strangers.seen + there, there, sentence)

    def memory(self) -> DeviceMemory:
        """Return the most memory of a card that was in use."""
        return self._memory.peak()

    def close(self) -> None:
        """Let go of the drivers' libraries."""
        self._gpus.close()
