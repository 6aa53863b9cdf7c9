"""The phases of a training step, timed on a few steps: data, forward, backward, optimizer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["FUSED", "IDLE", "PARTS", "PHASES", "PhaseClock", "PhaseTimes", "Untimed", "repeated", "rounds"]

PARTS: Final = ("data", "forward", "backward")
"""What finding a gradient is made of: gathering the batch, the pass up to the loss, and the way back."""
PHASES: Final = (*PARTS, "optimizer", "other")
"""All phases of a step. The optimizer's takes in regularisation and clipping; "other" is a library's own loop."""
FUSED: Final = "gradient"
"""All of `PARTS` in one piece, where an engine computes them in one compiled call."""
_NEEDED: Final = {*PARTS, "optimizer"}


@dataclass(frozen=True)
class Untimed:
    """Why nobody knows the phases of a training.

    Parameters
    ----------
    reason : str
        A sentence without its full stop.
    """

    reason: str

    @classmethod
    def too_short(cls, what: str, needed_s: float) -> Untimed:
        """Return that the training was too short to time the parts of its steps apart.

        Examples
        --------
        >>> Untimed.too_short("steps are compiled", 0.25).reason
        'steps are compiled; to time their parts takes about 0.25 s, for which the training was too short'
        """
        return cls(
            f"{what}; to time their parts takes about {needed_s:.2g} s, for which the training was too short"
        )


@dataclass(frozen=True)
class PhaseTimes:
    """How long each phase of a step takes.

    Parameters
    ----------
    seconds : dict of ndarray of shape (n_samples,), float64
        By phase, for each sample: one step, or the mean of the steps of one call. Unit: s.
    n_steps : int
        Steps in all samples.
    how : {"measured", "modelled"}
        The training's own steps were timed inside, or their parts were timed apart from it.
    note : str
        How it was done, if that is not plain.
    """

    seconds: Mapping[str, NDArray[np.float64]]
    n_steps: int
    how: Literal["measured", "modelled"]
    note: str = ""

    def shares(self) -> dict[str, float]:
        """Return the share of a step that each phase takes: the median over the samples, scaled to 1 in all.

        Examples
        --------
        >>> PhaseTimes({"data": np.array([1.0, 2.0]), "forward": np.array([3.0, 6.0])}, 2, "measured").shares()
        {'data': 0.25, 'forward': 0.75}
        """
        medians = {name: float(np.median(one)) for name, one in self.sampled_shares().items()}
        whole = sum(medians.values())
        return {name: one / whole for name, one in medians.items()}

    def sampled_shares(self) -> dict[str, NDArray[np.float64]]:
        """Return the shares of each sample, by phase, each of shape (n_samples,)."""
        whole = np.sum(list(self.seconds.values()), axis=0)
        return {name: one / whole for name, one in self.seconds.items()}

    def divided(self, parts: Mapping[str, float], note: str) -> PhaseTimes:
        """Divide what was timed in one piece in the ratio of its `parts`, which were timed apart.

        Examples
        --------
        >>> step = PhaseTimes({"gradient": np.array([6.0]), "optimizer": np.array([1.0])}, 1, "measured")
        >>> step.divided({"data": 1.0, "forward": 2.0, "backward": 3.0}, "by hand").seconds["backward"]
        array([3.])
        """
        whole, rest = self.seconds[FUSED], {name: one for name, one in self.seconds.items() if name != FUSED}
        total = sum(parts.values())
        shared = {name: whole * (part / total) for name, part in parts.items()}
        return replace(self, seconds={**shared, **rest}, how="modelled", note=note)


class PhaseClock:
    """Times the phases of chosen steps, inside the training; at all other steps it does nothing.

    Parameters
    ----------
    synchronize : callable, optional
        Waits until the device is through; called at each edge of a phase of a chosen step, and at no other.
    now_s : callable, optional
        The clock.

    Attributes
    ----------
    running : bool
        Whether the present step is timed. To ask is quicker than to call `lap` in vain, where steps are short.

    Examples
    --------
    >>> clock = PhaseClock()
    >>> clock.choose([1])
    >>> for step in range(3):
    ...     clock.begin(step)
    ...     for phase in ("data", "forward", "backward"):
    ...         clock.lap(phase)
    ...     clock.end("optimizer")
    >>> clock.n_steps, clock.times().how
    (1, 'measured')
    """

    def __init__(
        self, synchronize: Callable[[], object] = lambda: None, now_s: Callable[[], float] = perf_counter
    ) -> None:
        self._synchronize, self._now_s = synchronize, now_s
        self._chosen: frozenset[int] = frozenset()
        self.running, self._last_s, self._length = False, 0.0, 1
        self._present: dict[str, float] = {}
        self.clear()

    def clear(self) -> None:
        """Forget all samples."""
        self._samples: list[dict[str, float]] = []
        self.n_steps = 0

    def choose(self, steps: Collection[int]) -> None:
        """Time these steps of the next call of `wattlab.engines.base.Trainer.train`, counted from 0."""
        self._chosen = frozenset(steps)

    def begin(self, step: int) -> None:
        """Begin a step; it is timed if it was chosen."""
        self.running = False
        if step in self._chosen:
            self._begin(1)

    def begin_call(self, steps: range) -> None:
        """Begin a call that takes several steps; all of them are timed if one was chosen."""
        self.running = False
        if not self._chosen.isdisjoint(steps):
            self._begin(len(steps))

    def _begin(self, length: int) -> None:
        self._synchronize()
        self.running, self._length, self._present = True, length, {}
        self._last_s = self._now_s()

    def lap(self, phase: str) -> None:
        """Add the time since the last edge to a phase."""
        if not self.running:
            return
        self._synchronize()
        now_s = self._now_s()
        self._present[phase] = self._present.get(phase, 0.0) + now_s - self._last_s
        self._last_s = now_s

    def end(self, phase: str) -> None:
        """Add the time since the last edge to a phase, and end the step; a step that is not ended is not counted."""
        if not self.running:
            return
        self.lap(phase)
        self.running = False
        self._samples.append({name: one_s / self._length for name, one_s in self._present.items()})
        self.n_steps += self._length

    @property
    def samples(self) -> tuple[dict[str, float], ...]:
        """Seconds of a step by phase, for each sample."""
        return tuple(self._samples)

    def times(self, note: str = "") -> PhaseTimes | Untimed:
        """Return what was timed so far."""
        if not self._samples:
            return Untimed("the training ended before a step was timed")
        names: list[str] = [name for name in (FUSED, *PHASES) if name in self._samples[0]]
        lacking = _NEEDED.difference(names)
        if lacking and FUSED not in names:
            return Untimed(
                f"this version of the library does not pass through {', '.join(sorted(lacking))} apart"
            )
        seconds = {name: np.array([sample.get(name, 0.0) for sample in self._samples]) for name in names}
        return PhaseTimes(seconds, self.n_steps, "measured", note)


IDLE: Final = PhaseClock()
"""A clock that times nothing: no step of it is ever chosen."""


def rounds(times: int, budget_s: float = inf) -> Iterator[int]:
    """Yield the numbers of the rounds of timing: 0, which is not counted, and one more at least.

    Parameters
    ----------
    times : int
        Rounds that count, at most.
    budget_s : float, optional
        No further round is begun that would not end within it, by how long the last one took. Unit: s.
    """
    started_s = last_s = perf_counter()
    for done in range(times + 1):
        now_s = perf_counter()
        if done > 1 and now_s - started_s + (now_s - last_s) > budget_s:
            return
        last_s = now_s
        yield done


def repeated(
    pieces: Mapping[str, Callable[[], object]],
    synchronize: Callable[[], object] = lambda: None,
    *,
    times: int,
    calls: int = 1,
    budget_s: float = inf,
) -> dict[str, NDArray[np.float64]]:
    """Time pieces of a step apart, in turn, after one call of each that is not counted.

    Parameters
    ----------
    pieces : dict of callable
        By phase.
    synchronize : callable, optional
        Waits until the device is through.
    times : int
        Samples of each piece, at most.
    calls : int, optional
        Calls in a sample, one after the other, whose mean counts.
    budget_s : float, optional
        About how long all of it may take: fewer samples where they do not fit, one at least. Unit: s.

    Returns
    -------
    dict of ndarray of shape (n_samples,), float64
        Seconds of a call of each.
    """
    clock = PhaseClock(synchronize)
    clock.choose(range(times + 1))
    for sample in rounds(times, budget_s):
        clock.begin(sample)
        for phase, piece in pieces.items():
            for _ in range(calls):
                piece()
            clock.lap(phase)
        clock.end("other")
    return {phase: np.array([one[phase] for one in clock.samples[1:]]) / calls for phase in pieces}
