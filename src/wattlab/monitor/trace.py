"""What a gauge said so far: the last values for a small curve, and mean, least and peak of all."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.monitor.sample import Value

__all__ = ["History", "Trace"]

KEPT: Final = 512


class Trace:
    """One gauge over time.

    Parameters
    ----------
    per_value : int, optional
        How many samples one of `values` is the mean of; the newest may be of fewer.

    Attributes
    ----------
    values : deque of float or None
        The last values, the newest last; None where it was not known.
    now, peak : float or None
        The newest sample and the highest; None if it was not known.
    """

    def __init__(self, per_value: int = 1) -> None:
        self.values: deque[float | None] = deque(maxlen=KEPT)
        self.now: float | None = None
        self.peak: float | None = None
        self._per_value, self._samples = per_value, 0
        self._all, self._newest = _Mean(), _Mean()

    def add(self, value: float | None) -> None:
        """Take one more sample."""
        self.now = value
        if self._samples % self._per_value == 0:
            self.values.append(None)
            self._newest = _Mean()
        self._samples += 1
        if value is not None:
            self._all.add(value)
            self._newest.add(value)
            self.values[-1] = self._newest.value
            self.peak = value if self.peak is None else max(self.peak, value)

    @property
    def mean(self) -> float | None:
        """The mean of all samples in which it was known; None if it never was."""
        return self._all.value


class _Mean:
    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, value: float) -> None:
        self._sum, self._count = self._sum + value, self._count + 1

    @property
    def value(self) -> float | None:
        return self._sum / self._count if self._count else None


class History:
    """A trace for each figure of the samples, by its name.

    Parameters
    ----------
    per_value : int, optional
        As for `Trace`.
    """

    def __init__(self, per_value: int = 1) -> None:
        self._per_value = per_value
        self._traces: dict[str, Trace] = {}

    def add(self, values: Mapping[str, Value]) -> None:
        """Take the figures of one more sample; texts are left out."""
        for name, value in values.items():
            if not isinstance(value, str):
                self[name].add(value)

    def __getitem__(self, name: str) -> Trace:
        if name not in self._traces:
            self._traces[name] = Trace(self._per_value)
        return self._traces[name]
