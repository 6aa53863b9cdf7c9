"""Times pieces of work that take microseconds or seconds."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[], object]

__all__ = ["calls_for", "sample_s", "samples_s"]

_SAMPLE_S: Final = 2e-3
"""A sample lasts so long at least: the clock's own time and a switch of the scheduler are small in it."""
_SAMPLES: Final = 9
_MOST_CALLS: Final = 10_000


def calls_for(work: Work, synchronize: Work) -> int:
    """Return how many calls make a sample long enough; the first calls, which may be slow, are made here.

    Parameters
    ----------
    work : callable
        What is timed.
    synchronize : callable
        Waits until the device is through.
    """
    work()
    calls = 1
    while calls < _MOST_CALLS:
        taken_s = calls * sample_s(work, calls, synchronize)
        if taken_s >= _SAMPLE_S:
            return calls
        calls = min(_MOST_CALLS, max(calls + 1, round(1.2 * calls * _SAMPLE_S / max(taken_s, 1e-7))))
    return calls


def sample_s(work: Work, calls: int, synchronize: Work) -> float:
    """Return the mean time of a call over several. Unit: s."""
    synchronize()
    started_s = perf_counter()
    for _ in range(calls):
        work()
    synchronize()
    return (perf_counter() - started_s) / calls


def samples_s(work: Work, synchronize: Work, *, budget_s: float, samples: int = _SAMPLES) -> list[float]:
    """Return how long a call takes, in several samples.

    Parameters
    ----------
    work, synchronize : callable
        As for `calls_for`.
    budget_s : float
        About how long all of it may take: fewer samples where they do not fit, three at least. Unit: s.
    samples : int, optional
        At most.
    """
    started_s = perf_counter()
    calls = calls_for(work, synchronize)
    found: list[float] = []
    while len(found) < samples:
        if len(found) >= 3 and perf_counter() - started_s + found[-1] * calls > budget_s:
            break
        found.append(sample_s(work, calls, synchronize))
    return found
