"""Who else computes on the cards: their energy is the card's, not one process's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.pid_namespace import numbers_as_machine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wattlab.machine.gpu_state import GpuProcess, GpuState

__all__ = ["DeviceUsers", "other_users"]

_CONTAINER: Final = "the driver numbers processes as the machine does, this container otherwise"


@dataclass(frozen=True, slots=True)
class DeviceUsers:
    """Foreign processes on the cards.

    Attributes
    ----------
    pids : tuple of int
        Processes that compute there and are not ours.
    unknown : str
        Why it cannot be told; empty if it can.
    """

    pids: tuple[int, ...] = ()
    unknown: str = ""

    @property
    def sentence(self) -> str:
        """Why the energy of the cards is not this program's alone; empty if nothing was seen."""
        if not self.pids:
            return ""
        who = "another process computes" if len(self.pids) == 1 else "other processes compute"
        return f"{who} on the GPU (PID {', '.join(map(str, self.pids))})"


def other_users(states: Iterable[GpuState], own_pids: Collection[int], root: Path = Path("/")) -> DeviceUsers:
    """Return who computes on the cards beside the own processes.

    Parameters
    ----------
    states : iterable of GpuState
        How the cards are; those that this process may not use do not count.
    own_pids : collection of int
        This process and its children.
    root : Path, optional
        Where ``proc`` is found.

    Returns
    -------
    DeviceUsers
        What only draws, such as the desktop, is not among them. In a container a foreign number may be a
        process of our own: nobody is accused.
    """
    lists = [state.processes for state in states if state.visible]
    told = [processes for processes in lists if processes is not None]
    foreign = {one.pid for processes in told for one in processes if _computes(one)} - set(own_pids)
    if foreign and not numbers_as_machine(root):
        return DeviceUsers(unknown=_CONTAINER)
    unknown = "" if len(told) == len(lists) else "a driver does not tell who is on its card"
    return DeviceUsers(tuple(sorted(foreign)), unknown)


def _computes(process: GpuProcess) -> bool:
    # Windows lists every program with a window as one that computes, and keeps its memory to itself.
    return process.computes and not (process.draws and process.used_B is None)
