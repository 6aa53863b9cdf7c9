"""Whether an engine obeyed a limit of threads: what it says, and how many cores it kept busy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.threads.plan import threads_text
from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.quantity import Quantity

__all__ = ["exceeds", "limit_findings", "reported_threads"]

_ASIDE: Final = 0.25
"""Cores that may be busy beside the threads that compute: Python itself, feeding, the meter."""


def reported_threads(facts: Mapping[str, object]) -> int | None:
    """Return how many threads an engine says that it computes with; None where it does not tell."""
    count = facts.get("threads")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def exceeds(asked: int, cores_busy: Quantity) -> bool:
    """Tell whether more cores were busy than that many threads, and what runs beside them, can keep busy."""
    return cores_busy.value is not None and cores_busy.value > asked + _ASIDE


def limit_findings(asked: int, facts: Mapping[str, object], cores_busy: Quantity) -> tuple[str, ...]:
    """Return in what a limit was not obeyed, a sentence each without its full stop.

    Parameters
    ----------
    asked : int
        Threads that the recipe allowed.
    facts : mapping of str
        What the engine said that it really used.
    cores_busy : Quantity
        Processor time over wall time. Unit: 1.

    Examples
    --------
    >>> from wattlab.meter.quantity import measured
    >>> limit_findings(2, {"threads": 2}, measured(3.4, "1", "clock:cpu"))
    ('asked for 2 threads, kept 3.40 cores busy: the limit does not hold',)
    >>> limit_findings(2, {"threads": 2}, measured(1.9, "1", "clock:cpu"))
    ()
    """
    found = []
    told, busy = reported_threads(facts), cores_busy.value
    if told is not None and told != asked:
        found.append(f"asked for {threads_text(asked)}, the engine computes with {told}")
    if busy is not None and exceeds(asked, cores_busy):
        found.append(
            f"asked for {threads_text(asked)}, kept {significant(busy)} cores busy: the limit does not hold"
        )
    return tuple(found)
