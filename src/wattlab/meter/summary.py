"""A cost in one line, and a line to standard error."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from wattlab.units import format_quantity

if TYPE_CHECKING:
    from wattlab.meter.cost import Cost
    from wattlab.meter.quantity import Quantity

__all__ = ["brief", "cost_line", "tell"]


def cost_line(name: str, cost: Cost, raised: str = "") -> str:
    """Return a cost in a line, with the name of the error that ended it, if one did.

    Examples
    --------
    >>> from wattlab.meter.cost import Cost
    >>> from wattlab.meter.quantity import measured
    >>> energy, time = measured(90.0, "J", "rapl:package-0", (88.0, 92.0)), measured(2.0, "s", "clock:wall")
    >>> idle, memory = measured(20.0, "J", "rapl:package-0"), measured(2.0**30, "B", "memory:peak-rss")
    >>> print(cost_line("epoch", Cost(time, time, energy, idle, energy - idle, memory)))
    epoch: 2.00 s, 90.0 J [88.0-92.0 J] measured, net of idle 70.0 J
    """
    wall = f"raised {raised} after {brief(cost.wall)}" if raised else brief(cost.wall)
    parts = [wall, str(cost.energy) if cost.energy.value is not None else _no_energy(cost)]
    if cost.net.value is not None:
        parts.append(f"net of idle {brief(cost.net)}")
    if cost.shared:
        parts.append(f"shared machine: {cost.shared}")
    return f"{name}: {', '.join(parts)}"


def _no_energy(cost: Cost) -> str:
    return f"energy {cost.energy}"


def brief(quantity: Quantity) -> str:
    """Return a value with its unit alone."""
    return "missing" if quantity.value is None else format_quantity(quantity.value, quantity.unit)


def tell(line: str) -> None:
    """Write a line to standard error, where there is one that somebody reads."""
    if sys.stderr is None:  # pythonw has none
        return
    # A pipe that was closed at its other end, a full disk, a stream that was closed: what was measured goes on.
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
