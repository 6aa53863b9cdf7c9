"""Repeated short calls, timed in turn, so that what disturbs the machine disturbs all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.meter.clock import wall_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["Timed", "interleaved"]

# Less than what the scheduler gives a process at a time: most samples are not interrupted.
_SAMPLE_S: Final = 0.001


class Timed(NamedTuple):
    """One operation on one number type, timed several times.

    Attributes
    ----------
    operation : {"multiply-add", "matrix product"}
    name : str
        The type.
    where : str
        Who computed it, and on what.
    multiply_adds : int
        In one call.
    seconds : ndarray of shape (n_rounds,)
        Of one call.
    note : str
        How it is computed, where that matters; may be empty.
    """

    operation: str
    name: str
    where: str
    multiply_adds: int
    seconds: NDArray[np.float64]
    note: str


def interleaved(
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    synchronize: Callable[[], object] = lambda: None,
    sample_s: float = _SAMPLE_S,
) -> dict[str, NDArray[np.float64]]:
    """Time every call once a round, the order drawn anew each time.

    Parameters
    ----------
    calls : mapping of str to callable
        What is timed, by name.
    rounds : int
        Samples of each.
    synchronize : callable, optional
        Waits until a device has done all that it was given.
    sample_s : float, optional
        A call is repeated until it takes about so long, since a clock's own cost must not count. Unit: s.

    Returns
    -------
    dict of ndarray of shape (rounds,)
        Seconds per call; the samples of one round belong together.
    """
    repeats = {name: _repeats(call, synchronize, sample_s) for name, call in calls.items()}
    seconds = {name: np.empty(rounds) for name in calls}
    generator = np.random.default_rng(0)
    names = list(calls)
    for turn in range(rounds):
        for place in generator.permutation(len(names)):
            name = names[place]
            seconds[name][turn] = _timed(calls[name], repeats[name], synchronize) / repeats[name]
    return seconds


def _repeats(call: Callable[[], object], synchronize: Callable[[], object], sample_s: float) -> int:
    """Return how often a call fits into a sample; the first one is not timed, since it may load or compile."""
    _timed(call, 1, synchronize)
    once_s = _timed(call, 1, synchronize)
    return max(1, round(sample_s / max(once_s, 1e-9)))


def _timed(call: Callable[[], object], repeats: int, synchronize: Callable[[], object]) -> float:
    started_s = wall_s()
    for _ in range(repeats):
        call()
    synchronize()
    return wall_s() - started_s
