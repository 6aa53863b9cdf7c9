"""Whether samples fit into memory, asked before they fill it."""

from __future__ import annotations

from wattlab.errors import DataError
from wattlab.machine.memory import free_memory_B
from wattlab.units import format_bytes

__all__ = ["check_memory"]


def check_memory(what: str, needed_B: int, remedy: str) -> None:
    """Refuse to put into memory what does not fit.

    Parameters
    ----------
    what : str
        Begins the message.
    needed_B : int
        How much it takes. Unit: B.
    remedy : str
        What to do, at the end of the message.

    Raises
    ------
    wattlab.errors.DataError
        Naming what is needed and what is there.
    """
    free_B = free_memory_B()
    if needed_B > free_B:
        raise DataError(
            f"{what}: {format_bytes(needed_B)} of memory ({needed_B:,} bytes) are needed, and {format_bytes(free_B)} "
            f"({free_B:,} bytes) are available; {remedy}"
        )
