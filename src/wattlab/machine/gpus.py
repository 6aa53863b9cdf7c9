"""All graphics cards of this machine, of every maker, asked together: for the monitor, the doctor and the meter."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.machine.amd import AmdCard, amd_state, compute_nodes, find_amd_cards
from wattlab.machine.gpu_state import GpuState
from wattlab.machine.nvml import Nvml, NvmlDevice, NvmlRefusedError, NvmlUnavailable, find_devices, open_nvml
from wattlab.machine.nvml_state import nvml_state
from wattlab.machine.visible_gpus import Visible, visible_to_cuda, visible_to_hip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.machine.gpu_state import Gpu

__all__ = ["Gpus", "amd_visible", "nvidia_visible"]


class Gpus:
    """The graphics cards, opened once and asked as often as wanted.

    Parameters
    ----------
    library : module, optional
        ``pynvml``, or what answers like it.
    environ : mapping, optional
        Says which cards this process may compute on.
    root : Path, optional
        Where ``sys`` is found.

    Attributes
    ----------
    nvidia : Nvml or NvmlUnavailable
        NVIDIA's library, or why there is none.
    problems : tuple of str
        A sentence for each card that does not answer, and for each maker whose cards cannot be asked at all.

    Examples
    --------
    >>> gpus = Gpus()
    >>> names = [state.gpu.name for state in gpus.states()]
    >>> gpus.close()
    """

    def __init__(
        self, library: Any = None, environ: Mapping[str, str] = os.environ, root: Path = Path("/")
    ) -> None:
        self.nvidia = open_nvml(library)
        self._devices: list[NvmlDevice] = []
        self._cards: list[AmdCard] = []
        self._visible: set[str] = set()
        self.problems: tuple[str, ...] = ()
        self._safely("NVIDIA", lambda: self._find_nvidia(environ))
        self._safely("AMD", lambda: self._find_amd(environ, root))

    def _safely(self, maker: str, find: Callable[[], None]) -> None:
        try:
            find()
        except Exception as error:  # noqa: BLE001 (a fault in one driver must not hide the others' cards)
            problem = f"the cards of {maker} could not be asked ({type(error).__name__}: {error})"
            self.problems = (*self.problems, problem)

    def _find_nvidia(self, environ: Mapping[str, str]) -> None:
        if isinstance(self.nvidia, Nvml):
            devices, problems = find_devices(self.nvidia)
            self.problems = (*self.problems, *problems)
            self._visible |= set(nvidia_visible(self.nvidia, devices, environ).ids)
            self._devices = devices

    def _find_amd(self, environ: Mapping[str, str], root: Path) -> None:
        cards = find_amd_cards(root)
        self._visible |= set(amd_visible(cards, environ, root).ids)
        self._cards = cards

    def states(self) -> tuple[GpuState, ...]:
        """Return how every card is now, in some milliseconds; NVIDIA's first. One whose driver fails tells nothing."""
        return (
            *(self._state(one.gpu, partial(nvml_state, one)) for one in self._devices),
            *(self._state(one.gpu, partial(amd_state, one)) for one in self._cards),
        )

    def _state(self, gpu: Gpu, ask: Callable[..., GpuState]) -> GpuState:
        visible = gpu.id in self._visible
        try:
            return ask(visible=visible)
        except Exception:  # noqa: BLE001 (a fault in a driver's library must not end a training)
            return GpuState(gpu, visible)

    def close(self) -> None:
        """Let go of the libraries."""
        if not isinstance(self.nvidia, NvmlUnavailable):
            self.nvidia.close()


def nvidia_visible(nvml: Nvml, devices: Sequence[NvmlDevice], environ: Mapping[str, str]) -> Visible:
    """Return which of NVIDIA's cards this process may compute on.

    Parameters
    ----------
    nvml : Nvml
        Knows which card an instance (MIG) is on.
    devices : sequence of NvmlDevice
        All cards.
    environ : mapping
        The environment.
    """

    def mig_parent(name: str) -> str | None:
        try:
            instance = nvml.call("nvmlDeviceGetHandleByUUID", name)
            parent = nvml.call("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", instance)
            return str(nvml.call("nvmlDeviceGetUUID", parent))
        except NvmlRefusedError:
            return None

    return visible_to_cuda(environ, [device.gpu for device in devices], mig_parent)


def amd_visible(cards: Sequence[AmdCard], environ: Mapping[str, str], root: Path = Path("/")) -> Visible:
    """Return which of AMD's cards this process may compute on.

    Parameters
    ----------
    cards : sequence of AmdCard
        All cards.
    environ : mapping
        The environment.
    root : Path, optional
        Where ``sys`` is found.

    Returns
    -------
    Visible
        Where ROCm has no list of its cards, the variables cannot be matched: all of them.
    """
    nodes = compute_nodes(root)
    if not nodes:
        return Visible(tuple(card.gpu.id for card in cards))
    chosen = visible_to_hip(environ, [(node.pci, node.unique) for node in nodes])
    if chosen.variable:
        return chosen
    return Visible(tuple(card.gpu.id for card in cards))
