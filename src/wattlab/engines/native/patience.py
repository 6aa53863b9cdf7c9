"""How long a core that waits for the others in a compiled loop keeps trying before it sleeps."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from numba import config, get_num_threads, set_num_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["sharing_threads", "start_threads", "thread_count"]

SPIN_COUNT: Final = "3000"
"""Some microseconds, which is enough where the cores are free. The default is milliseconds: where another program has
one of them, every step then waits for it that long, and small batches take many times as long."""
_CHOSEN_BY = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def start_threads() -> None:
    """Start numba's threads, patient ones where nobody chose, unless they run already.

    A compiled function that comes from numba's cache does not start them, although a parallel one inside it needs them.
    """
    if any(name in os.environ for name in _CHOSEN_BY):
        get_num_threads()
        return
    os.environ["GOMP_SPINCOUNT"] = SPIN_COUNT  # read when the library is loaded, which is now
    try:
        get_num_threads()
    finally:
        del os.environ["GOMP_SPINCOUNT"]


def thread_count(shares: int) -> int:
    """Return how many threads compute `shares` shares: never more than numba started, which is one for each core."""
    count: int = min(shares, config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # made at run time
    return count


@contextmanager
def sharing_threads(shares: int) -> Iterator[None]:
    """Let compiled code use as many threads as there are shares; by default all cores would wait for one another."""
    before = get_num_threads()
    set_num_threads(thread_count(shares))
    try:
        yield
    finally:
        set_num_threads(before)
