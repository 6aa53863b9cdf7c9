"""How much memory a probe may hold, of the host and of a graphics card, and where that limit comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.cluster.memory_limit import room_B
from wattlab.errors import UnsupportedError
from wattlab.machine.gpus import Gpus
from wattlab.machine.memory import free_memory_B
from wattlab.recipe.engine import KerasChoice, NativeChoice, TorchChoice
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine.gpu_state import GpuState
    from wattlab.recipe.engine import EngineChoice

__all__ = ["Limits", "find_limits"]

_ASKED = "--memory-limit"


class Limits(NamedTuple):
    """Most memory that a probe may hold.

    Attributes
    ----------
    host_B : int
        Of the host. Unit: B.
    card_B : int or None
        Of the card, where that was asked for; None: as much as its driver gives. Unit: B.
    counts_B : int or None
        The one that the search is about; None: unknown. Unit: B.
    source : str
        Where that comes from, in words.
    """

    host_B: int
    card_B: int | None
    counts_B: int | None
    source: str


def find_limits(
    choice: EngineChoice,
    asked_B: int | None,
    free_B: Callable[[], int] = free_memory_B,
    open_cards: Callable[[], Gpus] = Gpus,
) -> Limits:
    """Return the limits of this machine now, or those that were asked for where they are tighter.

    Parameters
    ----------
    choice : EngineChoice
        Who computes, and where.
    asked_B : int or None
        The user's own limit: of the card where one computes, else of the host. Unit: B.
    free_B, open_cards : callable, optional
        Tell free memory and cards.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If a limit on a card's memory was asked for, and the engine cannot keep to one.
    """
    host_B = room_B(free_B())
    if choice.device != "cpu":
        return _of_card(choice, asked_B, host_B, open_cards)
    if asked_B is not None and asked_B <= host_B:
        return Limits(asked_B, None, asked_B, _ASKED)
    source = "what was free when the search began, less a reserve for the system"
    if asked_B is not None:
        source += f"; {_ASKED} asked for more: {format_bytes(asked_B)}"
    return Limits(host_B, None, host_B, source)


def _of_card(
    choice: EngineChoice, asked_B: int | None, host_B: int, open_cards: Callable[[], Gpus]
) -> Limits:
    if asked_B is not None and not _is_torch(choice):
        msg = (
            f"{_ASKED} on a GPU is kept by torch's allocator, which engine {choice.name!r} does not use here; leave "
            "it out, so that the driver decides, or take --engine torch, native:torch or keras:torch"
        )
        raise UnsupportedError(msg)
    free_B = _free_on(choice.device, open_cards)
    if asked_B is not None and (free_B is None or asked_B <= free_B):
        return Limits(host_B, asked_B, asked_B, _ASKED)
    source = "what was free on the card when the search began" if free_B else "unknown: no driver tells"
    return Limits(host_B, None, free_B, source)


def _is_torch(choice: EngineChoice) -> bool:
    if isinstance(choice, KerasChoice):
        return choice.backend == "torch"
    return isinstance(choice, TorchChoice | NativeChoice)


def _free_on(device: str, open_cards: Callable[[], Gpus]) -> int | None:
    """Return what is free on a card; None if its driver does not tell. Unit: B."""
    cards = open_cards()
    try:
        seen = [state for state in cards.states() if state.visible]
    finally:
        cards.close()
    index = int(device.partition(":")[2] or 0)
    return _left(seen[index]) if index < len(seen) else None


def _left(state: GpuState) -> int | None:
    if state.memory_total_B is None or state.memory_used_B is None:
        return None
    return state.memory_total_B - state.memory_used_B
