"""The most memory of a card that was in use: from torch where it computes in this process, else from the driver.

torch knows what its tensors took (allocated) and what it kept for itself (reserved), at their peaks. The driver knows
what a process holds at a moment, with its libraries' own share, and no peak: it must be asked again and again.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.pid_namespace import numbers_as_machine
from wattlab.meter.cost import NO_DEVICE
from wattlab.meter.quantity import Quantity, measured, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from wattlab.machine.gpu_state import GpuState

__all__ = ["DeviceMemory", "DeviceMemoryWatch", "torch_memory"]

_SINCE: Final = "peak since the process started, or since torch was told to forget it"
_SAMPLED: Final = "highest of samples, with what the libraries take"
_TORCH_ALONE: Final = "only torch in this process tells what it keeps for itself"
_CONTAINER: Final = "in this container the driver's process numbers mean nothing"
_SILENT: Final = "the driver does not tell the memory of processes"


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """Peak memory of the card on which it was highest.

    Attributes
    ----------
    allocated, reserved : Quantity
        What was in use, and what the library kept for itself, with that. Unit: B.
    """

    allocated: Quantity
    reserved: Quantity


def torch_memory(modules: Mapping[str, Any] = sys.modules) -> DeviceMemory | None:
    """Return the peaks that torch noted, without importing torch, and without resetting them.

    Parameters
    ----------
    modules : mapping, optional
        The loaded modules.

    Returns
    -------
    DeviceMemory or None
        None where torch is not loaded, or has not touched a card.
    """
    # A module is in the table before it is complete.
    cuda = getattr(modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return None
    cards = range(cuda.device_count())
    allocated_B = max((cuda.max_memory_allocated(card) for card in cards), default=0)
    reserved_B = max((cuda.max_memory_reserved(card) for card in cards), default=0)
    return DeviceMemory(
        measured(float(allocated_B), "B", "torch:allocated", note=_SINCE),
        measured(float(reserved_B), "B", "torch:reserved", note=_SINCE),
    )


class DeviceMemoryWatch:
    """Follows the card memory of a set of processes.

    Parameters
    ----------
    states : callable
        Returns how the cards are, such as `wattlab.machine.gpus.Gpus.states`.
    pids : callable
        Returns this process and its children.
    modules : mapping, optional
        The loaded modules.
    root : Path, optional
        Where ``proc`` is found.
    """

    def __init__(
        self,
        states: Callable[[], Iterable[GpuState]],
        pids: Callable[[], Collection[int]],
        modules: Mapping[str, Any] = sys.modules,
        root: Path = Path("/"),
    ) -> None:
        self._states, self._pids, self._modules = states, pids, modules
        self._knows_us = numbers_as_machine(root)
        self._peak_B: int | None = None
        self._why = NO_DEVICE

    def sample(self, states: Iterable[GpuState] | None = None) -> None:
        """Ask the drivers once.

        Parameters
        ----------
        states : iterable of GpuState, optional
            How the cards are, if that is known already.
        """
        pids = frozenset(self._pids())
        for state in self._states() if states is None else states:
            self._note(state, pids)

    def _note(self, state: GpuState, pids: Collection[int]) -> None:
        if state.processes is None:
            self._why = _SILENT
            return
        ours = [one.used_B for one in state.processes if one.pid in pids]
        if ours and None in ours:
            self._why = _SILENT
        elif ours:
            self._peak_B = max(self._peak_B or 0, sum(filter(None, ours)))
        elif state.processes and not self._knows_us:
            self._why = _CONTAINER

    def peak(self) -> DeviceMemory:
        """Return the highest so far: torch's own figures where it computes in this process, else of the samples."""
        noted = torch_memory(self._modules)
        if noted:
            return noted
        if self._peak_B is None:
            return DeviceMemory(missing("B", self._why), missing("B", self._why))
        used = measured(float(self._peak_B), "B", "driver:process-memory", note=_SAMPLED)
        return DeviceMemory(used, missing("B", _TORCH_ALONE))
