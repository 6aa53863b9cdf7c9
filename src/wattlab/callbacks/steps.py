"""Any loop over batches: what its steps cost, and how long it waited for data."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from wattlab.meter.clock import wall_s
from wattlab.meter.cost import unknown_cost
from wattlab.meter.ongoing import Stretch
from wattlab.meter.quantity import Quantity, measured, missing
from wattlab.meter.summary import brief, cost_line
from wattlab.meter.windows import MOST_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wattlab.meter.cost import Cost
    from wattlab.meter.meter import Meter

__all__ = ["MeasuredSteps", "StepWindow", "samples_in"]

NO_SAMPLES: Final = "cannot tell how many samples a batch has; pass samples=, a function of the batch"
_UNKNOWN: Final = "no pass through the loop has ended"

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class StepWindow:
    """Some steps in a row.

    Attributes
    ----------
    first : int
        The first step, counted from 0 since the loop was first measured.
    steps : int
        How many steps.
    samples : int or None
        How many samples their batches had; None if that cannot be told.
    waiting : Quantity
        Time in which the loop waited for its next batch, of `cost.wall`. Unit: s.
    cost : Cost
        What they cost.
    """

    first: int
    steps: int
    samples: int | None
    waiting: Quantity
    cost: Cost

    def __add__(self, other: StepWindow) -> StepWindow:
        """Add steps that came later."""
        return StepWindow(
            self.first,
            self.steps + other.steps,
            _both(self.samples, other.samples),
            self.waiting + other.waiting,
            self.cost + other.cost,
        )


class MeasuredSteps(Generic[Batch]):
    """A loop over batches that keeps what its steps cost; see `wattlab.torch.measure_steps`.

    It can be gone through again, epoch after epoch, as often as the loop itself; its length and its other attributes
    are the loop's. The sums are of all passes that have ended, by the end of the loop, a ``break`` or an error.
    """

    def __init__(
        self,
        loop: Iterable[Batch],
        every: int,
        samples: Callable[[Batch], int | None],
        synchronize: Callable[[], object] | None,
        meter: Meter | None,
    ) -> None:
        self._loop, self._every, self._samples = loop, every, samples
        self._stretch = partial(Stretch, synchronize=synchronize, meter=meter)
        self._begun = 0
        self._windows: deque[StepWindow] = deque(maxlen=MOST_KEPT)
        self._passes: StepWindow | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Go through the loop once, measuring."""
        whole = _Steps(self._begun, self._stretch("loop"))
        try:
            yield from self._pass(whole)
        finally:
            ended = whole.closed()
            self._passes = ended if self._passes is None else self._passes + ended

    def _pass(self, whole: _Steps) -> Iterator[Batch]:
        batches = whole.waited_for(iter, self._loop)
        while True:
            group = _Steps(self._begun, self._stretch("steps"), within=whole)
            try:
                while group.steps < self._every:
                    batch = group.waited_for(next, batches)
                    group.add(self._samples(batch))
                    self._begun += 1
                    yield batch
            except StopIteration:
                return
            finally:
                window = group.closed()
                if window.steps:
                    self._windows.append(window)

    def __len__(self) -> int:
        return len(self._loop)  # type: ignore[arg-type]  # a loop without a length says so itself

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # a copy is asked for its own before it has any
            raise AttributeError(name)
        return getattr(self._loop, name)

    @property
    def windows(self) -> tuple[StepWindow, ...]:
        """The groups of steps that have ended, in all passes, the newest last: the latest thousand."""
        return tuple(self._windows)

    @property
    def cost(self) -> Cost:
        """What all passes cost together."""
        return self._passes.cost if self._passes else unknown_cost(_UNKNOWN)

    @property
    def steps(self) -> int:
        """How many steps all passes had."""
        return self._passes.steps if self._passes else 0

    @property
    def waiting(self) -> Quantity:
        """Time in which the loop waited for its batches, of `cost.wall`. Unit: s."""
        return self._passes.waiting if self._passes else missing("s", _UNKNOWN)

    @property
    def waiting_share(self) -> float | None:
        """The part of the time in which the loop waited for its batches, from 0 to 1; None before a pass has ended."""
        wall, waiting = self.cost.wall.value, self.waiting.value
        return waiting / wall if wall and waiting is not None else None

    @property
    def energy_per_step(self) -> Quantity:
        """Mean energy of a step. Unit: J."""
        return self.cost.energy.times(1 / self.steps, "J") if self.steps else missing("J", _UNKNOWN)

    @property
    def energy_per_sample(self) -> Quantity:
        """Mean energy of a sample. Unit: J."""
        samples = self._passes.samples if self._passes and self.steps else 0
        if not samples:
            return missing("J", NO_SAMPLES if samples is None else _UNKNOWN)
        return self.cost.energy.times(1 / samples, "J")

    def report(self) -> str:
        """Return what the steps cost, as text."""
        share = self.waiting_share
        if share is None:
            return f"steps: {_UNKNOWN}"
        return "\n".join(
            [
                cost_line(f"{self.steps} steps", self.cost),
                f"  energy of a step: {self.energy_per_step}",
                f"  energy of a sample: {self.energy_per_sample}",
                f"  waiting for data: {brief(self.waiting)}, {share:.0%} of the time",
            ]
        )


class _Steps:
    """Steps that are being taken.

    Parameters
    ----------
    first : int
        Number of the first.
    stretch : Stretch
        Measures them.
    within : _Steps, optional
        The pass that they are a part of.
    """

    def __init__(self, first: int, stretch: Stretch, within: _Steps | None = None) -> None:
        self._first, self._stretch, self._within = first, stretch, within
        self._waiting_s = 0.0
        self._samples: int | None = 0
        self.steps = 0

    def waited_for(self, something: Callable[..., Any], *args: Any) -> Any:
        start_s = wall_s()
        try:
            return something(*args)
        finally:
            self.wait(wall_s() - start_s)

    def wait(self, waiting_s: float) -> None:
        self._waiting_s += waiting_s
        if self._within:
            self._within.wait(waiting_s)

    def add(self, samples: int | None) -> None:
        self.steps += 1
        self._samples = _both(self._samples, samples)
        if self._within:
            self._within.add(samples)

    def closed(self) -> StepWindow:
        cost = self._stretch.close()
        waiting = measured(self._waiting_s, "s", "clock:wall")
        return StepWindow(self._first, self.steps, self._samples, waiting, cost)


def _both(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def samples_in(batch: Any) -> int | None:
    """Return how many samples a batch has: the length of its first tensor, found in tuples, lists and mappings.

    Examples
    --------
    >>> import torch
    >>> samples_in({"inputs": torch.zeros(32, 10), "labels": torch.zeros(32)})
    32
    """
    import torch

    if isinstance(batch, torch.Tensor):
        return int(batch.shape[0]) if batch.ndim else None
    if isinstance(batch, Mapping):
        return _first_known(batch.values())
    if isinstance(batch, Sequence) and not isinstance(batch, str | bytes):
        return _first_known(batch)
    return None


def _first_known(parts: Iterable[Any]) -> int | None:
    return next((count for count in map(samples_in, parts) if count is not None), None)
